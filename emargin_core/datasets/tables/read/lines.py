"""Lines of text cut into cells, and the one that has the names of the columns."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.questions import TableError, ask, change
from emargin_core.datasets.tables.read.numbers import is_number
from emargin_core.datasets.tables.words import NO_NUMBER, UNSURE_WORDS

CONSISTENT = 0.8
"""Share of the lines that must have the same number of cells."""
COMMENTS = ("#", "%", "//")
MOST_UNITS_ROWS = 3
MANY_NUMBERS = 15


@dataclass(frozen=True)
class Row:
    """The cells of a line, which is counted from 1."""

    line: int
    cells: list[str]


def split(line: str, separator: str, end: str = "") -> list[str]:
    """Cut a line where its separator stands; `end` is a sign at its end that parts no cells."""
    words = line.strip("\r\n")
    if end and words.rstrip().endswith(end):
        words = words.rstrip()[: -len(end)]
    if separator == " ":
        return words.split()
    try:
        cells = next(csv.reader([words], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:
        cells = words.split(separator)
    return [cell.strip(" \t\xa0") for cell in cells]


def find_end(lines: Sequence[str], separator: str) -> str:
    """Return a semicolon that stands at the end of (nearly) each row and parts no cells, or ''."""
    ending = sum(line.rstrip().endswith(";") for line in lines)
    inner = any(";" in line.rstrip().rstrip(";") for line in lines)
    alone = ending >= CONSISTENT * len(lines) and not inner
    return ";" if alone and separator != ";" else ""


def find_separator(lines: Sequence[str], end: str) -> str:
    """Return the sign that parts lines most evenly into cells without another such sign in them."""
    best, best_score = ",", (0.0, 0.0, 0)
    for sign in ",;\t| ":
        if sign == " " and best_score[0] >= CONSISTENT:
            break
        cells = [split(line, sign, "" if sign == end else end) for line in lines]
        width = usual_width(cells)
        late = cells[len(cells) // 3 :]
        tail = [row for row in late if row]
        full = sum(any(row[place : place + 1] != [""] for row in tail) for place in range(width))
        if width < 2 or full < 2:
            continue
        even = sum(len(row) == width for row in late) / max(1, len(tail))
        inside = [cell for row in tail for cell in row]
        clean = sum(not re.search(r"[;\t|]|,.*,", cell) for cell in inside) / max(1, len(inside))
        head = sum(len(row) in (width, width - 1) for row in cells) / len(cells)
        score = (round(even * clean, 1), round(head, 1), width)
        if score > best_score:
            best, best_score = sign, score
    return best


def usual_width(rows: Sequence[Sequence[str]]) -> int:
    """Return the usual number of cells of the later rows."""
    return Counter(map(len, rows[len(rows) // 3 :])).most_common(1)[0][0] if rows else 0


def find_begin(rows: Sequence[Row], width: int) -> int:
    """Return the place of a table's first row: from there on nearly all have as many cells."""
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


def find_header(
    table: Sequence[Row], rows: Sequence[Row], width: int, decimal: str, choices: Choices
) -> tuple[Row | None, Sequence[Row]]:
    """Return the row of names, if there is one, and the rows of data.

    table: from its first row on; rows: those above it as well.
    """
    numeric = _numeric_columns(table, width, decimal)
    if choices.header is not None:
        chosen = next((row for row in rows if row.line == choices.header), None)
        if not choices.header:
            return chosen, table
        rest = [row for row in rows if row.line > choices.header]
        return chosen, rest[_first_data(rest, numeric, decimal) :]
    if not numeric:
        return table[0], table[1:]
    first = _first_data(table, numeric, decimal)
    if first == 0 and not _counts(table[0].cells):
        return None, table
    return table[0], table[max(1, first) :]


def commented_header(above: Sequence[tuple[int, str]], separator: str, width: int) -> Row | None:
    """Return the names in the last, commented line above the rows, as np.savetxt writes them."""
    if not above or not above[-1][1].lstrip().startswith(COMMENTS):
        return None
    cells = split(above[-1][1].lstrip().lstrip("#%/").strip(), separator)
    return Row(above[-1][0], cells) if len(cells) == width else None


def column_cells(
    header: Row | None, data: Sequence[Row], width: int, file: str
) -> tuple[tuple[str, ...], int]:
    """Return the names of the columns, and how many cells at the end of a row are always empty.

    Raises:
        TableError: the header does not belong to the rows.
    """
    if header is None:
        return tuple(f"column {n + 1}" for n in range(width)), 0
    names = list(header.cells)
    rows = [row.cells for row in data if len(row.cells) == width]
    if len(names) == width + 1 and not names[-1]:
        names.pop()
    if len(names) == width - 1 and rows and not any(cells[-1] for cells in rows):
        return tuple(names), 1
    if rows and len(names) != width:
        raise at_fault(header, width, file)
    return tuple(names), 0


def looks_like_names(cells: Sequence[str]) -> bool:
    """Whether a line above a table without names could be the names."""
    return len(cells) > 2 and not any(is_number(cell, ",") or not cell for cell in cells)


def at_fault(header: Row, width: int, file: str) -> TableError:
    """Return the error that a header has another number of cells than all rows."""
    return TableError(
        ask(
            "{file}: each row has {width} cells and the header, in line {row}, has {n}; the header "
            "is at fault: correct it, say in which line it is, or read the file without it "
            "(--header 0)",
            change(header=0),
            asks="header",
            file=file,
            width=width,
            row=header.line,
            n=len(header.cells),
        )
    )


def _numeric_columns(table: Sequence[Row], width: int, decimal: str) -> list[int]:
    tail = [row.cells for row in table[min(len(table) - 1, MOST_UNITS_ROWS + 1) :]]
    tail = [cells for cells in tail if len(cells) == width] or [table[-1].cells]
    found = []
    for place in range(width):
        given = [c[place] for c in tail if place < len(c) and _given(c[place])]
        if given and sum(is_number(c, decimal) for c in given) >= CONSISTENT * len(given):
            found.append(place)
    return found


def _first_data(table: Sequence[Row], numeric: Sequence[int], decimal: str) -> int:
    """Place of the first row with numbers where numbers belong."""
    for place, row in enumerate(table[: MOST_UNITS_ROWS + 1]):
        cells = [row.cells[n] for n in numeric if n < len(row.cells)]
        words = [cell for cell in cells if _given(cell) and not is_number(cell, decimal)]
        enough = 0 if place == 0 else len(cells) / 2
        if len(words) <= enough and any(is_number(cell, decimal) for cell in cells):
            return place
    return 1 if len(table) > 1 else 0


def _given(cell: str) -> bool:
    return cell not in NO_NUMBER and cell not in UNSURE_WORDS


def _counts(cells: Sequence[str]) -> bool:
    """Whether names are the numbers 0, 1, 2... that a data frame gives its columns.

    Of many, some may be called by a word.
    """
    numbers = [cell for cell in cells if is_number(cell, ",")]
    counted = [[str(n + first) for n in range(len(numbers))] for first in (0, 1)]
    enough = len(numbers) > (2 if len(numbers) == len(cells) else MANY_NUMBERS)
    return enough and numbers in counted
