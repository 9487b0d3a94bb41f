"""The registry of data sets: a name, or a path to the user's own file, becomes a `Dataset`."""

from collections.abc import Callable, Hashable
from functools import lru_cache
from pathlib import Path

from emargin_core.datasets import afdb, archive, factory, harth, long_format, sleep_edf, watch
from emargin_core.datasets.base import Dataset, Source
from emargin_core.datasets.download import OnBytes
from emargin_core.errors import InputError

SOURCES: dict[str, Source] = {
    source.name: source
    for source in (
        watch.SOURCE,
        factory.SOURCE,
        archive.SOURCE,
        harth.SOURCE,
        sleep_edf.SOURCE,
        afdb.SOURCE,
    )
}
"""What is registered; one line a source."""

PREFIXES: dict[str, Callable[[str], Dataset]] = {
    "factory": factory.load,
    archive.PREFIX: archive.load,
}
"""Families of data sets: `prefix:rest` is loaded by the prefix's function from the rest."""


def load_dataset(name: str) -> Dataset:
    """Load a registered data set by name, or a long-format CSV or Parquet file by path.

    Raises:
        InputError: neither a known name nor a readable file; the message lists what is known.
    """
    if name in SOURCES:
        return _load_registered(name, SOURCES[name].stamp())
    prefix, colon, rest = name.partition(":")
    if colon and prefix in PREFIXES:
        return _load_member(prefix, rest)
    path = Path(name).expanduser()
    if path.suffix.lower() not in long_format.SUFFIXES:
        raise InputError(
            f"data set '{name}' is not known; use one of {', '.join(SOURCES)}, or a path that "
            f"ends in {' or '.join(long_format.SUFFIXES)}"
        )
    if not path.is_file():
        raise InputError(f"data set '{name}': there is no such file")
    stat = path.stat()
    return _load_file(str(path.resolve()), stat.st_mtime_ns, stat.st_size)


def available() -> dict[str, str]:
    """Names and titles of the data sets that can be loaded now, without the network."""
    return {name: source.title for name, source in SOURCES.items() if source.missing() is None}


def is_registered(name: str) -> bool:
    """Whether a name is a source or a member of a family, and so never a path on this machine."""
    return name in SOURCES or name.partition(":")[0] in PREFIXES


def fetch_dataset(name: str, root: Path, subjects: int | None, tell: OnBytes) -> str:
    """Fetch a public data set into its folder under `root`; returns what was done.

    Raises:
        InputError: it is not known, needs no fetching, or cannot be fetched.
    """
    prefix, colon, rest = name.partition(":")
    if colon and prefix == archive.PREFIX:
        return archive.fetch(rest, root, tell)
    fetchable = {known: source.fetch for known, source in SOURCES.items() if source.fetch}
    fetch = fetchable.get(name)
    if fetch is None:
        why = "needs no fetching" if name in SOURCES else "is not known"
        raise InputError(
            f"data set '{name}' {why}; fetch takes {', '.join(fetchable)} and archive:NAME"
        )
    return fetch(root, subjects, tell)


@lru_cache(maxsize=4)
def _load_registered(name: str, stamp: Hashable) -> Dataset:
    """Read a source once for as long as its files stay the same."""
    return SOURCES[name].load()


@lru_cache(maxsize=4)
def _load_member(prefix: str, rest: str) -> Dataset:
    return PREFIXES[prefix](rest)


@lru_cache(maxsize=4)
def _load_file(path: str, modified: int, size: int) -> Dataset:
    """Read a file once for as long as its time stamp and size stay the same."""
    return long_format.load(Path(path))
