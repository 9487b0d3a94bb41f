"""The spectrum: how strong each direction of the two embeddings is."""

import numpy as np
import plotly.graph_objects as go

from emargin_core.report.figures.palette import BASELINE, CANDIDATE
from emargin_core.store.result import Result
from emargin_core.text.language import gettext as _

N_DIRECTIONS = 60


def spectrum_figure(baseline: Result, candidate: Result, height: int = 130) -> go.Figure:
    """Singular values of both, each divided by its own largest, on a log scale."""
    figure = go.Figure()
    for result, name, colour in (
        (baseline, _("baseline"), BASELINE),
        (candidate, _("candidate"), CANDIDATE),
    ):
        strengths = result.spectrum[:N_DIRECTIONS]
        if len(strengths) == 0 or strengths[0] <= 0:
            continue
        shown = np.where(strengths > 0, strengths / strengths[0], np.nan)
        figure.add_scatter(
            x=np.arange(1, len(shown) + 1),
            y=np.round(shown, 6),
            mode="lines",
            name=name,
            line={"color": colour, "width": 2},
            hovertemplate=_("direction %{x}: %{y:.4f}") + f"<extra>{name}</extra>",
        )
    figure.update_layout(
        height=height,
        margin={"l": 0, "r": 4, "t": 2, "b": 0},
        showlegend=False,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        xaxis={"title": None, "tickvals": [1, 20, 40, N_DIRECTIONS], "fixedrange": True},
        yaxis={"type": "log", "dtick": 1, "title": None, "fixedrange": True},
    )
    return figure
