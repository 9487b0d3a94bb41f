"""How a text file is written: lines above the table, separator, header, decimal mark.

Found out from its first lines alone; each may be given instead.
"""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from emargin_core.datasets.tables.choices import SEPARATORS, Choices
from emargin_core.datasets.tables.questions import Problem, TableError, change
from emargin_core.datasets.tables.words import NO_NUMBER, UNSURE_WORDS
from emargin_core.text.errors import InputError
from emargin_core.text.message import Message, Text

NAMES = {
    ",": Message("comma"),
    ";": Message("semicolon"),
    "\t": Message("tab"),
    "|": Message("bar"),
    " ": Message("blank"),
}
COMMENTS = ("#", "%", "//")
MOST_UNITS_ROWS = 3
CONSISTENT = 0.8
"""Share of the lines that must have the same number of cells."""

_POINT = re.compile(r"[-+]?\d*\.?\d+(?:e[-+]?\d+)?|[-+]?\d+\.|[-+]?(?:inf(?:inity)?|nan)", re.I)
_PADDED = re.compile(r"[,;|\t][ \xa0]|[ \xa0][,;|\t]|\xa0|^ | $|['\"] *$")
_COMMA = re.compile(r"[-+]?\d*,\d+(?:e[-+]?\d+)?", re.I)
THOUSANDS = r"[-+]?[0-9]{1,3}([.][0-9]{3})+(,[0-9]+)?"
"""A number whose thousands are parted by points, where the decimal mark is a comma."""


