"""What runs on a worker: a config or two results go in, an outcome comes back.

What computes is imported by the tasks themselves, so that who only asks for work stays light.
"""

import logging
import os
import socket
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from emargin_core.analysis.forecast.samples import Samples
from emargin_core.config import ExperimentConfig, make_home
from emargin_core.store.result import Result
from emargin_core.store.run_store import RunStore
from emargin_core.store.snapshots import Snapshot
from emargin_core.text.errors import CancelledError, ExplorerError
from emargin_core.text.logs import about_run, set_up_logging
from emargin_core.text.message import Message, Text
from emargin_core.training.progress import Progress

PROGRESS_TOPIC = "emargin-progress"
"""Of messages with the key of a run, and either its progress or a snapshot of its training."""
WORKER_HOME_VARIABLE = "EMARGIN_WORKER_HOME"
STOP_CHECK_INTERVAL_S = 0.2
PROGRESS_INTERVAL_S = 0.2

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """How a task ended; an error that was foreseen comes back as a sentence."""

    value: Any = None
    error: Text = ""
    cancelled: bool = False


def run_task(config: ExperimentConfig, home: Path, key: str, *, stop_name: str) -> Outcome:
    """Compute (or find) one run, reporting its progress and obeying its stop event.

    What a first look has stored of it is not computed again.
    """
    from emargin_core.experiment.run import run_experiment

    with about_run(key):
        return _run(run_experiment, config, home, key, False, stop_name)


def first_look_task(
    config: ExperimentConfig, home: Path, key: str, watched: bool, *, stop_name: str
) -> Outcome:
    """Compute (or find) of one run what a verdict rests on; for the rest as `run_task`.

    watched: report pictures of its training too.
    """
    from emargin_core.experiment.run import first_look

    with about_run(key):
        return _run(first_look, config, home, key, watched, stop_name)


def _run(
    compute: Callable[..., Result],
    config: ExperimentConfig,
    home: Path,
    key: str,
    watched: bool,
    stop_name: str,
) -> Outcome:
    from emargin_core.datasets.registry import load_dataset

    set_up_logging()
    store = _store(home)
    began = time.monotonic()
    log.info("run started: %s on %s", config.method, config.dataset)
    try:
        if config.run_id(load_dataset(config.dataset).fingerprint) != key:
            return Outcome(
                error=Message(
                    "data set '{dataset}' or the program's version on the worker "
                    "{gethostname} differs from the machine that started the run; "
                    "make them the same",
                    dataset=config.dataset,
                    gethostname=socket.gethostname(),
                )
            )
        result = compute(
            config,
            _ProgressReporter(key),
            _StopCheck(stop_name),
            store=store,
            on_snapshot=_SnapshotReporter(key) if watched else None,
        )
    except CancelledError:
        log.info("run cancelled after %.1f s", time.monotonic() - began)
        store.drop_preliminary(key)
        return Outcome(cancelled=True)
    except ExplorerError as error:
        log.warning("run failed: %s", error)
        store.drop_preliminary(key)
        return Outcome(error=error.message)
    part = "first look at the run" if result.preliminary else "run"
    log.info("%s done in %.1f s", part, time.monotonic() - began)
    return Outcome(result)


def map_task(candidate: Result, baseline: Result, home: Path) -> Outcome:
    """Compute (or find) the candidate's map, aligned to the baseline's.

    The outcome's value: the baseline's own map and the candidate's, (n_frames, 2) each.
    """
    from emargin_core.experiment.run import aligned_map, own_map

    store = _store(home)
    try:
        layout = aligned_map(candidate, baseline, store=store)
        return Outcome((own_map(baseline, store=store), layout))
    except ExplorerError as error:
        return Outcome(error=error.message)


def reference_scores_task(dataset: str, evaluate_on: str, home: Path) -> Outcome:
    """Measure (or find) the floors and ceilings of a data set's split."""
    from emargin_core.experiment.reference_scores import measure_reference_scores

    try:
        scores = measure_reference_scores(dataset, evaluate_on, store=_store(home))
    except ExplorerError as error:
        return Outcome(error=error.message)
    return Outcome(scores)


def forecast_task(samples: Samples) -> Outcome:
    """Fit what stored runs let expect."""
    from emargin_core.analysis.forecast.fit import fit_forecast
    from emargin_core.training.one_thread import one_thread

    with one_thread():
        return Outcome(fit_forecast(samples))


def warm_task() -> float:
    """Import and compile what every run needs, before the first run asks for it."""
    import emargin_core.experiment.run  # noqa: F401 - imported for its time, not its names
    from emargin_core.projection.projection import warm

    return warm()


def _store(home: Path) -> RunStore:
    """The store of whoever asked, unless this worker was given a place of its own."""
    place = Path(os.environ.get(WORKER_HOME_VARIABLE) or home)
    make_home(place)
    return RunStore(place)


class _ProgressReporter:
    """Sends progress to the scheduler's topic, at most five times a second within a stage."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._time, self._stage = 0.0, ""

    def __call__(self, progress: Progress) -> None:
        from distributed import get_worker

        now = time.monotonic()
        if now - self._time >= PROGRESS_INTERVAL_S or progress.stage != self._stage:
            self._time, self._stage = now, progress.stage
            get_worker().log_event(PROGRESS_TOPIC, {"key": self._key, "progress": asdict(progress)})


class _SnapshotReporter:
    """Sends snapshots of a training to the scheduler's topic."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, snapshot: Snapshot) -> None:
        from distributed import get_worker

        message = {"key": self._key, "snapshot": snapshot.to_message()}
        get_worker().log_event(PROGRESS_TOPIC, message)


class _StopCheck:
    """Asks the scheduler, at most five times a second, whether this run shall stop."""

    def __init__(self, name: str) -> None:
        from distributed import Event

        self._event = Event(name)
        self._last = 0.0

    def __call__(self) -> bool:
        now = time.monotonic()
        if now - self._last < STOP_CHECK_INTERVAL_S:
            return False
        self._last = now
        return bool(self._event.is_set())
