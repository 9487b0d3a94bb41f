"""A row of a benchmark, the table that shows rows, and how busy the machine was meanwhile."""

import os
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict


class Row(TypedDict):
    """One figure: seconds of our route, of its counterpart, and their ratio (stock to ours).

    Without a counterpart the last two are None.
    """

    name: str
    ours_s: float
    stock_s: float | None
    ratio: float | None


def make_row(name: str, ours_s: float, stock_s: float | None) -> Row:
    """Build a row; a larger ratio means that ours is faster."""
    ratio = None if stock_s is None else stock_s / ours_s
    return {"name": name, "ours_s": ours_s, "stock_s": stock_s, "ratio": ratio}


def print_rows(rows: Sequence[Mapping[str, Any]], what: str, stock: str, decimals: int = 2) -> None:
    """Print rows as a table headed `what`, ours, `stock`, ratio."""
    from rich.console import Console
    from rich.table import Table

    table = Table(what, "ours", stock, "ratio")
    for row in rows:
        table.add_row(
            row["name"],
            *(_words(row[side], decimals, " s") for side in ("ours_s", "stock_s")),
            _words(row["ratio"], 1, " x"),
        )
    Console().print(table)


def load_average() -> list[float] | None:
    """Programs that wanted a processor, on average over 1, 5 and 15 minutes; None on Windows."""
    ask = getattr(os, "getloadavg", None)
    return None if ask is None else [round(value, 2) for value in ask()]


def _words(value: float | None, decimals: int, unit: str) -> str:
    return "-" if value is None else f"{value:.{decimals}f}{unit}"
