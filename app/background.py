"""What all sessions of one server share: the store, the workers, and results once read."""

import gc
import uuid

import streamlit as st

from emargin_core.comparison import Comparison, compare
from emargin_core.config import ExperimentConfig
from emargin_core.datasets import load_dataset
from emargin_core.jobs import Jobs
from emargin_core.levels import ReferenceLevels, read_levels
from emargin_core.result import Result
from emargin_core.store import RunStore
from emargin_core.sweep import SweepRunner


@st.cache_resource(show_spinner=False)
def run_store() -> RunStore:
    """The store that this server reads and its workers write."""
    return RunStore()


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """The workers; started with the first page, in the background."""
    background = Jobs(run_store())
    background.start()
    return background


@st.cache_resource(show_spinner=False)
def sweeps() -> SweepRunner:
    """All stored sweeps, and those that this server works at."""
    return SweepRunner(run_store())


@st.cache_resource(show_spinner=False)
def settle() -> None:
    """Leave what was imported out of garbage collection, once, after the first page is drawn.

    Streamlit collects after every run of the script, also of a fragment that polls each second; on
    some hundred thousand objects that never go away this took half a core from the training.
    """
    gc.collect()
    gc.freeze()


def session_owner() -> str:
    """Name this browser tab, so that cancelling here stops nothing that others wait for."""
    return str(st.session_state.setdefault("owner", uuid.uuid4().hex))


def run_id_of(config: ExperimentConfig) -> str:
    """Name of the run that a config asks for.

    Raises:
        InputError: its data set cannot be read.
    """
    return config.run_id(load_dataset(config.dataset).fingerprint)


def stored_result(run_id: str) -> Result | None:
    """A finished run, read from disk once; None if there is none."""
    try:
        return _read(run_id)
    except KeyError:
        return None


@st.cache_resource(max_entries=64, show_spinner=False)
def _read(run_id: str) -> Result:
    result = run_store().get(run_id)
    if result is None:  # raised, so that absence is never remembered
        raise KeyError(run_id)
    return result


def stored_levels(result: Result) -> ReferenceLevels | None:
    """Floors and ceilings of the data that a run was evaluated on; None if not yet measured."""
    return read_levels(run_store().home, result.data["fingerprint"], result.config["evaluate_on"])


@st.cache_resource(max_entries=64, show_spinner=False)
def comparison_of(baseline: tuple[str, ...], candidate: tuple[str, ...]) -> Comparison:
    """Compare stored runs by their names."""
    return compare([_read(name) for name in baseline], [_read(name) for name in candidate])
