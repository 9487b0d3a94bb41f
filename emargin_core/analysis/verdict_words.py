"""A judgement in plain words: a headline, what it means, and what to do about it.

A first look says which way things point and what would settle it; only a settled judgement claims.
"""

from dataclasses import dataclass

from emargin_core.analysis.verdict import Judgement, Kind
from emargin_core.evaluation.uncertainty import MIN_TRAININGS, MIN_UNITS, Estimate, HeldOut
from emargin_core.text.language import gettext as _
from emargin_core.text.language import ngettext, sentences
from emargin_core.text.message import Text, lazy_gettext
from emargin_core.text.numbers import length_words, percent, signed
from emargin_core.text.units import counted

NO_LABELS = lazy_gettext(
    "Without labels of at least two classes, the quality of decisions cannot be measured."
)
FIRST_LOOK = {
    (1, 1): lazy_gettext("First look: it points to tidier clusters and better decisions."),
    (1, -1): lazy_gettext("First look: it points to tidier clusters and worse decisions."),
    (1, 0): lazy_gettext("First look: it points to tidier clusters."),
    (-1, 1): lazy_gettext("First look: it points to less tidy clusters and better decisions."),
    (-1, -1): lazy_gettext("First look: it points to less tidy clusters and worse decisions."),
    (-1, 0): lazy_gettext("First look: it points to less tidy clusters."),
    (0, 1): lazy_gettext(
        "First look: it points to better decisions, and neither way for the clusters."
    ),
    (0, -1): lazy_gettext(
        "First look: it points to worse decisions, and neither way for the clusters."
    ),
    (0, 0): lazy_gettext("First look: it points neither way."),
}
UNLABELLED = {
    "better": lazy_gettext("Tidier clusters; decisions unknown."),
    "worse": lazy_gettext("Less tidy clusters; decisions unknown."),
    "open": lazy_gettext("Whether the clusters differ cannot be told; decisions unknown."),
}
INCONCLUSIVE = {
    ("better", "equal"): lazy_gettext("Tidier clusters, equally accurate."),
    ("better", "open"): lazy_gettext("Tidier clusters; whether accuracy changes cannot be told."),
    ("worse", "equal"): lazy_gettext("Less tidy clusters, equally accurate."),
    ("worse", "open"): lazy_gettext("Less tidy clusters; whether accuracy changes cannot be told."),
    ("open", "better"): lazy_gettext("Better decisions; whether clusters change cannot be told."),
    ("open", "worse"): lazy_gettext("Worse decisions; whether clusters change cannot be told."),
    ("open", "equal"): lazy_gettext("Equally accurate; whether clusters change cannot be told."),
    ("open", "open"): lazy_gettext("No difference can be told."),
}
"""Change of the clusters and of the accuracy -> headline."""


@dataclass(frozen=True)
class Evidence:
    """What a judgement rests on, for its words.

    noun: of the unit; n_units_in_all: held out once all folds are run; accuracies: of baseline and
    candidate, None where undefined; difference: of the accuracy; n_seeds: trainings a fold;
    seconds: what a training with its evaluation takes.
    """

    held_out: HeldOut
    noun: str
    n_units_in_all: int
    accuracies: tuple[float | None, float | None]
    difference: Estimate | None
    collapse_reason: Text | None
    n_seeds: int
    seconds: float


@dataclass(frozen=True)
class Verdict:
    """What happened, in plain words."""

    kind: Kind
    settled: bool
    headline: str
    meaning: str
    advice: str


def word(judgement: Judgement, evidence: Evidence) -> Verdict:
    """Put a judgement into words; every number in them comes from the evidence."""
    return Verdict(
        judgement.kind,
        judgement.settled,
        _headline(judgement),
        _meaning(judgement, evidence),
        _advice(judgement, evidence),
    )


def _headline(judgement: Judgement) -> str:
    clusters, accuracy = judgement.clusters, judgement.accuracy
    if judgement.kind == "collapsed":
        return _("The embedding collapsed.")
    if not judgement.settled:
        return str(FIRST_LOOK[judgement.toward])
    if judgement.kind == "mismatch":
        if clusters == "better":
            return _("Prettier clusters, worse decisions.")
        return _("Less tidy clusters, better decisions.")
    if judgement.kind == "aligned-gain":
        return _("Better clusters and better decisions.")
    if judgement.kind == "aligned-loss":
        return _("Worse clusters and worse decisions.")
    if accuracy == "unmeasured":
        return str(UNLABELLED.get(clusters, UNLABELLED["open"]))
    if clusters == "unmeasured":
        clusters = "open"
    return str(INCONCLUSIVE.get((clusters, accuracy), INCONCLUSIVE["open", "open"]))


