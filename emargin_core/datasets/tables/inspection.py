"""What a user's file holds and what is wrong with it, for the page and the command line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from emargin_core.datasets.base import Dataset
from emargin_core.datasets.tables.choices import Choices, RowIs
from emargin_core.datasets.tables.class_limits import class_limits
from emargin_core.datasets.tables.convert.convert import label_notes
from emargin_core.datasets.tables.convert.rows import ColumnFacts, Part
from emargin_core.datasets.tables.load import Reading, read
from emargin_core.datasets.tables.mapping import PARTS, ColumnMapping
from emargin_core.datasets.tables.questions import Problem, TableError
from emargin_core.datasets.tables.read.limits import UNREAD
from emargin_core.datasets.tables.read.table import Table, open_table
from emargin_core.text.errors import InputError
from emargin_core.text.message import Message, Text
from emargin_core.text.plain_text import listed, shown

EXAMPLES = 3
PREVIEW_ROWS = 100
PREVIEW_CHARACTERS = 200


@dataclass(frozen=True)
class ColumnReport:
    """A column: number, text, date, flag, nested or other; its part; why; what it holds.

    role: recording, group, time, label, channel, or 'left out'. missing and infinite are known for
    channels alone, else 0. first_missing_row: line in the file.
    """

    name: str
    kind: str
    role: str
    why: Text
    examples: tuple[str, ...]
    missing: int = 0
    infinite: int = 0
    first_missing_row: int | None = None


@dataclass(frozen=True)
class ClassReport:
    """A class; seconds are None where the rate is not known."""

    name: str
    samples: int
    seconds: float | None


@dataclass(frozen=True)
class FileReport:
    """Everything there is to say about a file as it is read with some choices.

    problems stop it from being loaded, warnings do not; preview: the first rows as text;
    dataset: what was loaded, None where there are problems.
    """

    choices: Choices
    n_rows: int
    columns: tuple[ColumnReport, ...]
    mapping: ColumnMapping
    row_is: RowIs
    left_out: tuple[tuple[str, Text], ...]
    recordings: tuple[Part, ...]
    classes: tuple[ClassReport, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[Text, ...]
    notes: tuple[Text, ...]
    preview: pd.DataFrame
    dataset: Dataset | None

    @property
    def usable(self) -> bool:
        """Whether the file can be loaded as it is read."""
        return self.dataset is not None

    def to_json(self) -> dict[str, Any]:
        """Return what `datasets check --json` prints."""
        return {
            "usable": self.usable,
            "rows": self.n_rows,
            "mapping": self.mapping.to_json([column.name for column in self.columns]),
            "row_is": self.row_is,
            "left_out": [{"column": name, "why": why} for name, why in self.left_out],
            "problems": [problem.to_json() for problem in self.problems],
            "notes": list(dict.fromkeys((*self.notes, *self.warnings))),
        }


def inspect_file(
    paths: Path | str | Sequence[Path],
    choices: Choices = Choices(),  # noqa: B008
) -> FileReport:
    """Read a whole file, or several, and report; what does not fit is reported, not raised.

    Raises:
        InputError: it is no table at all, so that there are no columns to speak of.
    """
    several = [Path(paths)] if isinstance(paths, Path | str) else [Path(path) for path in paths]
    with open_table(several, choices) as table:
        found = read(several, choices, table)
        recognised, converted = found.plan.found, found.converted
        mapping = recognised.mapping if converted is None else converted.mapping
        parts = converted.parts if converted is not None else ()
        return FileReport(
            choices=choices,
            n_rows=table.n_rows,
            columns=tuple(_columns(table, found)),
            mapping=replace(mapping, channels=tuple(recognised.signal)),
            row_is=recognised.row_is,
            left_out=recognised.left_out,
            recordings=parts,
            classes=tuple(_classes(found)),
            problems=found.problems,
            warnings=tuple(_warnings(found)),
            notes=converted.notes if converted is not None else table.notes,
            preview=_preview(table),
            dataset=found.dataset,
        )


def unreadable(error: InputError) -> dict[str, Any]:
    """Return what `datasets check --json` prints of a file that cannot be read as a table."""
    problem = error.problem if isinstance(error, TableError) else Problem(error.message)
    return {
        "usable": False,
        "rows": None,
        "mapping": ColumnMapping(()).to_json(()),
        "row_is": None,
        "left_out": [],
        "problems": [problem.to_json()],
        "notes": [],
    }


def _columns(table: Table, found: Reading) -> Iterator[ColumnReport]:
    recognised = found.plan.found
    roles = dict.fromkeys(recognised.signal, "channel")
    why: dict[str, Text] = dict(recognised.left_out)
    for part in PARTS:
        for name in recognised.mapping.members(part, table.columns):
            roles[name] = part
            why[name] = recognised.why.get(part, "")
    facts = found.converted.rows.columns if found.converted is not None else {}
    for name, kind in zip(table.columns, table.kinds, strict=True):
        column, known = found.plan.sample[name], facts.get(name, ColumnFacts())
        words = column.sample.first_words(name, 20) if kind not in UNREAD else []
        yield ColumnReport(
            name=name,
            kind="number" if kind == "text" and column.numeric else kind,
            role=roles.get(name, "left out"),
            why=why.get(name, Message("a column of numbers") if name in roles else ""),
            examples=tuple(shown(cell) for cell in dict.fromkeys(words))[:EXAMPLES],
            missing=known.missing,
            infinite=known.infinite,
            first_missing_row=known.first_missing,
        )


def _classes(found: Reading) -> Iterator[ClassReport]:
    if found.converted is None:
        return
    rows, parts = found.converted.rows, found.converted.parts
    for name in rows.class_names:
        n = rows.classes[name]
        yield ClassReport(name, n, n / parts[0].rate if parts else None)


def _warnings(found: Reading) -> Iterator[Text]:
    yield from found.plan.warnings
    if found.plan.found.left_out:
        names = [name for name, _ in found.plan.found.left_out]
        yield Message("left out: {aside}", aside=listed(names))
    if found.converted is None:
        return
    yield from label_notes(found.converted.rows)
    if len({part.group for part in found.converted.parts}) == 1:
        yield Message("one group only: the end of each recording is held out, not other recordings")
    if found.dataset is not None:
        yield from class_limits(found.dataset)


def _preview(table: Table) -> pd.DataFrame:
    shown_columns = [
        f"c{place}" if kind not in UNREAD else "'(not shown)'"
        for place, kind in enumerate(table.kinds)
    ]
    rows = table.rows(f"SELECT {', '.join(shown_columns)} FROM s WHERE r < {PREVIEW_ROWS}")
    cells = [
        ["" if cell is None else shown(cell, PREVIEW_CHARACTERS) for cell in row] for row in rows
    ]
    return pd.DataFrame(cells, columns=list(table.columns), dtype=object)
