"""The one query that reads a table under a mapping: keys, label, time and signal of each row."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.read.table import Table
from emargin_core.datasets.tables.recognise.columns import Recognised
from emargin_core.datasets.tables.recognise.row_kind import Numbered
from emargin_core.datasets.tables.recognise.times import TimeReader
from emargin_core.datasets.tables.words import fit

DEALT = 20
"""Windows of which nobody knows whose they are, are dealt into so many recordings."""


@dataclass(frozen=True)
class Query:
    """sql: gives r, grp, rec, label, secs, bad, and the signal as n0, n1, ...

    channels: names of the signal's channels; window: of each, the numbered columns, where a row is
    a window; keys: 'grp' and 'rec' to the column that must not be empty; checked: the columns that
    `bad` numbers, where a cell may be wrong; held: places of channels whose last value counts;
    fill_labels: whether a label counts until the next.
    """

    sql: str
    channels: tuple[str, ...]
    window: tuple[tuple[str, ...], ...]
    keys: dict[str, str]
    checked: tuple[str, ...]
    held: NDArray[np.int64]
    fill_labels: bool

    @property
    def n_signal(self) -> int:
        """Columns of the signal in the table."""
        return sum(map(len, self.window)) if self.window else len(self.channels)

    @property
    def n_columns(self) -> int:
        """Columns of the result."""
        return self.n_signal + 6


def row_query(table: Table, found: Recognised, time: TimeReader | None, choices: Choices) -> Query:
    """Write the query."""
    mapping = found.mapping
    window = tuple(block.columns for block in found.numbered) if found.row_is == "window" else ()
    channels = tuple(map(_signal_name, found.numbered)) if window else mapping.channels
    signal = [name for block in window for name in block] if window else list(channels)
    groups, recordings = (mapping.members(part, table.columns) for part in ("group", "recording"))
    group = _names(table, groups)
    recording = (
        _names(table, recordings)
        or group
        or ("'all'" if not window else f"'cases ' || (r % {DEALT} + 1)")
    )
    numbers = ", ".join(f"{table.number(name)} AS x{k}" for k, name in enumerate(signal))
    secs = time.sql if time is not None else "NULL::DOUBLE"
    parsed = time.parsed if time is not None else "NULL"
    bad = [f"WHEN {table.perhaps_wrong(name, f'x{k}')} THEN {k}" for k, name in enumerate(signal)]
    checked = list(signal)
    if time is not None:
        bad.append(f"WHEN {time.wrong} THEN {len(checked)}")
        checked.append(str(mapping.time))
    values = ", ".join(f"TRY_CAST(x{k} AS FLOAT) AS n{k}" for k in range(len(signal)))
    sql = (
        f"SELECT r, {group or 'NULL::VARCHAR'} AS grp, {recording} AS rec, "
        f"{_label(table, mapping.members('label', table.columns), choices)} AS label, secs, "
        f"CASE {' '.join(bad)} ELSE NULL END AS bad, {values} FROM (SELECT *, {secs} AS secs, "
        f"{numbers} "
        f"FROM (SELECT *, {parsed} AS m FROM t))"
    )
    if not group:
        sql = sql.replace("NULL::VARCHAR AS grp", "'' AS grp", 1)
    if choices.sort:
        sql = f"{sql} ORDER BY secs, r"
    keys = {}
    if groups:
        keys["grp"] = str(mapping.group)
    if recordings:
        keys["rec"] = str(mapping.recording)
    return Query(
        sql=sql,
        channels=channels,
        window=window,
        keys=keys,
        checked=tuple(checked),
        held=np.array(
            [k for k, name in enumerate(channels) if name in choices.hold], dtype=np.int64
        ),
        fill_labels=bool(choices.fill_labels),
    )


def _signal_name(block: Numbered) -> str:
    """'acc_x' for columns 'acc_x_0', 'acc_x_1'...; a name that tells nothing becomes 'signal'."""
    stem = block.stem.strip(" _-.[(")
    return "signal" if fit("time", stem) is not None or stem in ("", "column") else stem


def _names(table: Table, columns: Sequence[str]) -> str:
    """SQL for the name that some columns make up together; empty without columns."""
    return " || ' / ' || ".join(table.name(column) for column in columns)


def _label(table: Table, columns: Sequence[str], choices: Choices) -> str:
    """SQL for the class: of a column, or the name of the 0/1 column that is marked."""
    if not columns:
        return "NULL::VARCHAR"
    if len(columns) > 1:
        cases = " ".join(
            f"WHEN {table.number(column)} = 1 THEN '{column.replace(chr(39), chr(39) * 2)}'"
            for column in columns
        )
        found = f"CASE {cases} ELSE NULL END"
    else:
        found = table.name(columns[0])
    if choices.ignore_classes:
        words = ", ".join("'" + word.replace("'", "''") + "'" for word in choices.ignore_classes)
        found = f"CASE WHEN {found} IN ({words}) THEN NULL ELSE {found} END"
    return found
