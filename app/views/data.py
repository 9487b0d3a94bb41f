"""Data: what there is to look at, and how the user's own file gets here."""

import streamlit as st

from app.settings import data_choice
from app.widgets import own_file
from app.widgets.choice import views
from app.widgets.data_preview import balance_chart, facts, recording_preview
from app.widgets.factory_knobs import factory_knobs
from app.widgets.margin_preview import margin_preview
from app.widgets.plain import plain
from emargin_core.datasets import SOURCES, load_dataset
from emargin_core.datasets.base import Dataset
from emargin_core.errors import ExplorerError, InputError
from emargin_core.language import mark, retell, say
from emargin_core.summary import Summary, summarise

PARTS = (own_file.LOOK, mark("Add your own file"))


@st.cache_resource(max_entries=8, show_spinner=False)
def summary_of(fingerprint: str, _dataset: Dataset) -> Summary:
    """What a data set holds; the fingerprint is what the cache knows it by."""
    return summarise(_dataset)


def look(name: str) -> None:
    """Show one data set: facts, a recording, classes, and where the margin would act."""
    dataset = load_dataset(name)
    with st.spinner(say("Reading the data.")):
        summary = summary_of(dataset.fingerprint, dataset)
    source = SOURCES.get(name)
    st.markdown(plain(retell(dataset.description or (source.description if source else ""))))
    facts(dataset, summary)
    left, right = st.columns([1.6, 1], gap="small")
    with left, st.container(border=True):
        names = [recording.id for recording in dataset.recordings]
        number = st.selectbox(
            say("Recording"),
            range(len(names)),
            format_func=lambda i: names[i],
            key="preview_recording",
        )
        recording_preview(dataset, dataset.recordings[number])
    with right, st.container(border=True):
        st.markdown(say("**How much of each class**"))
        if dataset.class_names:
            balance_chart(dataset, summary, "balance")
        else:
            st.caption(say("The data has no labels."))
    if summary.frames is not None:
        margin_preview(dataset)
    where_from(dataset)


def where_from(dataset: Dataset) -> None:
    """Origin, licence and citation, as text."""
    parts = [
        (say("Source"), dataset.source),
        (say("Licence"), dataset.licence),
        (say("Cite"), dataset.citation),
    ]
    st.caption(
        "  \n".join(
            say("{title}: {text}", title=title, text=plain(retell(text)))
            for title, text in parts
            if text
        )
    )


def not_here_yet() -> None:
    """Sources that need something first, and what."""
    waiting = {
        source.title: problem
        for source in SOURCES.values()
        if (problem := source.missing()) is not None
    }
    if waiting:
        with st.expander(say("{n} more data sets can be fetched", n=len(waiting))):
            for title, problem in waiting.items():
                st.markdown(f"**{plain(retell(title))}** {plain(retell(problem))}")


with st.sidebar:
    wanted = data_choice()
    if wanted.partition(":")[0] == "factory":
        factory_knobs(wanted)
st.markdown(f"### {say('Data')}")
part = views(say("Part"), "part", PARTS, label_visibility="collapsed")
try:
    if part == PARTS[1]:
        own_file.own_file()
    else:
        look(wanted)
        not_here_yet()
except InputError as error:
    st.error(
        plain(retell(str(error))), title=say("This data cannot be used."), icon=":material/error:"
    )
except ExplorerError as error:
    st.error(plain(retell(str(error))), icon=":material/error:")
