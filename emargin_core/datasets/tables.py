"""A user's table on disk, read block by block within limits, whatever its format."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from emargin_core.errors import InputError
from emargin_core.plain_text import shown

CSV_SUFFIXES = (".csv", ".tsv", ".txt")
SUFFIXES = (*CSV_SUFFIXES, ".parquet")
MAX_UPLOAD_BYTES = 200 * 1024**2
"""The largest file that the page takes; larger ones are given by their path."""
MAX_BYTES = 32 * 1024**3
MAX_ROWS = 1_000_000_000
MAX_COLUMNS = 2_000
MAX_FIELD = 10_000
"""Characters in one cell or column name."""
BLOCK_ROWS = 131_072
BLOCK_CELLS = 4_000_000
SAMPLE_ROWS = 200

READ_ERRORS = (
    OSError, ValueError, TypeError, KeyError, IndexError, OverflowError, MemoryError,
    NotImplementedError, csv.Error, pa.ArrowException,
)  # fmt: skip
"""What a damaged file can make the readers raise."""


@dataclass(frozen=True)
class Block:
    """Some neighbouring rows; `first_row` is counted as a spreadsheet does, the header is row 1."""

    rows: Any
    first_row: int

    def column(self, name: str) -> Any:
        """Return one column as a pyarrow array."""
        return self.rows.column(self.rows.schema.get_field_index(name))


class Table(Protocol):
    """An opened file.

    columns: their names, stripped; kinds: 'number', 'text', 'date' or 'other' of each column, as
    the file declares it, None where it does not; decimal: sign of the decimal point in text;
    notes: what was found out about the file.
    """

    path: Path
    columns: tuple[str, ...]
    kinds: tuple[str | None, ...]
    decimal: str
    notes: tuple[str, ...]

    def blocks(self, columns: Sequence[str], limit: int | None = None) -> Iterator[Block]:
        """Read some columns, at most `limit` rows of them, block by block in the file's order.

        Raises:
            InputError: the file is damaged or beyond the limits.
        """


def user_path(path: Path | str) -> Path:
    """Return a path as the user wrote it, with ~ resolved.

    Raises:
        InputError: it names the home of nobody.
    """
    try:
        return Path(path).expanduser()
    except (RuntimeError, ValueError):  # no such user, or a sign that no path may have
        raise InputError(f"{shown(path)}: there is no such user; give the whole path") from None


def open_table(path: Path) -> Table:
    """Open a CSV (.csv, .tsv, .txt) or Parquet file and look at its columns.

    Raises:
        InputError: no such file, another suffix, too large, empty, or not a table.
    """
    from emargin_core.datasets.csv_table import CsvTable
    from emargin_core.datasets.parquet_table import ParquetTable

    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(f"{shown(path.name)} is not a table; use {', '.join(SUFFIXES)}")
    with reading(path):
        if not path.is_file():
            raise InputError(f"{shown(path.name)}: there is no such file")
        size = path.stat().st_size
        if size == 0:
            raise InputError(f"{shown(path.name)} is empty; it has no header and no rows")
        if size > MAX_BYTES:
            raise InputError(
                f"{shown(path.name)} is larger than {MAX_BYTES // 1024**3} GB; split it up"
            )
        table = CsvTable(path) if suffix in CSV_SUFFIXES else ParquetTable(path)
    return table


def sample(table: Table) -> list[list[object]]:
    """Return the first rows, cell by cell, for guessing and for a preview."""
    rows: list[list[object]] = []
    columns = [n for n, kind in zip(table.columns, table.kinds, strict=True) if kind != "other"]
    for block in table.blocks(columns, limit=SAMPLE_ROWS):
        with reading(table.path):
            cells = {name: block.column(name).to_pylist() for name in columns}
        rows += [
            [cells[name][row] if name in cells else "(not shown)" for name in table.columns]
            for row in range(block.rows.num_rows)
        ]
    return rows


def block_rows(n_columns: int) -> int:
    """How many rows are read at once."""
    return max(1, min(BLOCK_ROWS, BLOCK_CELLS // max(1, n_columns)))


def column_names(raw: Sequence[object], path: Path) -> tuple[str, ...]:
    """Strip and check the names; one that is empty is called by its place.

    Raises:
        InputError: too many columns, a name too long, or the same name twice.
    """
    if len(raw) > MAX_COLUMNS:
        raise InputError(
            f"{shown(path.name)} has {len(raw):,} columns; at most {MAX_COLUMNS:,} are taken"
        )
    names = [str(name).strip() or f"(column {place + 1})" for place, name in enumerate(raw)]
    seen: set[str] = set()
    for place, name in enumerate(names):
        if len(name) > MAX_FIELD:
            raise InputError(
                f"{shown(path.name)}: the name of column {place + 1} is longer than "
                f"{MAX_FIELD:,} characters"
            )
        if name in seen:
            raise InputError(
                f"{shown(path.name)}: column '{shown(name)}' stands twice; rename one of them"
            )
        seen.add(name)
    return tuple(names)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever a reader raises on a damaged file into one sentence."""
    try:
        yield
    except InputError:
        raise
    except READ_ERRORS as error:
        reason = shown(str(error) or type(error).__name__, 160)
        kind = "Parquet" if path.suffix.lower() == ".parquet" else "CSV"
        raise InputError(f"{shown(path.name)} cannot be read as {kind}: {reason}") from None
