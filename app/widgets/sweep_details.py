"""A sweep in detail: what varies beside what comes out, what matters, and every number."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from app.palette import CANDIDATE, LINE
from emargin_core.evaluation.metric_table import METRICS
from emargin_core.importance import Importance
from emargin_core.language import mark, retell, say

OUTCOMES = {
    "clustering.davies_bouldin": mark("Davies–Bouldin"),
    "clustering.silhouette": mark("Silhouette"),
    "probe.accuracy": mark("accuracy, %"),
    "geometry.effective_rank": mark("effective rank"),
}
PARAMETER_WORDS = {
    "method": mark("method"),
    "threshold": mark("threshold"),
    "scale": mark("scale"),
    "temperature": mark("temperature"),
    "uniformity": mark("spread"),
    "seed": mark("seed"),
}


def parallel_figure(settings: pd.DataFrame, parameters: Sequence[str]) -> go.Figure:
    """Parallel coordinates of the parameters that vary and the outcomes, coloured by accuracy."""
    rows = settings[settings["probe.accuracy.mean"].notna()]
    dimensions = []
    for name in parameters:
        if name == "method":
            codes, words = pd.factorize(rows[name])
            ticks = {"tickvals": list(range(len(words))), "ticktext": list(words)}
            dimensions.append({"label": say("method"), "values": codes} | ticks)
        else:
            dimensions.append({"label": say(PARAMETER_WORDS[name]), "values": rows[name]})
    for path, title in OUTCOMES.items():
        scale = 100 if path.startswith("probe") else 1
        dimensions.append({"label": say(title), "values": (scale * rows[f"{path}.mean"]).round(3)})
    figure = go.Figure(
        go.Parcoords(
            dimensions=dimensions,
            line={
                "color": 100 * rows["probe.accuracy.mean"],
                "colorscale": "Cividis",
                "showscale": True,
                "colorbar": {"title": say("accuracy, %"), "thickness": 12},
            },
            labelfont={"size": 12},
        )
    )
    figure.update_layout(height=320, margin={"l": 60, "r": 20, "t": 50, "b": 20})
    return figure


def importance_figure(importance: Importance) -> go.Figure:
    """Share of each parameter, with the interval of nine refits in ten."""
    names = [say(PARAMETER_WORDS[name]) for name in importance.shares]
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
        xaxis={"title": say("share of what varies, %"), "range": [0, 105]},
        yaxis={"autorange": "reversed", "title": None},
    )
    return figure


def settings_table(settings: pd.DataFrame, parameters: Sequence[str]) -> pd.DataFrame:
    """One row a setting: what varies, mean and spread of the outcomes, and how many seeds."""
    table = settings[[*parameters, "count", "collapsed"]].rename(
        columns={name: say(word) for name, word in PARAMETER_WORDS.items()}
        | {"count": say("seeds"), "collapsed": say("collapsed")}
    )
    for path in (*OUTCOMES, "clustering.nmi", "probe.paper_accuracy"):
        title = retell(METRICS[path].title)
        table[title] = settings[f"{path}.mean"]
        table[say("{metric}, sd", metric=title)] = settings[f"{path}.sd"]
    return table
