"""Where everything that is kept has its place."""

import contextlib
import os
from pathlib import Path

import platformdirs


def default_home() -> Path:
    """Folder for everything that is kept: EMARGIN_HOME, else the user's data folder."""
    named = os.environ.get("EMARGIN_HOME")
    return Path(named).expanduser() if named else platformdirs.user_data_path("emargin-explorer")


def make_home(home: Path | None = None) -> None:
    """Make the folder for everything that is kept, open to its user alone; one there is left alone.

    Whoever shares a folder with others makes it beforehand, with the rights it is to have. Where it
    cannot be made, whatever is written there later says so.
    """
    with contextlib.suppress(OSError):
        (home or default_home()).mkdir(mode=0o700, parents=True, exist_ok=True)
