"""Data: what there is to look at, and how the user's own file gets here."""

import numpy as np
import streamlit as st

from app.settings import DEFAULTS, data_choice
from app.widgets import own_file
from app.widgets.data_preview import class_balance, facts, recording_preview
from app.widgets.factory_knobs import factory_knobs
from app.widgets.margin_preview import indicator_figure
from app.widgets.plain import plain
from emargin_core.config import describe, slider_range
from emargin_core.datasets import SOURCES, load_dataset
from emargin_core.datasets.base import Dataset
from emargin_core.errors import ExplorerError, InputError
from emargin_core.indicator import adjacent_cosines, share_marked
from emargin_core.summary import Summary, summarise

CHART = {"displayModeBar": False}
PARTS = ("Look at the data", "Add your own file")


@st.cache_resource(max_entries=8, show_spinner="Reading the data.")
def summary_of(fingerprint: str, _dataset: Dataset) -> Summary:
    """What a data set holds; the fingerprint is what the cache knows it by."""
    return summarise(_dataset)


@st.cache_resource(max_entries=8, show_spinner="Comparing neighbouring frames.")
def cosines_of(fingerprint: str, _dataset: Dataset) -> np.ndarray:
    """How alike neighbouring training frames are."""
    return adjacent_cosines(_dataset)


def look(name: str) -> None:
    """Show one data set: facts, a recording, classes, and where the margin would act."""
    dataset = load_dataset(name)
    summary = summary_of(dataset.fingerprint, dataset)
    source = SOURCES.get(name)
    st.markdown(plain(dataset.description or (source.description if source else "")))
    facts(dataset, summary)
    left, right = st.columns([1.6, 1], gap="small")
    with left, st.container(border=True):
        names = [recording.id for recording in dataset.recordings]
        number = st.selectbox(
            "Recording", range(len(names)), format_func=lambda i: names[i], key="preview_recording"
        )
        recording_preview(dataset, dataset.recordings[number])
    with right, st.container(border=True):
        st.markdown("**How much of each class**")
        if dataset.class_names:
            st.plotly_chart(class_balance(dataset, summary), config=CHART, key="balance")
        else:
            st.caption("The data has no labels.")
    if summary.frames is not None:
        margin_section(dataset)
    where_from(dataset)


def margin_section(dataset: Dataset) -> None:
    """Say what the margin's indicator would do with this data."""
    with st.container(border=True):
        words, chart = st.columns([1, 1.6], gap="medium")
        cosines = cosines_of(dataset.fingerprint, dataset)
        with words:
            st.markdown("**Where would the margin act?**")
            low, high, step = slider_range("threshold")
            threshold = st.slider(
                "Margin threshold", low, high, DEFAULTS.threshold, step, key="threshold",
                bind="query-params", help=describe("threshold"),
            )  # fmt: skip
            share = share_marked(cosines, threshold)
            st.markdown(
                "Too few frames to tell."
                if share is None
                else f"At this threshold it acts on **{100 * share:.0f} %** of the training "
                "frames: those that are less like the next one than that."
            )
            if share is not None and not 0.01 <= share <= 0.99:
                st.caption(
                    "Nearly all or nearly none: here the threshold switches nothing. Move it to "
                    "where the histogram has its mass."
                )
        with chart:
            st.plotly_chart(indicator_figure(cosines, threshold), config=CHART, key="indicator")


def where_from(dataset: Dataset) -> None:
    """Origin, licence and citation, as text."""
    parts = [("Source", dataset.source), ("Licence", dataset.licence), ("Cite", dataset.citation)]
    st.caption("  \n".join(f"{title}: {plain(text)}" for title, text in parts if text))


def not_here_yet() -> None:
    """Sources that need something first, and what."""
    waiting = {
        source.title: problem
        for source in SOURCES.values()
        if (problem := source.missing()) is not None
    }
    if waiting:
        with st.expander(f"{len(waiting)} more data sets can be fetched"):
            for title, problem in waiting.items():
                st.markdown(f"**{plain(title)}** {plain(problem)}")


with st.sidebar:
    wanted = data_choice()
    if wanted.partition(":")[0] == "factory":
        factory_knobs(wanted)
st.markdown("### Data")
part = st.segmented_control(
    "Part", PARTS, default=PARTS[0], required=True, key="part", bind="query-params",
    label_visibility="collapsed",
)  # fmt: skip
try:
    if part == PARTS[1]:
        own_file.own_file()
    else:
        look(wanted)
        not_here_yet()
except InputError as error:
    st.error(plain(str(error)), title="This data cannot be used.", icon=":material/error:")
except ExplorerError as error:
    st.error(plain(str(error)), icon=":material/error:")
