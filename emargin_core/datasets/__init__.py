"""The registry of data sets: a name, or a path to the user's own file, becomes a `Dataset`."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from emargin_core.datasets import factory, library, long_format, tables, watch
from emargin_core.datasets.base import Dataset, Source
from emargin_core.errors import InputError

SOURCES: dict[str, Source] = {source.name: source for source in (watch.SOURCE, factory.SOURCE)}
"""What ships with the product; one line a source."""

PREFIXES: dict[str, Callable[[str], Dataset]] = {
    "factory": lru_cache(maxsize=4)(factory.load),
    library.PREFIX: library.load,
}
"""Families of data sets: `prefix:rest` is loaded by the prefix's function from the rest."""


def load_dataset(name: str) -> Dataset:
    """Load a registered data set by name, or a long-format CSV or Parquet file by path.

    Raises:
        InputError: neither a known name nor a readable file; the message lists what is known.
    """
    if name in SOURCES:
        return _load_registered(name)
    prefix, colon, rest = name.partition(":")
    if colon and prefix in PREFIXES:
        return PREFIXES[prefix](rest)
    path = Path(name).expanduser()
    if path.suffix.lower() not in tables.SUFFIXES:
        raise InputError(
            f"data set '{name}' is not known; use one of {', '.join(SOURCES)}, or a path that "
            f"ends in {' or '.join(tables.SUFFIXES)}"
        )
    return long_format.load_file(path)


def available() -> dict[str, str]:
    """Names and titles of the data sets that can be loaded now, without the network."""
    shipped = {name: source.title for name, source in SOURCES.items() if source.missing() is None}
    return shipped | {entry.name: entry.title for entry in library.list_datasets()}


def is_registered(name: str) -> bool:
    """Whether a name is a source or a member of a family, and so never a path on this machine."""
    return name in SOURCES or name.partition(":")[0] in PREFIXES


@lru_cache(maxsize=4)
def _load_registered(name: str) -> Dataset:
    return SOURCES[name].load()
