"""One facade for everything that asks for work: submit, status, cancel; private or user's cluster.

No method waits for the cluster: calls to Dask happen in one thread of their own, in order, and
what they bring is written into `JobStatus` objects that pages poll. No more jobs are handed to the
cluster than it has workers; the others stand in a line here, so that who goes next is known.
"""

import contextlib
import logging
import math
import os
import threading
import time
import uuid
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from distributed import Client, Event, Future, KilledWorker
from distributed.client import ClosedClientError

from emargin_core.config import ExperimentConfig
from emargin_core.errors import ClusterError, StoreError
from emargin_core.jobs.connection import SCHEDULER_VARIABLE, Connection
from emargin_core.jobs.limit import check_room
from emargin_core.jobs.line import Line
from emargin_core.jobs.status import JobStatus
from emargin_core.jobs.tasks import Outcome, levels_task, map_task, run_task
from emargin_core.language import mark
from emargin_core.levels import ReferenceLevels, read_levels, write_levels
from emargin_core.progress import Progress
from emargin_core.result import Result
from emargin_core.store import RunStore

COUNT_EVERY_S = 5.0
RELEASE_WAIT_S = 2.0

DEADLY = mark("Every worker that tried it died; is there enough memory?")
LOST = mark("The workers were lost while it ran; nothing of it is stored. Ask for it again.")
SILENT = mark("The background workers do not answer; ask for it again.")
STOPPED = mark("The background workers were stopped.")
UNEXPECTED = mark(
    "It failed in a way that was not foreseen, a fault of the program; the server's log says more."
)

log = logging.getLogger(__name__)


