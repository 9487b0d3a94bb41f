"""A closer look, for those who ask: probes, clusters and one recording in time."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from app.palette import BASELINE, CANDIDATE, UNLABELLED, class_colour
from app.widgets.chart import chart
from app.widgets.chart_words import blades_say, points_say, strip_says
from app.widgets.choice import views
from app.widgets.signal import result_signal
from app.widgets.strip import Row, chosen_row, class_row, margin_row, strip_figure
from emargin_core.comparison import Comparison, metric_interval
from emargin_core.evaluation.metric_table import METRICS
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.language import mark, retell, say
from emargin_core.levels import ReferenceLevels
from emargin_core.result import Result

TITLES_WIDTH = 132
VIEWS = (mark("In time"), mark("Probes"), mark("Classes"), mark("Clusters"), mark("All numbers"))


def look_closer(
    comparison: Comparison, levels: ReferenceLevels | None, chosen: NDArray[np.int64]
) -> None:
    """Draw the view that is asked for, and only that one."""
    with st.expander(say("Look closer"), key="closer", on_change="rerun") as closer:
        if not closer.open:
            return
        view = views(say("View"), "view", VIEWS, label_visibility="collapsed")
        if (
            view in (say("Probes"), say("Classes"))
            and not comparison.candidate[0].data["class_names"]
        ):
            st.info(
                say("This data has no labels, so no probe can be trained and no class can suffer."),
                icon=":material/label_off:",
            )
            return
        {
            "In time": lambda: _in_time(comparison, chosen),
            "Probes": lambda: _probes(comparison, levels),
            "Classes": lambda: _classes(comparison),
            "Clusters": lambda: _clusters(comparison),
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
            {say("metric"): retell(metric.title), say("better"): say(BETTER[metric.better])}
            | _columns(SIDES["baseline"], before)
            | _columns(SIDES["candidate"], after)
            | _columns(SIDES["difference"], difference)
        )
    return pd.DataFrame(rows)


BETTER = {"higher": mark("higher"), "lower": mark("lower"), "none": mark("none")}
SIDES = {
    "baseline": (mark("baseline"), mark("baseline low"), mark("baseline high")),
    "candidate": (mark("candidate"), mark("candidate low"), mark("candidate high")),
    "difference": (mark("difference"), mark("difference low"), mark("difference high")),
}


def _columns(names: tuple[str, ...], value: Estimate | None) -> dict[str, float | None]:
    found = (None, None, None) if value is None else (value.mean, value.low, value.high)
    return {say(name): number for name, number in zip(names, found, strict=True)}


def _in_time(comparison: Comparison, chosen: NDArray[np.int64]) -> None:
    before, after = comparison.baseline[0], comparison.candidate[0]
    names = after.data["recordings"]
    recording = st.selectbox(
        say("Recording"), range(len(names)), format_func=lambda i: names[i], key="recording",
        bind="query-params",
    )  # fmt: skip
    signal = result_signal(after, recording, TITLES_WIDTH)
    if signal is not None:
        says = say("Signal of recording {name}, its first channels over time, each on a scale of "
                   "its own.", name=names[recording])  # fmt: skip
        chart(signal, "signal", says)
    known = bool(after.data["class_names"])
    rows: list[Row] = [
        *([class_row(after, say("true class"), "label")] if known else []),
        class_row(before, say("baseline's clusters"), "cluster"),
        class_row(after, say("candidate's clusters"), "cluster"),
        margin_row(after, say("margin acted")),
    ]
    if len(chosen):
        rows.append(chosen_row(len(after.frames), chosen, say("chosen in a map")))
    chart(
        strip_figure(after, recording, rows, height=36 * len(rows) + 30, left=TITLES_WIDTH),
        "rows",
        strip_says(after, recording, rows),
    )
    st.caption(
        say(
            "Draw a lasso in a map: the frames in it are marked here and in the other map. "
            "Clusters have numbers of their own; their colours say nothing about the classes."
        )
    )


KINDS = {"floor": mark("floor"), "ceiling": mark("ceiling")}
PROBES = {
    "probe.paper_accuracy": mark("The paper's short probe (10 epochs, unscaled)"),
    "probe.accuracy": mark("Linear probe, trained to the end"),
    "probe.knn_accuracy": mark("Nearest neighbours"),
    "probe.mlp_accuracy": mark("Small neural network"),
}


def _probes(comparison: Comparison, levels: ReferenceLevels | None) -> None:
    st.markdown(
        say(
            "**Is the information gone, or only bent?** If the short probe falls and the others do "
            "not, the drop is the probe's own; if all fall, the information is gone."
        )
    )
    figure = go.Figure()
    for runs, name, colour in (
        (comparison.baseline, say("baseline"), BASELINE),
        (comparison.candidate, say("candidate"), CANDIDATE),
    ):
        values = [metric_interval(runs, path) for path in PROBES]
        figure.add_scatter(
            x=[None if value is None else 100 * value.mean for value in values],
            y=[say(title) for title in PROBES.values()],
            error_x={
                "type": "data",
                "array": [_half_width(value) for value in values],
                "thickness": 1.5,
            },
            mode="markers",
            name=name,
            marker={"color": colour, "size": 11,
                    "symbol": "circle" if colour == BASELINE else "diamond"},
            hovertemplate="%{y}: %{x:.1f} %<extra>" + name + "</extra>",
        )  # fmt: skip
    for level in levels.levels if levels else ():
        if level.accuracy is not None:
            figure.add_scatter(
                x=[100 * level.accuracy.mean],
                y=[retell(level.title)],
                error_x={"type": "data", "array": [_half_width(level.accuracy)], "thickness": 1.5},
                mode="markers",
                name=say(KINDS[level.kind]),
                showlegend=False,
                marker={"color": UNLABELLED, "size": 11, "symbol": "line-ns-open"},
                hovertemplate=f"{say(KINDS[level.kind])}: %{{x:.1f}} %<extra></extra>",
            )
    figure.update_layout(
        height=330,
        margin={"l": 0, "r": 10, "t": 0, "b": 0},
        xaxis={"title": say("held-out frames classified correctly, %"), "range": [0, 100]},
        yaxis={"autorange": "reversed"},
        legend={"orientation": "h", "y": 1.15},
    )
    both = [
        [_percent(metric_interval(runs, path)) for path in PROBES]
        for runs in (comparison.baseline, comparison.candidate)
    ]
    chart(figure, "probes", points_say([say(title) for title in PROBES.values()], *both))
    st.markdown(say("**How many labels does it need?** The linear probe on a part of them."))
    runs = (comparison.baseline[0], comparison.candidate[0])
    curves = [run.details["label_fractions"] for run in runs]
    shares = [say("{share} of the labels", share=f"{100 * share:g} %") for share, _ in curves[0]]
    values = [[_share_text(value) for _, value in curve] for curve in curves]
    chart(_label_curve(comparison), "labels", points_say(shares, *values))


def _label_curve(comparison: Comparison) -> go.Figure:
    """Accuracy by share of the training labels, first seed of both."""
    figure = go.Figure()
    for run, name, colour, symbol in (
        (comparison.baseline[0], say("baseline"), BASELINE, "circle"),
        (comparison.candidate[0], say("candidate"), CANDIDATE, "diamond"),
    ):
        curve = run.details["label_fractions"]
        figure.add_scatter(
            x=[100 * share for share, _ in curve],
            y=[None if value is None else round(100 * value, 2) for _, value in curve],
            mode="lines+markers",
            name=name,
            line={"color": colour},
            marker={"symbol": symbol, "size": 9},
            hovertemplate=say("%{x:g} % of the labels: %{y:.1f} %") + f"<extra>{name}</extra>",
        )
    figure.update_layout(
        height=220,
        margin={"l": 0, "r": 10, "t": 0, "b": 0},
        showlegend=False,
        xaxis={
            "title": say("training labels used, %"),
            "type": "log",
            "tickvals": [1, 5, 10, 50, 100],
        },
        yaxis={"title": say("right, %"), "range": [0, 100]},
    )
    return figure


def _percent(value: Estimate | None) -> str:
    return _share_text(None if value is None else value.mean)


def _share_text(value: float | None) -> str:
    return say("n/a") if value is None else f"{100 * value:.0f} %"


def _half_width(value: Estimate | None) -> float:
    return 0.0 if value is None or value.high is None else 100 * (value.high - value.mean)


def _classes(comparison: Comparison) -> None:
    st.markdown(
        say("**Which classes suffer?** Share of each class's frames that the probe gets right.")
    )
    names = comparison.candidate[0].data["class_names"]
    rows = {
        say("class"): names,
        say("baseline, %"): _recalls(comparison.baseline[0], len(names)),
        say("candidate, %"): _recalls(comparison.candidate[0], len(names)),
    }
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={
            name: st.column_config.ProgressColumn(name, min_value=0, max_value=100, format="%.0f")
            for name in list(rows)[1:]
        },
    )


def _recalls(result: Result, n_classes: int) -> list[float | None]:
    recalls = result.details["per_class_recall"]
    return [None if recall is None else 100 * recall for recall in recalls[:n_classes]]


def _clusters(comparison: Comparison) -> None:
    st.markdown(
        say(
            "**How well does each frame sit in its cluster?** Every blade is one cluster, its "
            "frames sorted by silhouette value; the dashed line is the mean. Width says nothing "
            "about truth."
        )
    )
    for column, runs, name in zip(
        st.columns(2),
        (comparison.baseline, comparison.candidate),
        (say("Baseline"), say("Candidate")),
        strict=True,
    ):
        with column:
            st.markdown(say(name))
            chart(_blades(runs[0]), f"blades-{name}", blades_say(say(name), runs[0]))


def _blades(result: Result) -> go.Figure:
    figure = go.Figure()
    values = result.frames["silhouette"].to_numpy()
    clusters = result.frames["cluster"].to_numpy()
    bottom = 0
    for cluster in range(int(clusters.max()) + 1):
        blade = np.sort(values[clusters == cluster])
        shown = blade[:: max(1, len(blade) // 150)]
        height = np.linspace(bottom, bottom + len(blade), len(shown))
        figure.add_scatter(
            x=np.round(np.append(shown, [0, 0]), 3),
            y=np.round(np.append(height, [bottom + len(blade), bottom])),
            fill="toself",
            mode="lines",
            line={"width": 0.5, "color": class_colour(cluster)},
            name=say("cluster {n}", n=cluster + 1),
            hovertemplate=say("cluster {n}, {frames} frames", n=cluster + 1, frames=len(blade))
            + "<extra></extra>",
        )
        bottom += len(blade) + len(values) // 60
    mean = result.metric("clustering.silhouette")
    if mean is not None:
        figure.add_vline(
            x=mean,
            line_dash="dash",
            line_color="#8A94A3",
            annotation_text=say("mean {mean:.2f}", mean=mean),
        )
    figure.update_layout(
        height=260,
        showlegend=False,
        margin={"l": 0, "r": 0, "t": 18, "b": 0},
        yaxis={"visible": False},
        xaxis={"title": say("silhouette value"), "range": [-0.6, 1.0]},
    )
    return figure
