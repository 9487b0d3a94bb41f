"""Sweeps as the pages read them: what they found, under names that the cache can keep."""

import streamlit as st

from app import background
from app.widgets.sweep_details import PARAMETER_WORDS
from emargin_core.findings import Findings
from emargin_core.importance import Importance, parameter_importance, varying_parameters
from emargin_core.sweep_space import VARIABLE

GALLERY = "(gallery)"
"""Stands for what comes with the program, among the names of sweeps."""


@st.cache_resource(max_entries=8, show_spinner="Reading the sweep.")
def findings_of(name: str, ended: int) -> Findings:
    """A sweep with as many trials ended; that is what the cache knows it by."""
    if name == GALLERY:
        return background.gallery_findings()
    return background.sweeps().report(name).findings


@st.cache_data(max_entries=16, show_spinner="Asking which setting matters most.")
def importance_of(name: str, ended: int, path: str) -> Importance:
    """Importance of each parameter for a metric."""
    trials = findings_of(name, ended).trials
    return parameter_importance(trials, varying_parameters(trials, VARIABLE), path)


def sweep_words(name: str) -> str:
    """A sweep in a line: what it varies and how many trials it has."""
    if name == GALLERY:
        return f"Precomputed: {len(background.gallery_findings().trials)} runs with three seeds"
    spec = background.sweeps().spec(name)
    kind = "search" if spec.is_search else "grid"
    varied = " × ".join(PARAMETER_WORDS[n] for n in spec.varied if n != "seed") or "one setting"
    return f"{spec.base.method}: {kind} of {varied}, {spec.trials} trials ({name})"
