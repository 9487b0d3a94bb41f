"""Floors and ceilings of a data set's split as they are kept: light enough for the page to read.

`emargin_core.reference_levels` measures them.
"""

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from emargin_core.config import RESULT_VERSION
from emargin_core.errors import StoreError
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.whole_file import replace_whole

LEVELS_VERSION = 1
"""Raised, as RESULT_VERSION is, whenever the same data would give other levels."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Level:
    """One reference. accuracy: share of held-out frames, None where nothing can be learnt."""

    name: str
    title: str
    kind: Literal["floor", "ceiling"]
    accuracy: Estimate | None


@dataclass(frozen=True)
class ReferenceLevels:
    """The levels of one split, floors first; the same for every method on it."""

    fingerprint: str
    evaluate_on: str
    levels: tuple[Level, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the object that is stored and printed."""
        return asdict(self)


def read_levels(home: Path, fingerprint: str, evaluate_on: str) -> ReferenceLevels | None:
    """Levels kept under the store's home; None if there are none, or none that can be read."""
    path = _path(home, fingerprint, evaluate_on)
    if not path.is_file():
        return None
    try:
        return levels_from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        log.warning("levels %s are unreadable and will be measured again: %s", path.name, error)
        return None


def levels_from_json(document: dict[str, Any]) -> ReferenceLevels:
    """Read back what `ReferenceLevels.to_json` gave.

    Raises:
        KeyError, TypeError: it is something else.
    """
    levels = [
        Level(**level | {"accuracy": level["accuracy"] and Estimate(**level["accuracy"])})
        for level in document["levels"]
    ]
    return ReferenceLevels(document["fingerprint"], document["evaluate_on"], tuple(levels))


def write_levels(home: Path, levels: ReferenceLevels) -> None:
    """Write to a temporary file and rename it, so that a reader sees all or nothing.

    Raises:
        StoreError: it could not be written; the message says why.
    """
    path = _path(home, levels.fingerprint, levels.evaluate_on)
    try:
        replace_whole(path, json.dumps(levels.to_json(), allow_nan=False).encode())
    except OSError as error:
        raise StoreError(
            f"the reference levels could not be written to {path.parent}: "
            f"{error.strerror or error}; free some space or set EMARGIN_HOME to a folder that can "
            "be written"
        ) from error


def _path(home: Path, fingerprint: str, evaluate_on: str) -> Path:
    version = f"v{RESULT_VERSION}.{LEVELS_VERSION}"
    return home / "levels" / f"{fingerprint}-{evaluate_on}-{version}.json"
