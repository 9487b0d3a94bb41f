"""Settings judged against a baseline, pair by pair of the same fold and seed, by the one rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from emargin_core.analysis.comparison import metric_range
from emargin_core.analysis.pareto import Measured, Point
from emargin_core.analysis.verdict import EQUAL_WITHIN, Judgement, judge
from emargin_core.evaluation.metric_table import ACCURACY, DAVIES_BOULDIN, SILHOUETTE
from emargin_core.evaluation.uncertainty import Estimate, HeldOut, paired_difference

FIELDS = {ACCURACY: "accuracy", DAVIES_BOULDIN: "davies_bouldin", SILHOUETTE: "silhouette"}
"""Metric path -> its field of `Measured`."""


@dataclass(frozen=True)
class FoldUnits:
    """What the folds of a data set hold out.

    n_folds: as in `HeldOut`; by_fold: fold -> number of units that it holds out; noun: of the unit;
    in_all: units that all folds hold out together.
    """

    n_folds: int | None
    by_fold: Mapping[int, int]
    noun: str
    in_all: int

    def held_out(self, folds: Sequence[int]) -> HeldOut:
        """What runs on these folds, one entry a run, were measured on."""
        return HeldOut(
            tuple(folds), self.n_folds, sum(self.by_fold.get(fold, 0) for fold in set(folds))
        )


@dataclass(frozen=True)
class Judged:
    """A setting beside its baseline.

    held_out: of the pairs that both have; differences: setting minus baseline, by metric path,
    None where undefined; accuracies: means of baseline and setting over those pairs.
    """

    point: Point
    held_out: HeldOut
    differences: dict[str, Estimate | None]
    accuracies: tuple[float | None, float | None]
    judgement: Judgement

    @property
    def better_on_both(self) -> bool:
        """Better on both cluster indices at no loss of accuracy, beyond chance."""
        return self.judgement.settled and self.judgement.better_on_both


def judge_settings(
    points: Sequence[Point], baseline: Point, units: FoldUnits, equal_within: float = EQUAL_WITHIN
) -> list[Judged]:
    """Judge each point that shares a fold and seed with the baseline, in the order given.

    A fixed held-out part gives no interval here, since a setting's runs bring no resampled units:
    then nothing is claimed of it.
    """
    found = (_judged(point, baseline, units, equal_within) for point in points)
    return [judged for judged in found if judged is not None]


def _judged(point: Point, baseline: Point, units: FoldUnits, equal_within: float) -> Judged | None:
    pairs = sorted(set(point.runs) & set(baseline.runs))
    if not pairs:
        return None
    held_out = units.held_out([fold for fold, _ in pairs])
    before, after = ([side.runs[pair] for pair in pairs] for side in (baseline, point))
    void = any(run.collapsed for run in before)  # its indices mean nothing: none can beat them
    differences = {
        path: None
        if void and path != ACCURACY
        else paired_difference(
            values(before, path), values(after, path), held_out, bounds=metric_range(path)
        )
        for path in FIELDS
    }
    judgement = judge(
        differences,
        settled=held_out.settled and held_out.n_folds != 1,
        baseline_collapsed=void,
        candidate_collapsed=any(run.collapsed for run in after),
        equal_within=equal_within,
    )
    return Judged(point, held_out, differences, (_mean(before), _mean(after)), judgement)


def values(runs: Sequence[Measured], path: str) -> list[float | None]:
    """A metric of each run, None where undefined."""
    return [getattr(run, FIELDS[path]) for run in runs]


def _mean(runs: Sequence[Measured]) -> float | None:
    found = [run.accuracy for run in runs if run.accuracy is not None]
    return sum(found) / len(found) if len(found) == len(runs) else None
