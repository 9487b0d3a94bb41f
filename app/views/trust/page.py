"""Which metric to trust: measured across all stored runs of a data set."""

import pandas as pd
import streamlit as st

from app import session
from app.components import job_progress
from app.components.charts.chart import chart
from app.components.charts.chart_words import ranking_says, scatter_says
from app.components.chosen_data import data_choice, heading
from app.components.plain import plain
from app.views.trust.trust_figures import WORDS, ranking_figure, scatter_figure
from emargin_core.analysis.trust.bridge import fit_bridge, missing_settings
from emargin_core.analysis.trust.trust import MetricTrust, missing_runs, rank_metrics
from emargin_core.analysis.trust.words import (
    bridge_sentence,
    missing_settings_words,
    missing_words,
    settings_words,
    trust_sentence,
)
from emargin_core.config import ExperimentConfig
from emargin_core.datasets.registry import load_dataset
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.store.runs_table import common_folds, over_folds, runs_table
from emargin_core.sweeps.survey import survey_configs
from emargin_core.text.errors import ExplorerError
from emargin_core.text.language import gettext, ngettext, sentences
from emargin_core.text.message import lazy_gettext
from emargin_core.text.units import of_part


@st.cache_data(max_entries=16, show_spinner=False)
def table_of(names: tuple[str, ...], fingerprint: str) -> tuple[pd.DataFrame, int, str, int]:
    """Comparable settings, stored here or in the gallery, and how many only the gallery has.

    Of the part of the data, test or validation, on which more were evaluated; that part, and over
    how many folds their metrics are averaged.

    `names` is what the cache knows the stored ones by.
    """
    found = (session.stored_result(name) for name in names)
    own = {run.run_id: run for run in found if run is not None and not run.precomputed}
    shipped = session.gallery()
    runs = (shipped.entries if shipped else {}) | own
    tables = {
        part: runs_table(runs.values(), dataset=fingerprint, evaluate_on=part)
        for part in ("test", "validation")
    }
    means = {part: over_folds(table) for part, table in tables.items()}
    part = max(means, key=lambda name: len(means[name]))
    table = means[part]
    precomputed = int((~table["run_id"].isin(list(own))).sum())
    return table, precomputed, part, len(common_folds(tables[part]))


@st.cache_data(max_entries=16, show_spinner=False)
def ranking_of(runs: pd.DataFrame, names: tuple[str, ...]) -> list[MetricTrust]:
    """The ranking of the metrics on these runs."""
    return rank_metrics(runs)


def offer_survey(dataset: str, shortage: str) -> None:
    """Say how many runs are missing, and offer to make them."""
    configs = {session.run_id_of(config): config for config in survey_configs(dataset)}
    missing = {k: c for k, c in configs.items() if session.stored_result(k) is None}
    st.info(shortage, title=gettext("Not enough runs yet."), icon=":material/hourglass_empty:")
    if job_progress.under_way(list(missing)):
        job_progress.progress_banner(tuple(configs))
    elif st.button(
        gettext("Train {n} settings", n=len(missing)), type="primary", disabled=not missing
    ):
        submit(missing)
        st.rerun()


def submit(configs: dict[str, ExperimentConfig]) -> None:
    """Ask the workers for these runs."""
    session.run_store().check_writable()
    session.jobs().check_limit(configs, session.session_owner())
    for name, config in configs.items():
        session.jobs().forget(name)
        session.jobs().submit(config, name, session.session_owner())


