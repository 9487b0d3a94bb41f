"""Choose the setting to roll out, by the user's weights or by a minimum accuracy.

Only Pareto-optimal settings are considered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from emargin_core.analysis.pareto import Point, as_gains, pareto_front
from emargin_core.analysis.verdict import EQUAL_WITHIN
from emargin_core.text.language import gettext as _
from emargin_core.text.numbers import percent

Way = Literal["weights", "minimum", "pilot"]


class Preference(BaseModel):
    """How the setting is chosen (by weights, by a minimum accuracy, as in the pilot) and judged."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    way: Way = "weights"
    tidiness: float = Field(
        default=0.25, ge=0.0, le=1.0, description="Weight of tidy clusters; accuracy has the rest."
    )
    minimum: float = Field(default=0.7, ge=0.0, le=1.0, description="Minimum accuracy.")
    equal_within: float = Field(
        default=EQUAL_WITHIN,
        ge=0.0,
        le=0.2,
        description="Difference in accuracy that does not matter, as a share.",
    )


@dataclass(frozen=True)
class Choice:
    """The chosen point (None if there is none), the reason in words, and how many were usable."""

    point: Point | None
    reason: str
    among: int = 0


def choose(points: Sequence[Point], preference: Preference) -> Choice:
    """Choose among the points of the front.

    By weights: the highest (1 - w) * accuracy + w * tidiness, each scaled to 0 ... 1 over its range
    on the front; tidiness is the mean of the two cluster indices so scaled. By minimum: of the
    points with at least that accuracy the one with the highest tidiness.
    """
    front = pareto_front(points)
    if not front:
        return Choice(None, _("No setting can be chosen: all of them collapsed or have no score."))
    usable = len({point.key for point in points if point.usable})
    accuracy, tidiness = scaled(front)
    if preference.way == "minimum":
        return _by_minimum(front, tidiness, preference.minimum, usable)
    weight = preference.tidiness
    best = front[int(np.argmax((1.0 - weight) * accuracy + weight * tidiness))]
    return Choice(
        best,
        _(
            "Of the {n} Pareto-optimal settings, it scores highest with your weights "
            "({accuracy} for right decisions, {tidiness} for tidy groups): {numbers}.",
            n=len(front),
            accuracy=percent(1.0 - weight),
            tidiness=percent(weight),
            numbers=point_words(best),
        ),
        usable,
    )


def scaled(front: Sequence[Point]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Accuracy and tidiness of each point, (n,) each, 0 = worst and 1 = best of these points."""
    gains = as_gains(front)
    span = np.ptp(gains, axis=0)
    unit = (gains - gains.min(axis=0)) / np.where(span > 0, span, 1.0)
    return unit[:, 0], unit[:, 1:].mean(axis=1)


def _by_minimum(
    front: Sequence[Point], tidiness: NDArray[np.float64], minimum: float, usable: int
) -> Choice:
    kept = [i for i, point in enumerate(front) if (point.accuracy or 0.0) >= minimum]
    if not kept:
        best = max(point.accuracy or 0.0 for point in front)
        return Choice(
            None,
            _(
                "No setting reaches an accuracy of {minimum}; the best reaches "
                "{best}. Lower the minimum or try more settings.",
                minimum=percent(minimum),
                best=percent(best, 1),
            ),
        )
    chosen = front[max(kept, key=lambda i: tidiness[i])]
    return Choice(
        chosen,
        _(
            "Of the {n} Pareto-optimal settings with an accuracy of at least "
            "{minimum}, it has the tidiest groups: {numbers}.",
            n=len(kept),
            minimum=percent(minimum),
            numbers=point_words(chosen),
        ),
        usable,
    )


def point_words(point: Point) -> str:
    """The three numbers of a usable point."""
    return _(
        "accuracy {accuracy}, Davies–Bouldin {overlap:.2f}, Silhouette {tidiness:.2f}",
        accuracy=percent(point.accuracy or 0.0, 1),
        overlap=point.davies_bouldin,
        tidiness=point.silhouette,
    )
