"""Where everything that is kept has its place."""

import os
from pathlib import Path

import platformdirs


def default_home() -> Path:
    """Folder for everything that is kept: EMARGIN_HOME, else the user's data folder."""
    named = os.environ.get("EMARGIN_HOME")
    return Path(named).expanduser() if named else platformdirs.user_data_path("emargin-explorer")
