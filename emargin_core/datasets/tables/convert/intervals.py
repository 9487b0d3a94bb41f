"""Labels in a second file: one row an interval, with its onset and duration, or end."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emargin_core.datasets.base import UNLABELLED
from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.read.table import Table, open_table
from emargin_core.datasets.tables.words import INTERVAL_WORDS, fit, plain
from emargin_core.text.errors import InputError
from emargin_core.text.plain_text import listed

Interval = tuple[str | None, float, float, str]
"""Recording, None for all; begin and end in seconds from the recording's start; label."""


def read_intervals(path: Path) -> list[Interval]:
    """Read a file with the columns onset, duration (or end) and label, and recording where needed.

    An interval without duration and end lasts until the next begins.

    Raises:
        InputError: a column is missing, or a cell is wrong.
    """
    with open_table(path, Choices()) as table:
        columns = {role: _find(table, role) for role in ("onset", "end", "duration")}
        label = _by_part(table, "label")
        recording = _by_part(table, "recording") or _by_part(table, "group")
        onset = columns["onset"] or _by_part(table, "time")
        if onset is None or label is None:
            raise InputError(
                "{file} has no columns for onset and label; it has {columns}. A file of intervals "
                "needs onset, duration or end, and label",
                file=table.file,
                columns=listed(table.columns),
            )
        first, name = table.number(onset), table.name(recording) if recording else "NULL::VARCHAR"
        last = columns["end"] or columns["duration"]
        until = f"lead({first}) OVER (PARTITION BY {name} ORDER BY r)"
        if last is not None:
            until = table.number(last) if columns["end"] else f"{first} + {table.number(last)}"
        cells = f"{name}, {first}, {until}, {table.name(label)}, r"
        rows = table.rows(f"SELECT {cells} FROM t ORDER BY r")
    for _, begin, end, _, row in rows:
        if begin is None or (last is not None and end is None):
            raise InputError(
                "{file}: row {row:,} has no onset or no length in seconds",
                file=table.file,
                row=table.line(row),
            )
    return [
        (whose, begin, np.inf if end is None else end, word)
        for whose, begin, end, word, _ in rows
        if word is not None
    ]


def label_rows(
    intervals: Sequence[Interval],
    names: tuple[str, str],
    seconds: NDArray[np.float64],
    code: Callable[[str], int],
) -> NDArray[np.int64]:
    """Return the class of each row, (n,), or UNLABELLED, in the recording and group of these names.

    seconds: (n,) of each row from the start of the recording; code: number of a class.
    """
    labels = np.full(len(seconds), UNLABELLED, dtype=np.int64)
    for whose, begin, end, word in intervals:
        if whose is None or whose in names:
            labels[(seconds >= begin - 1e-9) & (seconds < end - 1e-9)] = code(word)
    return labels


def _find(table: Table, role: str) -> str | None:
    return next((c for c in table.columns if plain(c) in INTERVAL_WORDS[role]), None)


def _by_part(table: Table, part: str) -> str | None:
    ranked = [(rank, c) for c in table.columns if (rank := fit(part, c)) is not None]
    return min(ranked)[1] if ranked else None
