"""Sweeps as the pages read them: what they found, under names that the cache can keep."""

import streamlit as st

from app import background
from app.widgets.sweep_details import PARAMETER_WORDS
from emargin_core.findings import Findings
from emargin_core.importance import Importance, parameter_importance, varying_parameters
from emargin_core.language import say
from emargin_core.sweep_space import VARIABLE

GALLERY = "(gallery)"
"""Stands for what comes with the program, among the names of sweeps."""


def findings_of(name: str, ended: int) -> Findings:
    """A sweep with as many trials ended; that is what the cache knows it by."""
    with st.spinner(say("Reading the sweep.")):
        return _findings(name, ended)


@st.cache_resource(max_entries=8, show_spinner=False)
def _findings(name: str, ended: int) -> Findings:
    if name == GALLERY:
        return background.gallery_findings()
    return background.sweeps().report(name).findings


def importance_of(name: str, ended: int, path: str) -> Importance:
    """Importance of each parameter for a metric."""
    with st.spinner(say("Asking which setting matters most.")):
        return _importance(name, ended, path)


@st.cache_data(max_entries=16, show_spinner=False)
def _importance(name: str, ended: int, path: str) -> Importance:
    trials = _findings(name, ended).trials
    return parameter_importance(trials, varying_parameters(trials, VARIABLE), path)


def sweep_words(name: str) -> str:
    """A sweep in a line: what it varies and how many trials it has."""
    if name == GALLERY:
        return say(
            "Precomputed: {n} runs with three seeds", n=len(background.gallery_findings().trials)
        )
    spec = background.sweeps().spec(name)
    varied = " × ".join(say(PARAMETER_WORDS[n]) for n in spec.varied if n != "seed")
    return say(
        "{method}: search of {varied}, {n} trials ({name})"
        if spec.is_search
        else "{method}: grid of {varied}, {n} trials ({name})",
        method=spec.base.method,
        varied=varied or say("one setting"),
        n=spec.trials,
        name=name,
    )
