"""The sweep's engine: ask, look in the store, hand to the workers, tell; until all are told."""

import logging
import threading
from collections import deque
from dataclasses import dataclass, field

from emargin_core.config import ExperimentConfig
from emargin_core.jobs.facade import Jobs
from emargin_core.jobs.status import JobStatus
from emargin_core.store.result import Result
from emargin_core.store.run_store import RunStore
from emargin_core.sweeps.status import PRIORITY, Pace
from emargin_core.sweeps.study import Asked, SweepStudy
from emargin_core.text.errors import ClusterError, InputError
from emargin_core.text.message import Message, Text

POLL_S = 0.05
ATTEMPTS = 3

log = logging.getLogger(__name__)


@dataclass
class _Flight:
    """A run under way, and the trials that it is for; None stands for the baseline."""

    config: ExperimentConfig
    numbers: list[int | None] = field(default_factory=list)
    attempts: int = 1


class SweepLoop:
    """Works at one sweep until all its trials are told, or until `stop` is set.

    No more runs are under way at a time than there are workers, so that what a person asks for
    meanwhile is next. A run that several trials need is computed once.
    """

    def __init__(self, study: SweepStudy, jobs: Jobs, store: RunStore) -> None:
        self.stop = threading.Event()
        self.pace = Pace()
        self._study = study
        self._jobs = jobs
        self._store = store
        self._owner = f"sweep-{study.name}"
        self._flights: dict[str, _Flight] = {}
        self._failed: dict[str, Text] = {}
        self._taken_up: deque[Asked] = deque()
        self._baseline = deque(study.spec.baseline_configs())

    @property
    def running(self) -> int:
        """Runs under way."""
        return len(self._flights)

    def run(self) -> None:
        """Work; returns when all is told or `stop` was set, which leaves open trials open.

        Raises:
            ClusterError: the workers were lost repeatedly; nothing told is lost.
            StoreError: a result could not be read or written.
        """
        self._taken_up.extend(self._study.unfinished())
        try:
            while not self.stop.is_set():
                self._fill()
                if not self._flights:
                    return
                self.stop.wait(POLL_S)
                for run_id in list(self._flights):
                    self._look_at(run_id)
        finally:
            for run_id in self._flights:
                self._jobs.cancel(run_id, self._owner)

    def _fill(self) -> None:
        """Start runs until the workers are busy or nothing is left to start."""
        while len(self._flights) < self._jobs.capacity() and not self.stop.is_set():
            if self._baseline:
                self._start(None, self._baseline.popleft())
                continue
            asked = self._taken_up.popleft() if self._taken_up else self._study.ask()
            if asked is None:
                return
            try:
                config = self._study.spec.config(asked.params)
            except InputError as error:
                self._study.tell_failure(asked.number, error.message)
                continue
            self._start(asked.number, config)

    def _start(self, number: int | None, config: ExperimentConfig) -> None:
        run_id = config.run_id(self._study.fingerprint)
        if run_id in self._flights:
            self._flights[run_id].numbers.append(number)
            return
        if run_id in self._failed:
            self._tell_failure(number, self._failed[run_id])
            return
        result = self._store.get(run_id)
        if result is not None:
            self._tell(number, result, cached=True)
            return
        self._flights[run_id] = _Flight(config, [number])
        self._submit(run_id, config)

    def _submit(self, run_id: str, config: ExperimentConfig) -> None:
        self.pace.begin()
        self._jobs.forget(run_id)
        self._jobs.submit(config, run_id, self._owner, priority=PRIORITY)

    def _look_at(self, run_id: str) -> None:
        """Deal with a run that has ended."""
        status = self._jobs.status(run_id)
        if status is not None and not status.ended:
            return
        flight = self._flights[run_id]
        result = self._store.get(run_id) if status is None or status.state == "done" else None
        if result is not None:
            self._land(run_id)
            for place, number in enumerate(flight.numbers):
                self._tell(number, result, cached=place > 0)
            self.pace.computed()
        elif status is not None and status.state == "failed" and not status.lost:
            self._land(run_id)
            self._failed[run_id] = status.message
            for number in flight.numbers:
                self._tell_failure(number, status.message)
            self.pace.computed()
        else:
            self._try_again(run_id, flight, status)

    def _try_again(self, run_id: str, flight: _Flight, status: JobStatus | None) -> None:
        """Submit a run anew that was lost, cancelled by others, or is not in the store."""
        if flight.attempts >= ATTEMPTS:
            lacking = Message("run {run_id} was computed but is not in the store", run_id=run_id)
            raise ClusterError((status and status.message) or lacking)
        log.info("run %s is tried again", run_id)
        flight.attempts += 1
        self._submit(run_id, flight.config)

    def _land(self, run_id: str) -> None:
        """Forget a run that has ended, unless others asked for it as well."""
        del self._flights[run_id]
        status = self._jobs.status(run_id)
        if status is not None and status.owners <= {self._owner}:
            self._jobs.forget(run_id)

    def _tell(self, number: int | None, result: Result, *, cached: bool) -> None:
        if number is not None:
            seconds = None if cached else result.timing["total_s"]
            self._study.tell(number, result, cached, seconds)

    def _tell_failure(self, number: int | None, error: Text) -> None:
        if number is None:
            self._study.note_baseline_failure(error)
        else:
            self._study.tell_failure(number, error)
