"""Figures of the trust page: how each metric orders the runs, and one metric against accuracy."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from emargin_core.analysis.trust.trust import MetricTrust
from emargin_core.config import METHODS
from emargin_core.evaluation.metric_table import ACCURACY, METRICS
from emargin_core.report.figures.palette import BASELINE, BETTER, CLASSES, LINE, WORSE
from emargin_core.text.language import gettext as _
from emargin_core.text.message import lazy_gettext

COLOURS = {"with": BETTER, "against": WORSE, "unclear": BASELINE}
SYMBOLS = {"with": "circle", "against": "x", "unclear": "circle-open"}
WORDS = {
    "with": lazy_gettext("ranks as accuracy does"),
    "against": lazy_gettext("ranks opposite to accuracy"),
    "unclear": lazy_gettext("cannot be told from chance"),
}
ROW = 42
NAME_RISE = 12
"""Height of a row, and how far above its line its name stands, in pixels."""


def ranking_figure(ranking: Sequence[MetricTrust]) -> go.Figure:
    """Rank correlation of each metric with accuracy and its interval, best on top."""
    figure = go.Figure()
    shown = [trust for trust in ranking if trust.rho is not None]
    for verdict, words in WORDS.items():
        part = [trust for trust in shown if trust.verdict == verdict]
        rhos = [trust.rho for trust in part if trust.rho is not None]
        figure.add_scatter(
            x=[round(rho.mean, 3) for rho in rhos],
            y=[_row_name(trust.path) for trust in part],
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [0 if rho.high is None else rho.high - rho.mean for rho in rhos],
                "arrayminus": [0 if rho.low is None else rho.mean - rho.low for rho in rhos],
                "thickness": 1.5,
            },
            mode="markers",
            name=str(words),
            marker={"color": COLOURS[verdict], "symbol": SYMBOLS[verdict], "size": 10},
            hovertemplate=f"%{{y}}: rho %{{x:.2f}}<extra>{words}</extra>",
        )
    figure.add_vline(x=0, line_width=1, line_dash="dot", line_color=LINE)
    for trust in shown:  # above the line, not beside it: a phone has no room for both
        figure.add_annotation(
            x=0,
            xref="paper",
            xanchor="left",
            y=_row_name(trust.path),
            yshift=NAME_RISE,
            text=_row_name(trust.path),
            showarrow=False,
            align="left",
            font={"size": 12},
        )
    figure.update_layout(
        height=110 + ROW * len(shown),
        margin={"l": 0, "r": 10, "t": 30, "b": 0},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        xaxis={"title": _("rank correlation with accuracy"), "range": [-1.05, 1.05]},
        yaxis={
            "categoryorder": "array",
            "showticklabels": False,
            "range": [-0.5, len(shown) - 0.2],
            "categoryarray": [_row_name(trust.path) for trust in shown][::-1],
        },
    )
    return figure


def _row_name(path: str) -> str:
    """A metric in everyday words, and beside it what the field calls it."""
    metric = METRICS[path]
    return f"{metric.title!s} · {metric.term!s}"


def scatter_figure(runs: pd.DataFrame, path: str) -> go.Figure:
    """One metric against probe accuracy, a point a run, a colour and a symbol a method."""
    figure = go.Figure()
    symbols = ("circle", "diamond", "square", "cross", "triangle-up", "star", "x", "hexagon")
    for number, (method, part) in enumerate(runs.groupby("method", sort=True)):
        figure.add_scatter(
            x=part[path],
            y=100 * part[ACCURACY],
            mode="markers",
            name=str(METHODS[str(method)].title),
            marker={
                "color": CLASSES[number % len(CLASSES)],
                "size": 9,
                "symbol": symbols[number % len(symbols)],
            },
            customdata=part[["run_id", "seed"]],
            hovertemplate="%{x:.3g}, %{y:.1f} %<br>"
            + _("run %{customdata[0]}, seed %{customdata[1]}")
            + "<extra>%{fullData.name}</extra>",
        )
    better = {"higher": _("higher should be better"), "lower": _("lower should be better")}
    note = better.get(METRICS[path].better, _("no preferred direction"))
    figure.update_layout(
        height=420,
        margin={"l": 0, "r": 0, "t": 10, "b": 0},
        legend={"orientation": "h", "y": -0.25},
        xaxis={"title": f"{METRICS[path].term!s}<br>{note}"},
        yaxis={"title": _("held-out frames classified correctly, %")},
    )
    return figure
