"""What stored runs and the gallery let expect at settings that are not measured yet."""

import streamlit as st

from app import session
from emargin_core.analysis.forecast.forecast import NO_IDEA, Expectation, expect
from emargin_core.analysis.forecast.kept import forecast_path, read_forecast
from emargin_core.analysis.forecast.samples import Samples, gather, question
from emargin_core.config import ExperimentConfig
from emargin_core.datasets.registry import load_dataset
from emargin_core.jobs.facade import forecast_key


def expectation(config: ExperimentConfig) -> Expectation:
    """Look a setting up in the forecast that is kept.

    Where that is of other runs than there are now, it answers until a new one is fitted.

    Raises:
        InputError: its data set cannot be read.
    """
    samples = _samples_for(config)
    if not samples.enough:
        return NO_IDEA
    fingerprint = load_dataset(config.dataset).fingerprint
    path = forecast_path(session.run_store().home, fingerprint, question(config.canonical()))
    forecast = read_forecast(path)
    is_old = forecast is None or forecast.samples.key != samples.key
    job = session.jobs().status(forecast_key(samples)) if is_old else None
    if is_old and (job is None or job.state == "done"):  # done before, and replaced since
        session.jobs().submit_forecast(samples, path, session.session_owner())
    return NO_IDEA if forecast is None else expect(forecast, config)


def fit_key(config: ExperimentConfig) -> str:
    """Name the job that fits the forecast for a setting, asked for or not."""
    return forecast_key(_samples_for(config))


def _samples_for(config: ExperimentConfig) -> Samples:
    fingerprint = load_dataset(config.dataset).fingerprint
    names = tuple(session.run_store().ids())
    return _samples(names, fingerprint, question(config.canonical()), config)


@st.cache_resource(max_entries=32, show_spinner=False)
def _samples(
    names: tuple[str, ...], fingerprint: str, asked: str, _config: ExperimentConfig
) -> Samples:
    """What is stored and shipped; `names` is what the cache knows the stored runs by."""
    n_folds = {
        part: session.n_folds_of(_config.model_copy(update={"evaluate_on": part}))
        for part in ("test", "validation")
    }
    return gather(session.listed_runs(), asked, fingerprint, n_folds)
