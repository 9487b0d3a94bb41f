"""The trade-off: every setting a point, the baseline a box, the front in full colour."""

from collections.abc import Set as AbstractSet

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from app.palette import BASELINE, BETTER, CANDIDATE, LINE
from emargin_core.dominance import BaselineLevels
from emargin_core.language import mark, say

INDICES = {
    mark("Silhouette (higher is better)"): "clustering.silhouette",
    mark("Davies–Bouldin (lower is better)"): "clustering.davies_bouldin",
}
ACCURACY = "probe.accuracy"


def tradeoff_figure(
    settings: pd.DataFrame,
    index: str,
    front: AbstractSet[str],
    levels: BaselineLevels | None,
    advised: str | None,
    chosen: str | None,
) -> go.Figure:
    """Clusters across, accuracy up; better is always right and up.

    front: settings that no other beats; the rest is dimmed, not hidden. advised: the one to try.
    """
    figure = go.Figure()
    usable = settings[~settings["collapsed"].astype(bool)]
    usable = usable[usable[f"{index}.mean"].notna() & usable[f"{ACCURACY}.mean"].notna()]
    on_front = usable["setting"].isin(front)
    parts = (
        (usable[~on_front], say("beaten by another"), LINE, "circle", 0.55),
        (usable[on_front], say("on the front"), CANDIDATE, "diamond", 1.0),
    )
    for rows, name, colour, symbol, opacity in parts:
        _points(figure, rows, index, name, colour, symbol, opacity)
    _points(figure, usable[usable["setting"] == advised], index, say(
        "try this next"), BETTER, "star",
            1.0, size=18)  # fmt: skip
    _points(figure, usable[usable["setting"] == chosen], index, say("chosen"), "#D55E00",
            "circle-open", 1.0, size=22)  # fmt: skip
    if levels is not None and levels.accuracy is not None:
        _baseline(figure, levels, index)
    figure.update_layout(
        height=360,
        margin={"l": 0, "r": 8, "t": 0, "b": 0},
        legend={"orientation": "h", "y": 1.12},
        xaxis={"title": say(next(k for k, v in INDICES.items() if v == index)),
               "autorange": "reversed" if index.endswith("davies_bouldin") else True},
        yaxis={"title": say("linear-probe accuracy, %")},
    )  # fmt: skip
    return figure


def _points(
    figure: go.Figure,
    rows: pd.DataFrame,
    index: str,
    name: str,
    colour: str,
    symbol: str,
    opacity: float,
    size: int = 10,
) -> None:
    if rows.empty:
        return
    spread = rows[f"{index}.sd"].fillna(0.0), 100 * rows[f"{ACCURACY}.sd"].fillna(0.0)
    thin = {"thickness": 0.8, "width": 0, "color": colour}
    figure.add_scatter(
        x=rows[f"{index}.mean"].round(4),
        y=(100 * rows[f"{ACCURACY}.mean"]).round(2),
        error_x={"type": "data", "array": spread[0].round(4)} | thin,
        error_y={"type": "data", "array": spread[1].round(3)} | thin,
        mode="markers",
        name=name,
        opacity=opacity,
        marker={
            "color": colour,
            "symbol": symbol,
            "size": size,
            "line": {"width": 2, "color": colour},
        },
        customdata=np.stack([rows["setting"], rows["words"]], axis=1),
        hovertemplate="%{customdata[1]}<br>%{x:.2f}, %{y:.1f} %<extra>" + name + "</extra>",
        selected={"marker": {"opacity": opacity}},
        unselected={"marker": {"opacity": opacity}},
    )


def _baseline(figure: go.Figure, levels: BaselineLevels, index: str) -> None:
    """Mean of the baseline; a band for its accuracy's interval."""
    accuracy = levels.accuracy
    x = levels.silhouette if index.endswith("silhouette") else levels.davies_bouldin
    if accuracy is None or x is None:
        return
    figure.add_scatter(
        x=[round(x, 4)],
        y=[round(100 * accuracy.mean, 2)],
        mode="markers",
        name=say("baseline"),
        marker={"color": BASELINE, "symbol": "square", "size": 14},
        hovertemplate=say("baseline") + "<br>%{x:.2f}, %{y:.1f} %<extra></extra>",
        customdata=[["", ""]],
    )
    if accuracy.low is not None and accuracy.high is not None:
        figure.add_hrect(
            y0=100 * accuracy.low, y1=min(100.0, 100 * accuracy.high), fillcolor=BASELINE,
            opacity=0.12, line_width=0,
        )  # fmt: skip
    figure.add_vline(x=x, line_dash="dot", line_color=LINE)
