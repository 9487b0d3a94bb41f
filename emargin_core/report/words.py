"""How a report writes methods, settings and numbers."""

from emargin_core.evaluation.metric_table import METRICS
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.language import mark, say
from emargin_core.methods import METHODS
from emargin_core.report.subject import OfSettings
from emargin_core.result import Result

SETTING_WORDS = {
    "threshold": mark("threshold"),
    "scale": mark("scale"),
    "temperature": mark("temperature"),
    "uniformity": mark("spread"),
    "variance_covariance": mark("variance weight"),
    "double": mark("two pairs an anchor"),
    "iterations": mark("training steps"),
    "batch_windows": mark("windows a batch"),
    "window_frames": mark("frames a window"),
    "learning_rate": mark("learning rate"),
    "clusters": mark("clusters"),
    "evaluate_on": mark("evaluated on"),
}
"""Setting -> its name in words, in the order in which a report lists them."""
MAIN_SETTINGS = ("threshold", "scale", "temperature", "uniformity", "variance_covariance")
NOTHING = mark("n/a")
PARTS = {"test": mark("test recordings"), "validation": mark("validation recordings")}


def method_title(run: OfSettings) -> str:
    """The method of a run, in words."""
    method = METHODS.get(run.config["method"])
    return say(method.title) if method else str(run.config["method"])


def settings_line(run: OfSettings) -> str:
    """The main settings that a method reads, on one line; those that are off are left out."""
    named = [
        say("{setting} {value}", setting=say(SETTING_WORDS[name]), value=f"{run.config[name]:g}")
        for name in MAIN_SETTINGS
        if run.config[name] is not None and (run.config[name] or name in ("threshold", "scale"))
    ]
    return ", ".join(named)


def setting_text(run: Result, name: str) -> str:
    """The value of one setting; a dash where the method does not read it."""
    value = run.config[name]
    if name == "evaluate_on":
        return say(PARTS[value])
    if name == "clusters" and value is None:
        return say("as many as classes, 8 without labels")
    if value is None:
        return "–"
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    return f"{value:g}"


def percent(share: float) -> str:
    """A share as a percentage without decimals."""
    return f"{100 * share:.0f} %"


def points(low: float, high: float) -> tuple[str, str]:
    """The bounds of a difference of shares, in percentage points with their signs."""
    first, second = (f"{100 * bound:+.0f}".replace("-", "−") for bound in (low, high))
    return first, second


def value_text(path: str, value: float | None) -> str:
    """One value of a metric."""
    if value is None:
        return say(NOTHING)
    text = f"{100 * value:.1f} %" if _is_share(path) else _short(value)
    return text.replace("-", "−")


def estimate_text(path: str, estimate: Estimate | None) -> str:
    """A mean with its interval, as far as that lies within the metric's range."""
    if estimate is None:
        return say(NOTHING)
    mean = value_text(path, estimate.mean)
    if estimate.low is None or estimate.high is None:
        return mean
    lowest, highest = METRICS[path].low, METRICS[path].high
    low = value_text(path, max(estimate.low, lowest)).removesuffix(" %")
    return f"{mean} {_interval(low, value_text(path, min(estimate.high, highest)))}"


def difference_text(path: str, estimate: Estimate | None) -> str:
    """A difference with its interval and signs; shares in percentage points."""
    if estimate is None:
        return say(NOTHING)
    mean = _signed(path, estimate.mean)
    if estimate.low is None or estimate.high is None:
        return mean
    return f"{mean} {_interval(_signed(path, estimate.low), _signed(path, estimate.high))}"


def judgement(path: str, estimate: Estimate | None, collapsed: bool) -> str:
    """Whether a difference is beyond chance, and for better or worse."""
    better = METRICS[path].better
    if estimate is None:
        return say("undefined on one side")
    if collapsed and path.startswith("clustering."):
        return say("collapsed: means nothing")
    if estimate.low is None or estimate.high is None:
        return say("chance unknown")
    if estimate.sign == 0:
        return say("within chance")
    if better == "none":
        return say("more, beyond chance") if estimate.sign > 0 else say("less, beyond chance")
    good = (estimate.sign > 0) == (better == "higher")
    return say("better, beyond chance") if good else say("worse, beyond chance")


def _interval(low: str, high: str) -> str:
    """The bounds in brackets, which no line break parts."""
    return say("({low} to {high})", low=low, high=high).replace(" ", "\u00a0")


def _is_share(path: str) -> bool:
    return path.startswith("probe.") or path == "clustering.largest_cluster_share"


def _signed(path: str, value: float) -> str:
    text = (
        f"{100 * value:+.1f}" if _is_share(path) else f"{'+' if value > 0 else ''}{_short(value)}"
    )
    return text.replace("-", "−")


def _short(value: float) -> str:
    """Three digits, without the exponent that a layman stumbles over."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
