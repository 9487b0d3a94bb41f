"""The trade-off: every setting a point, the baseline a square, the front in full colour."""

from collections.abc import Set as AbstractSet

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from emargin_core.analysis.dominance import Judged
from emargin_core.analysis.pareto import Point
from emargin_core.evaluation.metric_table import ACCURACY, DAVIES_BOULDIN, HEADLINES, SILHOUETTE
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.report.figures.palette import BASELINE, CANDIDATE, LINE
from emargin_core.sweeps.findings import Findings
from emargin_core.text.language import gettext as _

INDICES = (SILHOUETTE, DAVIES_BOULDIN)
CHOSEN = "#D55E00"


def index_title(path: str) -> str:
    """The name of a cluster index, and which side of it is better."""
    metric = HEADLINES[path]
    return _("{metric} ({direction})", metric=metric.label, direction=metric.direction)


def tradeoff_figure(
    settings: pd.DataFrame,
    index: str,
    front: AbstractSet[str],
    found: Findings,
    advised: str | None,
    chosen: str | None,
) -> go.Figure:
    """Clusters across, accuracy up; better is always right and up.

    front: settings that no other beats; the rest is dimmed, not hidden. advised: the one to try.
    The chosen setting has the intervals of its difference from the baseline.
    """
    figure = go.Figure()
    usable = settings[~settings["collapsed"].astype(bool)]
    usable = usable[usable[f"{index}.mean"].notna() & usable[f"{ACCURACY}.mean"].notna()]
    on_front = usable["setting"].isin(front)
    parts = (
        (usable[~on_front], _("dominated"), LINE, "circle", 0.55),
        (usable[on_front], _("Pareto-optimal"), CANDIDATE, "diamond", 1.0),
    )
    for rows, name, colour, symbol, opacity in parts:
        _points(figure, rows, index, name, colour, symbol, opacity)
    starred = usable[usable["setting"] == advised]
    _points(figure, starred, index, _("try this next"), CANDIDATE, "star", 1.0, size=18)
    ringed = usable[usable["setting"] == chosen]
    bars = None if chosen is None else found.judged_setting(chosen)
    _points(figure, ringed, index, _("chosen"), CHOSEN, "circle-open", 1.0, size=22, judged=bars)
    if found.baseline is not None:
        _baseline(figure, found.baseline.point, index)
    figure.update_layout(
        height=360,
        margin={"l": 0, "r": 8, "t": 0, "b": 0},
        legend={"orientation": "h", "y": 1.12},
        xaxis={
            "title": index_title(index),
            "autorange": "reversed" if HEADLINES[index].lower_is_better else True,
        },
        yaxis={"title": _("linear-probe accuracy, %")},
    )
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
    judged: Judged | None = None,
) -> None:
    if rows.empty:
        return
    bars = {}
    if judged is not None:
        bars = {
            "error_x": _bar(judged.differences[index], 1.0, colour),
            "error_y": _bar(judged.differences[ACCURACY], 100.0, colour),
        }
    figure.add_scatter(
        x=rows[f"{index}.mean"].round(4),
        y=(100 * rows[f"{ACCURACY}.mean"]).round(2),
        **bars,
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


def _bar(difference: Estimate | None, factor: float, colour: str) -> dict[str, object] | None:
    """The interval of a difference, drawn around the setting that differs."""
    if difference is None or difference.low is None or difference.high is None:
        return None
    return {
        "type": "data",
        "symmetric": False,
        "array": [round(factor * (difference.high - difference.mean), 4)],
        "arrayminus": [round(factor * (difference.mean - difference.low), 4)],
        "thickness": 1.2,
        "width": 4,
        "color": colour,
    }


def _baseline(figure: go.Figure, point: Point, index: str) -> None:
    """The baseline's means, with a line through each."""
    x = point.silhouette if index == SILHOUETTE else point.davies_bouldin
    if point.accuracy is None or x is None or point.collapsed:
        return
    figure.add_scatter(
        x=[round(x, 4)],
        y=[round(100 * point.accuracy, 2)],
        mode="markers",
        name=_("baseline"),
        marker={"color": BASELINE, "symbol": "square", "size": 14},
        hovertemplate=_("baseline") + "<br>%{x:.2f}, %{y:.1f} %<extra></extra>",
        customdata=[["", ""]],
    )
    figure.add_hline(y=100 * point.accuracy, line_dash="dot", line_color=LINE)
    figure.add_vline(x=x, line_dash="dot", line_color=LINE)
