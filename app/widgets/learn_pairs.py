"""First step of the Learn page: what a pair is, on a real signal."""

from itertools import pairwise

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from plotly.subplots import make_subplots

from app.palette import CANDIDATE, LINE
from app.widgets.chart import chart
from app.widgets.plain import chart_text
from app.widgets.signal import envelope, scaled
from emargin_core.datasets import load_dataset
from emargin_core.datasets.base import Dataset
from emargin_core.language import say, say_many
from emargin_core.learn.pairs import Roles, Stretch, example_stretch, roles

DATASET = "watch"
CHANNELS = 3
START_ANCHOR = 70


@st.cache_resource(max_entries=4, show_spinner=False)
def stretch_of(fingerprint: str, _dataset: Dataset) -> Stretch:
    """The stretch that is shown; the fingerprint is what the cache knows the data by."""
    return example_stretch(_dataset)


def pair_step() -> None:
    """Choose an anchor and a threshold; see positives, negatives and transitions."""
    dataset = load_dataset(DATASET)
    stretch = stretch_of(dataset.fingerprint, dataset)
    words, picture = st.columns([1, 1.9], gap="medium")
    with words:
        st.markdown(
            say(
                "**What does the computer learn from?** Nobody tells it which exercise is which. "
                "It cuts the signal into *frames* of one second, turns each into a list of numbers "
                "(its *embedding*), and assumes: what lies side by side in time belongs together."
                "\n\n"
                "Choose a frame, the **anchor**. Its neighbours are its **positives**: training "
                "makes their lists alike. All other frames are its **negatives**."
            )
        )
        last = len(stretch.labels) - 1
        anchor = st.slider(
            say("Anchor: frame number"), 1, last + 1, START_ANCHOR, key="anchor",
            bind="query-params",
        )  # fmt: skip
        threshold = st.slider(
            say("Threshold: a transition is a frame less like the next one than this"),
            -1.0, 1.0, 0.4, 0.05, key="pair_threshold", bind="query-params",
        )  # fmt: skip
        found = roles(stretch, min(max(anchor, 1), last + 1) - 1)
        says = _says(stretch, found, threshold)
        st.markdown(says)
        if found.alike:
            st.info(
                say(
                    "**The catch:** {n} of the {m} negatives show the same exercise as the anchor. "
                    "Without labels no method can know that. A margin treats negatives otherwise "
                    "where the signal changes: the next step shows how.",
                    n=len(found.alike), m=len(found.negatives),
                ),
                icon=":material/lightbulb:",
            )  # fmt: skip
    with picture, st.container(border=True):
        chart(pair_figure(stretch, found, threshold), "pair", says, _table(stretch, found))
        st.caption(
            say(
                "{title}, {recording}: what a smartwatch measured in {seconds} s, {n} frames that "
                "half overlap, just as one training step sees them.",
                title=dataset.title, recording=stretch.recording, n=len(stretch.labels),
                seconds=f"{len(stretch.signal) / stretch.rate:.1f}",
            )
        )  # fmt: skip


def _says(stretch: Stretch, found: Roles, threshold: float) -> str:
    marks = stretch.cosines <= threshold
    hit = [i for i in stretch.changes if marks[max(0, i - 1) : i + 2].any()]
    anchor = say(
        "The anchor is frame {number}, at {seconds} s ({name}). It has {positives} and "
        "{negatives}.",
        number=found.anchor + 1, seconds=f"{stretch.times[found.anchor]:.1f}",
        name=_class(stretch, found.anchor),
        positives=say_many("{n} positive", "{n} positives", len(found.positives)),
        negatives=say_many("{n} negative", "{n} negatives", len(found.negatives)),
    )  # fmt: skip
    indicator = say(
        "At a threshold of {threshold} the indicator calls a transition at {marked} of {n} frames; "
        "of the {changes} real changes of exercise it finds {hit}.",
        threshold=f"{threshold:.2f}", marked=int(marks.sum()), n=len(marks),
        changes=len(stretch.changes), hit=len(hit),
    )  # fmt: skip
    return f"{anchor} {indicator}"


def _class(stretch: Stretch, frame: int) -> str:
    code = int(stretch.labels[frame])
    return chart_text(stretch.class_names[code]) if code >= 0 else say("unlabelled")


