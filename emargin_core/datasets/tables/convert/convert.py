"""From a table to recordings on disk: written, checked, brought to one rate, framed."""

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
from emargin_core.datasets.tables.convert.notes import notes_of
from emargin_core.datasets.tables.convert.resample import resample
from emargin_core.datasets.tables.convert.rows import Part, Rows
from emargin_core.datasets.tables.convert.writing import write_rows
from emargin_core.datasets.tables.mapping import ColumnMapping
from emargin_core.datasets.tables.questions import Problem, change
from emargin_core.datasets.tables.read.table import Table
from emargin_core.datasets.tables.recognise.plan import Plan
from emargin_core.text.message import Message, Text


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
