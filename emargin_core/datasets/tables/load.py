"""The user's own file as a data set: small ones in memory, big ones converted on disk once."""

import hashlib
import logging
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from filelock import FileLock

from emargin_core.config import default_home
from emargin_core.datasets.base import Dataset
from emargin_core.datasets.drafts import PREFIX
from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.convert import stored_set
from emargin_core.datasets.tables.convert.convert import Converted, convert
from emargin_core.datasets.tables.questions import Problem
from emargin_core.datasets.tables.read.limits import checked, user_path
from emargin_core.datasets.tables.read.table import Table, open_table
from emargin_core.datasets.tables.recognise.plan import Plan, make_plan
from emargin_core.text.errors import InputError
from emargin_core.text.plain_text import shown

BIG_ARRAYS = 256 * 1024**2
"""Signal and labels of so many bytes are kept on disk and mapped, never held in memory."""
KEPT_SETS = 4
"""The least recently used beyond so many are deleted."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reading:
    """A file that was read, or why it could not be.

    dataset: None with problems; converted: None where problems showed before it was read whole.
    """

    dataset: Dataset | None
    plan: Plan
    converted: Converted | None
    problems: tuple[Problem, ...]


def read(paths: Sequence[Path], choices: Choices, table: Table) -> Reading:
    """Read a table that is open; what stops it is returned, not raised.

    A big file is converted into the cache on the way, so that loading it next takes no time.

    Raises:
        InputError: it cannot be read to its end, or the cache cannot be written.
    """
    plan = make_plan(table, choices)
    if plan.problems:
        return Reading(None, plan, None, plan.problems)
    if stored_set.bytes_of(table, plan) > BIG_ARRAYS:
        return _read_big(paths, choices, table, plan)
    with tempfile.TemporaryDirectory(prefix="emargin-rows-") as name:
        folder = Path(name)
        found = convert(table, plan, choices, folder)
        if found.problems:
            return Reading(None, plan, found, found.problems)
        about = stored_set.description_of(
            folder, paths[0].name, paths[0].name, found, choices.missing
        )
        dataset = stored_set.read_arrays(about, folder, str(paths[0]), in_memory=True)
    return Reading(dataset, plan, found, ())


def load_file(paths: Path | Sequence[Path], choices: Choices = Choices()) -> Dataset:  # noqa: B008
    """Read a file, or several, once for as long as they stay the same.

    Raises:
        InputError: what is wrong, in which column and row, and what would be right.
    """
    several = tuple(user_path(p) for p in ([paths] if isinstance(paths, Path | str) else paths))
    choices.check()
    for path in several:
        checked(path)
    whole = tuple(path.resolve() for path in several)
    return _load_once(whole, choices, tuple(path.stat().st_mtime_ns for path in several))


def refuse(problems: Sequence[Problem], name: str) -> None:
    """Raise the first problem, if there is one.

    Raises:
        InputError: what it says, and how many more there are.
    """
    if not problems:
        return
    text, more = problems[0].what, len(problems) - 1
    if more:
        raise InputError("{name}: {text}; and {more} more", name=name, text=text, more=more)
    raise InputError("{name}: {text}", name=name, text=text)


@lru_cache(maxsize=4)
def _load_once(paths: tuple[Path, ...], choices: Choices, modified: tuple[int, ...]) -> Dataset:
    kept = _kept(_folder(paths, choices))
    if kept is not None:
        return kept
    with open_table(paths, choices) as table:
        found = read(paths, choices, table)
    refuse(found.problems, shown(paths[0].name))
    assert found.dataset is not None
    return found.dataset


def _folder(paths: Sequence[Path], choices: Choices) -> Path:
    stats = [(str(p.resolve()), p.stat().st_size, p.stat().st_mtime_ns) for p in paths]
    stamp = repr((stored_set.FORMAT, "duckdb", stats, choices))
    name = hashlib.sha256(stamp.encode()).hexdigest()[:32]
    return default_home() / "cache" / "files" / name


def _kept(folder: Path) -> Dataset | None:
    """What is in the cache; None if there is nothing, or it is damaged and so deleted."""
    if not folder.is_dir():
        return None
    try:
        os.utime(folder)
        return stored_set.read_set(folder, stored_set.read_description(folder).title)
    except InputError as error:
        log.warning("%s is converted again: %s", folder.name, error)
        shutil.rmtree(folder)
    except OSError:
        pass  # deleted by another process in between
    return None


def _read_big(paths: Sequence[Path], choices: Choices, table: Table, plan: Plan) -> Reading:
    folder, name = _folder(paths, choices), str(paths[0])
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.parent / "lock"):
            shutil.rmtree(folder, ignore_errors=True)
            found = stored_set.store(table, plan, choices, folder, name, table.file)
            dataset = None if found.problems else stored_set.read_set(folder, name)
            _forget(folder.parent)
    except OSError as error:
        raise InputError(
            "{shelf} cannot be written: {error}", shelf=folder.parent, error=error
        ) from None
    return Reading(dataset, plan, found, found.problems)


def _forget(shelf: Path) -> None:
    folders = [
        found for found in shelf.iterdir() if found.is_dir() and not found.name.startswith(PREFIX)
    ]
    for folder in sorted(folders, key=lambda found: -found.stat().st_mtime_ns)[KEPT_SETS:]:
        shutil.rmtree(folder, ignore_errors=True)
