"""Why a comparison came out as it did, in sentences made from its own numbers."""

from emargin_core.comparison import Comparison, mean_metric
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
        f"{level.title[0].lower()}{level.title[1:]} {100 * level.accuracy.mean:.0f} %"
        for level in levels.levels
        if level.accuracy is not None
    ]
    return f"For scale: {', '.join(parts)}." if parts else ""


def _directions(comparison: Comparison) -> str:
    before = mean_metric(comparison.baseline, "geometry.effective_rank")
    after = mean_metric(comparison.candidate, "geometry.effective_rank")
    size = len(comparison.candidate[0].spectrum)
    if after is None:
        return "Every frame has the same embedding: there is nothing left to tell them apart by."
    if before is None:
        return f"The embedding uses about {after:.0f} of its {size} directions."
    if after < FEW_DIRECTIONS * before:
        cause = (
            "The margin pulls frames together that are not pairs, and nothing pushes them apart. "
            if comparison.candidate[0].config["scale"] is not None
            and not comparison.candidate[0].config["uniformity"]
            and not comparison.candidate[0].config["variance_covariance"]
            else ""
        )
        return (
            f"{cause}The embedding shrinks to about {after:.0f} of its {size} directions (baseline "
            f"{before:.0f}): tight groups, less information."
        )
    return (
        f"The embedding keeps about {after:.0f} of its {size} directions in use (baseline "
        f"{before:.0f})."
    )


def _groups(comparison: Comparison) -> str:
    before = mean_metric(comparison.baseline, "clustering.nmi")
    after = mean_metric(comparison.candidate, "clustering.nmi")
    if before is None or after is None:
        return ""
    match = (
        "hardly match" if after < 0.2 else "only partly match" if after < 0.5 else "largely match"
    )
    return f"Its groups {match} the true classes (NMI {after:.2f}, baseline {before:.2f})."


def _probes(comparison: Comparison) -> str:
    paths = ("probe.paper_accuracy", "probe.accuracy")
    short_before, long_before = (mean_metric(comparison.baseline, path) for path in paths)
    short_after, long_after = (mean_metric(comparison.candidate, path) for path in paths)
    values = (short_before, long_before, short_after, long_after)
    if any(value is None for value in values):
        return ""
    a, b, c, d = (f"{100 * value:.0f} %" for value in values if value is not None)
    return (
        f"The paper's short probe reads {c} (baseline {a}); a probe trained to the end reads {d} "
        f"(baseline {b})."
    )


def _audit(comparison: Comparison) -> str:
    """How often a loss that is kept for audits was undefined while it was trained."""
    runs = comparison.candidate
    bad = sum(run.history["non_finite_steps"] for run in runs)
    steps = sum(len(run.history["loss"]) for run in runs)
    return f"Its loss was undefined in {bad} of {steps} training steps." if bad else ""
