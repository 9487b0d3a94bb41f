"""Fourth step of the Learn page: what the scores measure, and when they lie."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from app.palette import class_colour
from app.widgets.chart import chart
from emargin_core.language import mark, say
from emargin_core.learn.blobs import N_GROUPS, Blobs, Scene, scene

FOLLOWS = {
    "groups": mark("the groups"),
    "cut": mark("a cut across the groups"),
}
CASES: dict[str, tuple[float, float, int, str]] = {
    mark("Honest"): (0.4, 3.0, 100, "groups"),
    mark("Pretty, useless"): (0.4, 3.0, 0, "groups"),
    mark("Ugly, useful"): (1.0, 0.5, 100, "cut"),
    mark("Collapsed"): (0.0, 0.0, 100, "groups"),
}
KEYS = ("blob_width", "blob_distance", "blob_agree", "labels_follow")
"""Of the four controls; each of `CASES` sets them to show one lesson."""
LESSONS = {
    "honest": mark(
        "**Both agree, and for a reason:** the groups are tidy, and the groups are what we want to "
        "tell apart."
    ),
    "unrelated": mark(
        "**Both look good, but for different reasons:** the groups are tidy and say nothing about "
        "the labels. The classifier reads another direction. Cluster scores did not earn that "
        "trust."
    ),
    "pretty": mark(
        "**The scores lie:** tidy groups, and yet a classifier on top is often wrong. "
        "Davies–Bouldin and Silhouette never look at the labels; they cannot notice."
    ),
    "ugly": mark(
        "**The scores lie the other way:** no tidy groups, and yet a classifier on top is mostly "
        "right. What it needs lies across the cloud, not in clumps."
    ),
    "poor": mark(
        "**Both agree:** the groups run into each other, and a classifier on top is often wrong."
    ),
    "collapsed": mark(
        "**Collapsed:** all points are one. scikit-learn's Davies–Bouldin answers {stock}, its "
        "best possible score. Nothing is left to tell apart, so here it is called undefined (n/a), "
        "never perfect."
    ),
}
MAX_WIDTH = 1.2
MAX_DISTANCE = 3.5
REACH = MAX_DISTANCE + 2.6 * MAX_WIDTH
SCALE = "#7F3C8D"
"""What the Davies–Bouldin index measures: widths and distances."""
SYMBOLS = ("circle", "square", "triangle-up")


def scores_step() -> None:
    """Drag tightness and overlap; make labels agree or not; read scores and accuracy."""
    words, picture = st.columns([1, 1.9], gap="medium")
    with words:
        st.markdown(
            say(
                "**Davies–Bouldin** asks: how wide are the groups against the distance between "
                "them? Low is tidy. **Silhouette** asks each point: are you nearer to your own "
                "group than to the next? High is tidy. **Neither asks what the points mean.**"
            )
        )
        with st.container(horizontal=True):
            for name, values in CASES.items():
                st.button(say(name), key=f"case_{name}", on_click=_set, args=(values,))
        width = st.slider(
            say("Width of each group (tight to wide)"), 0.0, MAX_WIDTH, 0.4, 0.1, key="blob_width",
            bind="query-params",
        )  # fmt: skip
        distance = st.slider(
            say("Distance between the groups (overlap to apart)"), 0.0, MAX_DISTANCE, 3.0, 0.1,
            key="blob_distance", bind="query-params",
        )  # fmt: skip
        agree = st.slider(
            say("Labels that agree"), 0, 100, 100, 5, format="%d %%", key="blob_agree",
            bind="query-params",
            help=say("The labels of the other points are drawn blindly, as by a tired annotator."),
        )  # fmt: skip
        follows = st.segmented_control(
            say("The labels follow"), list(FOLLOWS), required=True, key="labels_follow",
            default=None if "labels_follow" in st.session_state else "groups",
            format_func=lambda name: say(FOLLOWS[name]),
        )  # fmt: skip
    found = scene(
        Blobs(
            width=min(max(width, 0.0), MAX_WIDTH),
            distance=min(max(distance, 0.0), MAX_DISTANCE),
            agreement=min(max(agree, 0), 100) / 100,
            follows="cut" if follows == "cut" else "groups",
        )
    )
    with picture, st.container(border=True):
        _metrics(found)
        chart(blobs_figure(found), "blobs", _says(found), _table(found))
    lesson = say(LESSONS[found.reading], stock=f"{found.stock_davies_bouldin:.2f}")
    kind = {"honest": st.success, "poor": st.info, "unrelated": st.info}.get(
        found.reading, st.warning
    )
    kind(lesson, icon=":material/lightbulb:")


def _set(values: tuple[float, float, int, str]) -> None:
    st.session_state.update(zip(KEYS, values, strict=True))


def _metrics(found: Scene) -> None:
    right = say("n/a") if found.accuracy is None else f"{100 * found.accuracy:.0f} %"
    shown = (
        (say("Davies–Bouldin"), _number(found.davies_bouldin), say("lower is tidier")),
        (say("Silhouette"), _number(found.silhouette), say("higher is tidier")),
        (say("Clusters match labels"), _number(found.match), say("0 not at all, 1 fully (NMI)")),
        (say("Right decisions"), right, say("linear probe, new points")),
    )
    with st.container(horizontal=True):
        for title, value, note in shown:
            st.metric(title, value, note, delta_color="off", delta_arrow="off", width=145)


def _number(value: float | None) -> str:
    return say("n/a") if value is None else f"{value:.2f}"


def _says(found: Scene) -> str:
    return say(
        "{n} points in {k} clusters: Davies–Bouldin {index}, Silhouette {tidiness}, match with the "
        "labels {match}; a linear classifier is right for {accuracy} of new points.",
        n=len(found.points), k=len(found.centres), index=_number(found.davies_bouldin),
        tidiness=_number(found.silhouette), match=_number(found.match),
        accuracy=say("n/a") if found.accuracy is None else f"{100 * found.accuracy:.0f} %",
    )  # fmt: skip


def blobs_figure(found: Scene) -> go.Figure:
    """Points by label; each cluster's centre and mean width, and what lies between the centres."""
    figure = go.Figure()
    for code in range(N_GROUPS):
        members = found.labels == code
        figure.add_scatter(
            x=np.round(found.points[members, 0], 3), y=np.round(found.points[members, 1], 3),
            mode="markers", name=say("label {letter}", letter="ABC"[code]),
            marker={"color": class_colour(code), "symbol": SYMBOLS[code], "size": 7,
                    "opacity": 0.75},
            hovertemplate="%{fullData.name}<extra></extra>",
        )  # fmt: skip
    turn = np.linspace(0.0, 2.0 * np.pi, 41)
    rings_x, rings_y = [], []
    for centre, width in zip(found.centres, found.widths, strict=True):
        rings_x += [*np.round(centre[0] + width * np.cos(turn), 3), None]
        rings_y += [*np.round(centre[1] + width * np.sin(turn), 3), None]
    figure.add_scatter(
        x=rings_x, y=rings_y, mode="lines", name=say("width of a cluster found"),
        line={"color": SCALE, "width": 3}, hoverinfo="skip",
    )  # fmt: skip
    order = np.argsort(found.centres[:, 0])
    figure.add_scatter(
        x=np.round(found.centres[order, 0], 3), y=np.round(found.centres[order, 1], 3),
        mode="lines+markers", name=say("distance of centres"),
        marker={"symbol": "x-thin", "size": 14, "line": {"width": 3, "color": SCALE}},
        line={"color": SCALE, "width": 2, "dash": "dot"}, hoverinfo="skip",
    )  # fmt: skip
    figure.update_layout(
        height=330,
        margin={"l": 0, "r": 0, "t": 4, "b": 0},
        legend={"orientation": "h", "y": -0.03, "yanchor": "top"},
        xaxis={"visible": False, "range": [-REACH, REACH]},
        yaxis={"visible": False, "range": [-REACH / 2, REACH / 2], "scaleanchor": "x"},
    )
    return figure


def _table(found: Scene) -> pd.DataFrame:
    return pd.DataFrame(
        {
            say("across"): np.round(found.points[:, 0], 3),
            say("up"): np.round(found.points[:, 1], 3),
            say("label"): ["ABC"[code] for code in found.labels],
            say("cluster found"): found.clusters + 1,
        }
    )
