"""Pieces of SQL, and a database that can reach nothing but the given files."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb

MEMORY, THREADS = "768MB", 2


def quote(text: object) -> str:
    """Return a text as SQL."""
    return "'" + str(text).replace("'", "''") + "'"


def listed(words: Iterable[str]) -> str:
    """Return texts as SQL, in order and parted by commas."""
    return ", ".join(map(quote, sorted(words)))


def connect(links: Sequence[Path]) -> Any:
    """Return a database in memory, of bounded size, that reaches these files alone, for good."""
    found = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": MEMORY,
            "threads": THREADS if len(links) == 1 else 1,  # one reads the files in their order
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "temp_directory": str(links[0].parent / "spill"),
            "python_enable_replacements": False,
        },
    )
    found.execute(f"SET allowed_paths = [{listed(map(str, links))}]")
    found.execute("SET enable_external_access = false")
    found.execute("SET lock_configuration = true")
    return found
