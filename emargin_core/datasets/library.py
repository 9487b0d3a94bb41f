"""The user's own data sets: added from a file once, then known as `my:NAME`."""

import logging
import re
import shutil
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from emargin_core.datasets.base import Dataset
from emargin_core.datasets.long_format import check_missing, look
from emargin_core.datasets.mapping import ColumnMapping
from emargin_core.datasets.stored_set import Description, read_description, read_set, write_set
from emargin_core.datasets.table_scan import Missing
from emargin_core.datasets.tables import user_path
from emargin_core.errors import InputError
from emargin_core.home import default_home
from emargin_core.language import told
from emargin_core.plain_text import shown

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
    path: Path,
    name: str,
    mapping: ColumnMapping | None = None,
    missing: Missing = "refuse",
    home: Path | None = None,
) -> OwnSet:
    """Convert a file once and keep it under a name; the file itself is only read.

    Args:
        path: a CSV or Parquet file.
        name: any text up to MAX_TITLE characters; letters, digits and hyphens of it make the slug.
        mapping: what the columns mean; guessed if None.
        missing: how missing values are treated.
        home: where the data set is kept; the default home if None.

    Raises:
        InputError: the name or the file cannot be used; nothing is registered then.
    """
    title, slug = check_title(name), slug_of(name)
    check_missing(missing)
    folder = _shelf(home) / slug
    if folder.exists() or folder.is_symlink():
        raise InputError(
            f"a data set '{PREFIX}:{slug}' is there already; choose another name or remove it first"
        )
    table, mapping = look(user_path(path), mapping)
    write_set(folder, title, table, mapping, missing)
    return _entry(slug, read_description(folder))


def list_datasets(home: Path | None = None) -> list[OwnSet]:
    """All registered sets by title; a damaged or foreign folder is skipped with a warning."""
    shelf = _shelf(home)
    found = []
    for folder in sorted(shelf.iterdir()) if shelf.is_dir() else []:
        if not _SLUG.fullmatch(folder.name) or folder.is_symlink():
            continue
        try:
            found.append(_entry(folder.name, read_description(folder)))
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
        raise InputError(f"{folder} cannot be deleted: {error.strerror}") from None


def slug_of(name: str) -> str:
    """Letters a-z, digits and hyphens of a name, at most MAX_SLUG; never a path.

    Raises:
        InputError: nothing is left.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:MAX_SLUG].strip("-")
    if not slug:
        raise InputError(f"name '{shown(name)}' has no letter a-z and no digit; add one")
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
        raise InputError(f"name '{shown(title)}' is longer than {MAX_TITLE} characters")
    if any(unicodedata.category(sign)[0] == "C" for sign in title):
        raise InputError(f"name '{shown(title)}' has control characters; use plain text")
    return title


def _shelf(home: Path | None) -> Path:
    return (home or default_home()) / "datasets"


def _folder(slug: str, home: Path | None) -> Path:
    folder = _shelf(home) / slug
    if not _SLUG.fullmatch(slug) or not folder.is_dir() or folder.is_symlink():
        known = [entry.name for entry in list_datasets(home)]
        there = told(f"there are {', '.join(known[:12])}" if known else "none was added yet")
        raise InputError(f"data set '{PREFIX}:{shown(slug)}' is not known; {there}")
    return folder


@lru_cache(maxsize=8)
def _open(folder: Path, name: str, stamps: tuple[tuple[int, int], ...]) -> Dataset:
    return read_set(folder, name)


def _entry(slug: str, found: Description) -> OwnSet:
    return OwnSet(
        slug=slug,
        title=found.title,
        source=found.source,
        created=found.created,
        n_samples=sum(part.end - part.begin for part in found.parts),
        n_recordings=len(found.parts),
        n_channels=len(found.channel_names),
        class_names=tuple(found.class_names),
        seconds=sum((part.end - part.begin) / part.rate for part in found.parts),
    )
