"""Floors and ceilings of a data set as they are kept: light enough for the page to read.

`emargin_core.experiment.reference_scores` measures them.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from emargin_core.config import RESULT_VERSION
from emargin_core.datasets.drafts import write_file
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.text.errors import StoreError
from emargin_core.text.message import Message, Text

REFERENCE_SCORES_VERSION = 2
"""Raised, as RESULT_VERSION is, whenever the same data would give other reference scores."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReferenceScore:
    """One reference, measured on every fold.

    accuracy: share of held-out frames, mean over folds with its interval; by_fold: of each fold;
    both None where nothing can be learnt. replicates: the accuracy on resampled units, where the
    held-out part is fixed, else empty. label_curves: of each fold, accuracy by share of the
    training labels; empty where it was not measured.
    """

    name: str
    title: Text
    kind: Literal["floor", "ceiling"]
    accuracy: Estimate | None
    by_fold: tuple[float | None, ...] = ()
    replicates: tuple[float, ...] = ()
    label_curves: tuple[tuple[tuple[float, float | None], ...], ...] = ()


@dataclass(frozen=True)
class ReferenceScores:
    """The reference scores of one data set, floors first; the same for every method on it."""

    fingerprint: str
    evaluate_on: str
    scores: tuple[ReferenceScore, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the object that is stored and printed."""
        return {
            "fingerprint": self.fingerprint,
            "evaluate_on": self.evaluate_on,
            "levels": [asdict(score) for score in self.scores],
        }


def has_other_frames(config: Mapping[str, Any]) -> bool:
    """Whether a run chose its frames itself: the reference scores are those of the data's own."""
    return config.get("frame") is not None or config.get("hop") is not None


def read_reference_scores(home: Path, fingerprint: str, evaluate_on: str) -> ReferenceScores | None:
    """Return those kept under the store's home; None if there are none that can be read."""
    path = _path(home, fingerprint, evaluate_on)
    if not path.is_file():
        return None
    try:
        return reference_scores_from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        log.warning(
            "reference scores %s are unreadable and will be measured again: %s", path.name, error
        )
        return None


def reference_scores_from_json(document: dict[str, Any]) -> ReferenceScores:
    """Read back what `ReferenceScores.to_json` gave.

    Raises:
        KeyError, TypeError: it is something else.
    """
    scores = [
        ReferenceScore(
            name=score["name"],
            title=Message.from_json(score["title"]),
            kind=score["kind"],
            accuracy=score["accuracy"] and Estimate(**score["accuracy"]),
            by_fold=tuple(score.get("by_fold", ())),
            replicates=tuple(score.get("replicates", ())),
            label_curves=tuple(
                tuple((float(share), found) for share, found in curve)
                for curve in score.get("label_curves", ())
            ),
        )
        for score in document["levels"]
    ]
    return ReferenceScores(document["fingerprint"], document["evaluate_on"], tuple(scores))


def write_reference_scores(home: Path, scores: ReferenceScores) -> None:
    """Write to a temporary file and rename it, so that a reader sees all or nothing.

    Raises:
        StoreError: it could not be written; the message says why.
    """
    path = _path(home, scores.fingerprint, scores.evaluate_on)
    try:
        write_file(
            path, json.dumps(scores.to_json(), allow_nan=False, default=Message.to_json).encode()
        )
    except OSError as error:
        raise StoreError(
            "the reference scores could not be written to {parent}: {error}; free some space or "
            "set EMARGIN_HOME to a folder that can be written",
            parent=path.parent,
            error=error,
        ) from error


def _path(home: Path, fingerprint: str, evaluate_on: str) -> Path:
    version = f"v{RESULT_VERSION}.{REFERENCE_SCORES_VERSION}"
    return home / "levels" / f"{fingerprint}-{evaluate_on}-{version}.json"
