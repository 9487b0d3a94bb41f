"""Which metric to trust: measured across all stored runs of a data set."""

import pandas as pd
import streamlit as st

from app import background
from app.settings import data_choice
from app.widgets import job_progress
from app.widgets.chart import chart
from app.widgets.chart_words import ranking_says, scatter_says
from app.widgets.plain import plain
from app.widgets.trust_figures import WORDS, ranking_figure, scatter_figure
from emargin_core.config import ExperimentConfig
from emargin_core.datasets import load_dataset
from emargin_core.errors import ExplorerError
from emargin_core.evaluation.bridge import fit_bridge, missing_settings
from emargin_core.evaluation.trust import (
    MetricTrust,
    missing_runs,
    rank_metrics,
    trust_sentence,
)
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.language import mark, retell, say
from emargin_core.runs_table import runs_table
from emargin_core.survey import survey_configs


@st.cache_data(max_entries=16, show_spinner=False)
def table_of(names: tuple[str, ...], fingerprint: str) -> tuple[pd.DataFrame, int]:
    """All comparable runs, stored here or in the gallery, and how many only the gallery has.

    `names` is what the cache knows the stored ones by.
    """
    found = (background.stored_result(name) for name in names)
    own = {run.run_id: run for run in found if run is not None and not run.precomputed}
    shipped = background.gallery()
    runs = (shipped.entries if shipped else {}) | own
    table = runs_table(runs.values(), dataset=fingerprint)
    return table, int((~table["run_id"].isin(list(own))).sum())


@st.cache_data(max_entries=16, show_spinner=False)
def ranking_of(runs: pd.DataFrame, names: tuple[str, ...]) -> list[MetricTrust]:
    """The ranking of the metrics on these runs."""
    return rank_metrics(runs)


def offer_survey(dataset: str, shortage: str) -> None:
    """Say how many runs are missing, and offer to make them."""
    configs = {background.run_id_of(config): config for config in survey_configs(dataset)}
    missing = {k: c for k, c in configs.items() if background.stored_result(k) is None}
    st.info(shortage, title=say("Not enough runs yet."), icon=":material/hourglass_empty:")
    if job_progress.active(list(missing)):
        job_progress.progress_banner(tuple(configs))
    elif st.button(say("Train {n} settings", n=len(missing)), type="primary", disabled=not missing):
        submit(missing)
        st.rerun()


def submit(configs: dict[str, ExperimentConfig]) -> None:
    """Ask the workers for these runs."""
    background.run_store().check_writable()
    background.jobs().check_room(configs, background.session_owner())
    for name, config in configs.items():
        background.jobs().forget(name)
        background.jobs().submit(config, name, background.session_owner())


def show(dataset: str) -> None:
    """Draw the page for one data set."""
    names = tuple(background.run_store().ids())
    with st.spinner(say("Reading the stored runs.")):
        runs, precomputed = table_of(names, load_dataset(dataset).fingerprint)
    shortage = missing_runs(runs)
    if shortage is not None:
        offer_survey(dataset, shortage)
        return
    ranking = ranking_of(runs, names)
    st.info(
        trust_sentence(retell(load_dataset(dataset).title), runs, ranking), icon=":material/rule:"
    )
    left, right = st.columns([1.25, 1], gap="medium")
    with left, st.container(border=True):
        st.markdown(
            say(
                "**Does it put the better model first?**  \n:small[−1: always the worse one; 0: no "
                "better than chance; +1: always the better one]"
            )
        )
        chart(ranking_figure(ranking), "ranking", ranking_says(ranking), numbers=False)
    with right, st.container(border=True):
        titles = {trust.path: retell(trust.title) for trust in ranking}
        path = st.selectbox(
            say("Metric"), list(titles), format_func=titles.__getitem__, key="metric"
        )
        chosen = next(trust for trust in ranking if trust.path == path)
        chart(scatter_figure(runs, path), "scatter", scatter_says(titles[path], chosen))
    with st.expander(say("The same as a table")):
        st.dataframe(ranking_table(ranking), hide_index=True)
    bridge_section(runs)
    shipped = background.gallery()
    if precomputed and shipped:
        st.caption(
            say(
                "{n} of these {all} runs come with the program. {label}; `{command}` computes them "
                "anew.",
                n=precomputed,
                all=len(runs),
                label=plain(retell(shipped.label)),
                command=plain(shipped.command),
            )
        )
    st.caption(
        say(
            "Each point is a run, scored on people never seen in training. Intervals resample "
            "settings, not runs: seeds of one setting are not independent. The ranking speaks of "
            "these runs and this data; it is no law."
        )
    )


def ranking_table(ranking: list[MetricTrust]) -> pd.DataFrame:
    """The ranking in numbers."""
    return pd.DataFrame(
        {
            say("metric"): retell(trust.title),
            say("it"): say(WORDS[trust.verdict]),
            **_bounds(RHO, trust.rho),
            **_bounds(TAU, trust.tau),
            say("runs"): trust.n_runs,
            say("settings"): trust.n_configs,
            say("undefined"): trust.n_undefined,
        }
        for trust in ranking
    )


RHO = (mark("Spearman rho"), mark("Spearman rho low"), mark("Spearman rho high"))
TAU = (mark("Kendall tau"), mark("Kendall tau low"), mark("Kendall tau high"))


def _bounds(names: tuple[str, ...], value: Estimate | None) -> dict[str, float | None]:
    found = (None, None, None) if value is None else (value.mean, value.low, value.high)
    return {say(name): number for name, number in zip(names, found, strict=True)}


def bridge_section(runs: pd.DataFrame) -> None:
    """Can accuracy be foretold without labels?"""
    with st.container(border=True):
        st.markdown(say("**Can accuracy be foretold from the embedding alone?**"))
        bridge = fit_bridge(runs)
        if bridge is None:
            st.markdown(missing_settings(runs) or "")
            return
        st.markdown(bridge.sentence)
        error = bridge.by_config
        st.caption(
            say(
                "Leaving one setting out at a time, {n} times: mean absolute error {mae:.1f} "
                "points, {mean_mae:.1f} when predicting the mean (root mean square {rmse:.1f} and "
                "{mean_rmse:.1f}). {runs} runs of {settings} settings; {left_out} left out for an "
                "undefined metric.",
                n=error.n_folds,
                mae=100 * error.mae,
                mean_mae=100 * error.mean_mae,
                rmse=100 * error.rmse,
                mean_rmse=100 * error.mean_rmse,
                runs=bridge.n_runs,
                settings=bridge.n_configs,
                left_out=bridge.n_left_out,
            )
        )


with st.sidebar:
    wanted = data_choice()
st.markdown(f"### {say('Which metric to trust?')}")
st.markdown(
    say(
        "A cluster score is useful only if it puts the better model first. Here every score that "
        "needs no labels is put to that test, over all the runs stored on this machine and those "
        "that come with the program."
    )
)
try:
    show(wanted)
except ExplorerError as error:
    st.error(plain(retell(str(error))), icon=":material/error:")
