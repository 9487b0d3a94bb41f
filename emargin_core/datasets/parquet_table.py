"""Parquet, read in batches; its own claims about sizes are checked before memory goes."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from emargin_core.datasets.tables import (
    MAX_FIELD,
    MAX_ROWS,
    Block,
    block_rows,
    column_names,
    reading,
)
from emargin_core.errors import InputError
from emargin_core.plain_text import shown

MAX_UNPACKED_BYTES = 64 * 1024**3
STREAM_BYTES = 1024**2


class ParquetTable:
    """A Parquet file; every cell has the type its column declares. See `tables.Table`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.decimal = "."
        self.notes: tuple[str, ...] = ()
        with self._open() as file:
            _check_sizes(file.metadata, path)
            fields = list(file.schema_arrow)
        self.columns = column_names([field.name for field in fields], path)
        if not self.columns:
            raise InputError(f"{shown(path.name)} has no columns")
        self.kinds: tuple[str | None, ...] = tuple(_kind(field.type) for field in fields)
        self._raw = {name: field.name for name, field in zip(self.columns, fields, strict=True)}

    def blocks(self, columns: Sequence[str], limit: int | None = None) -> Iterator[Block]:
        """Read some columns; see `tables.Table.blocks`."""
        raw = [self._raw[name] for name in columns]
        kinds = dict(zip(self.columns, self.kinds, strict=True))
        texts = [self._raw[name] for name in columns if kinds[name] == "text"]
        size = block_rows(len(columns)) if limit is None else limit
        n_rows = 0
        with reading(self.path), self._open(texts) as file:
            claimed = file.metadata.num_rows
            for batch in file.iter_batches(batch_size=size, columns=raw, use_threads=False):
                names = [self._name(field.name) for field in batch.schema]
                if sorted(names) != sorted(columns):
                    raise InputError(
                        f"{shown(self.path.name)} is damaged: its columns are not those it declares"
                    )
                self._check_lengths(batch)
                yield Block(batch.rename_columns(names), n_rows + 2)
                n_rows += batch.num_rows
                if n_rows > claimed:
                    raise InputError(
                        f"{shown(self.path.name)} is damaged: it has more than the "
                        f"{claimed:,} rows it declares"
                    )
                if limit is not None and n_rows >= limit:
                    return
            if n_rows != claimed and columns:
                raise InputError(
                    f"{shown(self.path.name)} is damaged: it has {n_rows:,} rows and declares "
                    f"{claimed:,}"
                )

    def _check_lengths(self, batch: Any) -> None:
        """Refuse endless text while it is still stored once, however often it is used."""
        for field, cells in zip(batch.schema, batch.columns, strict=True):
            if not pa.types.is_dictionary(field.type):
                continue
            longest = pc.max(pc.binary_length(cells.dictionary)).as_py() or 0
            if longest > 4 * MAX_FIELD:
                raise InputError(
                    f"{shown(self.path.name)}: column '{shown(field.name)}' has a text of "
                    f"{longest:,} bytes; at most {MAX_FIELD:,} characters are taken"
                )

    def _name(self, raw: str) -> str:
        return next(name for name, found in self._raw.items() if found == raw)

    def _open(self, texts: Sequence[str] = ()) -> Any:
        return pq.ParquetFile(
            self.path,
            read_dictionary=list(texts),
            buffer_size=STREAM_BYTES,
            pre_buffer=False,
            thrift_string_size_limit=16 * 1024**2,
            thrift_container_size_limit=1_000_000,
        )


def _check_sizes(metadata: Any, path: Path) -> None:
    """Look at what the file claims of its rows and row groups.

    Never at its column chunks: `RowGroupMetaData.column` of pyarrow 26 ends the whole process where
    a chunk's statistics are damaged, while reading the chunk raises.
    """
    groups = [metadata.row_group(place) for place in range(metadata.num_row_groups)]
    n_rows = metadata.num_rows
    if n_rows > MAX_ROWS:
        raise InputError(
            f"{shown(path.name)} declares {n_rows:,} rows; at most {MAX_ROWS:,} are taken"
        )
    if n_rows < 0 or sum(group.num_rows for group in groups) != n_rows:
        raise InputError(
            f"{shown(path.name)} is damaged: its parts do not have the rows it declares"
        )
    unpacked = sum(group.total_byte_size for group in groups)
    if unpacked > MAX_UNPACKED_BYTES:
        raise InputError(
            f"{shown(path.name)} unpacks to {unpacked / 1024**3:,.0f} GB; at most "
            f"{MAX_UNPACKED_BYTES // 1024**3} GB are taken"
        )


def _kind(kind: Any) -> str:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "number"
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return "date"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return "text"
    return "flag" if pa.types.is_boolean(kind) else "other"
