"""What can be wrong with the rows of a table, each with what would mend it."""

from collections.abc import Iterator

from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.convert.rows import Rows
from emargin_core.datasets.tables.convert.stamps import Stamps
from emargin_core.datasets.tables.questions import Problem, ask, change
from emargin_core.datasets.tables.read.table import Table
from emargin_core.datasets.tables.recognise.doubts import wrong_cells
from emargin_core.datasets.tables.recognise.plan import Plan
from emargin_core.text.message import Message
from emargin_core.text.plain_text import shown


def is_empty(column: str, part: str, n: int, row: int, can_drop: bool) -> Problem:
    """Return that n recordings or groups have no name; row: the first such line."""
    if can_drop:
        return ask(
            "column '{column}' is empty in {n:,} rows, the first is row {row:,}; fill it in, or "
            "leave those rows out",
            change(missing="drop"),
            asks="missing",
            column=column,
            n=n,
            row=row,
        )
    return ask(
        "column '{column}' is empty in {n:,} rows, the first is row {row:,}; fill it in, or do "
        "without that column",
        change(**{part: ""}),
        column=column,
        n=n,
        row=row,
    )


def does_not_rise(recording: str, row: int, stamps: Stamps) -> Problem:
    """Return that time stands still or goes back; row: the line where it does first."""
    without = change(time="", rate=stamps.rate_guess)
    if stamps.repeats:
        return ask(
            "recording '{recording}': time does not rise, row {row:,} repeats the time before; "
            "leave the time out and give a rate, or correct the time stamps",
            without,
            recording=recording,
            row=row,
        )
    if stamps.restarts_look:
        return ask(
            "recording '{recording}': time does not rise, row {row:,} goes back; choose the column "
            "that tells recordings apart, or begin a new recording wherever it goes back",
            change(restarts=True),
            without,
            recording=recording,
            row=row,
        )
    return ask(
        "recording '{recording}': time does not rise, row {row:,} goes back; sort the rows by "
        "time, choose the column that tells recordings apart, or leave the time out",
        change(sort=True),
        without,
        recording=recording,
        row=row,
    )


def too_many_classes(column: str, most: int) -> Problem:
    """Return that a label has more values than classes can be."""
    return ask(
        "column '{column}' has more than {max_classes} different labels; choose a column of "
        "classes, or none",
        change(label="", leave_out=(column,)),
        column=column,
        max_classes=most,
    )


def too_many_recordings(column: str, most: int) -> Problem:
    """Return that a column changes too often to name recordings."""
    return ask(
        "column '{column}' names more than {max_recordings:,} recordings; choose a column that is "
        "the same throughout a recording",
        change(recording="", group=""),
        column=column,
        max_recordings=most,
    )


def wrong_values(table: Table, plan: Plan, rows: Rows) -> Iterator[Problem]:
    """Yield the cells that are neither numbers nor times, by column."""
    for name, row in rows.wrong.items():
        if name in plan.found.signal:
            yield from wrong_cells(plan.sample[name])
            continue
        columns = plan.found.mapping.members("time", table.columns)
        cells = ", ".join(table.text(column) for column in columns)
        word = " ".join(map(str, table.rows(f"SELECT {cells} FROM t WHERE r = {row}")[0]))
        without, as_missing = change(time="", rate=50.0), change(na=(word,), missing="drop")
        yield ask(
            "column '{column}' has '{cell}' in row {row:,}; a number of seconds or a date such as "
            "2024-05-31T12:00 is expected",
            as_missing if shown(word) == word else without,
            asks="time_format",
            column=name,
            cell=shown(word),
            row=table.line(row),
        )


def missing_values(rows: Rows, choices: Choices) -> Iterator[Problem]:
    """Yield the channels that have holes, where nothing was said of them."""
    for name, facts in rows.columns.items() if choices.missing == "refuse" else ():
        if facts.first_missing is None:
            continue
        missing, infinite = f"{facts.missing:,}", f"{facts.infinite:,}"
        found = Message(
            "{missing} missing and {infinite} infinite", missing=missing, infinite=infinite
        )
        if not facts.infinite:
            found = Message("{missing} missing", missing=missing)
        elif not facts.missing:
            found = Message("{infinite} infinite", infinite=infinite)
        yield ask(
            "column '{column}' has {found} values, the first in row {row:,}; fill them, drop those "
            "rows, or interpolate short gaps",
            change(missing="interpolate"),
            change(missing="drop"),
            asks="missing",
            column=name,
            found=found,
            row=facts.first_missing,
        )
