"""Lines of text, cut into cells."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

CONSISTENT = 0.8
"""Share of the lines that must have the same number of cells."""


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
