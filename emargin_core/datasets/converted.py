"""A big file of the user's, converted on disk once, so that its signal is never held in memory."""

import hashlib
import logging
import os
import shutil
from pathlib import Path

from filelock import FileLock

from emargin_core.datasets.base import Dataset
from emargin_core.datasets.conversion import Part
from emargin_core.datasets.long_format import look
from emargin_core.datasets.mapping import ColumnMapping
from emargin_core.datasets.stored_set import (
    FORMAT,
    WRITING,
    as_part,
    read_description,
    read_set,
    write_set,
)
from emargin_core.datasets.table_scan import Missing
from emargin_core.errors import InputError
from emargin_core.home import default_home

log = logging.getLogger(__name__)

KEPT_SETS = 4
"""The least recently used beyond so many are deleted."""


def load_converted(
    path: Path, mapping: ColumnMapping | None = None, missing: Missing = "refuse"
) -> tuple[Dataset, tuple[Part, ...]]:
    """Convert a file into the cache unless it is there, and open it mapped, with its recordings.

    The cache knows a file by its path, size and time, together with the mapping.

    Raises:
        InputError: what is wrong with the file, or the cache cannot be written.
    """
    stat = path.stat()
    stamp = repr((FORMAT, str(path), stat.st_size, stat.st_mtime_ns, mapping, missing))
    shelf = default_home() / "cache" / "files"
    folder = shelf / hashlib.sha256(stamp.encode()).hexdigest()[:32]
    try:
        shelf.mkdir(parents=True, exist_ok=True)
        with FileLock(shelf / "lock"):
            found = _open(folder, path) or _make(folder, path, mapping, missing)
            os.utime(folder)
            _forget(shelf)
    except OSError as error:
        raise InputError(f"{shelf} cannot be written: {error.strerror or error}") from None
    return found


def _open(folder: Path, path: Path) -> tuple[Dataset, tuple[Part, ...]] | None:
    """What is in the cache; None if there is nothing, or it is damaged and so deleted."""
    if not folder.is_dir():
        return None
    try:
        parts = read_description(folder).parts
        return read_set(folder, str(path)), tuple(as_part(part) for part in parts)
    except InputError as error:
        log.warning("%s is converted again: %s", path.name, error)
        shutil.rmtree(folder)
        return None


def _make(
    folder: Path, path: Path, mapping: ColumnMapping | None, missing: Missing
) -> tuple[Dataset, tuple[Part, ...]]:
    table, known = look(path, mapping)
    write_set(folder, path.name, table, known, missing)
    parts = read_description(folder).parts
    return read_set(folder, str(path)), tuple(as_part(part) for part in parts)


def _forget(shelf: Path) -> None:
    folders = [
        found for found in shelf.iterdir() if found.is_dir() and not found.name.startswith(WRITING)
    ]
    for folder in sorted(folders, key=lambda found: -found.stat().st_mtime_ns)[KEPT_SETS:]:
        shutil.rmtree(folder, ignore_errors=True)
