"""What one training scores on the validation groups of one test fold."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from emargin_core.analysis.pareto import Measured
from emargin_core.evaluation.collapse import find_collapse


@dataclass(frozen=True)
class Score:
    """The scores that a choice needs; None = undefined."""

    accuracy: float | None
    davies_bouldin: float | None
    silhouette: float | None
    effective_rank: float | None
    largest_cluster_share: float | None

    @property
    def defined(self) -> bool:
        """Whether every score is there."""
        return None not in asdict(self).values()

    @property
    def collapsed(self) -> bool:
        """Whether it shows a sign of collapse."""
        found = find_collapse(
            self.effective_rank, self.davies_bouldin, self.silhouette, self.largest_cluster_share
        )
        return found is not None


Scores = dict[int, list[Score]]
"""Test fold -> scores of a setting on its validation folds, in the order of the trainings."""


def mean_score(scores: Sequence[Score]) -> Measured:
    """Mean over validation folds on which every score is defined."""
    accuracy, overlap, separation, rank = (
        float(np.mean([getattr(score, name) for score in scores]))
        for name in ("accuracy", "davies_bouldin", "silhouette", "effective_rank")
    )
    return Measured(accuracy, overlap, separation, rank)