def pair_figure(stretch: Stretch, found: Roles, threshold: float) -> go.Figure:
    """Signal with its exercises, the roles of the frames, and how alike each is to the next."""
    figure = make_subplots(
        rows=3, cols=1, shared_xaxes=True, row_heights=[0.42, 0.16, 0.42], vertical_spacing=0.04
    )
    _signal(figure, stretch)
    _roles(figure, stretch, found)
    _likeness(figure, stretch, threshold)
    half = stretch.frame_seconds / 2
    at = float(stretch.times[found.anchor])
    figure.add_vrect(x0=at - half, x1=at + half, fillcolor=CANDIDATE, opacity=0.25, line_width=0)
    for change in stretch.changes:
        where = float(stretch.times[change] + stretch.times[change + 1]) / 2
        figure.add_vline(x=where, line_dash="dot", line_color=LINE, line_width=1)
    figure.update_layout(
        height=430,
        margin={"l": 0, "r": 4, "t": 22, "b": 0},
        legend={"orientation": "h", "y": -0.12, "yanchor": "top"},
        hovermode="closest",
    )
    figure.update_yaxes(showticklabels=False, showgrid=False, zeroline=False, row=1)
    figure.update_yaxes(showticklabels=False, showgrid=False, zeroline=False, range=[-1, 1], row=2)
    figure.update_yaxes(range=[-1.05, 1.05], row=3, title=say("like the next (cosine)"))
    figure.update_xaxes(range=[0, len(stretch.signal) / stretch.rate], showgrid=False)
    figure.update_xaxes(title=say("seconds"), row=3)
    return figure


def _signal(figure: go.Figure, stretch: Stretch) -> None:
    for channel in range(min(CHANNELS, stretch.signal.shape[1])):
        positions, values = envelope(stretch.signal[:, channel])
        figure.add_scatter(
            x=np.round(positions / stretch.rate, 2), y=np.round(scaled(values) - channel, 3),
            mode="lines", line={"width": 0.8, "color": LINE}, showlegend=False,
            hoverinfo="skip", row=1, col=1,
        )  # fmt: skip
    ends = [0, *(stretch.changes + 1), len(stretch.labels)]
    for begin, end in pairwise(ends):
        if end - begin < 8:
            continue  # no room for its name
        middle = float(stretch.times[begin] + stretch.times[end - 1]) / 2
        figure.add_annotation(
            x=middle, y=1.0, yref="paper", yanchor="bottom", showarrow=False,
            text=_class(stretch, begin),
        )  # fmt: skip


def _roles(figure: go.Figure, stretch: Stretch, found: Roles) -> None:
    unlike = [other for other in found.negatives if other not in set(found.alike)]
    frame = say("frame")
    parts = (
        (say("negative"), unlike, "line-ns-open", LINE, 8),
        (say("negative, but the same exercise"), found.alike, "x", "#CC79A7", 6),
        (say("positive"), found.positives, "diamond", "#009E73", 12),
        (say("anchor"), (found.anchor,), "star", CANDIDATE, 16),
    )
    for name, frames, symbol, colour, size in parts:
        chosen = np.array(frames, dtype=int)
        figure.add_scatter(
            x=np.round(stretch.times[chosen], 2), y=np.zeros(len(chosen)), mode="markers",
            name=name, marker={"symbol": symbol, "color": colour, "size": size},
            customdata=chosen + 1, row=2, col=1,
            hovertemplate=f"{frame} %{{customdata}}, %{{x:.1f}} s<extra>{name}</extra>",
        )  # fmt: skip


def _likeness(figure: go.Figure, stretch: Stretch, threshold: float) -> None:
    marked = stretch.cosines <= threshold
    figure.add_scatter(
        x=np.round(stretch.times, 2), y=np.round(stretch.cosines, 3), mode="lines",
        line={"width": 1, "color": LINE}, showlegend=False, hoverinfo="skip", row=3, col=1,
    )  # fmt: skip
    name = say("transition: the margin is on")
    figure.add_scatter(
        x=np.round(stretch.times[marked], 2), y=np.round(stretch.cosines[marked], 3),
        mode="markers", name=name, row=3, col=1,
        marker={"symbol": "triangle-down", "color": CANDIDATE, "size": 8},
        hovertemplate="%{y:.2f}, %{x:.1f} s" + f"<extra>{name}</extra>",
    )  # fmt: skip
    figure.add_hline(y=threshold, line_dash="dash", line_color=LINE, row=3, col=1)


def _table(stretch: Stretch, found: Roles) -> pd.DataFrame:
    role = np.full(len(stretch.labels), say("negative"), dtype=object)
    role[list(found.alike)] = say("negative, but the same exercise")
    role[list(found.positives)] = say("positive")
    role[found.anchor] = say("anchor")
    return pd.DataFrame(
        {
            say("frame"): np.arange(1, len(role) + 1),
            say("seconds"): stretch.times,
            say("exercise"): [_class(stretch, frame) for frame in range(len(role))],
            say("role"): role,
            say("like the next (cosine)"): np.round(stretch.cosines, 3),
        }
    )
