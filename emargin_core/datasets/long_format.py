"""The user's own file: a long-format CSV or Parquet table, one row a sample.

Columns: `recording`, `label`, optional `group` (what must not stand on both sides of a split),
optional `time` (seconds); every other column is a channel and must be numeric.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emargin_core.datasets.base import Dataset, Recording
from emargin_core.errors import InputError

SUFFIXES = (".csv", ".parquet")
ASSUMED_RATE = 50.0
MAX_BYTES = 2 * 1024**3
RESERVED = ("recording", "group", "time", "label")


def load(path: Path) -> Dataset:
    """Read and check a file.

    Raises:
        InputError: what is wrong, in which column and row, and what would be right.
    """
    table = _read(path)
    channels = _check_columns(table, path)
    notes: list[str] = []
    if "time" not in table:
        notes.append(f"no column 'time': {ASSUMED_RATE:g} samples a second assumed")
    if "group" not in table:
        notes.append("no column 'group': each recording is its own group")
    class_names = tuple(sorted(table["label"].astype(str).unique(), key=_natural))
    codes = {name: index for index, name in enumerate(class_names)}
    recordings = tuple(
        _recording(str(name), rows, channels, codes, path)
        for name, rows in table.groupby("recording", sort=False)
    )
    return Dataset(
        name=str(path),
        title=path.name,
        recordings=recordings,
        class_names=class_names,
        channel_names=tuple(channels),
        source=path.name,
        citation="",
        licence="the user's own",
        description=f"{len(table):,} samples from {path.name}",
        notes=tuple(notes),
    )


def _read(path: Path) -> pd.DataFrame:
    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"{path.name} is larger than {MAX_BYTES // 1024**3} GB; split it up")
    try:
        table = (
            pd.read_csv(path, dtype={"recording": str, "group": str, "label": str})
            if path.suffix.lower() == ".csv"
            else pd.read_parquet(path)
        )
    except UnicodeDecodeError:
        raise InputError(f"{path.name} is not UTF-8 text; save it as UTF-8") from None
    except (OSError, ValueError, pd.errors.ParserError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path.name} cannot be read as {path.suffix[1:]}: {reason}") from None
    if table.empty:
        raise InputError(f"{path.name} has no rows")
    return table


def _check_columns(table: pd.DataFrame, path: Path) -> list[str]:
    table.columns = [str(column).strip() for column in table.columns]
    doubled = table.columns[table.columns.duplicated()]
    if len(doubled):
        raise InputError(f"{path.name}: column '{doubled[0]}' stands twice")
    for column in ("recording", "label"):
        if column not in table:
            raise InputError(
                f"{path.name}: column '{column}' is missing; found {', '.join(table.columns[:12])}"
            )
        _refuse_empty(table[column], column, path)
    channels = [column for column in table.columns if column not in RESERVED]
    if not channels:
        raise InputError(f"{path.name}: no channel; add at least one numeric column")
    for column in [*channels, *(["time"] if "time" in table else [])]:
        table[column] = _numbers(table[column], column, path)
    return channels


def _refuse_empty(values: pd.Series, column: str, path: Path) -> None:
    empty = np.flatnonzero(values.isna())
    if len(empty):
        raise InputError(f"{path.name}: column '{column}' is empty in row {_row(empty)}")


def _numbers(values: pd.Series, column: str, path: Path) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce")
    text = np.flatnonzero(numbers.isna() & values.notna())
    if len(text):
        raise InputError(
            f"{path.name}: column '{column}' has '{values.iloc[text[0]]}' in row {_row(text)}; "
            "a number is wanted"
        )
    numbers = numbers.astype("float64")
    bad = np.flatnonzero(~np.isfinite(numbers.to_numpy()))
    if len(bad):
        raise InputError(
            f"{path.name}: column '{column}' has {len(bad):,} missing or infinite values, the "
            f"first in row {_row(bad)}; remove or fill them"
        )
    return numbers


def _row(positions: NDArray[np.int64]) -> int:
    """Number a row as a spreadsheet does: the header is row 1."""
    return int(positions[0]) + 2


def _recording(
    name: str, rows: pd.DataFrame, channels: list[str], codes: dict[str, int], path: Path
) -> Recording:
    groups = rows["group"].astype(str).unique() if "group" in rows else [name]
    if len(groups) > 1:
        raise InputError(
            f"{path.name}: recording '{name}' belongs to the groups "
            f"{', '.join(groups[:3])}; each recording has one group"
        )
    rate = ASSUMED_RATE
    if "time" in rows:
        rate = _rate(rows["time"].to_numpy(), name, path)
    return Recording(
        id=name,
        group=str(groups[0]),
        signal=rows[channels].to_numpy(dtype=np.float32),
        labels=np.array([codes[label] for label in rows["label"].astype(str)], dtype=np.int64),
        sampling_rate=rate,
    )


def _rate(times: NDArray[np.float64], name: str, path: Path) -> float:
    steps = np.diff(times)
    if len(steps) == 0:
        raise InputError(f"{path.name}: recording '{name}' has one sample only")
    back = np.flatnonzero(steps <= 0)
    if len(back):
        raise InputError(
            f"{path.name}: recording '{name}': time does not rise after {times[back[0]]:g} s; "
            "sort the rows and remove repeated time stamps"
        )
    step = float(np.median(steps))
    if steps.max() > 1.5 * step:
        at = times[int(np.argmax(steps))]
        raise InputError(
            f"{path.name}: recording '{name}' has a gap of {steps.max():.3g} s after {at:g} s; "
            "give each unbroken stretch its own recording name"
        )
    return round(1.0 / step, 6)


def _natural(name: str) -> tuple[int, float, str]:
    """Sort numbers as numbers, and before words."""
    try:
        return 0, float(name), name
    except ValueError:
        return 1, 0.0, name
