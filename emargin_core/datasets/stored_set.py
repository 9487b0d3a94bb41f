"""A converted table on disk: one folder with two mapped arrays and a description, whole or absent.

`signal.npy` (n_samples, n_channels) float32, `labels.npy` (n_samples,) int64, `dataset.json`.
"""

import os
import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from emargin_core.datasets.base import UNLABELLED, Dataset, Recording
from emargin_core.datasets.conversion import Part, convert
from emargin_core.datasets.mapped_pages import release_pages
from emargin_core.datasets.mapping import ColumnMapping
from emargin_core.datasets.row_store import FileRows
from emargin_core.datasets.table_scan import Missing, scan_table
from emargin_core.datasets.tables import Table
from emargin_core.errors import InputError
from emargin_core.language import told
from emargin_core.plain_text import shown

FORMAT: Literal[1] = 1
WRITING = ".writing-"
FORGOTTEN_SECONDS = 24 * 3600.0
"""A half-written folder as old as this belongs to nobody any more."""
CHECKED_ROWS = 4_000_000
MAX_DESCRIPTION_BYTES = 256 * 1024**2

ARRAYS = ("signal.npy", "labels.npy")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class StoredPart(_Strict):
    """One recording; see `conversion.Part`."""

    id: str
    group: str
    begin: int = Field(ge=0)
    end: int = Field(ge=0)
    rate: float = Field(gt=0)
    borders: list[int]
    gaps: int = Field(ge=0)
    longest_gap: float = Field(ge=0)
    dropped: int = Field(ge=0)
    filled: int = Field(ge=0)


class StoredArray(_Strict):
    """A file as it was when it was written."""

    size: int
    modified: int


class Description(_Strict):
    """What `dataset.json` says."""

    format: Literal[1]
    title: str
    source: str
    created: str
    n_rows: int = Field(ge=0)
    class_names: list[str]
    channel_names: list[str] = Field(min_length=1)
    notes: list[str]
    parts: list[StoredPart] = Field(min_length=1)
    mapping: dict[str, Any]
    missing: Missing
    fingerprint: str = Field(pattern="^[0-9a-f]{16}$")
    arrays: dict[str, StoredArray]


def write_set(
    folder: Path, title: str, table: Table, mapping: ColumnMapping, missing: Missing
) -> None:
    """Convert a table into `folder`, which appears whole or not at all; the table is only read.

    Raises:
        InputError: what is wrong with the table, the folder is taken, or it cannot be written.
    """
    scan = scan_table(table, mapping, missing)
    if scan.problems:
        raise InputError(scan.problems[0].text)
    temporary = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _remove_forgotten(folder.parent)
        _check_space(folder.parent, scan.n_rows * (4 * len(mapping.channels) + 16))
        temporary = Path(tempfile.mkdtemp(prefix=WRITING, dir=folder.parent))
        target = temporary

        def make_rows(name: str, shape: tuple[int, ...], dtype: Any) -> FileRows:
            return FileRows(target / f"{name}.npy", shape, dtype)

        parts, notes = convert(table, mapping, missing, scan, make_rows)
        (target / "time.npy").unlink(missing_ok=True)
        description = Description(
            format=FORMAT,
            title=title,
            source=table.path.name,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            n_rows=scan.n_rows,
            class_names=list(scan.class_names),
            channel_names=list(mapping.channels),
            notes=list(notes),
            parts=[StoredPart(**(vars(part) | {"borders": list(part.borders)})) for part in parts],
            mapping=vars(mapping) | {"channels": list(mapping.channels)},
            missing=missing,
            fingerprint="0" * 16,
            arrays={name: _state(target / name) for name in ARRAYS},
        )
        fingerprint = _dataset(description, target, title).fingerprint
        whole = description.model_copy(update={"fingerprint": fingerprint})
        (target / "dataset.json").write_text(whole.model_dump_json(), encoding="utf-8")
        temporary.chmod(0o755)
        os.rename(temporary, folder)
    except OSError as error:
        if folder.exists():
            raise InputError(f"'{shown(folder.name)}' is there already; remove it first") from None
        raise InputError(
            f"{folder.parent} cannot be written: {error.strerror or shown(error)}"
        ) from None
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


