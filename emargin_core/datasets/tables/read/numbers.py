"""How numbers are written: which sign is the decimal mark, and which parts thousands."""

import re
from collections import Counter
from collections.abc import Iterable

_POINT = re.compile(r"[-+]?\d*\.?\d+(?:e[-+]?\d+)?|[-+]?\d+\.|[-+]?(?:inf(?:inity)?|nan)", re.I)
_COMMA = re.compile(r"[-+]?\d*,\d+(?:e[-+]?\d+)?", re.I)
_GROUPED = {
    ",": r"[-+]?[1-9][0-9]{0,2}([.][0-9]{3})+(,[0-9]+)?",
    ".": r"[-+]?[1-9][0-9]{0,2}(,[0-9]{3})+([.][0-9]+)?",
}
"""Decimal mark to a number whose thousands are parted by the other sign."""
EITHER = r"[-+]?[1-9][0-9]{0,2}[.,][0-9]{3}"
"""A number whose one sign may be the decimal mark or part thousands: 1.234."""


def is_number(cell: str, decimal: str) -> bool:
    """Whether a cell is written as a number."""
    words = cell.strip()
    whole = _POINT.fullmatch(words) or re.fullmatch(_GROUPED[decimal], words)
    return bool(whole or (decimal == "," and _COMMA.fullmatch(words)))


def is_grouped(cell: str, decimal: str) -> bool:
    """Whether a cell is a number with signs between its thousands."""
    return re.fullmatch(_GROUPED[decimal], cell) is not None


def find_decimal(cells: Iterable[str], separator: str) -> tuple[str, bool]:
    """Return the decimal mark, and whether it is in doubt, where all numbers are like 1.234.

    A comma needs more cells such as 0,5 than such as 0.5; cells such as 1,234 count as well where
    some are sure, or semicolons part the cells.
    """
    count = Counter(filter(None, map(_mark, cells)))
    commas = count[",", True] + count[",", False]
    points = count[".", True] + count[".", False]
    sure = count[",", True] > 0 or separator == ";"
    settled = count[",", True] or count[".", True]
    doubtful = not settled and bool(commas or (points and separator == ";"))
    return "," if commas > points and sure else ".", doubtful


def number_sql(raw: str, decimal: str, grouped: bool) -> str:
    """Return SQL for a cell of text as DuckDB reads numbers, with a point and nothing else.

    grouped: whether there may be signs between thousands.
    """
    if grouped:
        plain = f"replace({raw}, '{'.' if decimal == ',' else ','}', '')"
        whole = f"regexp_full_match(trim({raw}), '{_GROUPED[decimal]}')"
        raw = f"CASE WHEN {whole} THEN {plain} ELSE {raw} END"
    return raw if decimal == "." else f"replace({raw}, ',', '.')"


def _mark(cell: str) -> tuple[str, bool] | None:
    """Decimal mark of a number that is not whole, and whether it is sure to be one."""
    if "," not in cell and "." not in cell:
        return None
    if re.fullmatch(EITHER, cell):
        return "," if "," in cell else ".", False
    for mark, pattern in ((",", _COMMA), (".", _POINT)):
        if is_grouped(cell, mark) or (mark in cell and pattern.fullmatch(cell)):
            return mark, True
    return None
