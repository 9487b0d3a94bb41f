"""Why a comparison came out as it did, in sentences made from its own numbers."""

from emargin_core.comparison import Comparison, mean_metric
from emargin_core.language import retell, say, sentences
from emargin_core.levels import ReferenceLevels

FEW_DIRECTIONS = 0.6
"""Below this share of the baseline's effective rank, the loss of directions is the story."""


def reasons(comparison: Comparison) -> list[str]:
    """Return short sentences: directions in use, what the groups mean, the probe's own part."""
    sentences = [
        _directions(comparison),
        _groups(comparison),
        _probes(comparison),
        _audit(comparison),
    ]
    return [sentence for sentence in sentences if sentence]


def for_scale(levels: ReferenceLevels) -> str:
    """One sentence that sets the accuracies against floors and ceiling."""
    parts = [
        f"{_inside(retell(level.title))} {100 * level.accuracy.mean:.0f} %"
        for level in levels.levels
        if level.accuracy is not None
    ]
    return say("For scale: {levels}.", levels=say(", ").join(parts)) if parts else ""


def _inside(title: str) -> str:
    """A title as it stands inside a sentence."""
    return title[:1].lower() + title[1:]


def _directions(comparison: Comparison) -> str:
    before = mean_metric(comparison.baseline, "geometry.effective_rank")
    after = mean_metric(comparison.candidate, "geometry.effective_rank")
    size = len(comparison.candidate[0].spectrum)
    if after is None:
        return say(
            "Every frame has the same embedding: there is nothing left to tell them apart by."
        )
    if before is None:
        return say(
            "The embedding uses about {after:.0f} of its {size} directions.", after=after, size=size
        )
    if after < FEW_DIRECTIONS * before:
        shrinks = say(
            "The embedding shrinks to about {after:.0f} of its {size} directions (baseline "
            "{before:.0f}): tight groups, less information.",
            after=after,
            size=size,
            before=before,
        )
        return sentences(_cause(comparison), shrinks)
    return say(
        "The embedding keeps about {after:.0f} of its {size} directions in use (baseline "
        "{before:.0f}).",
        after=after,
        size=size,
        before=before,
    )


def _cause(comparison: Comparison) -> str:
    """What shrinks the embedding, where the loss alone is to blame."""
    config = comparison.candidate[0].config
    if config["scale"] is None or config["uniformity"] or config["variance_covariance"]:
        return ""
    return say(
        "The margin pulls frames together that are not pairs, and nothing pushes them apart."
    )


def _groups(comparison: Comparison) -> str:
    before = mean_metric(comparison.baseline, "clustering.nmi")
    after = mean_metric(comparison.candidate, "clustering.nmi")
    if before is None or after is None:
        return ""
    return say(
        (
            "Its groups hardly match the true classes (NMI {after:.2f}, baseline {before:.2f})."
            if after < 0.2
            else "Its groups only partly match the true classes (NMI {after:.2f}, baseline "
            "{before:.2f})."
            if after < 0.5
            else "Its groups largely match the true classes (NMI {after:.2f}, baseline "
            "{before:.2f})."
        ),
        after=after,
        before=before,
    )


def _probes(comparison: Comparison) -> str:
    paths = ("probe.paper_accuracy", "probe.accuracy")
    short_before, long_before = (mean_metric(comparison.baseline, path) for path in paths)
    short_after, long_after = (mean_metric(comparison.candidate, path) for path in paths)
    values = (short_before, long_before, short_after, long_after)
    if any(value is None for value in values):
        return ""
    a, b, c, d = (f"{100 * value:.0f} %" for value in values if value is not None)
    return say(
        "The paper's short probe reads {short} (baseline {short_before}); a probe trained to the "
        "end reads {long} (baseline {long_before}).",
        short=c,
        short_before=a,
        long=d,
        long_before=b,
    )


def _audit(comparison: Comparison) -> str:
    """How often a loss that is kept for audits was undefined while it was trained."""
    runs = comparison.candidate
    bad = sum(run.history["non_finite_steps"] for run in runs)
    steps = sum(len(run.history["loss"]) for run in runs)
    if not bad:
        return ""
    return say("Its loss was undefined in {bad} of {steps} training steps.", bad=bad, steps=steps)
