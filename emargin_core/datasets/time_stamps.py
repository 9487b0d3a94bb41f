"""A column of time as seconds: counted seconds, dates, or counts since 1970."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from emargin_core.datasets.cells import is_text, numbers
from emargin_core.language import told
from emargin_core.plain_text import shown

UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
EPOCHS = (("ns", 1e17), ("us", 1e14), ("ms", 1e11))
"""A number as large as this counts the unit since 1970 (from 1973 on)."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TimeReader:
    """Turns cells into seconds since `origin`; unit: 'date' or one of UNITS; note: what it saw."""

    unit: str
    origin: int | float
    decimal: str
    note: str | None

    def seconds(self, cells: Any) -> tuple[Floats, int | None]:
        """Return seconds, NaN where missing, and the place of the first cell that is no time."""
        if self.unit == "date":
            stamps, bad = _dates(cells)
        else:
            stamps, bad = _counts(cells, self.decimal)
        if stamps.dtype.kind == "M":
            missing = np.isnat(stamps)
            since = (stamps.astype(np.int64) - np.int64(self.origin)) * 1e-9
            return np.where(missing, np.nan, since), bad
        with np.errstate(over="ignore", invalid="ignore"):
            return (stamps - self.origin) * UNITS[self.unit], bad


def read_time(column: str, cells: Any, decimal: str = ".") -> TimeReader | None:
    """Find out from the first cells how a column tells time; None if there is nothing in them."""
    if _is_date(cells.type):
        stamps, _ = _dates(cells)
        given = stamps[~np.isnat(stamps)]
        return (
            TimeReader("date", int(given[0].astype(np.int64)), decimal, None)
            if len(given)
            else None
        )
    counted, bad = _counts(cells, decimal)
    if bad is not None and is_text(cells.type):
        stamps, _ = _dates(cells)
        given = stamps[~np.isnat(stamps)]
        if len(given):
            note = told(f"column '{shown(column)}' is read as dates")
            return TimeReader("date", int(given[0].astype(np.int64)), decimal, note)
    given = counted[np.isfinite(counted)] if counted.dtype.kind == "f" else counted
    if not len(given):
        return TimeReader("s", 0.0, decimal, None) if bad is not None else None
    origin = given[0].item()
    unit, seen = _unit(column, abs(float(origin)))
    return TimeReader(unit, origin, decimal, seen)


def _unit(column: str, size: float) -> tuple[str, str | None]:
    for unit, least in EPOCHS:
        if size >= least:
            return unit, told(f"column '{shown(column)}' is read as {unit} since 1970")
    named = re.search(r"(?:^|[^a-z])(ms|us|ns)(?:[^a-z]|$)", column.casefold())
    if named:
        return named[1], told(f"column '{shown(column)}' is read as {named[1]}")
    return "s", None


def _counts(cells: Any, decimal: str) -> tuple[NDArray[Any], int | None]:
    """Whole numbers stay whole, so that nanoseconds since 1970 keep their last digits."""
    if cells.null_count == 0 and not pa.types.is_floating(cells.type):
        try:
            return cells.cast(pa.int64()).to_numpy(zero_copy_only=False), None
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            pass
    values, bad = numbers(cells, decimal)
    return np.where(np.isfinite(values), values, np.nan), bad


def _dates(cells: Any) -> tuple[NDArray[Any], int | None]:
    if _is_date(cells.type):
        stamps = cells.cast(pa.timestamp("ns", getattr(cells.type, "tz", None)))
        missing = stamps.is_null().to_numpy(zero_copy_only=False)
        counts = pc.fill_null(stamps.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
        return np.where(missing, np.datetime64("NaT", "ns"), counts.astype("M8[ns]")), None
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    words = pd.Series(pc.utf8_trim_whitespace(cells.cast(pa.string())).to_pylist(), dtype=object)
    words = words.where(words != "", None)
    stamps = pd.to_datetime(words, format="ISO8601", utc=True, errors="coerce")
    bad = np.flatnonzero((stamps.isna() & words.notna()).to_numpy())
    found = stamps.dt.tz_localize(None).to_numpy().astype("M8[ns]")
    return found, int(bad[0]) if len(bad) else None


def _is_date(kind: Any) -> bool:
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))
