"""Which setting to roll out, by the user's own weights or by a least accuracy.

Only settings on the Pareto front are looked at: every other is beaten in all respects at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from emargin_core.language import say
from emargin_core.pareto import Point, as_gains, pareto_front

Way = Literal["weights", "minimum", "pilot"]


class Preference(BaseModel):
    """How the setting is chosen: by weights, by a least accuracy, or as in the pilot."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    way: Way = "weights"
    tidiness: float = Field(
        default=0.25, ge=0.0, le=1.0, description="Weight of tidy clusters; accuracy has the rest."
    )
    minimum: float = Field(
        default=0.7, ge=0.0, le=1.0, description="Least share of right decisions that will do."
    )


@dataclass(frozen=True)
class Choice:
    """The point to roll out (None if there is none), why in words, and out of how many."""

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
        return Choice(None, say("No setting can be chosen: every one collapsed or has no score."))
    usable = len({point.key for point in points if point.usable})
    accuracy, tidiness = scaled(front)
    if preference.way == "minimum":
        return _by_minimum(front, tidiness, preference.minimum, usable)
    weight = preference.tidiness
    best = front[int(np.argmax((1.0 - weight) * accuracy + weight * tidiness))]
    return Choice(
        best,
        say(
            "Of {n} settings that no other beats in all respects, it scores highest with your "
            "weights, {accuracy} for right decisions and {tidiness} for tidy groups: {numbers}.",
            n=len(front), accuracy=_percent(1.0 - weight), tidiness=_percent(weight),
            numbers=point_words(best),
        ),
        usable,
    )  # fmt: skip


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
            say("No setting is right {minimum} of the time; the best reaches {best}. Ask for less, "
                "or try more settings.", minimum=_percent(minimum), best=_percent(best, 1)),
        )  # fmt: skip
    chosen = front[max(kept, key=lambda i: tidiness[i])]
    return Choice(
        chosen,
        say(
            "Of {n} settings on the front that are right at least {minimum} of the time, it has "
            "the tidiest groups: {numbers}.",
            n=len(kept), minimum=_percent(minimum), numbers=point_words(chosen),
        ),
        usable,
    )  # fmt: skip


def point_words(point: Point) -> str:
    """The three numbers of a usable point."""
    return say(
        "{accuracy} right decisions, Davies–Bouldin {overlap:.2f}, Silhouette {tidiness:.2f}",
        accuracy=_percent(point.accuracy or 0.0, 1), overlap=point.davies_bouldin,
        tidiness=point.silhouette,
    )  # fmt: skip


def _percent(share: float, digits: int = 0) -> str:
    return f"{100 * share:.{digits}f} %"
