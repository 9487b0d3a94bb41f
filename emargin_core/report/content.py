"""What a report says, as plain values in the current language."""

from collections.abc import Mapping
from datetime import UTC, datetime

from emargin_core import __version__
from emargin_core.comparison import Comparison, compare, metric_interval
from emargin_core.evaluation.metric_table import METRICS
from emargin_core.explanation import reasons
from emargin_core.language import current, mark, retell, say
from emargin_core.report import figures, meeting
from emargin_core.report.limits import limits
from emargin_core.report.parts import (
    Bullets,
    Command,
    Paragraph,
    Part,
    Report,
    Section,
    Table,
)  # fmt: skip
from emargin_core.report.subject import Subject
from emargin_core.report.words import (
    NOTHING,
    PARTS,
    SETTING_WORDS,
    difference_text,
    estimate_text,
    judgement,
    method_title,
    percent,
    setting_text,
    settings_line,
)  # fmt: skip
from emargin_core.reproduce import compare_command, run_commands
from emargin_core.result import Result

KIND_WORDS = {"higher": mark("higher"), "lower": mark("lower"), "none": mark("neither")}


def build_report(subject: Subject, names: Mapping[str, str]) -> Report:
    """Put a subject into words, tables and figures.

    Args:
        subject: one setting, or two with the same seeds on the same data.
        names: what the user calls runs, by run_id.

    Raises:
        InputError: the two sides cannot be compared.
    """
    comparison = compare(subject.baseline, subject.candidate) if subject.baseline else None
    first = subject.first
    sections = (
        Section(say("At a glance"), (figures.measures(subject), *_floors(subject))),
        Section(say("The maps"), (figures.maps(subject),)),
        Section(say("Why"), _why(subject, comparison)),
        *_class_by_class(subject),
        Section(say("Settings and data"), (_settings(subject), _data(first))),
        Section(say("All numbers"), (_numbers(subject, comparison),)),
        Section(say("What to keep in mind"), (Bullets(limits(subject)),)),
        Section(say("How it was made"), _origin(subject, names)),
    )
    return Report(
        language=current(),
        title=_title(subject),
        subtitle=f"{retell(first.data['title'])} · {settings_line(first)}",
        kind=comparison.verdict.kind if comparison else "single",
        label=say("Verdict") if comparison else say("Finding"),
        headline=_headline(subject, comparison),
        meaning=" ".join([comparison.verdict.meaning, comparison.verdict.advice])
        if comparison else "",
        meeting_title=say("Three sentences for the meeting"),
        meeting=meeting.of_comparison(comparison) if comparison else meeting.of_one(subject),
        sections=sections,
        footer=say("eMargin Explorer {version}, report of {date}", version=__version__,
                   date=f"{datetime.now(UTC):%Y-%m-%d}"),
    )  # fmt: skip


def _title(subject: Subject) -> str:
    if not subject.baseline:
        return method_title(subject.first)
    return say("{candidate} compared with {baseline}", candidate=method_title(subject.first),
               baseline=method_title(subject.baseline[0]))  # fmt: skip


def _headline(subject: Subject, comparison: Comparison | None) -> str:
    if comparison is not None:
        return comparison.verdict.headline
    if any(run.collapsed for run in subject.candidate):
        return say("The embedding collapsed.")
    return say("One method, compared with nothing.")


def _floors(subject: Subject) -> tuple[Part, ...]:
    if subject.levels is None:
        return (Paragraph(say("Floors and ceiling of this data have not been measured.")),)
    kinds = {"floor": say("floor"), "ceiling": say("ceiling")}
    rows = tuple(
        (say(level.title), kinds[level.kind], estimate_text("probe.accuracy", level.accuracy))
        for level in subject.levels.levels
    )
    caption = say("For scale: what any accuracy on this data is to be seen against")
    columns = (say("reference"), say("kind"), say("accuracy, 95 % interval"))
    return (Table(caption, columns, rows, numbers=(2,)),)


def _why(subject: Subject, comparison: Comparison | None) -> tuple[Part, ...]:
    first = subject.first
    sentences: list[str] = reasons(comparison) if comparison else []
    sentences += [
        say("{run} collapsed: {reason}.", run=run.run_id, reason=retell(run.collapse_reason))
        for run in subject.runs
        if run.collapse_reason
    ]
    placement = first.details.get("margin")
    if placement is not None:
        sentences.append(
            say(
                "Over all recordings the margin acted on {marked} of {frames} moments.",
                marked=f"{placement['marked']:,}", frames=f"{placement['frames']:,}",
            )
        )  # fmt: skip
        if placement.get("recall") is not None and first.data["class_names"]:
            sentences.append(
                say(
                    "Of {changes} real changes it marks {found}.",
                    changes=placement["changes"], found=placement["changes_marked"],
                )
            )  # fmt: skip
    parts: list[Part] = [Bullets(tuple(sentences))] if sentences else []
    parts.append(figures.directions(subject))
    if placement is not None:
        parts.append(figures.strip(subject))
    return tuple(parts)


