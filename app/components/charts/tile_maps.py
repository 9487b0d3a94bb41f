"""Four maps of one grid: every tile a setting, its colour and number one metric.

All four share one chosen setting. Over the colours lie markers without a fill, because a heat map's
cells cannot be chosen in a chart.
"""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from app.components.charts.sweep_details import PARAMETER_WORDS
from app.components.plain import chart_text
from emargin_core.evaluation.metric_table import Headline
from emargin_core.report.figures.palette import LINE
from emargin_core.text.language import gettext, ngettext

HEIGHT = 256
TILE = 36
CHOSEN = "#D55E00"
SHADES = ("#F7FBFF", "#DCE9F6", "#B7D4EA", "#82BADB", "#4C96C8", "#2070B0", "#0B4A8A", "#08306B")
"""Light to dark, one hue: the darker, the better."""


def tile_figure(
    settings: pd.DataFrame, metric: Headline, across: str, down: str, chosen: str | None
) -> go.Figure:
    """Draw one map of settings (`by_setting`), one row a tile; customdata holds the setting."""
    means = settings[f"{metric.path}.mean"].to_numpy(dtype=float)
    usable = np.isfinite(means) & ~settings["collapsed"].to_numpy(dtype=bool)
    shade = _shades(means, usable, metric.lower_is_better)
    texts = [
        metric.text(value) if ok else (gettext("collapsed") if row.collapsed else "n/a")
        for value, ok, row in zip(means, usable, settings.itertuples(), strict=True)
    ]
    ink = [
        "#FFFFFF" if ok and s >= 4 else "#15202B" if ok else LINE
        for s, ok in zip(shade, usable, strict=True)
    ]
    picked = (settings["setting"] == chosen).to_numpy()
    x = [f"{value:g}" for value in settings[across]]
    y = [f"{value:g}" for value in settings[down]]
    spoken = [_spoken(row, metric) for _, row in settings.iterrows()]
    figure = go.Figure(
        go.Heatmap(
            x=x,
            y=y,
            z=np.where(usable, shade, np.nan),
            zmin=0,
            zmax=len(SHADES) - 1,
            colorscale=[[n / (len(SHADES) - 1), colour] for n, colour in enumerate(SHADES)],
            showscale=False,
            xgap=2,
            ygap=2,
            hoverinfo="skip",
        )
    )
    figure.add_scatter(
        x=x,
        y=y,
        mode="markers+text",
        text=[f"<b>{text}</b>" if mark else text for text, mark in zip(texts, picked, strict=True)],
        textfont={"size": 11, "color": ink},
        marker={
            "symbol": "square",
            "size": TILE,
            "color": "rgba(0,0,0,0)",
            "line": {"width": np.where(picked, 3, 0), "color": CHOSEN},
        },
        customdata=np.stack([settings["setting"], spoken], axis=1),
        hovertemplate="%{customdata[1]}<extra></extra>",
        selected={"marker": {"opacity": 1.0}},
        unselected={"marker": {"opacity": 1.0}},
        cliponaxis=False,
        showlegend=False,
    )
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 0, "r": 4, "t": 4, "b": 0},
        dragmode=False,
        xaxis=_axis(across, settings[across]),
        yaxis=_axis(down, settings[down]),
    )
    return figure


def _axis(name: str, values: pd.Series) -> dict[str, object]:
    order = [f"{value:g}" for value in sorted(values.unique())]
    return {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": order,
        "title": {"text": str(PARAMETER_WORDS[name]), "standoff": 8},
        "range": [-0.6, len(order) - 0.4],
        "showgrid": False,
        "zeroline": False,
        "automargin": True,
    }


def _shades(means: np.ndarray, usable: np.ndarray, lower_is_better: bool) -> np.ndarray:
    """Shade of each tile, 0 (worst usable) to 7 (best)."""
    shade = np.full(len(means), len(SHADES) // 2)
    if usable.any():
        low, high = means[usable].min(), means[usable].max()
        if high > low:
            share = (means - low) / (high - low)
            share = 1.0 - share if lower_is_better else share
            with np.errstate(invalid="ignore"):
                shade = np.nan_to_num(share * (len(SHADES) - 1)).round().astype(int)
    return np.clip(shade, 0, len(SHADES) - 1)


def _spoken(row: pd.Series, metric: Headline) -> str:
    """What the hover label says: mean, standard deviation over runs, and their number."""
    mean, deviation = row[f"{metric.path}.mean"], row[f"{metric.path}.sd"]
    if not np.isfinite(mean):
        value = gettext("undefined")
    else:
        value = metric.text(mean)
        if np.isfinite(deviation):
            value += f" ± {metric.text(deviation)}"
    runs = ngettext("{n} run", "{n} runs", int(row["count"]))
    collapsed = f"<br>{gettext('collapsed: not meaningful')}" if row["collapsed"] else ""
    return f"{chart_text(str(metric.label))} {value} ({runs}){collapsed}"
