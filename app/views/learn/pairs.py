"""First step of the Learn page: what a pair is, on a real signal."""

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from app.components.charts.chart import chart
from app.components.charts.signal import envelope, scaled
from app.components.plain import chart_text
from emargin_core.datasets.base import Dataset
from emargin_core.datasets.registry import load_dataset
from emargin_core.learn.pairs import Roles, Stretch, example_stretch, placement, roles
from emargin_core.report.figures.palette import CANDIDATE, LINE
from emargin_core.text.language import gettext as _
from emargin_core.text.language import ngettext

DATASET = "watch"
CHANNELS = 3
START_ANCHOR = 70
ROOM_FRAMES = 8


@st.cache_resource(max_entries=4, show_spinner=False)
def stretch_of(fingerprint: str, _dataset: Dataset) -> Stretch:
    """The stretch that is shown; the fingerprint is what the cache knows the data by."""
    return example_stretch(_dataset)


def pair_step() -> None:
    """Choose an anchor and a threshold; see positives, negatives and transitions."""
    dataset = load_dataset(DATASET)
    stretch = stretch_of(dataset.fingerprint, dataset)
    words, picture = st.columns([1, 1.9], gap="medium")
    with words:
        st.markdown(
            _(
                "**What does the model learn from?** It is not told which exercise is which. "
                "It cuts the signal into *frames* of one second, turns each into a list of "
                "numbers (its *embedding*), and assumes that neighbours in time belong "
                "together.\n\n"
                "Choose a frame, the **anchor**. Its neighbours in time are its "
                "**positives**: training makes their embeddings similar. All other frames are "
                "its **negatives**."
            )
        )
        last = len(stretch.labels) - 1
        anchor = st.slider(
            _("Anchor: frame number"), 1, last + 1, START_ANCHOR, key="anchor", bind="query-params"
        )
        threshold = st.slider(
            _("Threshold: at or below this similarity to the next frame, a frame is a transition"),
            -1.0,
            1.0,
            0.4,
            0.05,
            key="pair_threshold",
            bind="query-params",
        )
        found = roles(stretch, min(max(anchor, 1), last + 1) - 1)
    with picture, st.container(border=True):
        says = _says(stretch, found, threshold)
        figure = pair_figure(stretch, found, threshold)
        chart(figure, "pair", says, _table(stretch, found))
        st.markdown(says)
        st.caption(
            _(
                "{title}, {recording}: {seconds} s of smartwatch signal in {n} "
                "half-overlapping frames, as one training step sees them.",
                title=str(dataset.title),
                recording=stretch.recording,
                n=len(stretch.labels),
                seconds=f"{len(stretch.signal) / stretch.rate:.1f}",
            )
        )
    if found.alike:
        st.info(
            _(
                "**The catch:** {n} of the {m} negatives show the same exercise as the "
                "anchor. Without labels, no method can know that. A margin treats negatives "
                "differently where the signal changes: the next step shows how.",
                n=len(found.alike),
                m=len(found.negatives),
            ),
            icon=":material/lightbulb:",
        )


def _says(stretch: Stretch, found: Roles, threshold: float) -> str:
    placed = placement(stretch, threshold)
    anchor = _(
        "The anchor is frame {number}, at {seconds} s ({name}). It has {positives} and "
        "{negatives}.",
        number=found.anchor + 1,
        seconds=f"{stretch.times[found.anchor]:.1f}",
        name=_class(stretch, found.anchor),
        positives=ngettext("{n} positive", "{n} positives", len(found.positives)),
        negatives=ngettext("{n} negative", "{n} negatives", len(found.negatives)),
    )
    indicator = _(
        "At a threshold of {threshold}, {marked} of {n} frames are marked as transitions; "
        "{hit} of the {changes} real changes of exercise are among them.",
        threshold=f"{threshold:.2f}",
        marked=placed.marked,
        n=placed.frames,
        changes=placed.changes,
        hit=placed.changes_marked,
    )
    return f"{anchor} {indicator}"


def _class(stretch: Stretch, frame: int) -> str:
    code = int(stretch.labels[frame])
    return chart_text(stretch.class_names[code]) if code >= 0 else _("unlabelled")


def pair_figure(stretch: Stretch, found: Roles, threshold: float) -> go.Figure:
    """Signal with its exercises, the roles of the frames, and how alike each is to the next.

    Three lanes over one axis of time, made in one go: several times faster than subplots, on which
    each line is checked and added anew.
    """
    bare = {"showticklabels": False, "showgrid": False, "zeroline": False}
    layout = {
        "height": 400,
        "margin": {"l": 0, "r": 4, "t": 22, "b": 0},
        "legend": {"orientation": "h", "y": -0.12, "yanchor": "top"},
        "hovermode": "closest",
        "xaxis": {
            "range": [0, len(stretch.signal) / stretch.rate],
            "showgrid": False,
            "zeroline": False,
            "anchor": "y3",
            "title": {"text": _("seconds")},
        },
        "yaxis": {"domain": [0.62, 1.0]} | bare,
        "yaxis2": {"domain": [0.44, 0.58], "range": [-1, 1]} | bare,
        "yaxis3": {
            "domain": [0.0, 0.40],
            "range": [-1.05, 1.05],
            "title": {"text": _("similarity to the next (cosine)")},
        },
        "shapes": _shapes(stretch, found, threshold),
        "annotations": _exercises(stretch),
    }
    return go.Figure(
        {
            "data": [*_signal(stretch), *_roles(stretch, found), *_likeness(stretch, threshold)],
            "layout": layout,
        }
    )


