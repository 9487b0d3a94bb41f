"""Where would the margin act? How alike neighbouring frames are, with the threshold on top."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from app.components.charts.chart import chart
from app.components.charts.chart_words import indicator_says
from app.components.settings import DEFAULTS
from emargin_core.config import describe, slider_range
from emargin_core.datasets.base import Dataset
from emargin_core.evaluation.indicator import adjacent_cosines, share_marked
from emargin_core.report.figures.palette import BASELINE, CANDIDATE, LINE
from emargin_core.text.language import gettext

BINS = np.linspace(-1.0, 1.0, 81)


@st.cache_resource(max_entries=8, show_spinner=False)
def cosines_of(fingerprint: str, _dataset: Dataset) -> NDArray[np.float64]:
    """How alike neighbouring training frames are."""
    return adjacent_cosines(_dataset)


def margin_preview(dataset: Dataset) -> None:
    """Say what the margin's indicator would do with this data."""
    with st.container(border=True):
        words, picture = st.columns([1, 1.6], gap="medium")
        with st.spinner(gettext("Comparing neighbouring frames.")):
            cosines = cosines_of(dataset.fingerprint, dataset)
        with words:
            st.markdown(gettext("**Where would the margin act?**"))
            low, high, step = slider_range("threshold")
            threshold = st.slider(
                gettext("Margin threshold"),
                low,
                high,
                DEFAULTS.threshold,
                step,
                key="margin_threshold",
                bind="query-params",
                help=str(describe("threshold")),
            )
            share = share_marked(cosines, threshold)
            st.markdown(
                gettext("Too few frames to tell.")
                if share is None
                else gettext(
                    "At this threshold it acts on **{share:.0f} %** of the training frames: "
                    "those whose similarity to the next frame is at or below the threshold.",
                    share=100 * share,
                )
            )
            if share is not None and not 0.01 <= share <= 0.99:
                st.caption(
                    gettext(
                        "Nearly all or nearly none: at this value the threshold makes no "
                        "distinction. Move it to where most of the histogram lies."
                    )
                )
        with picture:
            figure = indicator_figure(cosines, threshold)
            chart(figure, "indicator", indicator_says(cosines, threshold))


def indicator_figure(cosines: NDArray[np.float64], threshold: float) -> go.Figure:
    """Histogram of adjacent cosines; what lies at or below the threshold gets the margin."""
    middles = (BINS[:-1] + BINS[1:]) / 2
    figure = go.Figure()
    for inside, name, colour in (
        (cosines <= threshold, gettext("the margin acts"), CANDIDATE),
        (cosines > threshold, gettext("the margin does not act"), BASELINE),
    ):
        counts, _ = np.histogram(np.clip(cosines[inside], -1.0, 1.0), BINS)
        figure.add_bar(
            x=np.round(middles, 4),
            y=counts,
            name=name,
            marker={"color": colour, "line": {"width": 0}},
            hovertemplate=gettext(
                "{what}: {count} frames at {place}", what=name, count="%{y:,}", place="%{x:.2f}"
            )
            + "<extra></extra>",
        )
    figure.add_vline(x=threshold, line_dash="dash", line_color=LINE)
    figure.update_layout(
        height=210,
        barmode="stack",
        bargap=0,
        margin={"l": 0, "r": 4, "t": 0, "b": 0},
        legend={"orientation": "h", "y": 1.2},
        xaxis={"title": gettext("cosine similarity to the next frame"), "range": [-1, 1]},
        yaxis={"title": gettext("frames")},
    )
    return figure
