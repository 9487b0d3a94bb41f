"""The limits of a report: what its figures do not show."""

from emargin_core.analysis.verdict_words import over
from emargin_core.config import METHODS
from emargin_core.evaluation.uncertainty import MIN_UNITS
from emargin_core.report.subject import Subject
from emargin_core.report.words import method_title
from emargin_core.text.language import gettext as _
from emargin_core.text.language import ngettext, sentences
from emargin_core.text.units import counted, plural


def limits(subject: Subject) -> tuple[str, ...]:
    """One sentence for each thing to keep in mind, made from the runs themselves."""
    return (*_of_the_data(subject), *_of_the_runs(subject), *_of_every_report())


def _of_the_data(subject: Subject) -> list[str]:
    first = subject.first
    found = [_units(subject)]
    if not first.data["class_names"]:
        found.append(_("The data has no labels: the accuracy of decisions was not measured."))
    elif len(first.data["class_names"]) == 1:
        found.append(_("The data has one class only: the accuracy of decisions was not measured."))
    if first.config["evaluate_on"] == "validation":
        found.append(
            _(
                "All this was measured on validation {units}, which are for choosing settings; "
                "confirm it on the test {units}.",
                units=plural(first.unit.noun),
            )
        )
    return found


def first_look(subject: Subject) -> str:
    """What runs that are not settled rest on, and that they claim nothing."""
    unit, held_out = subject.first.unit, subject.held_out
    if held_out.n_folds is None:
        return _(
            "These runs are of an older version, which counted parts of one unit as independent. "
            "Train them again for a verdict."
        )
    few = (
        _("An interval needs at least {units}.", units=counted(unit.noun, MIN_UNITS))
        if unit.in_all < MIN_UNITS
        else ""
    )
    return sentences(
        _("This rests on {over} and claims nothing yet.", over=over(held_out, unit.noun)), few
    )


def _units(subject: Subject) -> str:
    """What was held out, and what its intervals are of."""
    unit, held_out = subject.first.unit, subject.held_out
    if not held_out.settled:
        return first_look(subject)
    rests = _("This rests on {over}.", over=over(held_out, unit.noun))
    if unit.noun == "stretch":
        return sentences(
            rests,
            _(
                "All of them are from one group: the intervals speak of other stretches of time "
                "of the same group, and say nothing about other groups."
            ),
        )
    return sentences(
        rests,
        _(
            "The intervals show how far the figures would move with other {units} of the same "
            "kind. They say nothing about other kinds of data.",
            units=plural(unit.noun),
        ),
    )


def _of_the_runs(subject: Subject) -> list[str]:
    held_out = subject.held_out
    found = []
    if held_out.settled and held_out.n_folds == 1:
        found.append(
            ngettext(
                "Each method was trained {n} time; the intervals include the randomness of "
                "training.",
                "Each method was trained {n} times; the intervals include the randomness of "
                "training.",
                len(held_out.folds),
            )
        )
    elif held_out.settled:
        found.append(
            _(
                "Each fold was trained anew on the other {units}; the intervals include the "
                "randomness of training.",
                units=plural(subject.first.unit.noun),
            )
        )
    methods = {run.config["method"]: method_title(run) for run in subject.runs}
    readers = {title for name, title in methods.items() if _reads_labels(name)}
    found += [
        _(
            "“{method}” uses the labels in training: it is an upper reference, not a competitor.",
            method=name,
        )
        for name in sorted(readers)
    ]
    if len({tuple(sorted(run.versions.items())) for run in subject.runs}) > 1:
        found.append(
            _(
                "The runs were made by different versions of the software (see "
                "below); this may explain part of a small difference."
            )
        )
    elsewhere = [run for run in subject.runs if run.precomputed or run.imported]
    if elsewhere:
        found.append(
            ngettext(
                "{n} of the runs was not computed on this machine (see below).",
                "{n} of the runs were not computed on this machine (see below).",
                len(elsewhere),
            )
        )
    return found


def _reads_labels(name: str) -> bool:
    method = METHODS.get(name)
    return method is not None and method.reads_labels


def _of_every_report() -> list[str]:
    return [
        _(
            "If these settings were chosen because they did well on this same data, the "
            "figures are too optimistic: confirm them on data that had no part in the choice."
        ),
        _(
            "A map is a sketch: neighbouring points are alike, but the distances "
            "between far groups and the sizes of groups mean little."
        ),
    ]