def _shapes(stretch: Stretch, found: Roles, threshold: float) -> list[dict[str, Any]]:
    """The anchor's second, the real changes, and the threshold."""
    half, at = stretch.frame_seconds / 2, float(stretch.times[found.anchor])
    changes = [float(stretch.times[i] + stretch.times[i + 1]) / 2 for i in stretch.changes]
    upright: dict[str, Any] = {"yref": "paper", "y0": 0, "y1": 1}
    return [
        upright
        | {
            "type": "rect",
            "x0": at - half,
            "x1": at + half,
            "fillcolor": CANDIDATE,
            "opacity": 0.25,
            "line": {"width": 0},
        },
        *(
            upright
            | {"type": "line", "x0": x, "x1": x, "line": {"dash": "dot", "color": LINE, "width": 1}}
            for x in changes
        ),
        {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "yref": "y3",
            "y0": threshold,
            "y1": threshold,
            "line": {"dash": "dash", "color": LINE},
        },
    ]


def _exercises(stretch: Stretch) -> list[dict[str, Any]]:
    """The exercises' names above the signal, of those long enough to have room for it."""
    ends = [0, *(stretch.changes + 1), len(stretch.labels)]
    return [
        {
            "x": float(stretch.times[begin] + stretch.times[end - 1]) / 2,
            "y": 1.0,
            "yref": "paper",
            "yanchor": "bottom",
            "showarrow": False,
            "text": _class(stretch, begin),
        }
        for begin, end in pairwise(ends)
        if end - begin >= ROOM_FRAMES
    ]


def _signal(stretch: Stretch) -> list[dict[str, Any]]:
    drawn = []
    for channel in range(min(CHANNELS, stretch.signal.shape[1])):
        positions, values = envelope(stretch.signal[:, channel])
        drawn.append(_line(positions / stretch.rate, scaled(values) - channel, "y", {"width": 0.8}))
    return drawn


def _roles(stretch: Stretch, found: Roles) -> list[dict[str, Any]]:
    unlike = [other for other in found.negatives if other not in set(found.alike)]
    parts = (
        (_("negative"), unlike, "line-ns-open", LINE, 8),
        (_("negative, but the same exercise"), found.alike, "x", "#CC79A7", 6),
        (_("positive"), found.positives, "diamond", "#009E73", 12),
        (_("anchor"), (found.anchor,), "star", CANDIDATE, 16),
    )
    return [
        _marks(
            stretch.times[list(frames)],
            np.zeros(len(frames)),
            "y2",
            name,
            {"symbol": symbol, "color": colour, "size": size},
            f"{_('frame')} %{{customdata}}, %{{x:.1f}} s",
            np.array(frames, dtype=int) + 1,
        )
        for name, frames, symbol, colour, size in parts
    ]


def _likeness(stretch: Stretch, threshold: float) -> list[dict[str, Any]]:
    marked = stretch.cosines <= threshold
    marker = {"symbol": "triangle-down", "color": CANDIDATE, "size": 8}
    return [
        _line(stretch.times, stretch.cosines, "y3", {"width": 1}),
        _marks(
            stretch.times[marked],
            stretch.cosines[marked],
            "y3",
            _("transition: the margin acts"),
            marker,
            "%{y:.2f}, %{x:.1f} s",
        ),
    ]


def _line(
    x: NDArray[np.float64], y: NDArray[np.float64], lane: str, line: dict[str, float]
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "yaxis": lane,
        "showlegend": False,
        "hoverinfo": "skip",
        "x": np.round(x, 2),
        "y": np.round(y, 3),
        "line": {"color": LINE} | line,
    }


def _marks(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    lane: str,
    name: str,
    marker: dict[str, Any],
    hover: str,
    data: NDArray[np.int64] | None = None,
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "yaxis": lane,
        "name": name,
        "marker": marker,
        "x": np.round(x, 2),
        "y": np.round(y, 3),
        "customdata": data,
        "hovertemplate": f"{hover}<extra>{name}</extra>",
    }


def _table(stretch: Stretch, found: Roles) -> pd.DataFrame:
    role = np.full(len(stretch.labels), _("negative"), dtype=object)
    role[list(found.alike)] = _("negative, but the same exercise")
    role[list(found.positives)] = _("positive")
    role[found.anchor] = _("anchor")
    return pd.DataFrame(
        {
            _("frame"): np.arange(1, len(role) + 1),
            _("seconds"): stretch.times,
            _("exercise"): [_class(stretch, frame) for frame in range(len(role))],
            _("role"): role,
            _("similarity to the next (cosine)"): np.round(stretch.cosines, 3),
        }
    )
