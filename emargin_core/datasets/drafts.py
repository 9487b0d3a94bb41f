"""Files and folders that are there whole or as they were before: drafts, renamed when complete.

A draft lies beside what it becomes, under a name that no reader looks at.
"""

import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

PREFIX = ".writing-"
DAY_S = 24 * 3600.0
"""Far longer than anything is being written."""

_PREFIXES = (PREFIX, ".replaced-", ".making-")  # the last as earlier versions named theirs
_DEPTH = 3

log = logging.getLogger(__name__)


def write_file(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file by `new_file`."""
    with new_file(path, mode) as file:
        file.write(content)


@contextmanager
def new_file(path: Path, mode: int = 0o600) -> Iterator[BinaryIO]:
    """Give a draft to write to; at the end it is put on the disk and renamed; makes the folder.

    Raises:
        OSError: it could not be written. Then, and after any error in between, what was there
            before stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(prefix=PREFIX, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(draft, mode)
        os.replace(draft, path)
    finally:
        Path(draft).unlink(missing_ok=True)


@contextmanager
def new_folder(path: Path, is_whole: Callable[[], bool], mode: int = 0o700) -> Iterator[Path]:
    """Give a draft folder to fill; at the end it is renamed to `path`.

    A folder that is there already stays if `is_whole`, and is replaced if not.

    Raises:
        OSError: it could not be written; what was there before stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=PREFIX, dir=path.parent))
    try:
        yield draft
        draft.chmod(mode)
        _move_into_place(draft, path, is_whole)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def remove_old_drafts(home: Path, older_than_s: float = DAY_S) -> int:
    """Delete drafts under a store's home that killed writers left; returns how many.

    One that was touched since, or that cannot be deleted, stays. What a clock that was set back
    makes look new stays, too.
    """
    removed = 0
    for path in _drafts(home, _DEPTH):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime < older_than_s:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
            removed += 1
    if removed:
        log.info("%d drafts of interrupted writes were deleted under %s", removed, home)
    return removed


def _move_into_place(draft: Path, path: Path, is_whole: Callable[[], bool]) -> None:
    try:
        draft.rename(path)
    except OSError:
        if not path.exists():
            raise
        if is_whole():
            return
        aside = Path(tempfile.mkdtemp(prefix=".replaced-", dir=path.parent))
        path.rename(aside / "old")
        draft.rename(path)
        shutil.rmtree(aside, ignore_errors=True)


def _drafts(folder: Path, depth: int) -> Iterator[Path]:
    """Drafts in a folder and those under it, not looking into a draft or a run."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(_PREFIXES):
            yield Path(entry.path)
        elif depth > 1 and entry.is_dir(follow_symlinks=False):
            yield from _drafts(Path(entry.path), depth - 1)
