"""Three sentences for a meeting: what was done, the result, what to do now."""

from emargin_core.analysis.comparison import Comparison, metric_interval
from emargin_core.analysis.verdict_words import how_sure, over
from emargin_core.evaluation.metric_table import ACCURACY
from emargin_core.report.subject import Subject
from emargin_core.report.words import method_title, settings_line
from emargin_core.text.language import gettext as _
from emargin_core.text.language import sentences
from emargin_core.text.numbers import percent
from emargin_core.text.units import plural

Sentences = tuple[str, str, str]


def of_comparison(comparison: Comparison) -> Sentences:
    """For two methods on the same held-out units."""
    before, after = comparison.baseline[0], comparison.candidate[0]
    names = [method_title(before), method_title(after)]
    if names[0] == names[1]:
        names = [f"{method_title(run)}; {settings_line(run)}" for run in (before, after)]
    done = _(
        "On “{data}” we compared “{candidate}” with “{baseline}”, on {over}, never seen in "
        "training.",
        data=str(after.data["title"]),
        candidate=names[1],
        baseline=names[0],
        over=over(comparison.held_out, after.unit.noun),
    )
    return done, _outcome(comparison), _step(comparison)


def of_one(subject: Subject) -> Sentences:
    """For one method without a comparison."""
    first = subject.first
    done = _(
        "On “{data}” we trained “{method}” and tested it on {over}, never seen in training.",
        data=str(first.data["title"]),
        method=method_title(first),
        over=over(subject.held_out, first.unit.noun),
    )
    step = _("One method alone cannot be judged: compare it with a baseline before deciding.")
    if subject.collapsed:
        step = _(
            "Do not use it as it is: raise the uniformity weight or weaken the "
            "margin, and train it again."
        )
    return done, _found(subject), step


def _found(subject: Subject) -> str:
    if subject.collapsed:
        return _("Its embedding collapsed, so its cluster scores mean nothing.")
    accuracy = metric_interval(subject.candidate, ACCURACY)
    if accuracy is None:
        return _("There are no labels, so the accuracy of decisions is unknown.")
    floor = next(
        (
            score.accuracy.mean
            for score in (subject.reference_scores.scores if subject.reference_scores else ())
            if score.name == "majority" and score.accuracy is not None
        ),
        None,
    )
    if floor is None:
        return _(
            "A simple classifier on the embedding is right {rate} of the time.",
            rate=percent(accuracy.mean),
        )
    return _(
        "A simple classifier on the embedding is right {rate} of the time; always "
        "choosing the most frequent class would be right {floor} of the time.",
        rate=percent(accuracy.mean),
        floor=percent(floor),
    )


def _outcome(comparison: Comparison) -> str:
    judgement, evidence = comparison.judgement, comparison.evidence
    if judgement.kind == "collapsed":
        return _("The candidate's embedding collapsed, so its cluster scores mean nothing.")
    before, after = evidence.accuracies
    if before is None or after is None:
        return _("There are no labels, so it is unknown which of the two decides better.")
    said = _(
        "A simple classifier on the embedding is right {after} of the time instead of {before}.",
        after=percent(after),
        before=percent(before),
    )
    if not judgement.settled:
        return sentences(said, _("This is a first look and claims nothing."))
    return sentences(said, how_sure(judgement, evidence) or _("Whether it differs cannot be told."))


def _step(comparison: Comparison) -> str:
    judgement = comparison.judgement
    if judgement.kind == "collapsed":
        return _(
            "Do not adopt it as it is: raise the uniformity weight or weaken the "
            "margin, and compare again."
        )
    if any(run.collapsed for run in comparison.baseline):
        return _("Choose another baseline: this one collapsed, so beating it proves little.")
    if judgement.accuracy == "unmeasured":
        return _("Label a few minutes of every class, then compare again.")
    if not judgement.settled:
        return comparison.verdict.advice
    if judgement.kind == "mismatch" and judgement.clusters == "better":
        return _(
            "Do not adopt it for its tidier clusters: the decisions are what it will be used for."
        )
    if judgement.kind == "mismatch":
        return _("Do not reject it for its less tidy clusters: its decisions are better here.")
    if judgement.kind == "aligned-gain":
        return _("It is worth a pilot on your own data, judged by clusters and by decisions.")
    if judgement.kind == "aligned-loss":
        return _("Keep the baseline.")
    return _undecided(comparison)


def _undecided(comparison: Comparison) -> str:
    judgement = comparison.judgement
    units = plural(comparison.evidence.noun)
    if judgement.accuracy == "better":
        return _(
            "Whether clusters change cannot be told, but decisions are better: it is worth a pilot."
        )
    if judgement.accuracy == "worse":
        return _(
            "Whether clusters change cannot be told, and decisions are worse: keep the baseline."
        )
    if judgement.accuracy == "open":
        return _(
            "Keep the baseline for now and gather more {units}: whether decisions change cannot "
            "be told.",
            units=units,
        )
    if judgement.clusters == "better":
        return _("It is worth a pilot where tidy clusters count: decisions are equally accurate.")
    if judgement.clusters == "worse":
        return _("Keep the baseline: clusters are less tidy, and decisions equally accurate.")
    return _(
        "Keep the baseline: decisions are equally accurate, and whether clusters change cannot be "
        "told."
    )
