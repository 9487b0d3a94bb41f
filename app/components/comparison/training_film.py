"""What the travelling map shows of a training: one moment of it, or all of them by a slider."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.components.comparison.training_gauges import training_gauges_html
from app.components.maps.embedding_map import HEIGHT
from app.components.maps.travelling_map import coloured
from emargin_core.store.snapshots import Snapshot
from emargin_core.text.language import gettext as _
from emargin_core.text.language import gettext_noop

SIDES = {
    "baseline": gettext_noop("Baseline: {method}"),
    "candidate": gettext_noop("Candidate: {method}"),
}
"""Heading of each side, said where it is shown."""


def still(
    name: str, heading: str, layout: NDArray[np.uint16], codes: NDArray[np.integer]
) -> dict[str, Any]:
    """One state of a run, which its points travel to; without its card.

    Args:
        name: of the run; heading: of its side.
        layout: (n, 2), as that of a snapshot; codes: (n,) classes.
    """
    return _looks(name, codes) | {
        "live": True,
        "view": "training",
        "title": "",
        "words": [""],
        "alts": [_("{heading}: map of the held-out frames", heading=heading)],
        "places": [layout.ravel().tolist()],
    }


def replay(name: str, heading: str, snapshots: Sequence[Snapshot]) -> dict[str, Any]:
    """All snapshots of a run, one a position of the slider."""
    return _looks(name, snapshots[0].labels) | {
        "view": "replay",
        "title": _("Training steps"),
        "words": [str(snapshot.step) for snapshot in snapshots],
        "alts": [
            _(
                "{heading}, step {step} of {steps}: map of the held-out frames",
                heading=heading,
                step=snapshot.step,
                steps=snapshot.steps,
            )
            for snapshot in snapshots
        ],
        "places": [snapshot.layout.ravel().tolist() for snapshot in snapshots],
        "cards": [training_gauges_html(snapshots, at) for at in range(len(snapshots))],
    }


def class_words(names: Sequence[str], codes: Sequence[int]) -> dict[int, str]:
    """What the classes of these codes are called."""
    return {code: names[code] if code >= 0 else _("unlabelled") for code in codes}


def _looks(name: str, codes: NDArray[np.integer]) -> dict[str, Any]:
    return coloured(codes) | {"film": name, "stacked": True, "height": HEIGHT}
