"""A result as a few named files, and back: JSON, Parquet, safetensors; never pickled.

A run that was not computed here has one file more: its provenance.
"""

import io
import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow
import safetensors
from safetensors.numpy import load, save

from emargin_core.store import snapshots
from emargin_core.store.result import Result
from emargin_core.store.run_schema import check_document, check_fit, read_frames
from emargin_core.text.message import Message, restored
from emargin_core.text.plain_text import shown
from emargin_core.text.units import counted_anew

FORMAT = 1
DOCUMENT = "result.json"
ENCODER = "encoder.safetensors"
FILES = ("frames.parquet", "arrays.safetensors", ENCODER, DOCUMENT)
SNAPSHOTS = "snapshots.safetensors"
"""Beside `FILES` where the training was watched."""
ORIGIN = "origin.json"
UNKNOWN = "?"

UNREADABLE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    pyarrow.ArrowException,
    safetensors.SafetensorError,
    RecursionError,
    OverflowError,
)
"""What reading a malformed or foreign file raises."""

log = logging.getLogger(__name__)

_FIELDS = (
    "run_id",
    "config",
    "metrics",
    "collapse_reason",
    "data",
    "details",
    "history",
    "timing",
    "versions",
    "created",
)


def to_files(result: Result) -> dict[str, bytes]:
    """Return the contents of all `FILES`, the document last, and of `SNAPSHOTS` if there are any.

    Raises:
        ValueError: a number in the document is not finite.
    """
    document = {"format": FORMAT} | {name: getattr(result, name) for name in _FIELDS}
    text = json.dumps(document, allow_nan=False, default=Message.to_json)
    table = io.BytesIO()
    result.frames.to_parquet(table, index=False)
    replicates = {f"replicates/{path}": values for path, values in result.replicates.items()}
    watched = {SNAPSHOTS: snapshots.to_bytes(result.snapshots)} if result.snapshots else {}
    return watched | {
        "frames.parquet": table.getvalue(),
        "arrays.safetensors": save({"spectrum": result.spectrum} | replicates),
        ENCODER: save(result.encoder),
        DOCUMENT: text.encode(),
    }


def from_files(files: Mapping[str, bytes], run_id: str) -> Result:
    """Read a result back from `FILES`, without `ENCODER` or `SNAPSHOTS` as one that has none.

    Raises:
        One of `UNREADABLE`: a file is absent, malformed, of an unknown format or of another run.
    """
    document = read_document(files[DOCUMENT], run_id)
    arrays = load(files["arrays.safetensors"])
    watched = files.get(SNAPSHOTS)
    n_classes = len(document["data"]["class_names"])
    result = Result(
        frames=read_frames(files["frames.parquet"]),
        spectrum=arrays.pop("spectrum"),
        replicates={name.removeprefix("replicates/"): array for name, array in arrays.items()},
        encoder=load(files[ENCODER]) if ENCODER in files else {},
        cached=True,
        snapshots=() if watched is None else snapshots.from_bytes(watched, n_classes),
        **document,
    )
    check_fit(result)
    return result


def read_document(content: bytes, run_id: str) -> dict[str, Any]:
    """Read what a run says of itself, without its frames.

    Raises:
        One of `UNREADABLE`: it is malformed, of an unknown format or of another run.
    """
    document: dict[str, Any] = json.loads(content, parse_constant=_no_constant)
    if document.pop("format", None) != FORMAT:
        raise ValueError(Message("its format is not known to this version"))
    if document["run_id"] != run_id:
        raise ValueError(Message("it calls itself {run_id}", run_id=document["run_id"]))
    check_document(document)
    _read_messages(document)
    return document


def _read_messages(document: dict[str, Any]) -> None:
    """Turn what a run says in our words from JSON into messages."""
    data = document["data"]
    document["collapse_reason"] = restored(document["collapse_reason"])
    data["title"] = Message.from_json(data["title"])
    data["split"] = counted_anew(Message.from_json(data["split"]))
    data["notes"] = [Message.from_json(note) for note in data["notes"]]


def provenance_file(archive: str) -> bytes:
    """The file's content for a run that comes from this archive, today."""
    document = {"archive": shown(archive, 80), "date": f"{datetime.now(UTC):%Y-%m-%d}"}
    return json.dumps(document).encode()


def read_provenance(folder: Path) -> str | None:
    """'NAME, DATE' of the archive that a run's folder was imported from; None if it was not.

    A file that is there and cannot be read leaves the run marked, by `UNKNOWN`.
    """
    path = folder / ORIGIN
    if not path.is_file():
        return None
    try:
        document = json.loads(path.read_bytes())
        return f"{shown(document['archive'], 80)}, {shown(document['date'], 10)}"
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        log.warning("the provenance of run %s cannot be read: %s", folder.name, error)
        return UNKNOWN


def read_snapshots(folder: Path, n_classes: int) -> tuple[snapshots.Snapshot, ...]:
    """The snapshots in a run's folder; none where the file is absent or cannot be read."""
    path = folder / SNAPSHOTS
    if not path.is_file():
        return ()
    try:
        return snapshots.from_bytes(path.read_bytes(), n_classes)
    except UNREADABLE as error:
        log.warning("the snapshots of run %s cannot be read: %s", folder.name, error)
        return ()


def _no_constant(word: str) -> None:
    raise ValueError(Message("{word} is no number", word=word))
