"""The content of a report: headings, sentences, tables and figures in the current language."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from emargin_core import __version__
from emargin_core.analysis.comparison import Comparison, compare, metric_interval
from emargin_core.analysis.explanation import against_raw, reasons
from emargin_core.analysis.verdict_words import over
from emargin_core.report import meeting
from emargin_core.report.figures import figures
from emargin_core.report.limits import first_look, limits
from emargin_core.report.parts import Bullets, Command, Paragraph, Part, Report, Section, Table
from emargin_core.report.reproduce import compare_command, run_commands
from emargin_core.report.subject import Subject
from emargin_core.report.words import (
    PARTS,
    SETTING_WORDS,
    change_text,
    difference_text,
    estimate_text,
    method_title,
    setting_text,
    settings_line,
    share_text,
)
from emargin_core.store.result import Result
from emargin_core.text.language import current, sentences
from emargin_core.text.language import gettext as _
from emargin_core.text.message import lazy_gettext
from emargin_core.text.units import counted

_PLACED = ("marked", "frames", "changes", "changes_marked")
KIND_WORDS = {
    "higher": lazy_gettext("higher"),
    "lower": lazy_gettext("lower"),
    "none": lazy_gettext("neither"),
}


def build_report(subject: Subject, names: Mapping[str, str]) -> Report:
    """Build a report on a subject.

    Args:
        subject: one setting, or two with the same folds and seeds on the same data.
        names: what the user calls runs, by run_id.

    Raises:
        InputError: the two sides cannot be compared.
    """
    comparison = (
        compare(subject.baseline, subject.candidate, subject.equal_within)
        if subject.baseline
        else None
    )
    first = subject.first
    sections = (
        Section(_("At a glance"), (figures.measures(subject), *_reference_scores(subject))),
        Section(_("The maps"), (figures.maps(subject),)),
        Section(_("Why"), _why(subject, comparison)),
        *_class_by_class(subject),
        Section(_("Settings and data"), (_settings(subject), _data(subject))),
        Section(_("All numbers"), (_numbers(subject, comparison),)),
        Section(_("What to keep in mind"), (Bullets(limits(subject)),)),
        Section(_("How it was made"), _provenance(subject, names)),
    )
    return Report(
        language=current(),
        title=_title(subject),
        subtitle=f"{first.data['title']!s} · {settings_line(first)}",
        kind=comparison.kind if comparison else "single",
        label=_label(subject),
        headline=_headline(subject, comparison),
        meaning=_meaning(subject, comparison),
        meeting_title=_("Three sentences for the meeting"),
        meeting=meeting.of_comparison(comparison) if comparison else meeting.of_one(subject),
        sections=sections,
        footer=_(
            "eMargin Explorer {version}, report of {date}",
            version=__version__,
            date=f"{datetime.now(UTC):%Y-%m-%d}",
        ),
    )


def _title(subject: Subject) -> str:
    if not subject.baseline:
        return method_title(subject.first)
    return _(
        "{candidate} compared with {baseline}",
        candidate=method_title(subject.first),
        baseline=method_title(subject.baseline[0]),
    )


def _label(subject: Subject) -> str:
    """The word over the headline; a first look is called so before anything else is read."""
    if subject.held_out.n_folds is None:
        return _("Of an older version")
    if not subject.held_out.settled:
        return _("Not a verdict yet")
    return _("Verdict") if subject.baseline else _("Finding")


def _meaning(subject: Subject, comparison: Comparison | None) -> str:
    if comparison is not None:
        verdict = comparison.verdict
        raw = against_raw(comparison, subject.reference_scores)
        return sentences(verdict.meaning, verdict.advice, raw)
    return "" if subject.held_out.settled else first_look(subject)


def _headline(subject: Subject, comparison: Comparison | None) -> str:
    if comparison is not None:
        return comparison.verdict.headline
    if subject.collapsed:
        return _("The embedding collapsed.")
    return _("One method, without a comparison.")


def _reference_scores(subject: Subject) -> tuple[Part, ...]:
    if subject.reference_scores is None:
        return (Paragraph(_("The reference scores of this data have not been measured.")),)
    kinds = {"floor": _("lower reference"), "ceiling": _("upper reference")}
    rows = tuple(
        (str(score.title), kinds[score.kind], estimate_text("probe.accuracy", score.accuracy))
        for score in subject.reference_scores.scores
    )
    caption = _("Reference scores: how to judge an accuracy on this data")
    columns = (_("reference"), _("kind"), _("accuracy, 95 % interval"))
    return (Table(caption, columns, rows, numbers=(2,)),)


def _why(subject: Subject, comparison: Comparison | None) -> tuple[Part, ...]:
    first = subject.first
    found: list[str] = reasons(comparison) if comparison else []
    found += [
        _("{run} collapsed: {reason}.", run=run.run_id, reason=str(run.collapse_reason))
        for run in subject.runs
        if run.collapse_reason
    ]
    placed = [run.details["margin"] for run in _one_a_fold(subject) if run.details.get("margin")]
    if placed:
        total = {name: sum(each[name] for each in placed) for name in _PLACED}
        found.append(
            _(
                "Over all held-out data the margin acted on {marked} of {frames} moments.",
                marked=f"{total['marked']:,}",
                frames=f"{total['frames']:,}",
            )
        )
        if total["changes"] and first.data["class_names"]:
            found.append(
                _(
                    "Of {changes} real changes it marks {found}.",
                    changes=f"{total['changes']:,}",
                    found=f"{total['changes_marked']:,}",
                )
            )
    parts: list[Part] = [Bullets(tuple(found))] if found else []
    parts.append(figures.directions(subject))
    if placed:
        parts.append(figures.strip(subject))
    return tuple(parts)


def _one_a_fold(subject: Subject) -> list[Result]:
    """The candidate's first training on each fold."""
    firsts: dict[int, Result] = {}
    for run in subject.candidate:
        firsts.setdefault(run.fold, run)
    return list(firsts.values())


