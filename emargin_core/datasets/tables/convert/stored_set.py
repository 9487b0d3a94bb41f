"""A converted table on disk: one folder with two mapped arrays and a description, whole or absent.

`signal.npy` (n_samples, n_channels) float32, `labels.npy` (n_samples,) int64, `dataset.json`.
"""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from emargin_core.datasets.base import UNLABELLED, Dataset, Framing, Recording
from emargin_core.datasets.drafts import PREFIX, remove_old_drafts
from emargin_core.datasets.fetch.mapped_pages import release_pages
from emargin_core.datasets.tables.choices import Choices, Missing
from emargin_core.datasets.tables.convert.convert import Converted, convert
from emargin_core.datasets.tables.convert.rows import Part
from emargin_core.datasets.tables.read.table import Table
from emargin_core.datasets.tables.recognise.plan import Plan
from emargin_core.datasets.tables.words import noun_of
from emargin_core.text.errors import InputError
from emargin_core.text.message import Message, stored
from emargin_core.text.plain_text import quoted, shown

FORMAT: Literal[1] = 1
CHECKED_ROWS = 4_000_000
MAX_DESCRIPTION_BYTES = 256 * 1024**2
ARRAYS = ("signal.npy", "labels.npy")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class StoredArray(_Strict):
    """A file as it was when it was written."""

    size: int
    modified: int


class StoredFraming(_Strict):
    """See `Framing`."""

    seconds: float = Field(gt=0)
    hop_seconds: float = Field(gt=0)
    window_seconds: float | None = None


class Description(_Strict):
    """What `dataset.json` says."""

    format: Literal[1]
    title: str
    source: str
    created: str
    n_rows: int = Field(ge=0)
    class_names: list[str]
    channel_names: list[str] = Field(min_length=1)
    notes: list[str | dict[str, Any]]
    parts: list[Part] = Field(min_length=1)
    mapping: dict[str, Any]
    missing: Missing
    fingerprint: str = Field(pattern="^[0-9a-f]{16}$")
    arrays: dict[str, StoredArray]
    framing: StoredFraming | None = None


def store(
    table: Table, plan: Plan, choices: Choices, folder: Path, title: str, source: str
) -> Converted:
    """Convert a table into a folder, which is there whole, or with problems not at all.

    Raises:
        InputError: the folder is taken, or it cannot be written; nothing is left then.
    """
    shelf = folder.parent
    try:
        shelf.mkdir(parents=True, exist_ok=True)
        remove_old_drafts(shelf)
        _check_space(shelf, bytes_of(table, plan))
        with TemporaryDirectory(prefix=PREFIX, dir=shelf, ignore_cleanup_errors=True) as name:
            draft = Path(name)
            found = convert(table, plan, choices, draft)
            if not found.problems:
                about = description_of(draft, title, source, found, choices.missing)
                fingerprint = read_arrays(about, draft, title).fingerprint
                whole = about.model_copy(update={"fingerprint": fingerprint})
                document = whole.model_dump_json(exclude_none=True)
                (draft / "dataset.json").write_text(document, encoding="utf-8")
                draft.chmod(0o755)
                os.rename(draft, folder)
        return found
    except OSError as error:
        if folder.exists():
            raise InputError(
                "'{name}' is there already; remove it first", name=shown(folder.name)
            ) from None
        raise InputError(
            "{parent} cannot be written: {error}", parent=shelf, error=quoted(error)
        ) from None


def bytes_of(table: Table, plan: Plan) -> int:
    """Bytes that signal and labels of a table take."""
    return int(table.n_rows) * (4 * len(plan.found.signal) + 8)


def description_of(
    draft: Path, title: str, source: str, found: Converted, missing: Missing
) -> Description:
    """Return what there is to say of what was converted into a draft; fingerprint is missing."""
    framing = found.framing
    return Description(
        format=FORMAT,
        title=title,
        source=source,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        n_rows=sum(part.samples for part in found.parts),
        class_names=list(found.rows.class_names),
        channel_names=found.channels,
        notes=[stored(note) for note in found.notes],
        parts=list(found.parts),
        mapping=vars(found.mapping) | {"channels": list(found.mapping.channels)},
        missing=missing,
        fingerprint="0" * 16,
        arrays={name: _state(draft / name) for name in ARRAYS},
        framing=None if framing == Framing() else StoredFraming(**vars(framing)),
    )


