"""Where data sets that are fetched, or put there by hand, have their place."""

import os
from collections.abc import Hashable
from pathlib import Path

from emargin_core.config import default_home
from emargin_core.text.errors import InputError
from emargin_core.text.message import Message, Text


def data_root() -> Path:
    """Folder that holds one folder a data set: EMARGIN_DATA, else `data` in EMARGIN_HOME."""
    named = os.environ.get("EMARGIN_DATA")
    return Path(named).expanduser() if named else default_home() / "data"


def find_files(name: str, pattern: str, *inner: str) -> list[Path]:
    """Files of the data set `name`, sorted: in its folder, or in a folder of that named `inner`.

    The first folder that has any counts.
    """
    folder = data_root() / name
    for place in (folder, *(folder / part for part in inner)):
        found = sorted(path for path in place.glob(pattern) if path.is_file())
        if found:
            return found
    return []


def how_to_fetch(name: str, files: Text) -> Message:
    """Say what to do about a data set that is not there; `files` says what belongs into it."""
    return Message(
        "run 'python -m emargin_core datasets fetch {name}', or put {files} into {folder}",
        name=name,
        files=files,
        folder=data_root() / name,
    )


def needed_files(name: str, pattern: str, files: Text, *inner: str) -> list[Path]:
    """As `find_files`.

    Raises:
        InputError: there are none; the message says how to get them.
    """
    found = find_files(name, pattern, *inner)
    if not found:
        raise InputError(
            "data set '{name}' is not on this machine yet; {remedy}",
            name=name,
            remedy=how_to_fetch(name, files),
        )
    return found


def stamp_of(files: list[Path]) -> Hashable:
    """What changes whenever files are added, removed or replaced."""
    stats = [(path, path.stat()) for path in files]
    return tuple((str(path), stat.st_size, stat.st_mtime_ns) for path, stat in stats)
