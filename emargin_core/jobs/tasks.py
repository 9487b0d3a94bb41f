"""What runs on a worker: a config or two results go in, an outcome comes back."""

import logging
import os
import socket
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from distributed import Event, get_worker
from numpy.typing import NDArray

from emargin_core.config import ExperimentConfig
from emargin_core.datasets import load_dataset
from emargin_core.errors import CancelledError, ExplorerError
from emargin_core.home import make_home
from emargin_core.language import told
from emargin_core.logs import about_run, set_up_logging
from emargin_core.progress import Progress
from emargin_core.result import Result
from emargin_core.store import RunStore

PROGRESS_TOPIC = "emargin-progress"
WORKER_HOME_VARIABLE = "EMARGIN_WORKER_HOME"
ASK_EVERY_S = 0.2
TELL_EVERY_S = 0.2

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """How a task ended; an error that was foreseen comes back as words, not as an exception."""

    value: Any = None
    error: str = ""
    cancelled: bool = False


def run_task(config: ExperimentConfig, home: Path, key: str, stop_name: str) -> Outcome:
    """Compute (or find) one run, telling its progress and obeying its stop event."""
    with about_run(key):
        return _run(config, home, key, stop_name)


def _run(config: ExperimentConfig, home: Path, key: str, stop_name: str) -> Outcome:
    from emargin_core.experiment import run_experiment

    set_up_logging()
    began = time.monotonic()
    log.info("run started: %s on %s", config.method, config.dataset)
    try:
        if config.run_id(load_dataset(config.dataset).fingerprint) != key:
            return Outcome(
                error=told(
                    f"data set '{config.dataset}', or the program's version, is another one on the "
                    f"worker {socket.gethostname()} than where the run was asked for; make them "
                    "the same"
                )
            )
        result = run_experiment(config, _Teller(key), _StopAsker(stop_name), store=_store(home))
    except CancelledError:
        log.info("run cancelled after %.1f s", time.monotonic() - began)
        return Outcome(cancelled=True)
    except ExplorerError as error:
        log.warning("run failed: %s", error)
        return Outcome(error=str(error))
    log.info("run done in %.1f s", time.monotonic() - began)
    return Outcome(result)


def map_task(candidate: Result, baseline: Result, home: Path) -> Outcome:
    """Compute (or find) the candidate's map, aligned to the baseline's."""
    from emargin_core.experiment import aligned_map

    try:
        layout: NDArray[np.float64] = aligned_map(candidate, baseline, store=_store(home))
    except ExplorerError as error:
        return Outcome(error=str(error))
    return Outcome(layout)


def levels_task(dataset: str, evaluate_on: str, home: Path) -> Outcome:
    """Measure (or find) the floors and ceilings of a data set's split."""
    from emargin_core.reference_levels import reference_levels

    try:
        levels = reference_levels(dataset, evaluate_on, store=_store(home))
    except ExplorerError as error:
        return Outcome(error=str(error))
    return Outcome(levels)


def warm_task() -> float:
    """Import and compile what every run needs, before the first run asks for it."""
    import emargin_core.experiment  # noqa: F401 - imported for its time, not its names
    from emargin_core.projection import warm

    return warm()


def _store(home: Path) -> RunStore:
    """The store of whoever asked, unless this worker was given a place of its own."""
    place = Path(os.environ.get(WORKER_HOME_VARIABLE) or home)
    make_home(place)
    return RunStore(place)


class _Teller:
    """Sends progress to the scheduler's topic, not oftener than a person can read it."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._last: tuple[float, str] = (0.0, "")

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._last[0] >= TELL_EVERY_S or progress.stage != self._last[1]:
            self._last = (now, progress.stage)
            get_worker().log_event(PROGRESS_TOPIC, {"key": self._key, "progress": asdict(progress)})


class _StopAsker:
    """Asks the scheduler, at most five times a second, whether this run was told to stop."""

    def __init__(self, name: str) -> None:
        self._event = Event(name)
        self._last = 0.0

    def __call__(self) -> bool:
        now = time.monotonic()
        if now - self._last < ASK_EVERY_S:
            return False
        self._last = now
        return bool(self._event.is_set())