def read_description(folder: Path) -> Description:
    """Read and check what a folder says of itself.

    Raises:
        InputError: it is damaged or foreign.
    """
    path = folder / "dataset.json"
    try:
        if path.stat().st_size > MAX_DESCRIPTION_BYTES:
            raise InputError("{path} is too large to be a description", path=path)
        found = Description.model_validate_json(path.read_bytes())
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"]) or "the whole"
        raise InputError(
            "{path} is damaged ({place}); add the file again", path=path, place=shown(place)
        ) from None
    except OSError as error:
        raise InputError("{path} cannot be read: {error}", path=path, error=error) from None
    try:
        for note in found.notes:
            Message.from_json(note)
    except ValueError as error:
        raise InputError("{path} is damaged: {error}", path=path, error=error) from None
    names = {part.id for part in found.parts}
    if len(names) < len(found.parts) or any(part.samples <= 0 for part in found.parts):
        raise InputError("{path} is damaged: its recordings overlap or are empty", path=path)
    return found


def read_set(folder: Path, name: str) -> Dataset:
    """Open a converted set; its arrays are mapped, and read only where they are used.

    An array whose size or time has changed since is compared with the fingerprint.

    Raises:
        InputError: it is damaged or was changed.
    """
    description = read_description(folder)
    dataset = read_arrays(description, folder, name)
    try:
        untouched = all(_state(folder / file) == description.arrays.get(file) for file in ARRAYS)
    except OSError as error:
        raise InputError("{folder} cannot be read: {error}", folder=folder, error=error) from None
    if untouched:
        vars(dataset)["fingerprint"] = description.fingerprint
    elif dataset.fingerprint != description.fingerprint:
        raise InputError(
            "{folder} was changed since it was written; add the file again", folder=folder
        )
    return dataset


def read_arrays(
    description: Description, folder: Path, name: str, in_memory: bool = False
) -> Dataset:
    """Open the arrays of a folder as a description says, without a look at their fingerprint.

    Raises:
        InputError: they are damaged.
    """
    n_rows = max(part.end for part in description.parts)
    width = len(description.channel_names)
    signal = _array(folder / "signal.npy", np.float32, (n_rows, width), in_memory)
    labels = _array(folder / "labels.npy", np.int64, (n_rows,), in_memory)
    _check_labels(labels, len(description.class_names), folder)
    try:
        recordings = tuple(
            Recording(
                id=part.id,
                group=part.group,
                signal=signal[part.begin : part.end],
                labels=labels[part.begin : part.end],
                sampling_rate=part.rate,
                borders=part.borders,
            )
            for part in description.parts
        )
    except ValueError as error:
        raise InputError(
            "{folder} is damaged: {error}", folder=folder / "dataset.json", error=quoted(error)
        ) from None
    group = description.mapping.get("group")
    framing = description.framing
    source = description.source
    return Dataset(
        name=name,
        title=description.title,
        recordings=recordings,
        class_names=tuple(description.class_names),
        channel_names=tuple(description.channel_names),
        unit=noun_of(group if group is None else str(group)),
        framing=Framing() if framing is None else Framing(**framing.model_dump()),
        source=source,
        citation="",
        licence=Message("the user's own"),
        description=Message(
            "{n_rows:,} samples from {source}", n_rows=description.n_rows, source=shown(source)
        ),
        notes=tuple(map(Message.from_json, description.notes)),
    )


def _array(path: Path, dtype: Any, least: tuple[int, ...], in_memory: bool) -> NDArray[Any]:
    mode: Literal["r"] | None = None if in_memory else "r"
    try:
        found: NDArray[Any] = np.load(path, mmap_mode=mode, allow_pickle=False)
    except (OSError, ValueError, EOFError, SyntaxError, TypeError, OverflowError) as error:
        raise InputError("{path} is damaged: {error}", path=path, error=quoted(error)) from None
    if (
        not isinstance(found, np.ndarray if in_memory else np.memmap)
        or found.dtype != dtype
        or found.shape[1:] != least[1:]
        or found.ndim != len(least)
        or len(found) < least[0]
    ):
        raise InputError("{path} is damaged: it is not the array that was written", path=path)
    return found


def _check_labels(labels: NDArray[np.int64], n_classes: int, folder: Path) -> None:
    for begin in range(0, len(labels), CHECKED_ROWS):
        block = labels[begin : begin + CHECKED_ROWS]
        if len(block) and (block.min() < UNLABELLED or block.max() >= n_classes):
            raise InputError(
                "{folder} is damaged: it has unknown classes", folder=folder / "labels.npy"
            )
        release_pages(labels)


def _state(path: Path) -> StoredArray:
    found = path.stat()
    return StoredArray(size=found.st_size, modified=found.st_mtime_ns)


def _check_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < 1.05 * needed:
        raise InputError(
            "{folder} has {free:.1f} GB free and the data need {needed:.1f} GB; make room or set "
            "EMARGIN_HOME to another disk",
            folder=folder,
            free=free / 1024**3,
            needed=needed / 1024**3,
        )
