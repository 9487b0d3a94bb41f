"""The map: every held-out frame of the sample a point, coloured by what the viewer asks for."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.components.plain import chart_text
from emargin_core.report.palette import class_colour
from emargin_core.store.result import Result
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
    result: Result,
    layout: NDArray[np.float64],
    groups: Groups,
    chosen: NDArray[np.int64] | None = None,
) -> go.Figure:
    """Draw a map; `chosen` frames stand out, identified by the frame number in customdata."""
    figure = go.Figure()
    shown = np.isfinite(layout[:, 0])
    marked = np.zeros(len(layout), dtype=bool)
    if chosen is not None:
        marked[chosen] = True
    times = result.frames["time"].to_numpy()
    names = [chart_text(name) for name in result.data["recordings"]]
    homes = np.array(names, dtype=object)[result.frames["recording"]]
    for code, name in groups.names.items():
        members = np.flatnonzero(shown & (groups.codes == code))
        order = members[np.argsort(marked[members], kind="stable")]
        opacity = np.where(marked[order], 1.0, 0.12) if marked.any() else 0.75
        figure.add_scatter(
            x=np.round(layout[order, 0], 3),
            y=np.round(layout[order, 1], 3),
            mode="markers",
            name=chart_text(name),
            marker={"size": 4, "color": class_colour(code), "opacity": opacity},
            customdata=np.stack(
                [order.astype(object), homes[order], np.round(times[order], 1)], axis=1
            ),
            hovertemplate="%{fullData.name}<br>%{customdata[1]}, %{customdata[2]} s<extra></extra>",
        )
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        showlegend=False,
        dragmode="lasso",
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        uirevision="map",
        xaxis={"visible": False, "scaleanchor": "y"},
        yaxis={"visible": False},
    )
    return figure


def legend_html(groups: Groups) -> str:
    """One legend for both maps, as text with coloured dots."""
    items = "".join(
        "<span style='display:inline-block;white-space:nowrap;margin-right:.9rem'>"
        f"<span style='color:{class_colour(code)}'>●</span> {html.escape(name)}</span>"
        for code, name in groups.names.items()
    )
    return f"<div style='font-size:.88rem;line-height:1.5'>{items}</div>"
