"""Columns of a block as numbers or as names, with the first cell that is neither."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from emargin_core.datasets.mapping import MISSING_WORDS

NO_NUMBER = frozenset({"null", "NULL", "None", "none", "NONE", "-"})
"""Words that also stand for a missing number, though a class may be called so."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def numbers(cells: Any, decimal: str = ".") -> tuple[Floats, int | None]:
    """Read a column as numbers, NaN where missing, and the place of the first cell that is text."""
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    if pa.types.is_boolean(cells.type):
        cells = cells.cast(pa.uint8())
    if not is_text(cells.type):
        return cells.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), None
    if decimal != ".":
        cells = pc.replace_substring(cells, decimal, ".")
    try:
        return cells.cast(pa.float64()).to_numpy(zero_copy_only=False), None
    except pa.ArrowInvalid:
        return _one_by_one(cells)


def names(cells: Any, at_most: int) -> tuple[Ints, list[str]]:
    """Read a column as names: place in the list for each row, -1 where missing.

    Raises:
        OverflowError: more than `at_most` different names.
    """
    coded = cells if pa.types.is_dictionary(cells.type) else cells.dictionary_encode()
    places = pc.fill_null(coded.indices.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
    used = np.flatnonzero(np.bincount(places[places >= 0]))
    if len(used) > at_most:
        raise OverflowError(len(used))
    found: dict[str, int] = {}
    number_of = np.full(len(coded.dictionary) + 1, -1, dtype=np.int64)
    for place, value in zip(used, coded.dictionary.take(pa.array(used)).to_pylist(), strict=True):
        name = "" if value is None else str(value).strip()
        if name not in MISSING_WORDS:
            number_of[place] = found.setdefault(name, len(found))
    return number_of[places], list(found)


def is_text(kind: Any) -> bool:
    """Whether a pyarrow type is text."""
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _one_by_one(cells: Any) -> tuple[Floats, int | None]:
    trimmed = pd.Series(pc.utf8_trim_whitespace(cells).to_pylist(), dtype=object)
    trimmed = trimmed.where(~trimmed.isin(MISSING_WORDS | NO_NUMBER), None)
    values = pd.to_numeric(trimmed, errors="coerce").astype(np.float64)
    text = np.flatnonzero((values.isna() & trimmed.notna()).to_numpy())
    return np.array(values, dtype=np.float64), int(text[0]) if len(text) else None
