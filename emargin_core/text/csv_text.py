"""CSV for download that a spreadsheet cannot mistake for formulas."""

import numpy as np
import pandas as pd

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\n")


def safe_csv(frame: pd.DataFrame) -> str:
    """Write a table as CSV; text that a spreadsheet would run gets an apostrophe before it.

    Numbers stay as they are. Column names and the index, where it has a name, are text as well.
    """
    shown = frame.reset_index() if frame.index.name is not None else frame
    shown = shown.rename(columns=_defused).copy()
    for position, kind in enumerate(shown.dtypes):
        if not pd.api.types.is_numeric_dtype(kind):
            cells = [_defused(cell) for cell in shown.iloc[:, position]]
            shown.isetitem(position, np.array([*cells, None], dtype=object)[:-1])
    return str(shown.to_csv(index=False))


def _defused(value: object) -> object:
    """Text that is only text; a lone carriage return would end the row, so it becomes a newline."""
    if not isinstance(value, str):
        return value
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    return "'" + text if text.lstrip(" ").startswith(FORMULA_STARTS) else text
