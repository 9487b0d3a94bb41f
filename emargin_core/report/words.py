"""Methods, settings and numbers as text of a report."""

from emargin_core.analysis.comparison import Comparison
from emargin_core.analysis.verdict import Judgement
from emargin_core.config import METHODS
from emargin_core.evaluation.metric_table import ACCURACY, METRICS
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.report.subject import OfSettings
from emargin_core.store.result import Result
from emargin_core.text.language import gettext as _
from emargin_core.text.message import lazy_gettext
from emargin_core.text.numbers import percent, signed

SETTING_WORDS = {
    "threshold": lazy_gettext("threshold"),
    "scale": lazy_gettext("scale"),
    "temperature": lazy_gettext("temperature"),
    "uniformity": lazy_gettext("uniformity weight"),
    "variance_covariance": lazy_gettext("variance weight"),
    "double": lazy_gettext("two pairs per anchor"),
    "iterations": lazy_gettext("training steps"),
    "batch_windows": lazy_gettext("windows per batch"),
    "window_frames": lazy_gettext("frames per window"),
    "learning_rate": lazy_gettext("learning rate"),
    "clusters": lazy_gettext("clusters"),
    "frame": lazy_gettext("length of a frame"),
    "hop": lazy_gettext("step to the next frame"),
    "evaluate_on": lazy_gettext("evaluated on"),
}
"""Setting -> its name in words, in the order in which a report lists them."""
MAIN_SETTINGS = ("threshold", "scale", "temperature", "uniformity", "variance_covariance")
NOTHING = lazy_gettext("n/a")
PARTS = {"test": lazy_gettext("the test part"), "validation": lazy_gettext("the validation part")}


def method_title(run: OfSettings) -> str:
    """The method of a run, in words."""
    method = METHODS.get(run.config["method"])
    return str(method.title) if method else str(run.config["method"])


def settings_line(run: OfSettings) -> str:
    """The main settings that a method reads, on one line; those that are off are left out."""
    named = [
        _("{setting} {value}", setting=str(SETTING_WORDS[name]), value=f"{run.config[name]:g}")
        for name in MAIN_SETTINGS
        if run.config[name] is not None and (run.config[name] or name in ("threshold", "scale"))
    ]
    return _(", ").join(named)


def setting_text(run: Result, name: str) -> str:
    """The value of one setting; a dash where the method does not read it."""
    value = run.config.get(name)
    if isinstance(value, str) and name in ("frame", "hop"):
        return value
    if name == "evaluate_on":
        return str(PARTS[str(value)])
    if name == "clusters" and value is None:
        return _("as many as classes, 8 without labels")
    if value is None:
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return f"{value:g}"


def share_text(share: float | None) -> str:
    """A share as a percentage without decimals, if there is one."""
    return str(NOTHING) if share is None else percent(share)


def value_text(path: str, value: float | None) -> str:
    """One value of a metric."""
    if value is None:
        return str(NOTHING)
    text = percent(value, 1) if METRICS[path].percent else _short(value)
    return text.replace("-", "−")


def estimate_text(path: str, estimate: Estimate | None) -> str:
    """A mean with its interval, if it has one."""
    if estimate is None:
        return str(NOTHING)
    mean = value_text(path, estimate.mean)
    if estimate.low is None or estimate.high is None:
        return mean
    low = value_text(path, estimate.low).removesuffix(" %")
    return f"{mean} {_interval(low, value_text(path, estimate.high))}"


def difference_text(path: str, estimate: Estimate | None) -> str:
    """A difference with its interval and signs; shares in percentage points."""
    if estimate is None:
        return str(NOTHING)
    mean = _signed(path, estimate.mean)
    if estimate.low is None or estimate.high is None:
        return mean
    return f"{mean} {_interval(_signed(path, estimate.low), _signed(path, estimate.high))}"


def change_text(path: str, comparison: Comparison) -> str:
    """What may be said of a difference, by the rule of the verdict."""
    runs = (*comparison.baseline, *comparison.candidate)
    return change_words(
        path,
        comparison.differences.get(path),
        comparison.judgement,
        collapsed=any(run.collapsed for run in runs),
    )


def change_words(
    path: str, difference: Estimate | None, judgement: Judgement, *, collapsed: bool
) -> str:
    """The same of one difference; collapsed: whether any run of either side did."""
    if collapsed and path.startswith("clustering."):
        return _("collapsed: not meaningful")
    if difference is None:
        return _("undefined on one side")
    if not judgement.settled:
        return _("first look")
    if path == ACCURACY and judgement.accuracy == "equal":
        return _("equal within {margin} points", margin=f"{100 * judgement.equal_within:g}")
    if difference.sign == 0:
        return _("cannot be told")
    better = METRICS[path].better
    if better == "none":
        return _("more") if difference.sign > 0 else _("less")
    return _("better") if (difference.sign > 0) == (better == "higher") else _("worse")


def _interval(low: str, high: str) -> str:
    """The bounds in brackets, which no line break parts."""
    return _("({low} to {high})", low=low, high=high).replace(" ", "\u00a0")


def _signed(path: str, value: float) -> str:
    if METRICS[path].percent:
        return signed(100 * value, 1)
    return f"{'+' if value > 0 else ''}{_short(value)}".replace("-", "−")


def _short(value: float) -> str:
    """Three digits, without the exponent that a layman stumbles over."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
