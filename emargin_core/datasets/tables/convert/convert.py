"""From a table to recordings on disk: written, checked, brought to one rate, framed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from emargin_core.datasets.base import Framing
from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.convert.faults import missing_values, wrong_values
from emargin_core.datasets.tables.convert.framing import (
    choose_framing,
    framing_notes,
    long_enough,
    one_rate,
)
from emargin_core.datasets.tables.convert.resample import resample
from emargin_core.datasets.tables.convert.rows import Part, Rows
from emargin_core.datasets.tables.convert.writing import INTERPOLATED_SECONDS, write_rows
from emargin_core.datasets.tables.mapping import ColumnMapping
from emargin_core.datasets.tables.questions import Problem, change
from emargin_core.datasets.tables.read.table import Table
from emargin_core.datasets.tables.recognise.plan import Plan
from emargin_core.text.message import Message, Text
from emargin_core.text.plain_text import listed, shown


def notes_of(table: Table, plan: Plan, rows: Rows, choices: Choices) -> Iterator[Text]:
    """Yield the notes that a data set keeps."""
    yield from table.notes
    if plan.time is not None:
        yield from plan.time.notes
        if choices.rate is not None:
            yield Message(
                "the rate is taken from the time, not from the {rate:g} Hz given", rate=choices.rate
            )
    yield from _of_recordings(plan, rows)
    yield from label_notes(rows)
    if rows.spread:
        yield Message("time stamps that repeat are spread evenly between one and the next")
    if choices.hold:
        yield Message("held until the next value: {columns}", columns=listed(choices.hold))
    if table.torn:
        yield Message("{n:,} torn rows are left out", n=len(table.torn))
    for column, (n, _) in rows.nameless.items() if choices.missing != "refuse" else ():
        yield Message(
            "{n:,} rows in which '{column}' is empty are left out", n=n, column=shown(column)
        )
    gaps, filled, dropped = (
        sum(getattr(part, what) for part in rows.parts) for what in ("gaps", "filled", "dropped")
    )
    if gaps:
        yield Message(
            "{n:,} gaps in time, the longest {longest:.3g} s; no frame crosses one",
            n=gaps,
            longest=max(part.longest_gap for part in rows.parts),
        )
    if filled:
        yield Message(
            "{n:,} missing values interpolated, in gaps up to {longest:g} s",
            n=filled,
            longest=INTERPOLATED_SECONDS,
        )
    if dropped and choices.missing != "refuse":
        yield Message(
            "{n:,} rows with missing values dropped ({how}); no frame crosses them",
            n=dropped,
            how=choices.missing,
        )
    elif dropped and not any(facts.first_missing for facts in rows.columns.values()):
        yield Message("{n:,} rows without a time are left out; no frame crosses them", n=dropped)


def label_notes(rows: Rows) -> Iterator[Text]:
    """Yield what there is to say of the labels."""
    if not rows.classes:
        yield Message("no column 'label': clusters and geometry only, no probes")
        return
    if len(rows.classes) == 1:
        yield Message(
            "one class only ('{class_names}'): clusters and geometry, no probes",
            class_names=shown(rows.class_names[0]),
        )
    if rows.unlabelled:
        total = rows.unlabelled + sum(rows.classes.values())
        yield Message("{n:,} of {all:,} samples have no label", n=rows.unlabelled, all=total)


def _of_recordings(plan: Plan, rows: Rows) -> Iterator[Text]:
    """What a recording is, and a group."""
    mapping, numbered = plan.found.mapping, plan.found.numbered
    if numbered:
        length = len(numbered[0].columns)
        yield Message("each row is a window of {n} samples; no frame crosses two", n=length)
    if numbered and mapping.recording is None and mapping.group is None:
        yield Message(
            "no column says whose window a row is: rows are dealt into recordings, so that windows "
            "of one source may stand on both sides"
        )
    elif mapping.recording is None and mapping.group is None:
        yield Message("no column 'recording': all rows are one recording")
    elif mapping.recording is None:
        yield Message("no column 'recording': each group is one recording")
    elif mapping.group is None:
        yield Message("no column 'group': each recording is its own group")
    if rows.paired:
        yield Message(
            "'{recording}' begins anew in each '{group}': both together name a recording",
            recording=shown(mapping.recording),
            group=shown(mapping.group),
        )


@dataclass(frozen=True)
class Converted:
    """What lies in a folder; with problems, nothing that could be used."""

    rows: Rows
    parts: tuple[Part, ...]
    mapping: ColumnMapping
    framing: Framing
    notes: tuple[Text, ...]
    problems: tuple[Problem, ...]

    @property
    def channels(self) -> list[str]:
        """Names of the channels."""
        return list(self.rows.columns)


def convert(table: Table, plan: Plan, choices: Choices, folder: Path) -> Converted:
    """Write 'signal.npy' and 'labels.npy' into a folder.

    Raises:
        InputError: the file cannot be read to its end, or a frame's length cannot be.
    """
    rows = write_rows(table, plan, choices, folder)
    parts, mapping, framing = list(rows.parts), plan.found.mapping, Framing()
    notes = list(notes_of(table, plan, rows, choices))
    wrong = list(wrong_values(table, plan, rows))
    problems = [*rows.problems.values(), *(wrong or missing_values(rows, choices))]
    if not problems and not parts:
        what = Message("has no number in any channel")
        problems.append(Problem(what, remedies=(change(missing="refuse"),)))
    if not problems and choices.resample is not None:
        parts = resample(folder, parts, choices.resample)
        notes.append(Message("all recordings are resampled to {rate:g} Hz", rate=choices.resample))
    found = problems[0] if problems else one_rate(parts, rows)
    if not isinstance(found, Problem):
        rate, more = found
        mapping, framing = replace(mapping, rate=rate), choose_framing(plan.found, rate, choices)
        notes += [*more, *framing_notes(framing, rate)]
        parts = [replace(part, rate=rate) for part in parts]
        kept = long_enough(parts, framing, rate)
        if isinstance(kept, Problem):
            problems.append(kept)
        else:
            parts, more = kept
            notes += more
    elif not problems:
        problems.append(found)
    return Converted(rows, tuple(parts), mapping, framing, tuple(notes), tuple(problems))
