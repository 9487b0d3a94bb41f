"""The user's own file: a long-format CSV or Parquet table, one row a sample.

Columns: optional `recording`, optional `group` (what must not stand on both sides of a split),
optional `time`, optional `label`; every other numeric column is a channel. Other names are guessed,
or given by a mapping.
"""

from functools import lru_cache
from pathlib import Path

from emargin_core.datasets.base import Dataset, Recording
from emargin_core.datasets.conversion import convert
from emargin_core.datasets.mapping import ColumnMapping, guess_mapping
from emargin_core.datasets.row_store import MemoryRows
from emargin_core.datasets.table_scan import MISSING_CHOICES, Missing, scan_table
from emargin_core.datasets.tables import SUFFIXES, open_table, sample
from emargin_core.errors import InputError
from emargin_core.plain_text import shown

__all__ = ["BIG_BYTES", "SUFFIXES", "load", "load_file"]

BIG_BYTES = 200 * 1024**2
"""Larger files are converted on disk once and then mapped, never held in memory."""


def load(path: Path, mapping: ColumnMapping | None = None, missing: Missing = "refuse") -> Dataset:
    """Read and check a file into memory; the columns are guessed if no mapping is given.

    Raises:
        InputError: what is wrong, in which column and row, and what would be right.
    """
    check_missing(missing)
    table = open_table(path)
    mapping = mapping or guess_mapping(table.columns, sample(table))
    scan = scan_table(table, mapping, missing)
    if scan.problems:
        raise InputError(scan.problems[0].text)
    stores: dict[str, MemoryRows] = {}

    def make_rows(name: str, shape: tuple[int, ...], dtype: type) -> MemoryRows:
        return stores.setdefault(name, MemoryRows(shape, dtype))

    parts, notes = convert(table, mapping, missing, scan, make_rows)
    signal, labels = stores["signal"].array, stores["labels"].array
    return Dataset(
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
        licence="the user's own",
        description=f"{scan.n_rows:,} samples from {shown(path.name)}",
        notes=notes,
    )


def load_file(
    path: Path, mapping: ColumnMapping | None = None, missing: Missing = "refuse"
) -> Dataset:
    """Like `load`, but once for as long as the file stays the same, and mapped where it is big.

    Raises:
        InputError: what is wrong, in which column and row, and what would be right.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise InputError(f"{shown(path.name)}: there is no such file")
    stat = path.stat()
    return _load_once(str(path.resolve()), mapping, missing, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4)
def _load_once(
    path: str, mapping: ColumnMapping | None, missing: Missing, modified: int, size: int
) -> Dataset:
    if size > BIG_BYTES:
        from emargin_core.datasets.converted import load_converted

        return load_converted(Path(path), mapping, missing)
    return load(Path(path), mapping, missing)


def check_missing(missing: str) -> None:
    """Refuse an unknown way to treat missing values.

    Raises:
        InputError: it is none of MISSING_CHOICES.
    """
    if missing not in MISSING_CHOICES:
        raise InputError(f"missing is '{shown(missing)}'; use one of {', '.join(MISSING_CHOICES)}")