def read_description(folder: Path) -> Description:
    """Read and check what a folder says of itself.

    Raises:
        InputError: it is damaged or foreign.
    """
    path = folder / "dataset.json"
    try:
        if path.stat().st_size > MAX_DESCRIPTION_BYTES:
            raise InputError(f"{path} is too large to be a description")
        found = Description.model_validate_json(path.read_bytes())
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"]) or "the whole"
        raise InputError(f"{path} is damaged ({shown(place)}); add the file again") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    _check_parts(found, path)
    return found


def read_set(folder: Path, name: str) -> Dataset:
    """Open a converted set; its arrays are mapped, and read only where they are used.

    An array whose size or time has changed since is compared with the fingerprint.

    Raises:
        InputError: it is damaged or was changed.
    """
    description = read_description(folder)
    dataset = _dataset(description, folder, name)
    try:
        untouched = all(_state(folder / file) == description.arrays.get(file) for file in ARRAYS)
    except OSError as error:
        raise InputError(f"{folder} cannot be read: {error.strerror}") from None
    if untouched:
        vars(dataset)["fingerprint"] = description.fingerprint
    elif dataset.fingerprint != description.fingerprint:
        raise InputError(f"{folder} was changed since it was written; add the file again")
    return dataset


def _dataset(description: Description, folder: Path, name: str) -> Dataset:
    n_rows = max(part.end for part in description.parts)
    width = len(description.channel_names)
    signal = _array(folder / "signal.npy", np.float32, (n_rows, width))
    labels = _array(folder / "labels.npy", np.int64, (n_rows,))
    _check_labels(labels, len(description.class_names), folder)
    try:
        recordings = tuple(
            Recording(
                id=part.id,
                group=part.group,
                signal=signal[part.begin : part.end],
                labels=labels[part.begin : part.end],
                sampling_rate=part.rate,
                borders=tuple(part.borders),
            )
            for part in description.parts
        )
    except ValueError as error:
        raise InputError(f"{folder / 'dataset.json'} is damaged: {shown(error, 120)}") from None
    return Dataset(
        name=name,
        title=description.title,
        recordings=recordings,
        class_names=tuple(description.class_names),
        channel_names=tuple(description.channel_names),
        source=description.source,
        citation="",
        licence=told("the user's own"),
        description=told(f"{description.n_rows:,} samples from {shown(description.source)}"),
        notes=tuple(description.notes),
    )


def _array(path: Path, dtype: Any, least: tuple[int, ...]) -> NDArray[Any]:
    try:
        found: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError, SyntaxError, TypeError, OverflowError) as error:
        raise InputError(f"{path} is damaged: {shown(error, 120)}") from None
    if (
        not isinstance(found, np.memmap)
        or found.dtype != dtype
        or found.shape[1:] != least[1:]
        or found.ndim != len(least)
        or len(found) < least[0]
    ):
        raise InputError(f"{path} is damaged: it is not the array that was written")
    return found


def _check_parts(description: Description, path: Path) -> None:
    ids = [part.id for part in description.parts]
    if len(set(ids)) < len(ids) or any(part.end <= part.begin for part in description.parts):
        raise InputError(f"{path} is damaged: its recordings overlap or are empty")


def _check_labels(labels: NDArray[np.int64], n_classes: int, folder: Path) -> None:
    for begin in range(0, len(labels), CHECKED_ROWS):
        block = np.array(labels[begin : begin + CHECKED_ROWS])
        if len(block) and (block.min() < UNLABELLED or block.max() >= n_classes):
            raise InputError(f"{folder / 'labels.npy'} is damaged: it has unknown classes")
        release_pages(labels)


def _state(path: Path) -> StoredArray:
    found = path.stat()
    return StoredArray(size=found.st_size, modified=found.st_mtime_ns)


def _check_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < 1.05 * needed:
        raise InputError(
            f"{folder} has {free / 1024**3:.1f} GB free and the data need "
            f"{needed / 1024**3:.1f} GB; make room or set EMARGIN_HOME to another disk"
        )


def _remove_forgotten(parent: Path) -> None:
    for folder in parent.glob(f"{WRITING}*"):
        if time.time() - folder.stat().st_mtime > FORGOTTEN_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def as_part(stored: StoredPart) -> Part:
    """Return a recording as the conversion gave it."""
    return Part(**(stored.model_dump() | {"borders": tuple(stored.borders)}))
