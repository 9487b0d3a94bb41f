"""Where would the margin act? How alike neighbouring frames are, with the threshold on top."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.palette import BASELINE, CANDIDATE, LINE

BINS = np.linspace(-1.0, 1.0, 81)


def indicator_figure(cosines: NDArray[np.float64], threshold: float) -> go.Figure:
    """Histogram of adjacent cosines; what lies at or below the threshold gets the margin."""
    middles = (BINS[:-1] + BINS[1:]) / 2
    figure = go.Figure()
    for inside, name, colour in (
        (cosines <= threshold, "the margin acts", CANDIDATE),
        (cosines > threshold, "left alone", BASELINE),
    ):
        counts, _ = np.histogram(np.clip(cosines[inside], -1.0, 1.0), BINS)
        figure.add_bar(
            x=np.round(middles, 4),
            y=counts,
            name=name,
            marker={"color": colour, "line": {"width": 0}},
            hovertemplate=f"{name}: %{{y:,}} frames at %{{x:.2f}}<extra></extra>",
        )
    figure.add_vline(x=threshold, line_dash="dash", line_color=LINE)
    figure.update_layout(
        height=210,
        barmode="stack",
        bargap=0,
        margin={"l": 0, "r": 4, "t": 0, "b": 0},
        legend={"orientation": "h", "y": 1.2},
        xaxis={"title": "cosine of a frame and the next", "range": [-1, 1]},
        yaxis={"title": "frames"},
    )
    return figure
