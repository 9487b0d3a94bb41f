"""Why a comparison came out as it did, in sentences made from its own numbers."""

from collections.abc import Sequence

import numpy as np

from emargin_core.analysis.comparison import Comparison, mean_metric
from emargin_core.config import EMBEDDING_SIZE
from emargin_core.evaluation.metric_table import ACCURACY
from emargin_core.evaluation.uncertainty import Estimate, HeldOut, paired_difference
from emargin_core.store.reference_scores import ReferenceScore, ReferenceScores
from emargin_core.store.result import Result
from emargin_core.text.language import gettext as _
from emargin_core.text.language import sentences
from emargin_core.text.message import lazy_gettext
from emargin_core.text.numbers import percent

FEW_DIRECTIONS = 0.6
"""Below this share of the baseline's effective rank, the loss of directions is the story."""
ATTRACTING = ("emargin", "fixed-margin")
"""Methods whose energy falls as the similarity of a negative rises, so that nothing repels."""


def reasons(comparison: Comparison) -> list[str]:
    """Return short sentences: directions in use, what the groups mean, the probe's own part."""
    sentences = [
        _directions(comparison),
        _groups(comparison),
        _probes(comparison),
        _audit(comparison),
    ]
    return [sentence for sentence in sentences if sentence]


def for_scale(comparison: Comparison, reference_scores: ReferenceScores) -> str:
    """One sentence that sets the accuracies against the reference scores on the same folds."""
    accuracies = [(score, _on_same_folds(score, comparison)) for score in reference_scores.scores]
    parts = [
        f"{_inside(str(score.title))} {percent(accuracy)}"
        for score, accuracy in accuracies
        if accuracy is not None
    ]
    return _("For reference: {levels}.", levels=_(", ").join(parts)) if parts else ""


def against_raw(comparison: Comparison, reference_scores: ReferenceScores | None) -> str:
    """Say plainly where neither method beats the plain spectra, or an untrained encoder; else ''.

    Each method is paired with the reference fold by fold; nothing is said at a first look.
    """
    if reference_scores is None or not comparison.settled:
        return ""
    for name, behind, level in (
        (
            "stft",
            lazy_gettext("Neither beats the plain spectra, {rate}: both are less accurate."),
            lazy_gettext("Neither is shown to beat the plain spectra, {rate}."),
        ),
        (
            "random",
            lazy_gettext("Neither beats an untrained encoder, {rate}: both are less accurate."),
            lazy_gettext("Neither is shown to beat an untrained encoder, {rate}."),
        ),
    ):
        score = next((score for score in reference_scores.scores if score.name == name), None)
        accuracy = None if score is None else _on_same_folds(score, comparison)
        if score is None or accuracy is None:
            continue
        leads = [
            _lead(side, score, comparison.held_out)
            for side in (comparison.baseline, comparison.candidate)
        ]
        if None in leads or any(lead is not None and lead.sign > 0 for lead in leads):
            continue
        worse = all(lead is not None and lead.sign < 0 for lead in leads)
        rate = percent(accuracy)
        return str((behind if worse else level).format(rate=rate))
    return ""


def _on_same_folds(score: ReferenceScore, comparison: Comparison) -> float | None:
    """A reference's accuracy, mean over the folds that are compared; None where it has none."""
    folds = set(comparison.held_out.folds)
    found = [score.by_fold[fold] for fold in folds if fold < len(score.by_fold)]
    values = [value for value in found if value is not None]
    return float(np.mean(values)) if len(values) == len(folds) else None


def _lead(runs: Sequence[Result], score: ReferenceScore, held_out: HeldOut) -> Estimate | None:
    """Accuracy of runs minus that of a reference, paired by fold and unit."""
    if any(run.fold >= len(score.by_fold) for run in runs):
        return None
    replicates = None
    if score.replicates and all(ACCURACY in run.replicates for run in runs):
        replicates = np.stack([run.replicates[ACCURACY] for run in runs])
    return paired_difference(
        [score.by_fold[run.fold] for run in runs],
        [run.metric(ACCURACY) for run in runs],
        held_out,
        None if replicates is None else np.tile(score.replicates, (len(runs), 1)),
        replicates,
        (0.0, 1.0),
        cancels=False,
    )


def _inside(title: str) -> str:
    """A title as it stands inside a sentence."""
    return title[:1].lower() + title[1:]


def _directions(comparison: Comparison) -> str:
    before = mean_metric(comparison.baseline, "geometry.effective_rank")
    after = mean_metric(comparison.candidate, "geometry.effective_rank")
    size = EMBEDDING_SIZE
    if after is None:
        return _("Every frame has the same embedding, so frames can no longer be told apart.")
    if before is None:
        return _(
            "The embedding uses about {after:.0f} of its {size} directions.", after=after, size=size
        )
    directions = _(
        "The embedding uses about {after:.0f} of its {size} directions (baseline {before:.0f}).",
        after=after,
        size=size,
        before=before,
    )
    if after < FEW_DIRECTIONS * before and _explains(comparison):
        return sentences(
            _cause(comparison),
            directions,
            _("Frames lie closer together, and less information is left to tell them apart."),
        )
    return directions


def _explains(comparison: Comparison) -> bool:
    """Whether fewer directions explain what was found: tidier clusters but worse decisions."""
    judgement = comparison.judgement
    tidier = judgement.kind == "mismatch" and judgement.clusters == "better"
    return tidier or judgement.kind == "collapsed"


def _cause(comparison: Comparison) -> str:
    """What shrinks the embedding, where the loss alone is to blame."""
    config = comparison.candidate[0].config
    if config["method"] not in ATTRACTING or config["uniformity"] or config["variance_covariance"]:
        return ""
    return _(
        "The margin also pulls negatives (frames that are not neighbours in time) "
        "together, and nothing pushes them apart."
    )


def _groups(comparison: Comparison) -> str:
    before = mean_metric(comparison.baseline, "clustering.nmi")
    after = mean_metric(comparison.candidate, "clustering.nmi")
    if before is None or after is None:
        return ""
    return _(
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
    a, b, c, d = (percent(value) for value in values if value is not None)
    return _(
        "The paper's short probe reaches {short} (baseline {short_before}); a probe trained "
        "to convergence reaches {long} (baseline {long_before}).",
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
    return _("Its loss was undefined in {bad} of {steps} training steps.", bad=bad, steps=steps)
