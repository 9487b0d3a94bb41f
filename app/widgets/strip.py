"""A strip in time: one held-out recording with its true classes and where the margin acted."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.palette import CANDIDATE, class_colour
from emargin_core.result import Result


def strip_figure(
    result: Result, recording: int, chosen: NDArray[np.int64] | None = None, height: int = 96
) -> go.Figure:
    """Rows of one recording over time: true class, and the frames where the margin acted."""
    frames = result.frames
    rows = np.flatnonzero(frames["recording"].to_numpy() == recording)
    times = frames["time"].to_numpy()[rows]
    labels = frames["label"].to_numpy()[rows]
    names = result.data["class_names"]
    figure = go.Figure()
    edges = np.flatnonzero(np.diff(labels)) + 1
    for begin, end in zip([0, *edges], [*edges, len(labels)], strict=True):
        code = int(labels[begin])
        name = names[code] if code >= 0 else "unlabelled"
        figure.add_bar(
            x=[times[end - 1] - times[begin] + 0.5],
            y=["exercise"],
            base=[times[begin]],
            orientation="h",
            marker={"color": class_colour(code), "line": {"width": 0}},
            hovertemplate=f"{name}<extra></extra>",
            showlegend=False,
        )
    acted = frames["transition"].to_numpy()[rows]
    figure.add_bar(
        x=np.full(int(acted.sum()), 0.5),
        y=["margin"] * int(acted.sum()),
        base=times[acted],
        orientation="h",
        marker={"color": CANDIDATE, "line": {"width": 0}},
        hovertemplate="the margin acted at %{base:.1f} s<extra></extra>",
        showlegend=False,
    )
    return figure
