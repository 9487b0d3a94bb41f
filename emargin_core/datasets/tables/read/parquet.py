"""What a Parquet file says of itself, looked at before DuckDB reads it."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from emargin_core.datasets.tables.read.limits import MAX_FIELD, MAX_ROWS
from emargin_core.text.errors import InputError
from emargin_core.text.plain_text import shown

MAX_UNPACKED_BYTES = 64 * 1024**3
TEXT_ROWS = 65_536

_NUMBERS = ("INT", "FLOAT", "DOUBLE", "DECIMAL", "REAL")
_KINDS = {
    "flag": ("BOOLEAN",),
    "other": ("STRUCT", "MAP", "INTERVAL"),
    "date": ("TIMESTAMP", "DATE"),
    "text": ("VARCHAR", "ENUM", "TIME", "UUID", "NULL", '"NULL"'),
}


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
    """Return 'number', 'text', 'date', 'flag' or 'other' for a type as DuckDB calls it."""
    if declared.endswith("]"):
        return "other"
    for kind, starts in _KINDS.items():
        if declared.startswith(starts):
            return kind
    return "number" if any(word in declared for word in _NUMBERS) else "other"


def _is_text(kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
