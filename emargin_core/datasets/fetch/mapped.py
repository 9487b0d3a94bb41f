"""Recordings parsed once, kept as arrays beside their files, and from then on mapped from disk."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emargin_core.datasets.drafts import new_folder
from emargin_core.text.errors import InputError
from emargin_core.text.message import Message, Text, stored


@dataclass(frozen=True)
class Parsed:
    """What a recording's files say.

    signal: (n_samples, n_channels) float32; labels: (n_samples,) int64; borders and remarks as in
    a recording's borders and a data set's notes.
    """

    signal: NDArray[np.float32]
    labels: NDArray[np.int64]
    borders: tuple[int, ...] = ()
    remarks: tuple[Text, ...] = ()


def mapped(name: str, files: Sequence[Path], version: int, parse: Callable[[], Parsed]) -> Parsed:
    """Give what `parse` reads from `files`, with its arrays mapped from disk.

    Raise `version` whenever `parse` would read the same files otherwise.

    Raises:
        InputError: what `parse` found wrong, or the folder cannot be written.
    """
    shelf = files[0].parent / "mapped"
    stamp = repr(
        (version, [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files])
    )
    place = shelf / f"{name}-{hashlib.sha256(stamp.encode()).hexdigest()[:12]}"
    if not place.is_dir():
        parsed = parse()
        try:
            _keep(parsed, place)
        except OSError as error:
            raise InputError(
                "{shelf} cannot be written ({error}); arrays that are read from disk "
                "are stored there",
                shelf=shelf,
                error=error,
            ) from None
    return _open(place)


def _keep(parsed: Parsed, place: Path) -> None:
    """Write them, unless another process was faster, with the same content."""
    with new_folder(place, lambda: True, mode=0o755) as draft:
        np.save(draft / "signal.npy", parsed.signal)
        np.save(draft / "labels.npy", parsed.labels)
        about = {
            "borders": parsed.borders,
            "remarks": [stored(remark) for remark in parsed.remarks],
        }
        (draft / "about.json").write_text(json.dumps(about), encoding="utf-8")


def _open(place: Path) -> Parsed:
    try:
        about = json.loads((place / "about.json").read_text(encoding="utf-8"))
        signal = np.load(place / "signal.npy", mmap_mode="r", allow_pickle=False)
        labels = np.load(place / "labels.npy", mmap_mode="r", allow_pickle=False)
        if signal.ndim != 2 or labels.shape != signal.shape[:1]:
            raise ValueError("the arrays are not those that were written")
        return Parsed(
            signal, labels, tuple(about["borders"]), tuple(map(Message.from_json, about["remarks"]))
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, RecursionError):
        raise InputError(
            "{place} is damaged; delete this folder, and it will be created again", place=place
        ) from None
