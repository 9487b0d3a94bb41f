"""Which points beat a baseline: better clusters on both indices, accuracy not worse."""

from collections.abc import Sequence
from dataclasses import dataclass

from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.language import mark
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
    words = {
        "overlap": f"{point.davies_bouldin:.2f}",
        "overlap_before": f"{baseline.davies_bouldin:.2f}",
        "tidiness": f"{point.silhouette:.2f}",
        "tidiness_before": f"{baseline.silhouette:.2f}",
    }
    return mark(
        "Davies-Bouldin {overlap} instead of {overlap_before}, Silhouette {tidiness} instead of "
        "{tidiness_before}, {decisions}"
    ).format(**words, decisions=_accuracy_words(point.accuracy, baseline.accuracy))


def _accuracy_words(accuracy: float, baseline: Estimate) -> str:
    values = {"share": f"{100 * accuracy:.1f}", "mean": f"{100 * baseline.mean:.1f}"}
    if baseline.low is None or baseline.high is None:
        return mark(
            "{share} % right decisions against {mean} % (no interval can be stated)"
        ).format(**values)
    low, high = (f"{100 * min(max(end, 0.0), 1.0):.1f}" for end in (baseline.low, baseline.high))
    words = (
        mark("{share} % right decisions, within the baseline's {mean} % ({low} to {high} %)")
        if accuracy <= baseline.high
        else mark("{share} % right decisions, above the baseline's {mean} % ({low} to {high} %)")
    )
    return words.format(**values, low=low, high=high)
