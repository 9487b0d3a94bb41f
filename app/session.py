"""What all sessions of one server share: store, gallery, workers, and results once read.

What was computed here comes first; the gallery, which comes with the program, fills the gaps.
"""

import gc
import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from emargin_core.analysis import expected_time
from emargin_core.analysis.comparison import Comparison, compare
from emargin_core.analysis.verdict import EQUAL_WITHIN
from emargin_core.config import ExperimentConfig, make_home
from emargin_core.datasets.drafts import remove_old_drafts
from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.splits import count_folds
from emargin_core.jobs.facade import Jobs
from emargin_core.jobs.limit import max_runs
from emargin_core.jobs.status import JobStatus
from emargin_core.store.gallery.gallery import Gallery, known_reference_scores, load_gallery
from emargin_core.store.reference_scores import ReferenceScores, has_other_frames
from emargin_core.store.result import Result
from emargin_core.store.run_list import ListedRun, list_runs
from emargin_core.store.run_store import RunStore
from emargin_core.store.runs_table import MeasuredRun
from emargin_core.sweeps import findings
from emargin_core.sweeps.findings import Findings
from emargin_core.sweeps.tuned.record import TunedRecord, load_tuned_records
from emargin_core.text.logs import set_up_logging
from emargin_core.text.numbers import length_words

if TYPE_CHECKING:
    from emargin_core.sweeps.sweep import SweepRunner


TAB = "tab-"
"""Before the name of a session, where it owns a job."""
DRAWING_S = 4.0
"""What a browser may need to draw a page that has reached it."""


@st.cache_resource(show_spinner=False)
def run_store() -> RunStore:
    """The store that this server reads and its workers write; swept of old drafts at the start."""
    make_home()
    store = RunStore()
    remove_old_drafts(store.home)
    return store


@st.cache_resource(show_spinner=False)
def gallery() -> Gallery | None:
    """The runs that come with the program; None if there are none that can be read."""
    return load_gallery()


@st.cache_resource(show_spinner=False)
def tuned_records() -> tuple[TunedRecord, ...]:
    """The tuned comparisons that come with the program."""
    return load_tuned_records()


@st.cache_resource(show_spinner=False)
def gallery_findings() -> Findings:
    """The gallery's grid beside its baseline; call only where there is a gallery."""
    shipped = gallery()
    assert shipped is not None
    return findings.gallery_findings(shipped)


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """The workers; they start when the first page is drawn, or earlier where it asks for a run."""
    set_up_logging()
    return Jobs(run_store(), max_runs=max_runs())


@st.cache_resource(show_spinner=False)
def sweeps() -> "SweepRunner":
    """All stored sweeps, and those that this server works at."""
    from emargin_core.sweeps.sweep import SweepRunner  # brings Optuna and SQLAlchemy along

    return SweepRunner(run_store())


@st.cache_resource(show_spinner=False)
def settle() -> None:
    """Once, after the first page is made: start the workers, and leave imports out of collection.

    Workers that start earlier take the processor from the page, and from a browser beside it that
    still draws; a run that is asked for starts them at once. Each full garbage collection would
    walk over some hundred thousand imported objects that never go away.
    """
    start = threading.Timer(DRAWING_S, jobs().start)
    start.daemon = True
    start.start()
    gc.collect()
    gc.freeze()


def session_owner() -> str:
    """Name this browser tab, so that cancelling here stops nothing that others wait for."""
    context = get_script_run_ctx()
    return f"{TAB}{context.session_id if context else ''}"


def _has_left(owner: str) -> bool:
    """Whether an owner is a browser tab that was closed or loaded anew."""
    return (
        owner.startswith(TAB)
        and runtime.exists()
        and not runtime.get_instance().is_active_session(owner.removeprefix(TAB))
    )


def can_cancel(job: JobStatus) -> bool:
    """Whether this tab asked for a job, or nobody waits for it any more who did."""
    return session_owner() in job.owners or all(map(_has_left, job.owners))


def cancel(job: JobStatus) -> None:
    """Take back what this tab asked for, and what was asked for by tabs that have left."""
    for owner in {session_owner(), *filter(_has_left, job.owners)}:
        jobs().cancel(job.key, owner)


def run_id_of(config: ExperimentConfig) -> str:
    """Name of the run that a config asks for.

    Raises:
        InputError: its data set cannot be read.
    """
    return config.run_id(load_dataset(config.dataset).fingerprint)


def n_folds_of(config: ExperimentConfig) -> int:
    """Folds of the data that a config asks for.

    Raises:
        InputError: its data set cannot be read.
    """
    return count_folds(load_dataset(config.dataset), config.evaluate_on)


def stored_result(run_id: str) -> Result | None:
    """A finished run, read from disk once; None if there is none.

    One of the gallery has no encoder, and says so in `precomputed`.
    """
    try:
        return _own_or_shipped(run_id)
    except KeyError:
        return None


