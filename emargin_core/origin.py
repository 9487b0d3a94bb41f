"""Whence a stored run came, if it was not computed here: a file beside its result."""

import json
import logging
from datetime import UTC, datetime
from pathlib import Path

from emargin_core.plain_text import shown

ORIGIN = "origin.json"
UNKNOWN = "?"

log = logging.getLogger(__name__)


def origin_file(archive: str) -> bytes:
    """The file's content for a run that comes from this archive, today."""
    document = {"archive": shown(archive, 80), "date": f"{datetime.now(UTC):%Y-%m-%d}"}
    return json.dumps(document).encode()


def read_origin(folder: Path) -> str | None:
    """'NAME, DATE' of the archive that a run's folder was imported from; None if it was not.

    A file that is there and cannot be read leaves the run marked, by `UNKNOWN`.
    """
    path = folder / ORIGIN
    if not path.is_file():
        return None
    try:
        document = json.loads(path.read_bytes())
        return f"{shown(document['archive'], 80)}, {shown(document['date'], 10)}"
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        log.warning("the origin of run %s cannot be read: %s", folder.name, error)
        return UNKNOWN