class Jobs:
    """The background of one process.

    Two calls for the same run share one job. `owner` names who asked: a job is stopped when the
    last of its owners has cancelled it. With `most_runs`, no owner has more runs than that waiting
    or under way; those of a sweep, which give way to everybody's, are not counted.
    """

    def __init__(
        self,
        store: RunStore,
        scheduler: str | None = None,
        n_workers: int | None = None,
        most_runs: int | None = None,
    ) -> None:
        self._store = store
        self._n_workers = n_workers or os.cpu_count() or 1
        self._most_runs = most_runs
        self._counted = -math.inf
        self._lock = threading.RLock()
        self._jobs: dict[str, JobStatus] = {}
        self._line = Line()
        self._sent: set[str] = set()
        self._strangers = 0
        self._stops: dict[str, str] = {}
        self._again: dict[str, Callable[[], None]] = {}
        self._futures: dict[str, Future[Outcome]] = {}
        self._caller = ThreadPoolExecutor(max_workers=1, thread_name_prefix="dask-caller")
        scheduler = scheduler or os.environ.get(SCHEDULER_VARIABLE) or None
        self._connection = Connection(scheduler, self._n_workers, self._tell, self._lose_all)

    def start(self) -> None:
        """Begin to start and warm the workers; returns at once."""
        self._later("", self._connection.client)

    def submit(
        self, config: ExperimentConfig, run_id: str, owner: str = "", priority: int = 0
    ) -> JobStatus:
        """Ask for a run; joins the one under way with the same run_id.

        Of the runs that wait for a worker, those of higher priority go first.

        Raises:
            LimitError: this owner has as many runs as one may have.
        """
        counted = priority >= 0
        if counted:
            self.check_room([run_id], owner)

        def send() -> None:
            stop = f"stop-{run_id}-{uuid.uuid4().hex[:8]}"
            self._stops[run_id] = stop
            arguments = (config, self._store.home, run_id, stop)
            self._send(run_id, run_task, *arguments, priority=priority)

        return self._enqueue(run_id, send, owner, priority, counted)

    def submit_map(self, candidate: Result, baseline: Result, owner: str = "") -> JobStatus:
        """Ask for the candidate's map as aligned to the baseline's."""
        key = map_key(candidate.run_id, baseline.run_id)
        return self._enqueue(
            key, lambda: self._send(key, map_task, candidate, baseline, self._store.home), owner
        )

    def submit_levels(
        self, dataset: str, fingerprint: str, evaluate_on: str, owner: str = ""
    ) -> JobStatus:
        """Ask for the floors and ceilings of a data set's split."""
        key = levels_key(fingerprint, evaluate_on)
        return self._enqueue(
            key,
            lambda: self._send(key, levels_task, dataset, evaluate_on, self._store.home),
            owner,
        )

    def check_room(self, run_ids: Collection[str], owner: str) -> None:
        """Refuse runs that would be too many for one owner; those it has already count once.

        Raises:
            LimitError: with them it would have more runs than one may have.
        """
        if self._most_runs is None:
            return
        with self._lock:
            mine = {
                job.key
                for job in self._jobs.values()
                if job.counted and not job.ended and owner in job.owners
            }
        check_room(len(mine.union(run_ids)), self._most_runs)

    def status(self, key: str) -> JobStatus | None:
        """State of a job, None if it was never asked for here; a copy that does not change."""
        self._look_around()
        with self._lock:
            job = self._jobs.get(key)
            return None if job is None else replace(job)

    def forget(self, key: str) -> None:
        """Drop a job that has ended, so that it can be asked for anew."""
        with self._lock:
            if key in self._jobs and self._jobs[key].ended:
                del self._jobs[key]

    def cancel(self, key: str, owner: str = "") -> None:
        """Take back a request; the run stops if nobody else asked for it."""
        with self._lock:
            job = self._jobs.get(key)
            if job is None or job.ended:
                return
            job.owners -= {owner}
            if job.owners:
                return
            if self._line.leave(key):
                job.state = "cancelled"
                return
            job.state = "stopping"
        self._later(key, lambda: self._stop(key))

    def capacity(self) -> int:
        """How many runs can be computed at a time, as of a few seconds ago; at least one."""
        self._look_around()
        return max(1, self._n_workers)

    def queue_position(self, key: str) -> int | None:
        """How many jobs that wait will be begun before this one; None if it does not wait in line.

        Those that others have handed to the same cluster are counted as of a few seconds ago.
        """
        with self._lock:
            ahead = self._line.ahead(key)
            return None if ahead is None else ahead + self._strangers

    def close(self, wait: bool = True) -> None:
        """Disconnect, and end the private cluster; running work is dropped.

        Without `wait` the cluster's processes may live on for a few seconds.
        """
        self._caller.shutdown(wait=True, cancel_futures=True)
        with self._lock:
            unfinished = [job.key for job in self._jobs.values() if not job.ended]
        for key in unfinished:
            self._end(key, "failed", STOPPED, lost=True)
        self._connection.close(wait)

    def _enqueue(
        self,
        key: str,
        send: Callable[[], None],
        owner: str,
        priority: int = 0,
        counted: bool = False,
    ) -> JobStatus:
        with self._lock:
            job = self._jobs.get(key)
            if job is not None and not job.ended:
                job.owners |= {owner}
                job.counted |= counted
                if job.state == "stopping":
                    self._again[key] = send
                self._line.hurry(key, priority)
                return replace(job)
            job = JobStatus(key, owners=frozenset({owner}), counted=counted)
            self._jobs[key] = job
            self._line.add(key, send, priority)
        log.info("job asked for", extra={"run_id": key})
        self._later(key, self._dispatch)
        return replace(job)

    def _dispatch(self) -> None:
        """Hand what waits to the cluster, as far as workers are free."""
        while True:
            with self._lock:
                place = self._line.take() if len(self._sent) < max(1, self._n_workers) else None
                if place is None:
                    return
                self._sent.add(place.key)
            self._guarded(place.key, place.send)

    def _send(
        self, key: str, task: Callable[..., Outcome], *arguments: Any, priority: int = 0
    ) -> None:
        client = self._connection.client()
        _await_release(client, key)
        future = client.submit(task, *arguments, key=key, pure=False, retries=1, priority=priority)
        self._futures[key] = future
        future.add_done_callback(lambda done: self._finish(key, done))

    def _stop(self, key: str) -> None:
        if key in self._stops:
            Event(self._stops[key], client=self._connection.client()).set()

    def _finish(self, key: str, future: Future[Outcome]) -> None:
        """Write down how a task ended; runs in a thread of Dask's client."""
        if self._futures.get(key) is not future:
            return  # of a cluster that was given up; its job has ended
        del self._futures[key]
        self._stops.pop(key, None)
        state = future.status
        outcome: Outcome | None = future.result() if state == "finished" else None
        failure = future.exception() if state == "error" else None
        deadly = isinstance(failure, KilledWorker)
        future.release()  # so that the same run, asked for anew, is not answered with this outcome
        if deadly:
            self._end(key, "failed", DEADLY)
            return
        if failure is not None:
            log.error("job failed unexpectedly", exc_info=failure, extra={"run_id": key})
            self._end(key, "failed", UNEXPECTED)
            return
        if outcome is None:
            log.warning("job %s was lost: %s", key, state, extra={"run_id": key})
            self._end(key, "failed", LOST, lost=True)
            return
        if outcome.cancelled:
            self._end(key, "cancelled")
        elif outcome.error:
            self._end(key, "failed", outcome.error)
        else:
            try:
                self._keep(key, outcome.value)
                self._end(key, "done")
            except StoreError as error:
                self._end(key, "failed", str(error))

    def _keep(self, key: str, value: Any) -> None:
        """Store what a worker with another disk brought; on the same disk it is there already."""
        if isinstance(value, Result):
            self._store.put(value)
        elif isinstance(value, ReferenceLevels):
            if read_levels(self._store.home, value.fingerprint, value.evaluate_on) is None:
                write_levels(self._store.home, value)
        else:
            candidate, baseline = key.removeprefix("map-").split("-")
            if self._store.get_map(candidate, baseline) is None:
                self._store.put_map(candidate, baseline, value)

    def _end(self, key: str, state: Any, message: str = "", lost: bool = False) -> None:
        with self._lock:
            self._sent.discard(key)
            self._line.leave(key)
            job = self._jobs.get(key)
            if job is not None and not job.ended:
                again = self._again.pop(key, None)
                if state == "cancelled" and again is not None:
                    job.state, job.progress = "waiting", Progress(mark("waiting for a worker"), 0.0)
                    self._line.add(key, again)
                else:
                    job.state, job.message, job.lost = state, message, lost
        with contextlib.suppress(RuntimeError):  # it is shut down: nothing more is sent
            self._caller.submit(self._dispatch)

    def _lose_all(self) -> None:
        """End what was at a cluster that is gone; the thread for calls to it runs this."""
        with self._lock:
            lost = [key for key in self._sent if key in self._futures]
        for key in lost:
            del self._futures[key]
            self._end(key, "failed", LOST, lost=True)

    def _tell(self, event: tuple[float, dict[str, Any]]) -> None:
        """Take progress from the topic; of everybody's jobs, only ours."""
        message = event[1]
        with self._lock:
            job = self._jobs.get(message["key"])
            if job is not None and job.state in ("waiting", "running"):
                job.state, job.progress = "running", Progress(**message["progress"])

    def _look_around(self) -> None:
        """Count, now and then, the workers and the jobs of others on a cluster that is shared."""
        now = time.monotonic()
        shared = self._connection.scheduler is not None and self._connection.opened
        if shared and now - self._counted > COUNT_EVERY_S:
            self._counted = now
            self._later("", self._count)

    def _count(self) -> None:
        client = self._connection.client()
        self._n_workers = len(client.scheduler_info()["workers"])
        with self._lock:
            ours = set(self._sent)
        self._strangers = sum(
            min(len(keys) - 1, len(set(keys) - ours))
            for keys in client.processing().values()
            if keys
        )
        self._dispatch()

    def _later(self, key: str, call: Callable[[], object]) -> None:
        """Let the thread for calls to the cluster make this one; after `close` the job is lost."""
        try:
            self._caller.submit(self._guarded, key, call)
        except RuntimeError:  # it is shut down
            self._end(key, "failed", STOPPED, lost=True)

    def _guarded(self, key: str, call: Callable[[], object]) -> None:
        """Run a call to the cluster; its failure becomes the job's, in words."""
        try:
            call()
        except ClusterError as error:
            self._end(key, "failed", str(error), lost=True)
        except (OSError, TimeoutError, RuntimeError, ClosedClientError) as error:
            log.warning("the cluster failed: %r", error)
            self._end(key, "failed", SILENT, lost=True)


def _await_release(client: Client, key: str) -> None:
    """Wait, a moment at most, until a released outcome of this name is forgotten."""
    deadline = time.monotonic() + RELEASE_WAIT_S
    while key in client.futures and time.monotonic() < deadline:
        time.sleep(0.01)


def map_key(candidate: str, baseline: str) -> str:
    """Name the job that aligns one run's map to another's."""
    return f"map-{candidate}-{baseline}"


def levels_key(fingerprint: str, evaluate_on: str) -> str:
    """Name the job that measures floors and ceilings."""
    return f"levels-{fingerprint}-{evaluate_on}"
