"""The user's own file: a long-format CSV or Parquet table, one row a sample.

Columns: optional `recording`, optional `group` (what must not stand on both sides of a split),
optional `time`, optional `label`; every other numeric column is a channel. Other names are guessed,
or given by a mapping.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from emargin_core.datasets.base import Dataset, Recording
from emargin_core.datasets.conversion import Part, convert
from emargin_core.datasets.mapping import ColumnMapping, guess_mapping
from emargin_core.datasets.row_store import MemoryRows
from emargin_core.datasets.table_scan import MISSING_CHOICES, Missing, scan_table
from emargin_core.datasets.tables import Table, open_table, reading, sample, user_path
from emargin_core.errors import InputError
from emargin_core.language import told
from emargin_core.plain_text import shown

BIG_BYTES = 200 * 1024**2
"""Larger files are converted on disk once and then mapped, never held in memory."""
BIG_ARRAYS = 400 * 1024**2
"""So are small files that unpack to more bytes of signal, labels and time."""


def load(path: Path, mapping: ColumnMapping | None = None, missing: Missing = "refuse") -> Dataset:
    """Read and check a file into memory; the columns are guessed if no mapping is given.

    Raises:
        InputError: what is wrong, in which column and row, and what would be right.
    """
    return _read(path, mapping, missing)[0]


def _read(
    path: Path, mapping: ColumnMapping | None, missing: Missing
) -> tuple[Dataset, tuple[Part, ...]]:
    check_missing(missing)
    table, mapping = look(path, mapping)
    scan = scan_table(table, mapping, missing)
    if scan.problems:
        raise InputError(scan.problems[0].text)
    if scan.n_rows * (4 * len(mapping.channels) + 16) > BIG_ARRAYS:
        return _converted(path, mapping, missing)
    stores: dict[str, MemoryRows] = {}

    def make_rows(name: str, shape: tuple[int, ...], dtype: type) -> MemoryRows:
        return stores.setdefault(name, MemoryRows(shape, dtype))

    parts, notes = convert(table, mapping, missing, scan, make_rows)
    signal, labels = stores["signal"].array, stores["labels"].array
    dataset = Dataset(
        name=str(path),
        title=path.name,
        recordings=tuple(
            Recording(
                id=part.id,
                group=part.group,
                signal=signal[part.begin : part.end],
                labels=labels[part.begin : part.end],
                sampling_rate=part.rate,
                borders=part.borders,
            )
            for part in parts
        ),
        class_names=scan.class_names,
        channel_names=mapping.channels,
        source=path.name,
        citation="",
        licence=told("the user's own"),
        description=told(f"{scan.n_rows:,} samples from {shown(path.name)}"),
        notes=notes,
    )
    return dataset, parts


def look(path: Path, mapping: ColumnMapping | None = None) -> tuple[Table, ColumnMapping]:
    """Open a file and guess what its columns mean, unless that is given.

    Raises:
        InputError: it cannot be opened, or has no rows.
    """
    table = open_table(path)
    return table, mapping or guess(table, sample(table))


def guess(table: Table, rows: Sequence[Sequence[object]]) -> ColumnMapping:
    """Guess from the first rows, and from the types where the file declares them.

    Raises:
        InputError: there are no rows.
    """
    if not rows:
        raise InputError(
            f"{shown(table.path.name)} has no rows; a header and at least one row are wanted"
        )
    declared = [0.0 if kind == "number" else None for kind in table.kinds]
    known = [
        [number if cell is None else cell for cell, number in zip(row, declared, strict=True)]
        for row in rows
    ]
    return guess_mapping(table.columns, known)


def load_file(
    path: Path, mapping: ColumnMapping | None = None, missing: Missing = "refuse"
) -> Dataset:
    """Like `load`, but once for as long as the file stays the same, and mapped where it is big.

    Raises:
        InputError: what is wrong, in which column and row, and what would be right.
    """
    return load_parts(path, mapping, missing)[0]


def load_parts(
    path: Path, mapping: ColumnMapping | None = None, missing: Missing = "refuse"
) -> tuple[Dataset, tuple[Part, ...]]:
    """Like `load_file`, with what was found out about each recording."""
    check_missing(missing)
    path = user_path(path)
    with reading(path):
        if not path.is_file():
            raise InputError(f"{shown(path.name)}: there is no such file")
        stat, whole = path.stat(), str(path.resolve())
    return _load_once(whole, mapping, missing, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4)
def _load_once(
    path: str, mapping: ColumnMapping | None, missing: Missing, modified: int, size: int
) -> tuple[Dataset, tuple[Part, ...]]:
    if size > BIG_BYTES:
        return _converted(Path(path), mapping, missing)
    return _read(Path(path), mapping, missing)


def _converted(
    path: Path, mapping: ColumnMapping | None, missing: Missing
) -> tuple[Dataset, tuple[Part, ...]]:
    from emargin_core.datasets.converted import load_converted

    return load_converted(path, mapping, missing)


def check_missing(missing: str) -> None:
    """Refuse an unknown way to treat missing values.

    Raises:
        InputError: it is none of MISSING_CHOICES.
    """
    if missing not in MISSING_CHOICES:
        raise InputError(f"missing is '{shown(missing)}'; use one of {', '.join(MISSING_CHOICES)}")
