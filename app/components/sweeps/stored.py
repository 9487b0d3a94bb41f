"""Sweeps as the pages read them: what they found, under names that the cache can keep."""

import pandas as pd
import streamlit as st

from app import session
from app.components.charts.sweep_details import PARAMETER_WORDS
from emargin_core.analysis.comparison import Comparison
from emargin_core.analysis.importance import Importance, parameter_importance, varying_parameters
from emargin_core.analysis.verdict import EQUAL_WITHIN
from emargin_core.config import ExperimentConfig
from emargin_core.datasets.registry import load_dataset
from emargin_core.sweeps.confirmation import Confirmation, plan_confirmation
from emargin_core.sweeps.findings import Findings, findings
from emargin_core.sweeps.space import TRAININGS, VARIABLE
from emargin_core.text.errors import InputError
from emargin_core.text.language import gettext as _

GALLERY = "(gallery)"
"""Stands for what comes with the program, among the names of sweeps."""


def findings_of(name: str, ended: int) -> Findings:
    """A sweep with as many trials ended.

    The cache knows it by that and by the baseline's runs that are there.
    """
    baseline = () if name == GALLERY else session.sweeps().baseline_ids(name)
    with st.spinner(_("Reading the sweep.")):
        return _findings(name, ended, baseline)


@st.cache_resource(max_entries=8, show_spinner=False)
def _findings(name: str, ended: int, baseline: tuple[str, ...]) -> Findings:
    if name == GALLERY:
        return session.gallery_findings()
    return session.sweeps().report(name).findings


def findings_beside(name: str, ended: int, baseline: ExperimentConfig) -> Findings:
    """What a sweep found, its settings beside this baseline if that was run as its own was.

    That is with the same folds and seeds and on the same part of the data; else beside its own.
    """
    found = findings_of(name, ended)
    if found.baseline is None or found.units is None:
        return found
    part = found.baseline.config["evaluate_on"]
    wanted = tuple(
        session.run_id_of(
            baseline.model_copy(update={"fold": fold, "seed": seed, "evaluate_on": part})
        )
        for fold, seed in sorted(found.baseline.point.runs)
    )
    if set(wanted) == set(found.baseline.run_ids):
        return found
    try:
        return _beside(name, ended, wanted, found.trials)
    except KeyError:
        return found


@st.cache_resource(max_entries=8, show_spinner=False)
def _beside(name: str, ended: int, baseline: tuple[str, ...], _trials: pd.DataFrame) -> Findings:
    return findings(_trials, [session.measured_run(run_id) for run_id in baseline])


def dataset_of(name: str) -> str:
    """The data that a sweep was run on."""
    shipped = session.gallery()
    if name == GALLERY and shipped is not None:
        return shipped.dataset
    return session.sweeps().spec(name).base.dataset


def confirmation_of(name: str, ended: int) -> Confirmation | None:
    """What confirming a sweep takes; None where there is nothing to confirm."""
    baseline = () if name == GALLERY else session.sweeps().baseline_ids(name)
    return _confirmation(name, ended, baseline)


@st.cache_resource(max_entries=8, show_spinner=False)
def _confirmation(name: str, ended: int, baseline: tuple[str, ...]) -> Confirmation | None:
    dataset = dataset_of(name)
    try:
        return plan_confirmation(_findings(name, ended, baseline), load_dataset(dataset), dataset)
    except InputError:
        return None


def confirmed_choice(
    confirmation: Confirmation, equal_within: float = EQUAL_WITHIN
) -> Comparison | None:
    """The choice beside the baseline on the test groups; None until all its runs are there."""
    baseline, candidate = (
        tuple(session.run_id_of(config) for config in side)
        for side in (confirmation.baseline, confirmation.candidate)
    )
    if any(session.stored_result(run_id) is None for run_id in (*baseline, *candidate)):
        return None
    return session.comparison_of(baseline, candidate, equal_within)


def importance_of(name: str, ended: int, path: str) -> Importance:
    """Importance of each parameter for a metric."""
    with st.spinner(_("Computing which setting matters most.")):
        return _importance(name, ended, path)


@st.cache_data(max_entries=16, show_spinner=False)
def _importance(name: str, ended: int, path: str) -> Importance:
    trials = findings_of(name, ended).trials
    return parameter_importance(trials, varying_parameters(trials, VARIABLE), path)


def sweep_words(name: str) -> str:
    """A sweep in a line: what it varies and how many trials it has."""
    if name == GALLERY:
        found = session.gallery_findings()
        folds = found.trials["fold"].nunique()
        return _("Precomputed: {n} settings in {folds} folds", n=len(found.settings), folds=folds)
    spec = session.sweeps().spec(name)
    varied = " × ".join(str(PARAMETER_WORDS[n]) for n in spec.varied if n not in TRAININGS)
    words = _(
        "{method}: search of {varied}, {n} trials ({name})"
        if spec.is_search
        else "{method}: grid of {varied}, {n} trials ({name})",
        method=spec.base.method,
        varied=varied or _("one setting"),
        n=spec.trials,
        name=name,
    )
    if session.sweeps().is_current(name):
        return words
    return _("{sweep}, older version", sweep=words)
