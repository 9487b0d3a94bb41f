"""The one query that reads a table under a mapping: keys, label, time and signal of each row."""

from collections.abc import Sequence
from dataclasses import dataclass

from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.read.sql import listed, quote
from emargin_core.datasets.tables.read.table import Table
from emargin_core.datasets.tables.recognise.plan import Plan
from emargin_core.datasets.tables.recognise.row_kind import Numbered
from emargin_core.datasets.tables.words import fit

DEALT = 20
"""Windows of which nobody knows whose they are, are dealt into so many recordings."""


@dataclass(frozen=True)
class Query:
    """sql: gives r, grp, rec, label, secs, bad, and the signal as n0, n1, ...

    channels: names of the signal's channels; signal: the columns that have it, as many for each
    channel; keys: 'grp' and 'rec' to the column that must not be empty; checked: the columns that
    `bad` numbers, where a cell may be wrong; held: places of channels whose last value counts.
    """

    sql: str
    channels: tuple[str, ...]
    signal: tuple[str, ...]
    keys: dict[str, str]
    checked: tuple[str, ...]
    held: tuple[int, ...]

    @property
    def width(self) -> int:
        """Columns of the signal in the table."""
        return len(self.signal)

    @property
    def per_channel(self) -> int:
        """Columns of each channel: 1, or the samples of a window."""
        return self.width // max(1, len(self.channels))


def row_query(table: Table, plan: Plan, choices: Choices) -> Query:
    """Write the query."""
    mapping, time, numbered = plan.found.mapping, plan.time, plan.found.numbered
    signal = tuple(plan.found.signal)
    channels = tuple(map(_signal_name, numbered)) if numbered else signal
    groups, recordings = (mapping.members(part, table.columns) for part in ("group", "recording"))
    group = _names(table, groups)
    nameless = f"'cases ' || (r % {DEALT} + 1)" if numbered else "'all'"
    recording = _names(table, recordings) or group or nameless
    label = _label(table, mapping.members("label", table.columns), choices)
    checked, bad = list(signal), []
    for k, name in enumerate(signal):
        bad.append(f"WHEN {table.perhaps_wrong(name, f'x{k}')} THEN {k}")
    if time is not None:
        bad.append(f"WHEN {time.wrong} THEN {len(checked)}")
        checked.append(str(mapping.time))
    numbers = [f"{table.number(name)} AS x{k}" for k, name in enumerate(signal)]
    values = [f"TRY_CAST(x{k} AS FLOAT) AS n{k}" for k in range(len(signal))]
    sql = (
        f"SELECT r, {group or quote('')} AS grp, {recording} AS rec, {label} AS label, secs, "
        f"CASE {' '.join(bad)} ELSE NULL END AS bad, {', '.join(values)} FROM (SELECT *, "
        f"{time.sql if time is not None else 'NULL::DOUBLE'} AS secs, {', '.join(numbers)} "
        f"FROM (SELECT *, {time.parsed if time is not None else 'NULL'} AS m FROM t))"
    )
    keys = {"grp": mapping.group, "rec": mapping.recording}
    return Query(
        sql=f"{sql} ORDER BY secs, r" if choices.sort else sql,
        channels=channels,
        signal=signal,
        keys={key: column for key, column in keys.items() if column},
        checked=tuple(checked),
        held=tuple(k for k, name in enumerate(channels) if name in choices.hold),
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
    found = table.name(columns[0])
    if len(columns) > 1:
        cases = [f"WHEN {table.number(column)} = 1 THEN {quote(column)}" for column in columns]
        found = f"CASE {' '.join(cases)} ELSE NULL END"
    if choices.ignore_classes:
        none = listed(choices.ignore_classes)
        found = f"CASE WHEN {found} IN ({none}) THEN NULL ELSE {found} END"
    return found
