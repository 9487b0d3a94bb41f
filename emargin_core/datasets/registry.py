"""The registry of data sets: a name, or a path to the user's own file, becomes a `Dataset`."""

from collections.abc import Callable, Hashable
from functools import lru_cache
from pathlib import Path

from emargin_core.datasets.base import Dataset, Source
from emargin_core.datasets.fetch.download import OnBytes
from emargin_core.datasets.sources import afdb, archive, factory, harth, sleep_edf, watch
from emargin_core.datasets.tables import library, load
from emargin_core.datasets.tables.read.limits import SUFFIXES, user_path
from emargin_core.text.errors import InputError
from emargin_core.text.message import Text
from emargin_core.text.plain_text import shown

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
    "factory": lru_cache(maxsize=4)(factory.load),
    archive.PREFIX: lru_cache(maxsize=4)(archive.load),
    library.PREFIX: library.load,
}
"""Families of data sets: `prefix:rest` is loaded by the prefix's function from the rest."""


def load_dataset(name: str) -> Dataset:
    """Load a registered data set by name, or a table by path.

    Raises:
        InputError: neither a known name nor a readable file; the message lists what is known.
    """
    if name in SOURCES:
        return _load_registered(name, SOURCES[name].stamp())
    prefix, colon, rest = name.partition(":")
    if colon and prefix in PREFIXES:
        return PREFIXES[prefix](rest)
    path = user_path(name)
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(
            "data set '{name}' is not known; use one of {sources}, or a path that ends in "
            "{suffixes}",
            name=shown(name, 80),
            sources=", ".join(SOURCES),
            suffixes=" or ".join(SUFFIXES),
        )
    return load.load_file(path)


def available() -> dict[str, Text]:
    """Names and titles of what can be loaded now, without the network; the user's own come last."""
    there = {name: source.title for name, source in SOURCES.items() if source.missing() is None}
    return there | {entry.name: entry.title for entry in library.list_datasets()}


def is_at_hand(name: str) -> bool:
    """Whether a name may stand in a page's address: no path, and nothing that would be fetched."""
    prefix, colon, rest = name.partition(":")
    if colon and prefix == archive.PREFIX:
        return archive.is_here(rest)
    return name in available() or (bool(colon) and prefix == "factory")


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
        raise InputError(
            "data set '{name}' needs no fetching; fetch takes {fetchable} and archive:NAME"
            if name in SOURCES
            else "data set '{name}' is not known; fetch takes {fetchable} and archive:NAME",
            name=name,
            fetchable=", ".join(fetchable),
        )
    return fetch(root, subjects, tell)


@lru_cache(maxsize=4)
def _load_registered(name: str, stamp: Hashable) -> Dataset:
    """Read a source once for as long as its files stay the same."""
    return SOURCES[name].load()
