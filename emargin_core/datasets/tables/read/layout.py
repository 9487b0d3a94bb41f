"""How a text file is written: lines above the table, separator, header, decimal mark.

Found out from its first lines alone; each may be given instead.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from emargin_core.datasets.tables.choices import SEPARATORS, Choices
from emargin_core.datasets.tables.read import lines
from emargin_core.datasets.tables.read.numbers import find_decimal, is_grouped
from emargin_core.text.errors import InputError
from emargin_core.text.message import Message, Text

NAMES = {
    ",": Message("comma"),
    ";": Message("semicolon"),
    "\t": Message("tab"),
    "|": Message("bar"),
    " ": Message("blank"),
}
_PADDED = re.compile(r"[,;|\t][ \xa0]|[ \xa0][,;|\t]|\xa0|^ | $|['\"] *$")


@dataclass(frozen=True)
class Layout:
    """names: of all columns; units: column to what a row of units says; header: its line, 0 if
    there is none; skip: lines above the first row; end: a sign more at the end of each row;
    comment: how lines begin that are to be passed over within the table; dropped: cells at the end
    of each row that are always empty; padded: whether cells have blanks or quotes around them;
    grouped: whether numbers may have signs between thousands; doubtful: whether the decimal mark is
    in doubt.
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
    grouped: bool = False
    doubtful: bool = False
    notes: tuple[Text, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether the file's rows can be read as they are, without a copy in a plainer form."""
        return self.separator != " " and not self.end and not self.comment


def find_layout(head: Sequence[str], choices: Choices, file: str) -> Layout:
    """Find out how a file with these first lines is written.

    Raises:
        InputError: there is no row, or the header does not belong to the rows.
    """
    declared = re.fullmatch(r'"?sep=(.)"?\s*', head[0]) if head else None
    separator = SEPARATORS.get(choices.separator or "", choices.separator or "")
    if declared and not separator:
        separator = declared[1]
    first = 1 if declared else 0
    body = [(n, line) for n, line in enumerate(head, start=1) if n > first and line.strip()]
    if not body:
        raise InputError(
            "{name} has no rows; a header and at least one row are expected", name=file
        )
    known = [(n, line) for n, line in body if not line.lstrip().startswith(lines.COMMENTS)] or body
    plain = [line for _, line in known]
    end = lines.find_end(plain, separator)
    separator = separator or lines.find_separator(plain, end)
    end = "" if end == separator else end
    rows = [lines.Row(n, lines.split(line, separator, end)) for n, line in known]
    width = lines.usual_width([row.cells for row in rows])
    begin = lines.find_begin(rows, width)
    table = rows[begin:]
    cells = [cell for row in table for cell in row.cells]
    decimal, doubtful = find_decimal(cells, separator)
    decimal = choices.decimal or decimal
    header, data = lines.find_header(table, rows, width, decimal, choices)
    if header is None and choices.header is None:
        above = [(n, line) for n, line in body if n < table[0].line]
        header = lines.commented_header(above, separator, width)
        if header is None and begin and lines.looks_like_names(rows[begin - 1].cells):
            raise lines.at_fault(rows[begin - 1], width, file)
    skip = (data[0].line if data else rows[-1].line + 1) - 1
    last = data[-1].line if data else 0
    inside = (line for n, line in body if skip < n < last and line[0] != separator)
    names, dropped = lines.column_cells(header, data, width, file)
    units = [row for row in table if header is not None and header.line < row.line <= skip]
    found = Layout(
        separator=separator,
        decimal=decimal,
        names=names,
        header=header.line if header is not None else 0,
        skip=skip,
        units=_units(names, units),
        end=end,
        comment=next((c.lstrip()[0] for c in inside if c.lstrip().startswith(lines.COMMENTS)), ""),
        dropped=dropped,
        padded=any(map(_PADDED.search, plain[1:])),
        grouped=bool(choices.decimal or decimal == ",")
        or any(is_grouped(cell, decimal) for cell in cells),
        doubtful=doubtful and choices.decimal is None,
    )
    return replace(found, notes=tuple(_notes(found, len(units), first)))


def _units(names: Sequence[str], rows: Sequence[lines.Row]) -> dict[str, str]:
    return {
        name: " ".join(row.cells[place] for row in rows if place < len(row.cells))
        for place, name in enumerate(names)
        if rows
    }


def _notes(found: Layout, units_rows: int, declared: int) -> Iterator[Text]:
    if found.separator != ",":
        sign = NAMES.get(found.separator, found.separator)
        yield Message("columns are separated by {delimiters}", delimiters=sign)
    if found.decimal == ",":
        yield Message("numbers have a decimal comma")
    above = (found.header - 1 if found.header else found.skip) - declared
    if above:
        yield Message("{n} lines above the table are passed over", n=above)
    if not found.header:
        yield Message("no row has names of the columns; they are numbered")
    if units_rows:
        yield Message("{n} rows under the header are not data (units)", n=units_rows)
    if found.end or found.dropped:
        sign = found.end or found.separator
        yield Message("each row ends in '{sign}', which the header does not", sign=sign)
