"""One sheet of a workbook as text; formulas are not run, the values that were saved are read."""

import csv
from datetime import date, datetime
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from emargin_core.text.errors import InputError
from emargin_core.text.message import Message, Text
from emargin_core.text.plain_text import listed, shown

WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")


def write_sheet(path: Path, target: Path, sheet: str | None) -> tuple[Text, ...]:
    """Write a sheet, the first if none is named, as CSV; return what to say about it.

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
            chosen = sheet or names[0]
            rows = book.get_sheet_by_name(chosen).to_python(skip_empty_area=True)
    except InputError:
        raise
    except (CalamineError, OSError, ValueError, TypeError, OverflowError):
        raise InputError(
            "{name} cannot be read as an Excel workbook; open it and save it again, or save the "
            "sheet as CSV",
            name=name,
        ) from None
    with target.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([map(_text, row) for row in rows])
    if len(names) == 1:
        return ()
    others = listed([other for other in names if other != chosen])
    return (
        Message(
            "sheet '{sheet}' is read; there are also {names}", sheet=shown(chosen), names=others
        ),
    )


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, date) else " ".join(str(cell).split("\n"))
