"""The one setting to try next, as a code and numbers; `recommendation_words` says it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from emargin_core.analysis.dominance import Judged
from emargin_core.analysis.pareto import Measured, Point, as_gains, pareto_front
from emargin_core.analysis.verdict import EQUAL_WITHIN

Basis = Literal[
    "better-on-both",
    "clusters-better",
    "none-better",
    "first-look",
    "no-baseline",
    "none",
    "old-protocol",
]
RANK_SHARE = 0.5
"""Share of the baseline's effective rank that a setting chosen by means must keep."""


@dataclass(frozen=True)
class Recommendation:
    """The setting to try next, and on which ground.

    point: None if there is none; judged: the same beside the baseline, None without one; n_judged:
    settings that were compared with the baseline; n_better: those better on both indices without a
    loss of accuracy; n_lossy: those with better clusters and worse accuracy, both beyond chance.
    """

    point: Point | None
    basis: Basis
    judged: Judged | None = None
    n_judged: int = 0
    n_better: int = 0
    n_lossy: int = 0


def recommend(
    points: Sequence[Point],
    judged: Sequence[Judged],
    baseline: Point | None,
    equal_within: float = EQUAL_WITHIN,
) -> Recommendation:
    """Choose the setting to try next; the first of these rules that finds one.

    1. Of the settings better on both indices at no loss of accuracy, the most accurate one.
    2. Of those whose clusters are better and whose accuracy is not worse, the most accurate one.
    3. Settled, and no such setting: none.
    4. In a first look, the setting that `choose_by_means` takes, which claims nothing.
    5. Without a baseline, the compromise: the point of the Pareto front nearest to the best of
       everything, each number scaled to its range on the front.

    Args:
        points: all settings; judged: those that were compared with the baseline, if there is one.
    """
    usable = [point for point in points if point.usable]
    if not usable:
        return Recommendation(None, "none")
    if baseline is None or not judged:
        return Recommendation(_compromise(usable), "no-baseline")
    better = [found for found in judged if found.better_on_both]
    tidier = [found for found in judged if _tidier(found)]
    kept = [found for found in tidier if found.judgement.accuracy != "worse"]
    basis: Basis
    chosen: Judged | None
    if better or kept:
        basis = "better-on-both" if better else "clusters-better"
        chosen = max(better or kept, key=_accuracy)
    elif any(found.judgement.settled for found in judged):
        basis, chosen = "none-better", None
    else:
        by_means = choose_by_means([found.point for found in judged], baseline, equal_within)
        basis, chosen = "first-look", _beside(judged, by_means)
    return Recommendation(
        None if chosen is None else chosen.point,
        basis,
        chosen,
        n_judged=len(judged),
        n_better=len(better),
        n_lossy=len(tidier) - len(kept),
    )


def choose_by_means(
    points: Sequence[Point],
    baseline: Point,
    equal_within: float = EQUAL_WITHIN,
    fold: int | None = None,
) -> Point | None:
    """Choose a setting where no interval can be had; None where none passes the guards.

    Of the settings that have not collapsed, whose accuracy is at most `equal_within` below the
    baseline's and whose effective rank is at least half of the baseline's, the one with the lowest
    sum of its ranks in Davies-Bouldin and Silhouette; the earlier one on a tie.

    fold: look at the runs of this fold alone; at all by default.
    """
    level = _means(baseline, fold)
    if level is None or level.accuracy is None or level.effective_rank is None:
        return None
    passing: list[tuple[Point, Measured]] = []
    for point in points:
        found = _means(point, fold)
        if (
            found is not None
            and not found.collapsed
            and found.davies_bouldin is not None
            and found.silhouette is not None
            and found.accuracy is not None
            and found.accuracy >= level.accuracy - equal_within
            and found.effective_rank is not None
            and found.effective_rank >= RANK_SHARE * level.effective_rank
        ):
            passing.append((point, found))
    if not passing:
        return None
    return passing[tidiest([found for _, found in passing])][0]


def tidiest(found: Sequence[Measured]) -> int:
    """Place of the lowest sum of ranks in Davies-Bouldin and Silhouette; the first on a tie."""
    overlap = np.array([each.davies_bouldin for each in found])
    separation = np.array([each.silhouette for each in found])
    ranks = (overlap[:, None] > overlap).sum(axis=1) + (separation[:, None] < separation).sum(
        axis=1
    )
    return int(np.argmin(ranks))


def _means(point: Point, fold: int | None) -> Measured | None:
    """Means over runs, None where any is undefined; None without a run."""
    runs = [run for (where, _), run in point.runs.items() if fold is None or where == fold]
    if not runs:
        return None

    def mean(name: str) -> float | None:
        found = [getattr(run, name) for run in runs]
        return None if None in found else float(np.mean(found))

    return Measured(
        mean("accuracy"),
        mean("davies_bouldin"),
        mean("silhouette"),
        mean("effective_rank"),
        any(run.collapsed for run in runs),
    )


def _beside(judged: Sequence[Judged], point: Point | None) -> Judged | None:
    return next((found for found in judged if found.point is point), None)


def _tidier(found: Judged) -> bool:
    judgement = found.judgement
    return judgement.settled and judgement.kind != "collapsed" and judgement.clusters == "better"


def _accuracy(found: Judged) -> float:
    return found.point.accuracy or 0.0


def _compromise(points: Sequence[Point]) -> Point:
    front = pareto_front(points)
    gains = as_gains(front)
    span = np.ptp(gains, axis=0)
    distances = np.linalg.norm((gains.max(axis=0) - gains) / np.where(span > 0, span, 1.0), axis=1)
    return front[int(np.argmin(distances))]
