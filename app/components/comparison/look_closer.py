"""A closer look, for those who ask: probes, clusters and one recording in time."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from app.components.charts.chart import chart
from app.components.charts.chart_words import points_say, silhouettes_say, strip_says
from app.components.charts.signal import result_signal
from app.components.charts.strip import Row, chosen_row, class_row, margin_row, strip_figure
from app.components.choice import views
from app.components.comparison.how_it_came_about import how_it_came_about
from emargin_core.analysis.comparison import Comparison, mean_metric, metric_interval
from emargin_core.analysis.label_curve import LabelCurves, label_curve_words, label_curves
from emargin_core.evaluation.metric_table import METRICS
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.report.figures.palette import BASELINE, CANDIDATE, UNLABELLED, class_colour
from emargin_core.store.reference_scores import ReferenceScores
from emargin_core.store.result import Result
from emargin_core.text.language import gettext, gettext_noop
from emargin_core.text.message import lazy_gettext
from emargin_core.text.numbers import percent

TITLES_WIDTH = 132
VIEWS = (
    gettext_noop("Over time"),
    gettext_noop("Probes"),
    gettext_noop("Classes"),
    gettext_noop("Clusters"),
    gettext_noop("How it came about"),
    gettext_noop("All numbers"),
)


def look_closer(
    comparison: Comparison, reference_scores: ReferenceScores | None, chosen: NDArray[np.int64]
) -> None:
    """Draw the view that is asked for, and only that one."""
    with st.expander(gettext("Look closer"), key="closer", on_change="rerun") as closer:
        if not closer.open:
            return
        view = views(gettext("View"), "view", VIEWS, label_visibility="collapsed")
        if view in ("Probes", "Classes") and not comparison.candidate[0].data["class_names"]:
            st.info(
                gettext(
                    "This data has no labels, so no probe can be trained and classes cannot "
                    "be compared."
                ),
                icon=":material/label_off:",
            )
            return
        {
            "Over time": lambda: _in_time(comparison, chosen),
            "Probes": lambda: _probes(comparison, reference_scores),
            "Classes": lambda: _classes(comparison),
            "Clusters": lambda: _clusters(comparison),
            "How it came about": lambda: how_it_came_about(comparison),
            "All numbers": lambda: st.dataframe(
                numbers(comparison), hide_index=True, placeholder="n/a"
            ),
        }[view if view in VIEWS else VIEWS[0]]()


def numbers(comparison: Comparison) -> pd.DataFrame:
    """Every metric of both sides with intervals, and the paired difference."""
    rows = []
    for path, metric in METRICS.items():
        if path not in comparison.differences:
            continue
        before = metric_interval(comparison.baseline, path)
        after = metric_interval(comparison.candidate, path)
        difference = comparison.differences[path]
        rows.append(
            {gettext("metric"): str(metric.title), gettext("better"): str(BETTER[metric.better])}
            | _columns(SIDES["baseline"], before)
            | _columns(SIDES["candidate"], after)
            | _columns(SIDES["difference"], difference)
        )
    return pd.DataFrame(rows)


BETTER = {
    "higher": lazy_gettext("higher"),
    "lower": lazy_gettext("lower"),
    "none": lazy_gettext("none"),
}
SIDES = {
    "baseline": (
        lazy_gettext("baseline"),
        lazy_gettext("baseline, lower bound"),
        lazy_gettext("baseline, upper bound"),
    ),
    "candidate": (
        lazy_gettext("candidate"),
        lazy_gettext("candidate, lower bound"),
        lazy_gettext("candidate, upper bound"),
    ),
    "difference": (
        lazy_gettext("difference"),
        lazy_gettext("difference, lower bound"),
        lazy_gettext("difference, upper bound"),
    ),
}


def _columns(names: tuple[str, ...], value: Estimate | None) -> dict[str, float | None]:
    found = (None, None, None) if value is None else (value.mean, value.low, value.high)
    return {str(name): number for name, number in zip(names, found, strict=True)}


def _in_time(comparison: Comparison, chosen: NDArray[np.int64]) -> None:
    before, after = comparison.baseline[0], comparison.candidate[0]
    names = after.data["recordings"]
    recording = st.selectbox(
        gettext("Recording"),
        range(len(names)),
        format_func=lambda i: names[i],
        key="recording",
        bind="query-params",
    )
    signal = result_signal(after, recording, TITLES_WIDTH)
    if signal is not None:
        says = gettext(
            "Signal of recording {name}: its first channels over time, each on its own scale.",
            name=names[recording],
        )
        chart(signal, "signal", says)
    known = bool(after.data["class_names"])
    rows: list[Row] = [
        *([class_row(after, gettext("true class"), "label")] if known else []),
        class_row(before, gettext("clusters of the baseline"), "cluster"),
        class_row(after, gettext("clusters of the candidate"), "cluster"),
        margin_row(after, gettext("margin acted")),
    ]
    if len(chosen):
        rows.append(chosen_row(len(after.frames), chosen, gettext("selected in a map")))
    chart(
        strip_figure(after, recording, rows, height=36 * len(rows) + 30, left=TITLES_WIDTH),
        "rows",
        strip_says(after, recording, rows),
    )
    st.caption(
        gettext(
            "Draw a lasso in a map to mark its frames here and in the other map. Cluster "
            "numbers and colours are arbitrary and not related to the classes."
        )
    )


KINDS = {"floor": lazy_gettext("lower reference"), "ceiling": lazy_gettext("upper reference")}
PROBES = {
    "probe.paper_accuracy": lazy_gettext("The paper's short probe (10 epochs, unscaled)"),
    "probe.accuracy": lazy_gettext("Linear probe, trained to convergence"),
    "probe.knn_accuracy": lazy_gettext("Nearest neighbours"),
    "probe.mlp_accuracy": lazy_gettext("Small neural network"),
}


def _probes(comparison: Comparison, reference_scores: ReferenceScores | None) -> None:
    st.markdown(
        gettext(
            "**Is the information lost, or only harder to read?** If only the short probe "
            "drops, the probe itself is the cause. If all probes drop, the information is "
            "lost."
        )
    )
    figure = go.Figure()
    for runs, name, colour in (
        (comparison.baseline, gettext("baseline"), BASELINE),
        (comparison.candidate, gettext("candidate"), CANDIDATE),
    ):
        values = [metric_interval(runs, path) for path in PROBES]
        figure.add_scatter(
            x=[None if value is None else 100 * value.mean for value in values],
            y=[str(title) for title in PROBES.values()],
            error_x=_error_bars(values),
            mode="markers",
            name=name,
            marker={
                "color": colour,
                "size": 11,
                "symbol": "circle" if colour == BASELINE else "diamond",
            },
            hovertemplate="%{y}: %{x:.1f} %<extra>" + name + "</extra>",
        )
    for score in reference_scores.scores if reference_scores else ():
        if score.accuracy is not None:
            figure.add_scatter(
                x=[100 * score.accuracy.mean],
                y=[str(score.title)],
                error_x=_error_bars([score.accuracy]),
                mode="markers",
                name=str(KINDS[score.kind]),
                showlegend=False,
                marker={"color": UNLABELLED, "size": 11, "symbol": "line-ns-open"},
                hovertemplate=f"{KINDS[score.kind]}: %{{x:.1f}} %<extra></extra>",
            )
    figure.update_layout(
        height=330,
        margin={"l": 0, "r": 10, "t": 0, "b": 0},
        xaxis={"title": gettext("held-out frames classified correctly, %"), "range": [0, 100]},
        yaxis={"autorange": "reversed"},
        legend={"orientation": "h", "y": 1.15},
    )
    both = [
        [_share_text(mean_metric(runs, path)) for path in PROBES]
        for runs in (comparison.baseline, comparison.candidate)
    ]
    chart(figure, "probes", points_say([str(title) for title in PROBES.values()], *both))
    st.markdown(
        gettext(
            "**How many labels does it need?** Accuracy of the linear probe when "
            "trained on only part of the labels."
        )
    )
    curves = label_curves(comparison, reference_scores)
    st.markdown(label_curve_words(curves))
    shares = [
        gettext("{share} of the labels", share=f"{100 * part:g} %") for part in curves.candidate
    ]
    values = [
        [_share_text(value and value.mean) for value in curve.values()]
        for curve in (curves.baseline, curves.candidate)
    ]
    chart(_label_curve(curves), "labels", points_say(shares, *values))


def _label_curve(curves: LabelCurves) -> go.Figure:
    """Accuracy by share of the training labels, with intervals where there are any."""
    figure = go.Figure()
    for curve, name, colour, symbol in (
        (curves.raw, gettext("plain spectra"), UNLABELLED, "line-ns-open"),
        (curves.baseline, gettext("baseline"), BASELINE, "circle"),
        (curves.candidate, gettext("candidate"), CANDIDATE, "diamond"),
    ):
        if not curve:
            continue
        means = [None if value is None else round(100 * value.mean, 2) for value in curve.values()]
        figure.add_scatter(
            x=[100 * share for share in curve],
            y=means,
            error_y=_error_bars(list(curve.values())),
            mode="lines+markers",
            name=name,
            line={"color": colour},
            marker={"symbol": symbol, "size": 9},
            hovertemplate=gettext("%{x:g} % of the labels: %{y:.1f} %") + f"<extra>{name}</extra>",
        )
    figure.update_layout(
        height=260,
        margin={"l": 0, "r": 10, "t": 0, "b": 0},
        legend={"orientation": "h", "y": 1.15},
        xaxis={
            "title": gettext("training labels used, %"),
            "type": "log",
            "tickvals": [1, 5, 10, 50, 100],
        },
        yaxis={"title": gettext("accuracy, %"), "range": [0, 100]},
    )
    return figure


def _error_bars(values: Sequence[Estimate | None]) -> dict[str, object]:
    """Plotly's error bars, in percent, for means with their intervals."""

    def width(value: Estimate | None, end: str) -> float | None:
        bound = None if value is None else getattr(value, end)
        return None if value is None or bound is None else round(100 * abs(bound - value.mean), 2)

    return {
        "type": "data",
        "symmetric": False,
        "array": [width(value, "high") for value in values],
        "arrayminus": [width(value, "low") for value in values],
        "thickness": 1.5,
    }


