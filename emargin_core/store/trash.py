"""Deleted runs: kept aside until they are restored, or emptied by hand or by age."""

import logging
import re
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from emargin_core.store.annotations import Annotation, write_annotation
from emargin_core.text.errors import InputError, StoreError
from emargin_core.text.plain_text import shown

KEPT_DAYS = 30
_ENTRY = re.compile(r"([0-9a-f]{16})\.(\d{1,20})")
_GOING = ".emptying-"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DeletedRun:
    """A run in the trash. deleted: when, in UTC; folder: where it lies."""

    run_id: str
    deleted: datetime
    folder: Path


class Trash:
    """Deleted runs of the store under `home`; each is moved whole, by renaming its folder."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._runs = home / "runs"
        self._folder = home / "trash"

    def put(self, run_ids: Iterable[str]) -> list[str]:
        """Move runs here; returns the names of those that were there to be moved.

        Raises:
            InputError: something is no run's name.
            StoreError: one could not be moved; those before it were.
        """
        moved = []
        for run_id in _names(run_ids):
            target = self._folder / f"{run_id}.{time.time_ns()}"
            if self._move(self._runs / run_id, target):
                moved.append(run_id)
        return moved

    def restore(self, run_ids: Iterable[str]) -> list[str]:
        """Move the latest deleted run of each name back; returns those that are in the store now.

        One that was computed anew meanwhile stays as it is, and so does its deleted twin.

        Raises:
            InputError: something is no run's name.
            StoreError: one could not be moved; those before it were.
        """
        latest = {entry.run_id: entry for entry in reversed(self.entries())}
        there = []
        for run_id in _names(run_ids):
            target = self._runs / run_id
            if target.exists() or (run_id in latest and self._move(latest[run_id].folder, target)):
                there.append(run_id)
        return there

    def discard(self, run_ids: Iterable[str]) -> None:
        """Remove runs of the store at once, as if they had never been put there."""
        for run_id in _names(run_ids):
            target = self._folder / f"{_GOING}{run_id}.{time.time_ns()}"
            self._move(self._runs / run_id, target)
            shutil.rmtree(target, ignore_errors=True)

    def entries(self) -> list[DeletedRun]:
        """All deleted runs, the latest first."""
        found = []
        for path in self._folder.iterdir() if self._folder.is_dir() else ():
            match = _ENTRY.fullmatch(path.name)
            if match:
                seconds = int(match[2]) / 1e9
                found.append(DeletedRun(match[1], datetime.fromtimestamp(seconds, UTC), path))
        return sorted(found, key=lambda entry: entry.folder.name.partition(".")[2], reverse=True)

    def empty(self, older_than_days: float = 0.0) -> int:
        """Remove deleted runs for good, with their names and notes; returns how many.

        Each is renamed before it is taken apart, so that a stop in between leaves no half run.

        Raises:
            StoreError: one could not be removed; those before it were.
        """
        limit = time.time() - 86_400 * older_than_days
        gone = 0
        for entry in self.entries():
            if entry.deleted.timestamp() <= limit:
                target = self._folder / f"{_GOING}{entry.folder.name}"
                gone += self._move(entry.folder, target)
                self._forget(entry.run_id)
        for path in self._folder.glob(f"{_GOING}*"):
            shutil.rmtree(path, ignore_errors=True)
        return gone

    def expire(self) -> None:
        """Remove what has been here for KEPT_DAYS; a failure is logged, nothing depends on it."""
        try:
            self.empty(KEPT_DAYS)
        except StoreError as error:
            log.warning("old deleted runs could not be removed: %s", error)

    def _forget(self, run_id: str) -> None:
        still_here = any(entry.run_id == run_id for entry in self.entries())
        if not still_here and not (self._runs / run_id).exists():
            write_annotation(self._home, run_id, Annotation())

    def _move(self, source: Path, target: Path) -> bool:
        """Rename; False where there is nothing to be moved any more."""
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            source.rename(target)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StoreError(
                "run {name} could not be moved to {parent}: {error}",
                name=source.name,
                parent=target.parent,
                error=error,
            ) from error
        return True


def is_run_id(name: str) -> bool:
    """Whether a name can be a run's: 16 hexadecimal digits."""
    return re.fullmatch(r"[0-9a-f]{16}", name) is not None


def _names(run_ids: Iterable[str]) -> list[str]:
    names = list(dict.fromkeys(run_ids))
    for name in names:
        if not is_run_id(name):
            raise InputError(
                "{name} is not a run id; ids have 16 characters, 0 to 9 and a to f",
                name=shown(name),
            )
    return names
