"""The map: every held-out frame of the sample a point, coloured by what the viewer asks for."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.components.maps.travelling_map import coloured
from emargin_core.projection.projection import sample_frames
from emargin_core.store.result import Result
from emargin_core.store.snapshots import MAX_POINTS, Snapshot, fitted
from emargin_core.text.language import gettext as _
from emargin_core.text.language import gettext_noop

HEIGHT = 200
COLOUR_BY = {
    gettext_noop("true class"): "label",
    gettext_noop("cluster found"): "cluster",
    gettext_noop("recording"): "recording",
}


@dataclass(frozen=True)
class Groups:
    """How points are coloured: a code for each frame and a name for each code."""

    codes: NDArray[np.int64]
    names: dict[int, str]


def colour_groups(result: Result, colour_by: str) -> Groups:
    """Codes and names of the frames of a run for one way to colour them."""
    codes = result.frames[colour_by].to_numpy()
    names: Sequence[str]
    if colour_by == "label":
        names = result.data["class_names"]
    elif colour_by == "recording":
        names = result.data["recordings"]
    else:
        names = [_("cluster {n}", n=code + 1) for code in range(int(codes.max()) + 1)]
    nobody = _("unlabelled")
    present = {int(code): names[code] if code >= 0 else nobody for code in np.unique(codes)}
    return Groups(codes, present)


def embedding_map(
    result: Result, layout: NDArray[np.float64], groups: Groups, says: str
) -> dict[str, Any]:
    """One map of a finished run, for `travelling_map`, but for its view.

    Maps of the same held-out frames have the same film and sample, so that points travel from one
    to the next, and what is selected stays. ids: the frame of each point, a row of the run's
    frames; names: of the codes.
    """
    shown = shown_frames(layout)
    places, sample = fitted(layout[shown]), sample_of(result, shown)
    return coloured(groups.codes[shown]) | {
        "film": sample,
        "sample": sample,
        "live": True,
        "stacked": True,
        "height": HEIGHT,
        "title": "",
        "words": [""],
        "alts": [says],
        "places": [np.round(places, 1).ravel().tolist()],
        "extent": np.maximum(1, np.ptp(places, axis=0)).round(1).tolist(),
        "ids": shown.tolist(),
        "names": {str(code): name for code, name in groups.names.items()},
    }


def coming_from(
    last: Snapshot, result: Result, layout: NDArray[np.float64]
) -> dict[str, list[int]]:
    """Where a map's points stood in the last picture of the training, as far as they were in it.

    points: places of the frames in the map's order; places: x and y of each in turn, 0 to EXTENT.
    """
    stood = last_picture(last, result)[shown_frames(layout)]
    points = shown_frames(stood)
    return {"points": points.tolist(), "places": stood[points].astype(int).ravel().tolist()}


def last_picture(last: Snapshot, result: Result) -> NDArray[np.float64]:
    """The last picture of a run's training as its map, (n_frames, 2), NaN for all other frames."""
    layout = np.full((len(result.frames), 2), np.nan)
    sample = sample_frames(result.frames["label"].to_numpy(), MAX_POINTS)
    if len(sample) == len(last.layout):
        layout[sample] = last.layout
    return layout


def shown_frames(layout: NDArray[np.float64]) -> NDArray[np.int64]:
    """Frames that have a place, (n_shown,)."""
    return np.flatnonzero(np.isfinite(layout[:, 0]))


def sample_of(result: Result, shown: NDArray[np.int64]) -> str:
    """Name of the held-out frames of a map: equal where another run's map has the same ones.

    The data may have been read under another name: its fingerprint tells them.
    """
    named = ("fold", "evaluate_on", "frame", "hop")
    parts = [result.data["fingerprint"], *(result.config.get(name) for name in named)]
    return hashlib.sha256(repr(parts).encode() + shown.tobytes()).hexdigest()[:16]


def map_table(layout: NDArray[np.float64], groups: Groups) -> pd.DataFrame:
    """The numbers of a map: class and place of each point."""
    shown = shown_frames(layout)
    names = [groups.names[code] for code in groups.codes[shown].tolist()]
    places = np.round(layout[shown], 3)
    return pd.DataFrame({_("series"): names, _("x axis"): places[:, 0], _("y axis"): places[:, 1]})
