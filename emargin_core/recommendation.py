"""The one setting to try next, and why, in words (kept with the figures, so in English)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from emargin_core.dominance import BaselineLevels, dominating
from emargin_core.language import mark
from emargin_core.pareto import Point, as_gains, pareto_front

Basis = Literal["dominating", "accuracy-kept", "accuracy-lost", "compromise", "none"]


@dataclass(frozen=True)
class Recommendation:
    """The point to try next (None if there is none), on which ground, and why in words."""

    point: Point | None
    basis: Basis
    reason: str


def recommend(points: Sequence[Point], baseline: BaselineLevels | None) -> Recommendation:
    """Choose the point to try next; the first of these rules that finds one.

    1. Of the points that beat the baseline (`dominating`), the most accurate one.
    2. Of the Pareto front's points whose accuracy is not below the baseline's interval, the one
       with the lowest Davies-Bouldin index.
    3. No point keeps the accuracy: the most accurate one of the front, called what it is.
    4. Without a baseline, the compromise: the point of the front nearest to the best of
       everything, each number scaled to its range on the front.
    """
    beating = [] if baseline is None else dominating(points, baseline)
    if beating:
        best = max(beating, key=lambda d: (d.point.accuracy or 0.0, -(_overlap(d.point))))
        others = len(beating) - 1
        reason = mark("Better on both cluster indices: {reason}.").format(reason=best.reason)
        if others:
            among = mark("The most accurate of {n} that do so.").format(n=others + 1)
            reason = f"{reason} {among}"
        return Recommendation(best.point, "dominating", reason)
    front = pareto_front(points)
    if not front:
        return Recommendation(
            None,
            "none",
            mark("Nothing to recommend: every trial collapsed, failed or has an undefined score."),
        )
    least = None if baseline is None else baseline.least_accuracy
    kept = [point for point in front if least is not None and (point.accuracy or 0.0) >= least]
    if kept:
        tidiest = min(kept, key=_overlap)
        return Recommendation(
            tidiest,
            "accuracy-kept",
            mark(
                "Nothing beats the baseline on both cluster indices; of the settings that keep its "
                "accuracy this one has the least overlap of clusters ({numbers})."
            ).format(numbers=_numbers(tidiest)),
        )
    if baseline is not None and baseline.accuracy is not None and least is not None:
        closest = max(front, key=lambda point: (point.accuracy or 0.0, -_overlap(point)))
        return Recommendation(
            closest,
            "accuracy-lost",
            mark(
                "Nothing here keeps the baseline's accuracy of {mean} % (at least {least} % is "
                "within its interval); the most accurate setting reaches {best} %. Vary spread and "
                "temperature as well before you adopt anything."
            ).format(
                mean=f"{100 * baseline.accuracy.mean:.1f}",
                least=f"{100 * least:.1f}",
                best=f"{100 * (closest.accuracy or 0.0):.1f}",
            ),
        )
    gains = as_gains(front)
    span = np.ptp(gains, axis=0)
    distances = np.linalg.norm((gains.max(axis=0) - gains) / np.where(span > 0, span, 1.0), axis=1)
    middle = front[int(np.argmin(distances))]
    return Recommendation(
        middle,
        "compromise",
        mark(
            "There is no baseline to compare with; this one is the nearest to the best of "
            "everything ({numbers})."
        ).format(numbers=_numbers(middle)),
    )


def _overlap(point: Point) -> float:
    return np.inf if point.davies_bouldin is None else point.davies_bouldin


def _numbers(point: Point) -> str:
    return mark(
        "Davies-Bouldin {overlap}, Silhouette {tidiness}, {share} % right decisions"
    ).format(
        overlap=f"{point.davies_bouldin:.2f}",
        tidiness=f"{point.silhouette:.2f}",
        share=f"{100 * (point.accuracy or 0.0):.1f}",
    )
