"""What a killed writer leaves behind: drafts under names that no reader looks at."""

import logging
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PREFIXES = (".writing-", ".replaced-", ".making-")
DAY_S = 24 * 3600.0
"""Far longer than anything is being written."""

_DEPTH = 3

log = logging.getLogger(__name__)


def sweep_leftovers(home: Path, older_than_s: float = DAY_S) -> int:
    """Delete drafts under a store's home that nobody has touched for so long; returns how many.

    One that cannot be deleted stays. What a clock that was set back makes look new stays, too.
    """
    swept = 0
    for path in _drafts(home, _DEPTH):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime < older_than_s:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
            swept += 1
    if swept:
        log.info("%d leftovers of interrupted writes were deleted under %s", swept, home)
    return swept


def _drafts(folder: Path, depth: int) -> Iterator[Path]:
    """Drafts in a folder and those under it, not looking into a draft or a run."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(PREFIXES):
            yield Path(entry.path)
        elif depth > 1 and entry.is_dir(follow_symlinks=False):
            yield from _drafts(Path(entry.path), depth - 1)
