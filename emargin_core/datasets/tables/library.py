"""The user's own data sets: added from a file once, then known as `my:NAME`."""

import logging
import re
import shutil
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from emargin_core.config import default_home
from emargin_core.datasets.base import Dataset
from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.convert import stored_set
from emargin_core.datasets.tables.load import refuse
from emargin_core.datasets.tables.read.table import open_table
from emargin_core.datasets.tables.recognise.plan import make_plan
from emargin_core.text.errors import InputError
from emargin_core.text.message import Message
from emargin_core.text.plain_text import shown

PREFIX = "my"
MAX_TITLE = 100
MAX_SLUG = 60
_SLUG = re.compile(f"[a-z0-9][a-z0-9-]{{0,{MAX_SLUG - 1}}}")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OwnSet:
    """A registered data set of the user's; `name` is what a config calls it, `my:slug`."""

    slug: str
    title: str
    source: str
    created: str
    n_samples: int
    n_recordings: int
    n_channels: int
    class_names: tuple[str, ...]
    seconds: float

    @property
    def name(self) -> str:
        """What stands for it as a data set's name."""
        return f"{PREFIX}:{self.slug}"


def add_dataset(
    paths: Path | Sequence[Path],
    name: str,
    choices: Choices = Choices(),  # noqa: B008
    home: Path | None = None,
) -> OwnSet:
    """Convert a file, or several, once and keep it under a name; the file itself is only read.

    Args:
        paths: tables with the same columns.
        name: any text up to MAX_TITLE characters; letters, digits and hyphens of it make the slug.
        choices: how the file is read; what they leave open is found out.
        home: where the data set is kept; the default home if None.

    Raises:
        InputError: the name or the file cannot be used; nothing is registered then.
    """
    title, slug = check_title(name), slug_of(name)
    folder = _shelf(home) / slug
    if folder.exists() or folder.is_symlink():
        raise InputError(
            "a data set '{prefix}:{slug}' is there already; choose another name or remove it first",
            prefix=PREFIX,
            slug=slug,
        )
    with open_table(paths, choices) as table:
        plan = make_plan(table, choices)
        refuse(plan.problems, table.file)
        found = stored_set.store(table, plan, choices, folder, title, table.path.name)
        refuse(found.problems, table.file)
    return _entry(slug, stored_set.read_description(folder))


def list_datasets(home: Path | None = None) -> list[OwnSet]:
    """All registered sets by title; a damaged or foreign folder is skipped with a warning."""
    shelf = _shelf(home)
    found = []
    for folder in sorted(shelf.iterdir()) if shelf.is_dir() else []:
        if not _SLUG.fullmatch(folder.name) or folder.is_symlink():
            continue
        try:
            found.append(_entry(folder.name, stored_set.read_description(folder)))
        except InputError as error:
            log.warning("data set %s:%s is left out: %s", PREFIX, folder.name, error)
    return sorted(found, key=lambda entry: (entry.title.casefold(), entry.slug))


def load(slug: str, home: Path | None = None) -> Dataset:
    """Open a registered set; its signal stays on disk and is read where it is used.

    Raises:
        InputError: there is none of that name, or it is damaged or was changed.
    """
    folder = _folder(slug, home)
    stamps = tuple(
        (file.stat().st_mtime_ns, file.stat().st_size) for file in sorted(folder.iterdir())
    )
    return _open(folder, f"{PREFIX}:{slug}", stamps)


def remove_dataset(slug: str, home: Path | None = None) -> None:
    """Forget a registered set; the file that it was made from is not touched.

    Raises:
        InputError: there is none of that name, or it cannot be deleted.
    """
    folder = _folder(slug.removeprefix(f"{PREFIX}:"), home)
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise InputError(
            "{folder} cannot be deleted: {error}", folder=folder, error=error
        ) from None


def slug_of(name: str) -> str:
    """Letters a-z, digits and hyphens of a name, at most MAX_SLUG; never a path.

    Raises:
        InputError: nothing is left.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:MAX_SLUG].strip("-")
    if not slug:
        raise InputError("name '{name}' has no letter a-z and no digit; add one", name=shown(name))
    return slug


def check_title(name: str) -> str:
    """Return a title without blanks around it.

    Raises:
        InputError: empty, too long, or with control characters.
    """
    title = name.strip()
    if not title:
        raise InputError("the data set needs a name")
    if len(title) > MAX_TITLE:
        raise InputError(
            "name '{title}' is longer than {max_title} characters",
            title=shown(title),
            max_title=MAX_TITLE,
        )
    if any(unicodedata.category(sign)[0] == "C" for sign in title):
        raise InputError(
            "name '{title}' has control characters; use plain text", title=shown(title)
        )
    return title


def _shelf(home: Path | None) -> Path:
    return (home or default_home()) / "datasets"


def _folder(slug: str, home: Path | None) -> Path:
    folder = _shelf(home) / slug
    if not _SLUG.fullmatch(slug) or not folder.is_dir() or folder.is_symlink():
        known = [entry.name for entry in list_datasets(home)]
        there = (
            Message("there are {known}", known=", ".join(known[:12]))
            if known
            else Message("none has been added yet")
        )
        raise InputError(
            "data set '{prefix}:{slug}' is not known; {there}",
            prefix=PREFIX,
            slug=shown(slug),
            there=there,
        )
    return folder


@lru_cache(maxsize=8)
def _open(folder: Path, name: str, stamps: tuple[tuple[int, int], ...]) -> Dataset:
    return stored_set.read_set(folder, name)


def _entry(slug: str, found: stored_set.Description) -> OwnSet:
    return OwnSet(
        slug=slug,
        title=found.title,
        source=found.source,
        created=found.created,
        n_samples=sum(part.samples for part in found.parts),
        n_recordings=len(found.parts),
        n_channels=len(found.channel_names),
        class_names=tuple(found.class_names),
        seconds=sum(part.seconds for part in found.parts),
    )