def known_result(run_id: str) -> Result | None:
    """A finished run, or the first look at one whose rest is still to be measured.

    None if there is neither, or measuring the rest failed.
    """
    found = stored_result(run_id)
    if found is None and run_store().has_preliminary(run_id):
        job = jobs().status(run_id)
        if job is None or job.state != "failed":
            try:
                return _read_first_look(run_id)
            except KeyError:  # it is whole by now, or was cancelled
                return stored_result(run_id)
    return found


@st.cache_resource(max_entries=64, show_spinner=False)
def _read_first_look(run_id: str) -> Result:
    result = run_store().get_preliminary(run_id)
    if result is None:
        raise KeyError(run_id)
    return result


def _own_or_shipped(run_id: str) -> Result:
    try:
        return _read(run_id)
    except KeyError:
        return _read_shipped(run_id)


@st.cache_resource(max_entries=64, show_spinner=False)
def _read(run_id: str) -> Result:
    result = run_store().get(run_id)
    if result is None:  # raised, so that absence is never remembered
        raise KeyError(run_id)
    return result


@st.cache_resource(max_entries=64, show_spinner=False)
def _read_shipped(run_id: str) -> Result:
    shipped = gallery()
    result = shipped and shipped.result(run_id)
    if result is None:
        raise KeyError(run_id)
    return result


def measured_run(run_id: str) -> MeasuredRun:
    """The metrics of a run, of the gallery's grid too, which is kept without its frames.

    Raises:
        KeyError: there is none.
    """
    shipped = gallery()
    entry = shipped and shipped.entries.get(run_id)
    return entry or _own_or_shipped(run_id)


def trained_result(run_id: str) -> Result | None:
    """A run, or a first look at one, with its encoder, which those of the gallery do not have."""
    result = known_result(run_id)
    return result if result is not None and result.encoder else None


def stored_map(candidate: Result, baseline: Result) -> NDArray[np.float64] | None:
    """The candidate's map as aligned to the baseline's; None if it has not been made.

    The gallery's is of the gallery's runs alone: computed anew, they may lie elsewhere.
    """
    layout = run_store().get_map(candidate.run_id, baseline.run_id)
    shipped = gallery()
    if layout is None and shipped and candidate.precomputed and baseline.precomputed:
        layout = shipped.map(candidate.run_id, baseline.run_id)
    return layout


def stored_reference_scores(result: Result) -> ReferenceScores | None:
    """Floors and ceilings of the data that a run was evaluated on.

    None if they are not yet measured, or the run has other frames than the data's own.
    """
    if has_other_frames(result.config):
        return None
    split = (result.data["fingerprint"], result.config["evaluate_on"])
    return known_reference_scores(run_store().home, gallery(), *split)


@st.cache_resource(max_entries=64, show_spinner=False)
def comparison_of(
    baseline: tuple[str, ...],
    candidate: tuple[str, ...],
    equal_within: float = EQUAL_WITHIN,
    looked: tuple[str, ...] = (),
) -> Comparison:
    """Compare stored runs by their names; `looked`: those of which there is only a first look.

    Raises:
        KeyError: one of them is not stored.
    """

    def read(name: str) -> Result:
        try:
            return (_read_first_look if name in looked else _own_or_shipped)(name)
        except KeyError:  # it has just become whole
            return _own_or_shipped(name)

    return compare(list(map(read, baseline)), list(map(read, candidate)), equal_within)


@st.cache_resource(max_entries=4096, show_spinner=False)
def _document(run_id: str) -> dict[str, Any]:
    document = run_store().document(run_id)
    if document is None:  # raised, so that absence is never remembered
        raise KeyError(run_id)
    return document


def listed_runs() -> list[ListedRun]:
    """All runs that can be looked at, newest first, those of the gallery last."""

    def read(run_id: str) -> dict[str, Any] | None:
        try:
            return _document(run_id)
        except KeyError:
            return None

    return list_runs(run_store(), gallery(), read)


@st.cache_resource(ttl=60, show_spinner=False)
def _timed_runs() -> list[ListedRun]:
    return listed_runs()


def expected_wait(configs: Sequence[ExperimentConfig], first_look: bool = False) -> str | None:
    """How long the workers will take for these runs, in words; None where no such run was timed.

    first_look: until a verdict can rest on them.
    """
    seconds = expected_time.expected_wait(configs, _timed_runs(), jobs().capacity(), first_look)
    return None if seconds is None else length_words(seconds)


def forget_runs(run_ids: Iterable[str]) -> None:
    """Read these runs anew when they are next asked for: they were deleted, restored or added."""
    for run_id in run_ids:
        _read.clear(run_id)
        _read_first_look.clear(run_id)
        _document.clear(run_id)
    comparison_of.clear()
