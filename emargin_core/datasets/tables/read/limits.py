"""What is taken for a table: suffix, size, names, and what a Parquet file says of itself."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from emargin_core.datasets.tables.read.workbook import WORKBOOKS
from emargin_core.text.errors import InputError
from emargin_core.text.plain_text import quoted, shown

TEXTS = (".csv", ".tsv", ".txt", ".tab", ".dat", ".data", ".asc")
SUFFIXES = (*TEXTS, ".parquet", *WORKBOOKS)
MAX_UPLOAD_BYTES = 200 * 1024**2
"""The largest file that the page takes; larger ones are given by their path."""
MAX_BYTES = 32 * 1024**3
MAX_ROWS = 1_000_000_000
MAX_COLUMNS = 2_000
MAX_FIELD = 10_000
"""Characters in one cell or column name."""

READ_ERRORS = (
    OSError, ValueError, TypeError, KeyError, IndexError, OverflowError, MemoryError,
    NotImplementedError, duckdb.Error, pa.ArrowException, RuntimeError,
)  # fmt: skip
"""What a damaged file can make the readers raise."""
MAX_UNPACKED_BYTES = 64 * 1024**3
TEXT_ROWS = 65_536
UNREAD = ("nested", "other")
"""Kinds of columns whose cells are not looked at."""
_NUMBERS = ("INT", "FLOAT", "DOUBLE", "DECIMAL", "REAL")
_KINDS = {
    "flag": ("BOOLEAN",),
    "nested": ("STRUCT",),
    "other": ("MAP", "INTERVAL"),
    "date": ("TIMESTAMP", "DATE"),
    "text": ("VARCHAR", "ENUM", "TIME", "UUID", "NULL", '"NULL"'),
}


def user_path(path: Path | str) -> Path:
    """Return a path as the user wrote it, with ~ resolved.

    Raises:
        InputError: it names the home of nobody.
    """
    try:
        return Path(path).expanduser()
    except (RuntimeError, ValueError):  # no such user, or a sign that no path may have
        raise InputError("{path}: user not found; give the full path", path=shown(path)) from None


def checked(path: Path) -> None:
    """Refuse what is no file of ours to read.

    Raises:
        InputError: no such file, another suffix, too large, or empty.
    """
    name = shown(path.name)
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(
            "{name} is not a table; use {suffixes}", name=name, suffixes=", ".join(SUFFIXES)
        )
    with reading(path):
        if not path.is_file():
            raise InputError("{name}: file not found", name=name)
        size = path.stat().st_size
    if size == 0:
        raise InputError("{name} is empty; it has no header and no rows", name=name)
    if size > MAX_BYTES:
        largest = MAX_BYTES // 1024**3
        raise InputError(
            "{name} is larger than {max_bytes} GB; split it up", name=name, max_bytes=largest
        )


def column_names(raw: Sequence[str], file: str) -> tuple[str, ...]:
    """Strip names; one that is empty is called by its place, one that is there again by a number.

    Raises:
        InputError: too many columns, or a name too long.
    """
    if len(raw) > MAX_COLUMNS:
        raise InputError(
            "{name} has {raw:,} columns; at most {max_columns:,} are taken",
            name=file,
            raw=len(raw),
            max_columns=MAX_COLUMNS,
        )
    names: list[str] = []
    for place, word in enumerate(raw, start=1):
        name = word.strip(" \t\r\n\ufeff\xa0\"'`") or f"(column {place})"
        if len(name) > MAX_FIELD:
            raise InputError(
                "{name}: the name of column {place} is longer than {max_field:,} characters",
                name=file,
                place=place,
                max_field=MAX_FIELD,
            )
        again, number = name, 1
        while again in names:
            number += 1
            again = f"{name} {number}"
        names.append(again)
    return tuple(names)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever a reader raises on a damaged file into one sentence."""
    try:
        yield
    except InputError:
        raise
    except READ_ERRORS as error:
        suffix = path.suffix.lower()
        kind = "Excel" if suffix in WORKBOOKS else "Parquet" if suffix == ".parquet" else "CSV"
        raise InputError(
            "{name} cannot be read as {kind}: {reason}",
            name=shown(path.name),
            kind=kind,
            reason=quoted(error, 160),
        ) from None


def check_parquet(path: Path) -> None:
    """Refuse endless numbers of rows and endless texts.

    A text is looked at while it is still stored once, however often it is used.

    Raises:
        InputError: which limit is passed, or that the file contradicts itself.
    """
    file = shown(path.name)
    with pq.ParquetFile(path, thrift_string_size_limit=16 * 1024**2) as opened:
        n_rows, schema = opened.metadata.num_rows, opened.schema_arrow
        groups = [opened.metadata.row_group(place) for place in range(opened.num_row_groups)]
        unpacked = sum(group.total_byte_size for group in groups)
    if n_rows < 0 or sum(group.num_rows for group in groups) != n_rows:
        raise InputError("{name} is damaged: its parts do not have the rows it declares", name=file)
    if n_rows > MAX_ROWS:
        raise InputError(
            "{name} declares {n_rows:,} rows; at most {max_rows:,} are taken",
            name=file,
            n_rows=n_rows,
            max_rows=MAX_ROWS,
        )
    if unpacked > MAX_UNPACKED_BYTES:
        raise InputError(
            "{name} unpacks to {unpacked:,.0f} GB; at most {max_unpacked_bytes} GB are taken",
            name=file,
            unpacked=unpacked / 1024**3,
            max_unpacked_bytes=MAX_UNPACKED_BYTES // 1024**3,
        )
    for name in [field.name for field in schema if _is_text(field.type)]:
        with pq.ParquetFile(path, read_dictionary=[name], pre_buffer=False) as opened:
            for batch in opened.iter_batches(TEXT_ROWS, columns=[name], use_threads=False):
                cells = batch.column(0)
                cells = cells.dictionary if pa.types.is_dictionary(cells.type) else cells
                longest = pc.max(pc.binary_length(cells)).as_py() or 0
                if longest > 4 * MAX_FIELD:
                    raise InputError(
                        "{name}: column '{name2}' has a text of {longest:,} bytes; at most "
                        "{max_field:,} characters are taken",
                        name=file,
                        name2=shown(name),
                        longest=longest,
                        max_field=MAX_FIELD,
                    )


def kind_of(declared: str) -> str:
    """Return 'number', 'text', 'date', 'flag', 'nested' or 'other' for a type of DuckDB."""
    if declared.endswith("]"):
        return "nested"
    for kind, starts in _KINDS.items():
        if declared.startswith(starts):
            return kind
    return "number" if any(word in declared for word in _NUMBERS) else "other"


def _is_text(kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
