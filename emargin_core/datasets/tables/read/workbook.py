"""One sheet of a workbook as text; formulas are not run, the values that were saved are read."""

import csv
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from emargin_core.datasets.tables.read.numbers import is_number
from emargin_core.text.errors import InputError
from emargin_core.text.message import Message, Text
from emargin_core.text.plain_text import listed, shown

FEWEST_ROWS = 16
"""Rows of numbers that a sheet with a signal has at least; a readme has fewer."""
LINES_ABOVE = 30
WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")


def write_sheet(path: Path, target: Path, sheet: str | None) -> tuple[Text, ...]:
    """Write a sheet as CSV; return what to say about it.

    If none is named, it is the first with FEWEST_ROWS of numbers, else the first.

    Raises:
        InputError: it is no workbook, or has no such sheet.
    """
    name = shown(path.name)
    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            names = list(book.sheet_names)
            if not names or (sheet is not None and sheet not in names):
                raise InputError(
                    "{name} has no sheet '{sheet}'; it has {names}",
                    name=name,
                    sheet=shown(sheet or ""),
                    names=listed(names),
                )
            chosen, rows = sheet or names[0], _rows(book, sheet or names[0])
            for other in names[1:] if sheet is None and not _has_numbers(rows) else ():
                if _has_numbers(found := _rows(book, other)):
                    chosen, rows = other, found
                    break
    except InputError:
        raise
    except (CalamineError, OSError, ValueError, TypeError, OverflowError):
        raise InputError(
            "{name} cannot be read as an Excel workbook; open it and save it again, or save the "
            "sheet as CSV",
            name=name,
        ) from None
    with target.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(_below_titles(rows))
    if len(names) == 1:
        return ()
    others = listed([other for other in names if other != chosen])
    return (
        Message(
            "sheet '{sheet}' is read; there are also {names}", sheet=shown(chosen), names=others
        ),
    )


def _rows(book: CalamineWorkbook, sheet: str) -> list[list[Any]]:
    return book.get_sheet_by_name(sheet).to_python(skip_empty_area=True)


def _has_numbers(rows: list[list[Any]]) -> bool:
    numbers = (any(is_number(_text(cell), ",") for cell in row) for row in rows)
    return sum(islice(filter(None, numbers), FEWEST_ROWS)) == FEWEST_ROWS


def _below_titles(rows: list[list[Any]]) -> Iterator[Iterable[str]]:
    """Yield rows as text; those above the names that have a few cells, as a title has, as empty.

    All rows of a sheet are as long, so that nothing else tells a title from names.
    """
    head = [[_text(cell) for cell in row] for row in rows[:LINES_ABOVE]]
    names = next((n for n, row in enumerate(head) if all(row)), 0)
    if head and any(is_number(cell, ",") for cell in head[names]):
        names = 0
    for n, row in enumerate(head):
        title = n < names and sum(map(bool, row)) <= max(1, len(row) - 2)
        yield [] if title else row
    yield from (map(_text, row) for row in rows[LINES_ABOVE:])


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, date) else " ".join(str(cell).split("\n"))