def _share_text(value: float | None) -> str:
    return gettext("n/a") if value is None else percent(value)


def _classes(comparison: Comparison) -> None:
    st.markdown(
        gettext(
            "**Which classes lose?** Share of frames in each class that the probe "
            "classifies correctly."
        )
    )
    names = comparison.candidate[0].data["class_names"]
    rows = {
        gettext("class"): names,
        gettext("baseline, %"): _recalls(comparison.baseline, len(names)),
        gettext("candidate, %"): _recalls(comparison.candidate, len(names)),
    }
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={
            name: st.column_config.ProgressColumn(name, min_value=0, max_value=100, format="%.0f")
            for name in list(rows)[1:]
        },
    )


def _recalls(runs: Sequence[Result], n_classes: int) -> list[float | None]:
    """Recall of each class in percent, mean over the runs that hold out frames of it."""
    found = [run.details["per_class_recall"] for run in runs]
    by_class = [[recalls[code] for recalls in found] for code in range(n_classes)]
    defined = [[value for value in values if value is not None] for values in by_class]
    return [100 * float(np.mean(values)) if values else None for values in defined]


def _clusters(comparison: Comparison) -> None:
    st.markdown(
        gettext(
            "**How well does each frame fit its cluster?** Silhouette plot: one band per "
            "cluster, its frames sorted by silhouette value; the dashed line is the mean. "
            "High values do not mean that clusters match the classes."
        )
    )
    for column, runs, name in zip(
        st.columns(2),
        (comparison.baseline, comparison.candidate),
        (gettext("Baseline"), gettext("Candidate")),
        strict=True,
    ):
        with column:
            st.markdown(str(name))
            chart(_silhouettes(runs[0]), f"silhouettes-{name}", silhouettes_say(str(name), runs[0]))


