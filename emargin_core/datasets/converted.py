"""A big file of the user's, converted on disk once, so that its signal is never held in memory."""

import hashlib
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
            if not (folder / "dataset.json").is_file():
                table, known = look(path, mapping)
                write_set(folder, path.name, table, known, missing)
                _forget(shelf)
            os.utime(folder)
    except OSError as error:
        raise InputError(f"{shelf} cannot be written: {error.strerror or error}") from None
    try:
        dataset = read_set(folder, str(path))
        return dataset, tuple(as_part(part) for part in read_description(folder).parts)
    except InputError:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _forget(shelf: Path) -> None:
    folders = [
        found for found in shelf.iterdir() if found.is_dir() and not found.name.startswith(WRITING)
    ]
    for folder in sorted(folders, key=lambda found: -found.stat().st_mtime_ns)[KEPT_SETS:]:
        shutil.rmtree(folder, ignore_errors=True)
