"""Data: look at the data sets and add a file."""

import streamlit as st

from app.components.charts.data_preview import balance_chart, facts, recording_preview
from app.components.charts.margin_preview import margin_preview
from app.components.choice import views
from app.components.chosen_data import data_choice, heading
from app.components.plain import plain
from app.views.data import own_file
from app.views.data.factory_settings import factory_settings
from emargin_core.datasets.base import Dataset
from emargin_core.datasets.registry import SOURCES, load_dataset
from emargin_core.datasets.summary import Summary, summarise
from emargin_core.text.errors import ExplorerError, InputError
from emargin_core.text.language import gettext, gettext_noop

PARTS = (own_file.LOOK, gettext_noop("Add your own file"))


@st.cache_resource(max_entries=8, show_spinner=False)
def summary_of(fingerprint: str, _dataset: Dataset) -> Summary:
    """Summary of a data set; the fingerprint is the key of the cache."""
    return summarise(_dataset)


def look(name: str) -> None:
    """Show one data set: facts, a recording, classes, and where the margin would act."""
    dataset = load_dataset(name)
    with st.spinner(gettext("Reading the data.")):
        summary = summary_of(dataset.fingerprint, dataset)
    source = SOURCES.get(name)
    st.markdown(plain(str(dataset.description or (source.description if source else ""))))
    facts(dataset, summary)
    left, right = st.columns([1.6, 1], gap="small")
    with left, st.container(border=True):
        names = [recording.id for recording in dataset.recordings]
        number = st.selectbox(
            gettext("Recording"),
            range(len(names)),
            format_func=lambda i: names[i],
            key="preview_recording",
        )
        recording_preview(dataset, dataset.recordings[number])
    with right, st.container(border=True):
        st.markdown(gettext("**Amount of each class**"))
        if dataset.class_names:
            balance_chart(dataset, summary, "balance")
        else:
            st.caption(gettext("The data has no labels."))
    if summary.frames is not None:
        margin_preview(dataset)
    where_from(dataset)


def where_from(dataset: Dataset) -> None:
    """Origin, licence and citation, as text."""
    parts = [
        (gettext("Source"), dataset.source),
        (gettext("Licence"), dataset.licence),
        (gettext("Cite"), dataset.citation),
    ]
    st.caption(
        "  \n".join(
            gettext("{title}: {text}", title=title, text=plain(str(text)))
            for title, text in parts
            if text
        )
    )


def not_here_yet() -> None:
    """Sources that are not available, with what they need."""
    waiting = {
        source.title: problem
        for source in SOURCES.values()
        if (problem := source.missing()) is not None
    }
    if waiting:
        with st.expander(gettext("{n} more data sets can be fetched", n=len(waiting))):
            for title, problem in waiting.items():
                st.markdown(f"**{plain(str(title))}** {plain(str(problem))}")


with st.sidebar:
    wanted = data_choice()
    if wanted.partition(":")[0] == "factory":
        factory_settings(wanted)
head = st.container()
part = views(gettext("Part"), "part", PARTS, label_visibility="collapsed")
with head:
    own = gettext("Your own file") if part == PARTS[1] else None
    heading(gettext("what is in it?"), title=own)
try:
    if part == PARTS[1]:
        own_file.own_file()
    else:
        look(wanted)
        not_here_yet()
except InputError as error:
    st.error(plain(str(error)), title=gettext("This data cannot be used."), icon=":material/error:")
except ExplorerError as error:
    st.error(plain(str(error)), icon=":material/error:")