def show(dataset: str) -> None:
    """Draw the page for one data set."""
    names = tuple(session.run_store().ids())
    with st.spinner(gettext("Reading the stored runs.")):
        data = load_dataset(dataset)
        runs, precomputed, evaluate_on, n_folds = table_of(names, data.fingerprint)
    missing = missing_runs(runs)
    if missing is not None:
        offer_survey(dataset, missing_words(missing))
        return
    ranking = ranking_of(runs, names)
    part = of_part(evaluate_on, data.unit)
    of_it = gettext("{data} ({part})", data=str(data.title), part=part)
    st.info(trust_sentence(of_it, runs, ranking), icon=":material/rule:")
    left, right = st.columns([1.25, 1], gap="medium")
    with left, st.container(border=True):
        st.markdown(
            gettext(
                "**Does it rank the better model first?**  \n:small[−1: always the worse one; "
                "0: no better than chance; +1: always the better one]"
            )
        )
        chart(ranking_figure(ranking), "ranking", ranking_says(ranking), numbers=False)
    with right, st.container(border=True):
        titles = {trust.path: str(trust.title) for trust in ranking}
        path = st.selectbox(
            gettext("Metric"), list(titles), format_func=titles.__getitem__, key="metric"
        )
        chosen = next(trust for trust in ranking if trust.path == path)
        chart(scatter_figure(runs, path), "scatter", scatter_says(titles[path], chosen))
    with st.expander(gettext("The same as a table")):
        st.dataframe(ranking_table(ranking), hide_index=True)
    bridge_section(runs)
    shipped = session.gallery()
    if precomputed and shipped:
        st.caption(
            gettext(
                "{n} of these {all} points come with the program. {label}; `{command}` "
                "recomputes them.",
                n=precomputed,
                all=len(runs),
                label=plain(str(shipped.label)),
                command=plain(shipped.command),
            )
        )
    st.caption(
        sentences(
            ngettext(
                "Each point is one setting trained with one seed, measured on the {part}, never "
                "seen in training.",
                "Each point is one setting trained with one seed: its mean over {n} folds, "
                "measured on the {part}, never seen in training.",
                n_folds,
                part=part,
            ),
            gettext(
                "Intervals resample settings, not points: seeds of one setting are not "
                "independent. The ranking describes these settings and this data; it may not "
                "generalise to other data."
            ),
        )
    )


def ranking_table(ranking: list[MetricTrust]) -> pd.DataFrame:
    """The ranking in numbers."""
    return pd.DataFrame(
        {
            gettext("metric"): str(trust.title),
            gettext("Verdict"): str(WORDS[trust.verdict]),
            **_bounds(RHO, trust.rho),
            gettext("points"): trust.n_runs,
            gettext("settings"): trust.n_configs,
            gettext("undefined"): trust.n_undefined,
        }
        for trust in ranking
    )


RHO = (
    lazy_gettext("Spearman rho"),
    lazy_gettext("Spearman rho, lower bound"),
    lazy_gettext("Spearman rho, upper bound"),
)


def _bounds(names: tuple[str, ...], value: Estimate | None) -> dict[str, float | None]:
    found = (None, None, None) if value is None else (value.mean, value.low, value.high)
    return {str(name): number for name, number in zip(names, found, strict=True)}


def bridge_section(runs: pd.DataFrame) -> None:
    """Can accuracy be predicted without labels?"""
    with st.container(border=True):
        st.markdown(gettext("**Can accuracy be predicted from the embedding alone?**"))
        bridge = fit_bridge(runs)
        if bridge is None:
            missing = missing_settings(runs)
            st.markdown(missing_settings_words(missing) if missing else "")
            return
        st.markdown(bridge_sentence(bridge))
        error = bridge.by_config
        st.caption(
            gettext(
                "Leave-one-setting-out, {n} settings: mean absolute error {mae:.1f} points, "
                "against {mean_mae:.1f} when predicting the mean (root mean square error "
                "{rmse:.1f} and {mean_rmse:.1f}). {settings}; {left_out} more were left out for "
                "an undefined metric.",
                n=error.n_folds,
                mae=100 * error.mae,
                mean_mae=100 * error.mean_mae,
                rmse=100 * error.rmse,
                mean_rmse=100 * error.mean_rmse,
                settings=settings_words(bridge.n_runs, bridge.n_configs),
                left_out=bridge.n_left_out,
            )
        )


with st.sidebar:
    wanted = data_choice()
heading(gettext("which metric to trust?"))
st.markdown(
    gettext(
        "A cluster score is useful only if it ranks the better model first. This page tests "
        "every metric that needs no labels, on all runs stored on this computer and those "
        "that come with the program."
    )
)
try:
    show(wanted)
except ExplorerError as error:
    st.error(plain(str(error)), icon=":material/error:")
