"""A sweep in detail: what varies beside what comes out, what matters, and every number."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from emargin_core.analysis.importance import Importance
from emargin_core.evaluation.metric_table import HEADLINES, METRICS
from emargin_core.report.figures.palette import CANDIDATE, LINE
from emargin_core.text.language import gettext as _
from emargin_core.text.message import lazy_gettext

PARAMETER_WORDS = {
    "method": lazy_gettext("method"),
    "threshold": lazy_gettext("threshold"),
    "scale": lazy_gettext("scale"),
    "temperature": lazy_gettext("temperature"),
    "uniformity": lazy_gettext("uniformity weight"),
    "seed": lazy_gettext("seed"),
    "fold": lazy_gettext("fold"),
}


def parallel_figure(settings: pd.DataFrame, parameters: Sequence[str]) -> go.Figure:
    """Parallel coordinates of the parameters that vary and the outcomes, coloured by accuracy."""
    rows = settings[settings["probe.accuracy.mean"].notna()]
    dimensions = []
    for name in parameters:
        if name == "method":
            codes, words = pd.factorize(rows[name])
            ticks = {"tickvals": list(range(len(words))), "ticktext": list(words)}
            dimensions.append({"label": _("method"), "values": codes} | ticks)
        else:
            dimensions.append({"label": str(PARAMETER_WORDS[name]), "values": rows[name]})
    for path, metric in HEADLINES.items():
        values = (100 if metric.percent else 1) * rows[f"{path}.mean"]
        dimensions.append({"label": str(metric.column), "values": values.round(3)})
    figure = go.Figure(
        go.Parcoords(
            dimensions=dimensions,
            line={
                "color": 100 * rows["probe.accuracy.mean"],
                "colorscale": "Cividis",
                "showscale": True,
                "colorbar": {"title": _("accuracy, %"), "thickness": 12},
            },
            labelfont={"size": 12},
        )
    )
    figure.update_layout(height=320, margin={"l": 60, "r": 20, "t": 50, "b": 20})
    return figure


def importance_figure(importance: Importance) -> go.Figure:
    """Share of each parameter, with the interval of nine refits in ten."""
    names = [str(PARAMETER_WORDS[name]) for name in importance.shares]
    shares = list(importance.shares.values())
    figure = go.Figure(
        go.Bar(
            x=[round(100 * share.mean, 1) for share in shares],
            y=names,
            orientation="h",
            marker={"color": CANDIDATE},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [100 * (share.high - share.mean) for share in shares],
                "arrayminus": [100 * (share.mean - share.low) for share in shares],
                "color": LINE,
            },
            hovertemplate="%{y}: %{x:.0f} %<extra></extra>",
        )
    )
    figure.update_layout(
        height=60 + 34 * len(names),
        margin={"l": 0, "r": 10, "t": 0, "b": 0},
        xaxis={"title": _("share of the variation, %"), "range": [0, 105]},
        yaxis={"autorange": "reversed", "title": None},
    )
    return figure


def settings_table(settings: pd.DataFrame, parameters: Sequence[str]) -> pd.DataFrame:
    """One row a setting: what varies, mean and spread of the outcomes, and how many runs."""
    table = settings[[*parameters, "count", "collapsed"]].rename(
        columns={name: str(word) for name, word in PARAMETER_WORDS.items()}
        | {"count": _("runs"), "collapsed": _("collapsed")}
    )
    for path in (*HEADLINES, "clustering.nmi", "probe.paper_accuracy"):
        title = str(METRICS[path].title)
        table[title] = settings[f"{path}.mean"]
        table[_("{metric}, standard deviation", metric=title)] = settings[f"{path}.sd"]
    return table
