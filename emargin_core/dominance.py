"""Which points beat a baseline: better clusters on both indices, accuracy not worse."""

from collections.abc import Sequence
from dataclasses import dataclass

from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.pareto import Point


@dataclass(frozen=True)
class BaselineLevels:
    """What has to be beaten: means over the baseline's seeds, accuracy with its 95 % interval.

    None where undefined, or where a run of the baseline collapsed: then nothing can beat it.
    """

    accuracy: Estimate | None
    davies_bouldin: float | None
    silhouette: float | None

    @property
    def least_accuracy(self) -> float | None:
        """The accuracy that is not worse: the interval's lower end, the mean if it has none."""
        if self.accuracy is None:
            return None
        return self.accuracy.mean if self.accuracy.low is None else self.accuracy.low


@dataclass(frozen=True)
class Dominating:
    """A point that beats the baseline, and why in one sentence."""

    point: Point
    reason: str


def dominating(points: Sequence[Point], baseline: BaselineLevels) -> list[Dominating]:
    """Points that beat the baseline, in the order given; a key that comes twice counts once.

    Better clusters: Davies-Bouldin below and Silhouette above the baseline's mean. Accuracy not
    worse: not below the baseline's interval, or, without an interval, not below its mean.
    Collapsed points and those with an undefined number never count.
    """
    found: dict[str, Dominating] = {}
    for point in points:
        reason = _reason(point, baseline)
        if reason is not None:
            found.setdefault(point.key, Dominating(point, reason))
    return list(found.values())


def _reason(point: Point, baseline: BaselineLevels) -> str | None:
    least = baseline.least_accuracy
    if (
        point.collapsed
        or point.accuracy is None
        or point.davies_bouldin is None
        or point.silhouette is None
        or baseline.accuracy is None
        or baseline.davies_bouldin is None
        or baseline.silhouette is None
        or least is None
    ):
        return None
    tidier = (
        point.davies_bouldin < baseline.davies_bouldin and point.silhouette > baseline.silhouette
    )
    if not tidier or point.accuracy < least:
        return None
    return (
        f"Davies-Bouldin {point.davies_bouldin:.2f} instead of {baseline.davies_bouldin:.2f}, "
        f"Silhouette {point.silhouette:.2f} instead of {baseline.silhouette:.2f}, "
        f"{_accuracy_words(point.accuracy, baseline.accuracy)}"
    )


def _accuracy_words(accuracy: float, baseline: Estimate) -> str:
    share = f"{100 * accuracy:.1f} % right decisions"
    mean = f"{100 * baseline.mean:.1f} %"
    if baseline.low is None or baseline.high is None:
        return f"{share} against {mean} (no interval can be stated)"
    low, high = (100 * min(max(end, 0.0), 1.0) for end in (baseline.low, baseline.high))
    interval = f"{low:.1f} to {high:.1f} %"
    place = "within" if accuracy <= baseline.high else "above"
    return f"{share}, {place} the baseline's {mean} ({interval})"