def _silhouettes(result: Result) -> go.Figure:
    figure = go.Figure()
    values = result.frames["silhouette"].to_numpy()
    clusters = result.frames["cluster"].to_numpy()
    bottom = 0
    for cluster in range(int(clusters.max()) + 1):
        cluster_values = np.sort(values[clusters == cluster])
        shown = cluster_values[:: max(1, len(cluster_values) // 150)]
        height = np.linspace(bottom, bottom + len(cluster_values), len(shown))
        figure.add_scatter(
            x=np.round(np.append(shown, [0, 0]), 3),
            y=np.round(np.append(height, [bottom + len(cluster_values), bottom])),
            fill="toself",
            mode="lines",
            line={"width": 0.5, "color": class_colour(cluster)},
            name=gettext("cluster {n}", n=cluster + 1),
            hovertemplate=gettext(
                "cluster {n}, {frames} frames", n=cluster + 1, frames=len(cluster_values)
            )
            + "<extra></extra>",
        )
        bottom += len(cluster_values) + len(values) // 60
    mean = result.metric("clustering.silhouette")
    if mean is not None:
        figure.add_vline(
            x=mean,
            line_dash="dash",
            line_color="#8A94A3",
            annotation_text=gettext("mean {mean:.2f}", mean=mean),
        )
    figure.update_layout(
        height=260,
        showlegend=False,
        margin={"l": 0, "r": 0, "t": 18, "b": 0},
        yaxis={"visible": False},
        xaxis={"title": gettext("silhouette value"), "range": [-0.6, 1.0]},
    )
    return figure