def _class_by_class(subject: Subject) -> tuple[Section, ...]:
    first = subject.first
    names = first.data["class_names"]
    if not names or first.details.get("confusion") is None:
        return ()
    found = zip(*(figures.recalls(side) for side in subject.sides), strict=True)
    rows = tuple(
        (name, *map(share_text, shares)) for name, shares in zip(names, found, strict=False)
    )
    columns = (_("class"), *_side_names(subject))
    table = Table(_("Share of each class that is found (recall)"), columns, rows, (1, 2))
    return (Section(_("Class by class"), (figures.classes(subject), table)),)


def _settings(subject: Subject) -> Table:
    sides = subject.sides
    rows = [(_("method"), *(method_title(side[0]) for side in sides))]
    rows += [
        (str(word), *(setting_text(side[0], name) for side in sides))
        for name, word in SETTING_WORDS.items()
        if any(name in side[0].config for side in sides)
    ]
    rows.append((_("seed numbers"), *(_numbers_of(side, "seed") for side in sides)))
    if subject.first.n_folds not in (None, 1):
        rows.append((_("fold numbers"), *(_numbers_of(side, "fold") for side in sides)))
    columns = (_("setting"), *_side_names(subject))
    return Table(_("Settings (–: not used by this method)"), columns, tuple(rows), (1, 2))


def _numbers_of(runs: Sequence[Result], name: str) -> str:
    return _(", ").join(map(str, sorted({int(run.config.get(name) or 0) for run in runs})))


def _side_names(subject: Subject) -> tuple[str, ...]:
    return (_("baseline"), _("candidate"))[-len(subject.sides) :]


def _data(subject: Subject) -> Table:
    first, runs = subject.first, _one_a_fold(subject)
    data = first.data
    trained = sorted({run.data["train_frames"] for run in runs})
    names = [name for run in runs for name in run.unit.names]
    rows = [
        (_("data"), str(data["title"])),
        (_("content hash"), data["fingerprint"]),
        (_("split"), "; ".join(str(run.data["split"]) for run in runs)),
        (_("measured on"), str(PARTS[first.config["evaluate_on"]])),
        (
            _("training moments (frames)"),
            f"{trained[0]:,}"
            if len(trained) == 1
            else _("{low} to {high} a fold", low=f"{trained[0]:,}", high=f"{trained[-1]:,}"),
        ),
        (_("held-out moments (frames)"), f"{sum(run.data['test_frames'] for run in runs):,}"),
        (_("held out"), f"{counted(first.unit.noun, len(names))}: {', '.join(names)}"),
        (_("classes"), _(", ").join(data["class_names"]) or _("no labels")),
        *((_("note"), str(note)) for note in data.get("notes", ())),
    ]
    return Table(_("Data"), (_("item"), _("value")), tuple(rows))


def _numbers(subject: Subject, comparison: Comparison | None) -> Table:
    rows = []
    for path, metric in subject.metrics.items():
        row = [f"{metric.title} – {metric.term}", str(KIND_WORDS[metric.better])]
        row += [estimate_text(path, metric_interval(side, path)) for side in subject.sides]
        if comparison is not None:
            change = comparison.differences.get(path)
            row += [difference_text(path, change), change_text(path, comparison)]
        rows.append(tuple(row))
    columns = [_("measure"), _("better when")]
    columns += _side_names(subject) if comparison else [_("value")]
    columns += [_("difference"), _("verdict")] * (comparison is not None)
    rests = over(subject.held_out, subject.first.unit.noun)
    caption = (
        _("Means over {over}, with 95 % intervals; shares in percent", over=rests)
        if subject.held_out.settled
        else _("Means over {over}, without intervals; shares in percent", over=rests)
    )
    return Table(caption, tuple(columns), tuple(rows), numbers=(2, 3, 4))


def _source(run: Result) -> str:
    if run.imported:
        return _("imported: {archive}", archive=run.imported)
    return str(run.precomputed or "") or _("computed here")


def _fold_words(run: Result) -> str:
    return "–" if run.n_folds in (None, 1) else str(run.fold)


def _provenance(subject: Subject, names: Mapping[str, str]) -> tuple[Part, ...]:
    rows = tuple(
        (
            run.run_id,
            names.get(run.run_id, ""),
            _("baseline") if run in subject.baseline else _("candidate"),
            _fold_words(run),
            str(run.config["seed"]),
            run.created[:16].replace("T", " "),
            _source(run),
        )
        for run in subject.runs
    )
    columns = (
        _("run"),
        _("name"),
        _("side"),
        _("fold"),
        _("seed"),
        _("created (UTC)"),
        _("provenance"),
    )
    versions = {name: "" for run in subject.runs for name in run.versions}
    for name in versions:
        found = dict.fromkeys(run.versions.get(name, "–") for run in subject.runs)
        versions[name] = " / ".join(found)
    command = (
        compare_command(subject.baseline, subject.candidate, subject.equal_within)
        if subject.baseline
        else run_commands(subject.candidate)
    )
    leads = (
        _("This command measures the same settings as this version does:")
        if subject.held_out.n_folds is None
        else _("This command computes the same numbers again:")
    )
    return (
        Table(_("Runs"), columns, rows),
        Table(_("Versions"), (_("software"), _("version")), tuple(versions.items()), (1,)),
        Paragraph(leads),
        Command(command),
    )