def _meaning(judgement: Judgement, evidence: Evidence) -> str:
    rates = _rates(*evidence.accuracies)
    if judgement.kind == "collapsed":
        reason = str(evidence.collapse_reason or "")
        return sentences(
            _("Its cluster scores are not meaningful: {reason}.", reason=reason), rates
        )
    if judgement.kind == "mismatch":
        return sentences(
            rates, _("Cluster scores alone would have chosen the less accurate method.")
        )
    return rates


def _advice(judgement: Judgement, evidence: Evidence) -> str:
    if judgement.kind == "collapsed":
        remedy = _("Raise the uniformity weight, or use a weaker margin.")
        if judgement.settled:
            return sentences(_("Do not adopt it."), remedy)
        seen = over(evidence.held_out, evidence.noun)
        return sentences(_("This rests on {over}.", over=seen), remedy)
    if not judgement.settled:
        return _first_look(evidence)
    sure = how_sure(judgement, evidence)
    if judgement.accuracy == "unmeasured":
        return _(
            "Label part of the data, a few minutes of every class: without labels, it is "
            "unknown whether tidier clusters are better."
        )
    if judgement.kind == "mismatch" and judgement.clusters == "better":
        return sentences(_("Do not adopt it on cluster scores alone."), sure)
    if judgement.kind == "aligned-gain":
        return sentences(_("Worth a pilot on your own data."), sure)
    if judgement.kind == "aligned-loss":
        return sentences(_("Keep the baseline."), sure)
    return sure


def how_sure(judgement: Judgement, evidence: Evidence) -> str:
    """The interval of the difference in accuracy, over what it counts, and what follows."""
    difference = evidence.difference
    if difference is None or difference.low is None or difference.high is None:
        return ""
    values = {
        "low": signed(100 * difference.low, 1),
        "high": signed(100 * difference.high, 1),
        "over": over(evidence.held_out, evidence.noun),
        "margin": f"{100 * judgement.equal_within:g}",
    }
    if judgement.accuracy == "equal":
        return _(
            "Accuracy is equal within {margin} points: the difference is {low} to {high} points "
            "(95 %, {over}).",
            **values,
        )
    if judgement.accuracy == "open":
        return _(
            "Whether accuracy differs by more than {margin} points cannot be told: {low} to "
            "{high} points (95 %, {over}).",
            **values,
        )
    return _("The difference in accuracy is {low} to {high} points (95 %, {over}).", **values)


def over(held_out: HeldOut, noun: str) -> str:
    """'10 subjects in 5 folds' or '40 cases, 3 trainings': what an interval counts."""
    units = counted(noun, held_out.n_units)
    if held_out.n_folds in (1, None):
        trainings = ngettext("{n} training", "{n} trainings", len(held_out.folds))
        return _("{units}, {trainings}", units=units, trainings=trainings)
    n_folds = len(set(held_out.folds))
    folds = ngettext("{n} fold", "{n} folds", n_folds)
    if len(held_out.folds) > n_folds:
        return _(
            "{units} in {folds}, {n} trainings each",
            units=units,
            folds=folds,
            n=len(held_out.folds) // n_folds,
        )
    return _("{units} in {folds}", units=units, folds=folds)


def _first_look(evidence: Evidence) -> str:
    """What the first look rests on, and what would settle it."""
    held_out = evidence.held_out
    rests = _("This rests on {over} and claims nothing yet.", over=over(held_out, evidence.noun))
    if held_out.n_folds is None:
        return _(
            "These runs are of an older version, which counted parts of one unit as independent. "
            "Train them again for a verdict."
        )
    if evidence.n_units_in_all < MIN_UNITS:
        return sentences(
            rests,
            _(
                "An interval needs at least {units}; more of them are needed, more trainings do "
                "not help.",
                units=counted(evidence.noun, MIN_UNITS),
            ),
        )
    if held_out.n_folds == 1:
        missing = MIN_TRAININGS - len(held_out.folds)
        settles = ngettext(
            "{n} more training of each method would settle it (at most {time} of computing).",
            "{n} more trainings of each method would settle it (at most {time} of computing).",
            missing,
            time=length_words(2 * missing * evidence.seconds),
        )
    else:
        missing = (held_out.n_folds - len(set(held_out.folds))) * evidence.n_seeds
        settles = ngettext(
            "The remaining fold would settle it (at most {time} of computing).",
            "The remaining {n} folds would settle it (at most {time} of computing).",
            held_out.n_folds - len(set(held_out.folds)),
            time=length_words(2 * missing * evidence.seconds),
        )
    return sentences(rests, settles)


def _rates(baseline: float | None, candidate: float | None) -> str:
    if baseline is None or candidate is None:
        return str(NO_LABELS)
    values = {"candidate": percent(candidate), "baseline": percent(baseline)}
    if values["candidate"] == values["baseline"]:
        return _(
            "A classifier on the embedding is right {candidate} of the time, as with the baseline.",
            candidate=values["candidate"],
        )
    return _(
        "A classifier on the embedding is right {candidate} of the time instead of {baseline}.",
        **values,
    )