@dataclass(frozen=True)
class Layout:
    """names: of all columns; units: column to what a row of units says; header: its line, 0 if
    there is none; skip: lines above the first row; end: a sign more at the end of each row;
    comment: how lines begin that are to be passed over within the table; dropped: cells at the end
    of each row that are always empty; padded: whether cells have blanks or quotes around them.
    """

    separator: str
    decimal: str
    names: tuple[str, ...]
    header: int
    skip: int
    units: dict[str, str] = field(default_factory=dict)
    end: str = ""
    comment: str = ""
    dropped: int = 0
    padded: bool = False
    notes: tuple[Text, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether the file's rows can be read as they are, without a copy in a plainer form."""
        return self.separator != " " and not self.end and not self.comment


@dataclass(frozen=True)
class _Row:
    line: int
    cells: list[str]


def find_layout(lines: Sequence[str], choices: Choices, file: str) -> Layout:
    """Find out how a file with these first lines is written.

    Raises:
        InputError: there is no row, or the header does not belong to the rows.
    """
    declared = re.fullmatch(r'"?sep=(.)"?\s*', lines[0]) if lines else None
    separator = SEPARATORS.get(choices.separator or "", choices.separator or "")
    if declared and not separator:
        separator = declared[1]
    first = 1 if declared else 0
    body = [(n, lines[n - 1]) for n in range(first + 1, len(lines) + 1) if lines[n - 1].strip()]
    if not body:
        raise InputError(
            "{name} has no rows; a header and at least one row are expected", name=file
        )
    known = [(n, line) for n, line in body if not line.lstrip().startswith(COMMENTS)]
    known = known or body
    end = _end(known, separator)
    separator = separator or _find_separator([line for _, line in known], end)
    end = "" if end == separator else end
    rows = [_Row(n, cells) for n, cells in _split(known, separator, end)]
    width = _width([row.cells for row in rows])
    begin = _begin(rows, width)
    decimal = choices.decimal or _find_decimal([row.cells for row in rows[begin:]], separator)
    table = rows[begin:]
    numeric = _numeric_columns(table, width, decimal)
    header, data = _header(table, numeric, decimal, choices, rows)
    commented = _commented_header(body, rows, begin, header, separator, width)
    if commented is not None and choices.header is None:
        header = commented
    if header is None and choices.header is None and begin and _is_header(rows[begin - 1].cells):
        raise _at_fault(rows[begin - 1], width, file)
    last = data[-1].line if data else 0
    skip = (data[0].line if data else rows[-1].line + 1) - 1
    comment = next(
        (
            line.lstrip()[0]
            for n, line in body
            if skip < n < last and line.lstrip().startswith(COMMENTS) and separator != line[0]
        ),
        "",
    )
    units_rows = [row for row in table if header is not None and header.line < row.line <= skip]
    names, dropped = _names(header, data, width, file, choices)
    return Layout(
        separator=separator,
        decimal=decimal,
        names=names,
        header=header.line if header is not None else 0,
        skip=skip,
        units=_units(names, units_rows),
        end=end,
        comment=comment,
        dropped=dropped,
        padded=any(_PADDED.search(line) for _, line in known[1:]),
        notes=_notes(separator, decimal, header, skip, len(units_rows), end, dropped, first),
    )


def _is_header(cells: Sequence[str]) -> bool:
    """Whether a line above a table without names could be the names."""
    return len(cells) > 2 and not any(is_number(cell, ",") or not cell for cell in cells)


def is_number(cell: str, decimal: str) -> bool:
    """Whether a cell is written as a number."""
    words = cell.strip()
    if decimal == "," and (_COMMA.fullmatch(words) or re.fullmatch(THOUSANDS, words)):
        return True
    return bool(_POINT.fullmatch(words))


def _end(lines: Sequence[tuple[int, str]], separator: str) -> str:
    """A semicolon at the end of (nearly) each row that parts no cells."""
    ending = [line.rstrip().endswith(";") for _, line in lines]
    inner = [line.rstrip().rstrip(";").count(";") for _, line in lines]
    alone = sum(ending) >= CONSISTENT * len(lines) and not any(inner)
    return ";" if alone and separator != ";" else ""


def _split(
    lines: Sequence[tuple[int, str]], separator: str, end: str
) -> list[tuple[int, list[str]]]:
    found = []
    for n, line in lines:
        words = line.strip("\r\n")
        if end and words.rstrip().endswith(end):
            words = words.rstrip()[: -len(end)]
        if separator == " ":
            cells = words.split()
        else:
            try:
                cells = next(csv.reader([words], delimiter=separator, skipinitialspace=True), [])
            except csv.Error:
                cells = words.split(separator)
        found.append((n, [cell.strip(" \t\xa0") for cell in cells]))
    return found


def _find_separator(lines: Sequence[str], end: str) -> str:
    """The sign that parts the lines most evenly into cells without another such sign in them."""
    best, best_score = ",", (0.0, 0.0, 0)
    for sign in ",;\t| ":
        if sign == " " and best_score[0] >= CONSISTENT:
            break
        cells = [row for _, row in _split(list(enumerate(lines)), sign, "" if sign == end else end)]
        width = _width(cells)
        tail = [row for row in cells[len(cells) // 3 :] if row]
        full = sum(any(row[place : place + 1] != [""] for row in tail) for place in range(width))
        if width < 2 or full < 2:
            continue
        even = sum(len(row) == width for row in cells[len(cells) // 3 :]) / max(1, len(tail))
        inside = [cell for row in tail for cell in row]
        clean = sum(not re.search(r"[;\t|]|,.*,", cell) for cell in inside) / max(1, len(inside))
        head = sum(len(row) in (width, width - 1) for row in cells) / len(cells)
        score = (round(even * clean, 1), round(head, 1), width)
        if score > best_score:
            best, best_score = sign, score
    return best


def _width(rows: Sequence[Sequence[str]]) -> int:
    """The usual number of cells of the later rows."""
    tail = [len(row) for row in rows[len(rows) // 3 :]]
    return Counter(tail).most_common(1)[0][0] if tail else 0


def _begin(rows: Sequence[_Row], width: int) -> int:
    """Place of the first row of the table: from there on nearly all have as many cells."""
    good = [len(row.cells) == width for row in rows]
    begin, bad = len(rows) - 1, 0
    for place in range(len(rows) - 1, -1, -1):
        bad += not good[place]
        if bad > max(1, 0.2 * (len(rows) - place)):
            break
        if good[place]:
            begin = place
    if begin and len(rows[begin - 1].cells) in (width - 1, width + 1):
        return begin - 1  # a header with a cell more or less than the rows
    return begin


def _numeric_columns(table: Sequence[_Row], width: int, decimal: str) -> list[int]:
    tail = [row.cells for row in table[min(len(table) - 1, MOST_UNITS_ROWS + 1) :]]
    tail = [cells for cells in tail if len(cells) == width] or [table[-1].cells]
    found = []
    for place in range(width):
        given = [c[place] for c in tail if place < len(c) and c[place] not in NO_NUMBER]
        given = [cell for cell in given if cell not in UNSURE_WORDS]
        if given and sum(is_number(c, decimal) for c in given) >= CONSISTENT * len(given):
            found.append(place)
    return found


def _header(
    table: Sequence[_Row],
    numeric: Sequence[int],
    decimal: str,
    choices: Choices,
    rows: Sequence[_Row],
) -> tuple[_Row | None, Sequence[_Row]]:
    """The row of names, if there is one, and the rows of data."""
    if choices.header is not None:
        chosen = next((row for row in rows if row.line == choices.header), None)
        rest = [row for row in rows if row.line > choices.header]
        rest = rest if choices.header else list(table)
        units = _first_data(rest, numeric, decimal) if choices.header else 0
        return chosen, rest[units:]
    if not numeric:
        return table[0], table[1:]
    first = _first_data(table, numeric, decimal)
    if first == 0 and not _counts(table[0].cells):
        return None, table
    return table[0], table[max(1, first) :]


def _first_data(table: Sequence[_Row], numeric: Sequence[int], decimal: str) -> int:
    """Place of the first row with numbers where numbers belong."""
    for place, row in enumerate(table[: MOST_UNITS_ROWS + 1]):
        cells = [row.cells[n] for n in numeric if n < len(row.cells)]
        words = [
            cell
            for cell in cells
            if cell not in NO_NUMBER | UNSURE_WORDS and not is_number(cell, decimal)
        ]
        enough = 0 if place == 0 else len(cells) / 2
        if len(words) <= enough and any(is_number(cell, decimal) for cell in cells):
            return place
    return 1 if len(table) > 1 else 0


def _counts(cells: Sequence[str]) -> bool:
    """Whether names are the numbers 0, 1, 2... that a data frame gives its columns."""
    return len(cells) > 2 and list(cells) in (
        [str(n) for n in range(len(cells))],
        [str(n) for n in range(1, len(cells) + 1)],
    )


def _commented_header(
    body: Sequence[tuple[int, str]],
    rows: Sequence[_Row],
    begin: int,
    header: _Row | None,
    separator: str,
    width: int,
) -> _Row | None:
    """Names in the last commented line above the rows, as np.savetxt writes them."""
    if header is not None:
        return None
    above = [(n, line) for n, line in body if n < rows[begin].line]
    if not above or not above[-1][1].lstrip().startswith(COMMENTS):
        return None
    n, line = above[-1]
    [(_, cells)] = _split([(n, line.lstrip().lstrip("#%/").strip())], separator, "")
    return _Row(n, cells) if len(cells) == width else None


def _names(
    header: _Row | None, data: Sequence[_Row], width: int, file: str, choices: Choices
) -> tuple[tuple[str, ...], int]:
    """Names of the columns, and how many cells at the end of a row are always empty."""
    if header is None:
        return tuple(f"column {n + 1}" for n in range(width)), 0
    names = list(header.cells)
    rows = [row.cells for row in data if len(row.cells) == width]
    if len(names) == width + 1 and not names[-1]:
        names.pop()
    if len(names) == width - 1 and rows and not any(cells[-1] for cells in rows):
        return tuple(names), 1
    if rows and len(names) != width:
        raise _at_fault(header, width, file)
    return tuple(names), 0


def _at_fault(header: _Row, width: int, file: str) -> TableError:
    what = Message(
        "{file}: each row has {width} cells and the header, in line {line}, has {n}; the header is "
        "at fault: correct it, say in which line it is, or read the file without it (--header 0)",
        file=file,
        width=width,
        line=header.line,
        n=len(header.cells),
    )
    where = Message("row {row:,}", row=header.line)
    return TableError(Problem(what, where, (change(header=0),), "header"))


def _units(names: Sequence[str], rows: Sequence[_Row]) -> dict[str, str]:
    return {
        name: " ".join(row.cells[place] for row in rows if place < len(row.cells))
        for place, name in enumerate(names)
        if rows
    }


def _find_decimal(rows: Sequence[Sequence[str]], separator: str) -> str:
    """A comma, where cells such as 0,5 outnumber those such as 0.5.

    Cells such as 1,234 alone may be thousands, unless semicolons part the cells.
    """
    cells = [cell for row in rows for cell in row]
    commas = [cell for cell in cells if _COMMA.fullmatch(cell)]
    points = sum(bool(re.fullmatch(r"[-+]?\d*\.\d+(e[-+]?\d+)?", cell, re.I)) for cell in cells)
    sure = separator == ";" or any(not re.fullmatch(r"[-+]?[1-9]\d{0,2},\d{3}", c) for c in commas)
    return "," if len(commas) > points and sure else "."


def _notes(
    separator: str,
    decimal: str,
    header: _Row | None,
    skip: int,
    units_rows: int,
    end: str,
    dropped: int,
    declared: int,
) -> tuple[Text, ...]:
    notes: list[Text] = []
    if separator != ",":
        notes.append(
            Message(
                "columns are separated by {delimiters}", delimiters=NAMES.get(separator, separator)
            )
        )
    if decimal == ",":
        notes.append(Message("numbers have a decimal comma"))
    above = (header.line - 1 if header is not None else skip) - declared
    if above:
        notes.append(Message("{n} lines above the table are passed over", n=above))
    if header is None:
        notes.append(Message("no row has names of the columns; they are numbered"))
    if units_rows:
        notes.append(Message("{n} rows under the header are not data (units)", n=units_rows))
    if end or dropped:
        notes.append(
            Message("each row ends in '{sign}', which the header does not", sign=end or separator)
        )
    return tuple(notes)