def _class_by_class(subject: Subject) -> tuple[Section, ...]:
    first = subject.first
    names = first.data["class_names"]
    if not names or first.details.get("confusion") is None:
        return ()
    columns = [say("class")] + [say("baseline")] * bool(subject.baseline) + [say("candidate")]
    sides = [side for side in (subject.baseline, subject.candidate) if side]
    found = [figures.recalls(side) for side in sides]
    rows = tuple(
        (name, *(say(NOTHING) if side[number] is None else percent(side[number] or 0.0)
                 for side in found))
        for number, name in enumerate(names)
    )  # fmt: skip
    table = Table(say("Share of each class that is found (recall)"), tuple(columns), rows, (1, 2))
    return (Section(say("Class by class"), (figures.classes(subject), table)),)


def _settings(subject: Subject) -> Table:
    sides = [runs for runs in (subject.baseline, subject.candidate) if runs]
    rows = [(say("method"), *(method_title(side[0]) for side in sides))]
    rows += [
        (say(word), *(setting_text(side[0], name) for side in sides))
        for name, word in SETTING_WORDS.items()
        if any(name in side[0].config for side in sides)
    ]
    rows.append(
        (
            say("seed numbers"),
            *(", ".join(str(run.config["seed"]) for run in side) for side in sides),
        )
    )
    columns = [say("setting")] + [say("baseline")] * (len(sides) > 1) + [say("candidate")]
    return Table(
        say("Settings; a dash: not read by this method"), tuple(columns), tuple(rows), (1, 2)
    )


def _data(first: Result) -> Table:
    data = first.data
    rows = [
        (say("data"), retell(data["title"])),
        (say("content"), data["fingerprint"]),
        (say("split"), retell(data["split"])),
        (say("measured on"), say(PARTS[first.config["evaluate_on"]])),
        (say("moments (frames) to learn from"), f"{data['train_frames']:,}"),
        (say("held-out moments (frames)"), f"{data['test_frames']:,}"),
        (say("held-out recordings"), ", ".join(data["recordings"])),
        (say("classes"), ", ".join(data["class_names"]) or say("no labels")),
        *((say("note"), retell(note)) for note in data.get("notes", ())),
    ]
    return Table(say("Data"), (say("what"), say("value")), tuple(rows))


def _numbers(subject: Subject, comparison: Comparison | None) -> Table:
    rows = []
    for path, metric in METRICS.items():
        if path.split(".")[1] not in subject.first.metrics[path.split(".")[0]]:
            continue
        row = [f"{say(metric.title)} – {say(metric.term)}", say(KIND_WORDS[metric.better])]
        for side in (subject.baseline, subject.candidate):
            if side:
                row.append(estimate_text(path, metric_interval(side, path)))
        if comparison is not None:
            change = comparison.differences.get(path)
            collapsed = any(run.collapsed for run in subject.candidate)
            row += [difference_text(path, change), judgement(path, change, collapsed)]
        rows.append(tuple(row))
    columns = [say("measure"), say("better is")]
    columns += [say("baseline"), say("candidate")] if comparison else [say("value")]
    columns += [say("difference"), say("so it is")] * (comparison is not None)
    caption = say("Mean over seeds (95 % interval over recordings and seeds); shares in percent")
    return Table(caption, tuple(columns), tuple(rows), numbers=(2, 3, 4))


def _whence(run: Result) -> str:
    if run.imported:
        return say("imported: {archive}", archive=run.imported)
    return retell(run.precomputed or "") or say("computed here")


def _origin(subject: Subject, names: Mapping[str, str]) -> tuple[Part, ...]:
    rows = tuple(
        (
            run.run_id,
            names.get(run.run_id, ""),
            say("baseline") if run in subject.baseline else say("candidate"),
            str(run.config["seed"]),
            run.created[:16].replace("T", " "),
            _whence(run),
        )
        for run in subject.runs
    )
    columns = (say("run"), say("name"), say("side"), say("seed"), say("made (UTC)"), say("origin"))
    versions = {name: "" for run in subject.runs for name in run.versions}
    for name in versions:
        found = dict.fromkeys(run.versions.get(name, "–") for run in subject.runs)
        versions[name] = " / ".join(found)
    command = (
        compare_command(subject.baseline, subject.candidate)
        if subject.baseline
        else run_commands(subject.candidate)
    )
    return (
        Table(say("Runs"), columns, rows),
        Table(say("Versions"), (say("software"), say("version")), tuple(versions.items()), (1,)),
        Paragraph(say("This computes the same numbers anew:")),
        Command(command),
    )
