"""Fourth step of the Learn page: what the scores measure, and when they lie."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from app.components.charts.chart import chart
from emargin_core.learn.blobs import N_GROUPS, Blobs, Scene, scene
from emargin_core.report.figures.palette import class_colour
from emargin_core.text.language import gettext as _
from emargin_core.text.language import gettext_noop
from emargin_core.text.message import lazy_gettext
from emargin_core.text.numbers import percent

FOLLOWS = {"groups": lazy_gettext("the groups"), "cut": lazy_gettext("a line across the groups")}
CASES: dict[str, tuple[float, float, int, str]] = {
    gettext_noop("Tidy and useful"): (0.4, 3.0, 100, "groups"),
    gettext_noop("Tidy but useless"): (0.4, 3.0, 0, "groups"),
    gettext_noop("Untidy but useful"): (1.0, 0.5, 100, "cut"),
    gettext_noop("Collapsed"): (0.0, 0.0, 100, "groups"),
}
KEYS = ("blob_width", "blob_distance", "blob_agree", "labels_follow")
"""Of the four controls; each of `CASES` sets them to show one lesson."""
LESSONS = {
    "honest": lazy_gettext(
        "**Both agree, for a good reason:** the groups are tidy, and they are what we want to "
        "tell apart."
    ),
    "unrelated": lazy_gettext(
        "**Both look good, but for different reasons:** the groups are tidy but unrelated to "
        "the labels. The classifier uses another direction. The cluster scores are no "
        "evidence for its accuracy."
    ),
    "pretty": lazy_gettext(
        "**The cluster scores mislead:** the groups are tidy, yet a classifier on the "
        "embedding is often wrong. Davies–Bouldin and Silhouette do not use the labels, so "
        "they cannot show this."
    ),
    "ugly": lazy_gettext(
        "**The cluster scores mislead the other way:** the groups are not tidy, yet a "
        "classifier on the embedding is mostly right. The information it needs runs across "
        "the points and is not in the groups."
    ),
    "poor": lazy_gettext(
        "**Both agree:** the groups overlap, and a classifier on the embedding is often wrong."
    ),
    "collapsed": lazy_gettext(
        "**Collapsed:** all points coincide. scikit-learn's Davies–Bouldin returns {stock}, "
        "its best possible score. But nothing is left to tell apart, so this page shows it as "
        "undefined (n/a)."
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
            _(
                "**Davies–Bouldin** compares the width of the groups with the distance "
                "between them: low is tidy. **Silhouette** compares each point's distance to "
                "its own group with that to the nearest other group: high is tidy. **Neither "
                "uses the labels.**"
            )
        )
        with st.container(horizontal=True):
            for name, values in CASES.items():
                st.button(_(name), key=f"case_{name}", on_click=_set, args=(values,))
        width = st.slider(
            _("Width of each group"),
            0.0,
            MAX_WIDTH,
            0.4,
            0.1,
            key="blob_width",
            bind="query-params",
        )
        distance = st.slider(
            _("Distance between the groups"),
            0.0,
            MAX_DISTANCE,
            3.0,
            0.1,
            key="blob_distance",
            bind="query-params",
        )
        agree = st.slider(
            _("Share of correct labels"),
            0,
            100,
            100,
            5,
            format="%d %%",
            key="blob_agree",
            bind="query-params",
            help=_("The other points get random labels, as a careless annotator might give."),
        )
        follows = st.segmented_control(
            _("Labels depend on"),
            list(FOLLOWS),
            required=True,
            key="labels_follow",
            default=None if "labels_follow" in st.session_state else "groups",
            format_func=lambda name: str(FOLLOWS[name]),
        )
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
    lesson = str(LESSONS[found.reading].format(stock=f"{found.stock_davies_bouldin:.2f}"))
    kind = {"honest": st.success, "poor": st.info, "unrelated": st.info}.get(
        found.reading, st.warning
    )
    kind(lesson, icon=":material/lightbulb:")


def _set(values: tuple[float, float, int, str]) -> None:
    st.session_state.update(zip(KEYS, values, strict=True))


def _metrics(found: Scene) -> None:
    right = _("n/a") if found.accuracy is None else percent(found.accuracy)
    shown = (
        (_("Davies–Bouldin"), _number(found.davies_bouldin), _("lower is tidier")),
        (_("Silhouette"), _number(found.silhouette), _("higher is tidier")),
        (_("Clusters match labels"), _number(found.match), _("NMI, 0 to 1")),
        (_("Right decisions"), right, _("linear probe, new points")),
    )
    with st.container(horizontal=True):
        for title, value, note in shown:
            st.metric(title, value, note, delta_color="off", delta_arrow="off", width=145)


def _number(value: float | None) -> str:
    return _("n/a") if value is None else f"{value:.2f}"


def _says(found: Scene) -> str:
    return _(
        "{n} points in {k} clusters: Davies–Bouldin {index}, Silhouette {tidiness}, match with the "
        "labels {match}; a linear classifier is right for {accuracy} of new points.",
        n=len(found.points),
        k=len(found.centres),
        index=_number(found.davies_bouldin),
        tidiness=_number(found.silhouette),
        match=_number(found.match),
        accuracy=_("n/a") if found.accuracy is None else percent(found.accuracy),
    )


def blobs_figure(found: Scene) -> go.Figure:
    """Points by label; each cluster's centre and mean width, and what lies between the centres."""
    figure = go.Figure()
    for code in range(N_GROUPS):
        members = found.labels == code
        figure.add_scatter(
            x=np.round(found.points[members, 0], 3),
            y=np.round(found.points[members, 1], 3),
            mode="markers",
            name=_("label {letter}", letter="ABC"[code]),
            marker={
                "color": class_colour(code),
                "symbol": SYMBOLS[code],
                "size": 7,
                "opacity": 0.75,
            },
            hovertemplate="%{fullData.name}<extra></extra>",
        )
    turn = np.linspace(0.0, 2.0 * np.pi, 41)
    rings_x, rings_y = [], []
    for centre, width in zip(found.centres, found.widths, strict=True):
        rings_x += [*np.round(centre[0] + width * np.cos(turn), 3), None]
        rings_y += [*np.round(centre[1] + width * np.sin(turn), 3), None]
    figure.add_scatter(
        x=rings_x,
        y=rings_y,
        mode="lines",
        name=_("width of a cluster found"),
        line={"color": SCALE, "width": 3},
        hoverinfo="skip",
    )
    order = np.argsort(found.centres[:, 0])
    figure.add_scatter(
        x=np.round(found.centres[order, 0], 3),
        y=np.round(found.centres[order, 1], 3),
        mode="lines+markers",
        name=_("distance between centres"),
        marker={"symbol": "x-thin", "size": 14, "line": {"width": 3, "color": SCALE}},
        line={"color": SCALE, "width": 2, "dash": "dot"},
        hoverinfo="skip",
    )
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
            _("x axis"): np.round(found.points[:, 0], 3),
            _("y axis"): np.round(found.points[:, 1], 3),
            _("label"): ["ABC"[code] for code in found.labels],
            _("cluster found"): found.clusters + 1,
        }
    )
