"""One facade for everything that asks for work: submit, status, cancel; private or user's cluster.

No method waits for the cluster: calls to Dask happen in one thread of their own, in order, and
what they bring is written into `JobStatus` objects that pages poll.
"""

import logging
import math
import os
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from distributed import Client, Event, Future, KilledWorker, fire_and_forget

from emargin_core.config import ExperimentConfig
from emargin_core.errors import ClusterError, StoreError
from emargin_core.jobs.address import check_address
from emargin_core.jobs.private import PrivateCluster
from emargin_core.jobs.status import JobStatus
from emargin_core.jobs.tasks import (
    PROGRESS_TOPIC,
    Outcome,
    levels_task,
    map_task,
    run_task,
    warm_task,
)
from emargin_core.language import mark
from emargin_core.levels import ReferenceLevels, read_levels, write_levels
from emargin_core.progress import Progress
from emargin_core.result import Result
from emargin_core.store import RunStore

SCHEDULER_VARIABLE = "EMARGIN_SCHEDULER"
CONNECT_TIMEOUT_S = 10
COUNT_EVERY_S = 5.0
RELEASE_WAIT_S = 2.0
CLOSE_WAIT_S = 10

log = logging.getLogger(__name__)


class Jobs:
    """The background of one process.

    Two calls for the same run share one job. `owner` names who asked: a job is stopped when the
    last of its owners has cancelled it.
    """

    def __init__(
        self, store: RunStore, scheduler: str | None = None, n_workers: int | None = None
    ) -> None:
        self._store = store
        self._scheduler = scheduler or os.environ.get(SCHEDULER_VARIABLE)
        self._n_workers = n_workers or os.cpu_count() or 1
        self._counted = -math.inf
        self._lock = threading.RLock()
        self._jobs: dict[str, JobStatus] = {}
        self._stops: dict[str, str] = {}
        self._again: dict[str, Callable[[], None]] = {}
        self._futures: dict[str, Future[Outcome]] = {}
        self._caller = ThreadPoolExecutor(max_workers=1, thread_name_prefix="dask-caller")
        self._cluster: PrivateCluster | None = None
        self._client: Client | None = None

    def start(self) -> None:
        """Begin to start and warm the workers; returns at once."""
        self._later("", self._connected)

    def submit(
        self, config: ExperimentConfig, run_id: str, owner: str = "", priority: int = 0
    ) -> JobStatus:
        """Ask for a run; joins the one under way with the same run_id.

        Of the runs that wait for a worker, those of higher priority go first.
        """

        def send() -> None:
            stop = f"stop-{run_id}-{uuid.uuid4().hex[:8]}"
            self._stops[run_id] = stop
            arguments = (config, self._store.home, run_id, stop)
            self._send(run_id, run_task, *arguments, priority=priority)

        return self._enqueue(run_id, send, owner)

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

    def status(self, key: str) -> JobStatus | None:
        """State of a job, None if it was never asked for here; a copy that does not change."""
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
            job.state = "stopping"
        self._later(key, lambda: self._stop(key))

    def capacity(self) -> int:
        """How many runs can be computed at a time, as of a few seconds ago; at least one."""
        now = time.monotonic()
        if self._scheduler and now - self._counted > COUNT_EVERY_S:
            self._counted = now
            self._later("", self._count_workers)
        return max(1, self._n_workers)

    def queue_position(self, key: str) -> int:
        """How many jobs that wait were asked for before this one."""
        with self._lock:
            waiting = [job.key for job in self._jobs.values() if job.state == "waiting"]
        return waiting.index(key) if key in waiting else 0

    def close(self, wait: bool = True) -> None:
        """Disconnect, and end the private cluster; running work is dropped.

        Without `wait` the cluster's processes may live on for a few seconds.
        """
        self._caller.shutdown(wait=True, cancel_futures=True)
        self._disconnect(wait)

    def _enqueue(self, key: str, send: Callable[[], None], owner: str) -> JobStatus:
        with self._lock:
            job = self._jobs.get(key)
            if job is not None and not job.ended:
                job.owners |= {owner}
                if job.state == "stopping":
                    self._again[key] = send
                return replace(job)
            job = self._jobs[key] = JobStatus(key, owners=frozenset({owner}))
        self._later(key, send)
        return replace(job)

    def _send(
        self, key: str, task: Callable[..., Outcome], *arguments: Any, priority: int = 0
    ) -> None:
        client = self._connected()
        _await_release(client, key)
        future = client.submit(task, *arguments, key=key, pure=False, retries=1, priority=priority)
        self._futures[key] = future
        future.add_done_callback(lambda done: self._finish(key, done))

    def _stop(self, key: str) -> None:
        if key in self._stops:
            Event(self._stops[key], client=self._connected()).set()

    def _finish(self, key: str, future: Future[Outcome]) -> None:
        """Write down how a task ended; runs in a thread of Dask's client."""
        self._futures.pop(key, None)
        self._stops.pop(key, None)
        state = future.status
        outcome: Outcome | None = future.result() if state == "finished" else None
        deadly = state == "error" and isinstance(future.exception(), KilledWorker)
        future.release()  # so that the same run, asked for anew, is not answered with this outcome
        if deadly:
            self._end(key, "failed", "every worker that tried it died; is there enough memory?")
            return
        if outcome is None:
            log.warning("job %s was lost: %s", key, state)
            self._end(key, "failed", "the worker was lost; press Run to try again", lost=True)
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
            job = self._jobs.get(key)
            if job is None:
                return
            again = self._again.pop(key, None)
            if state == "cancelled" and again is not None:
                job.state, job.progress = "waiting", Progress(mark("waiting for a worker"), 0.0)
                self._later(key, again)
                return
            job.state, job.message, job.lost = state, message, lost

    def _tell(self, event: tuple[float, dict[str, Any]]) -> None:
        """Take progress from the topic; of everybody's jobs, only ours."""
        message = event[1]
        with self._lock:
            job = self._jobs.get(message["key"])
            if job is not None and job.state in ("waiting", "running"):
                job.state, job.progress = "running", Progress(**message["progress"])

    def _count_workers(self) -> None:
        self._n_workers = len(self._connected().scheduler_info()["workers"])

    def _connected(self) -> Client:
        if self._cluster is not None and not self._cluster.alive:
            self._disconnect()
        if self._client is None:
            self._client = self._connect()
            self._client.subscribe_topic(PROGRESS_TOPIC, self._tell)
            self._warm(self._client)
        return self._client

    def _warm(self, client: Client) -> None:
        """Let every worker import and compile before a run needs it."""
        for address in client.scheduler_info()["workers"]:
            fire_and_forget(
                client.submit(warm_task, workers=[address], key=f"warm-{address}", pure=False)
            )

    def _connect(self) -> Client:
        if self._scheduler:
            check_address(self._scheduler)
            try:
                return Client(self._scheduler, timeout=CONNECT_TIMEOUT_S, set_as_default=False)
            except (OSError, ValueError, TimeoutError) as error:
                raise ClusterError(
                    f"no Dask scheduler answers at {self._scheduler} ({SCHEDULER_VARIABLE}): "
                    f"{error}"
                ) from None
        self._cluster = PrivateCluster.start(self._n_workers)
        return self._cluster.connect()

    def _disconnect(self, wait: bool = True) -> None:
        if self._client is not None:
            try:
                self._client.close(timeout=CLOSE_WAIT_S)
            except (OSError, TimeoutError) as error:
                log.info("the cluster did not take leave in time: %r", error)
            self._client.status = "closed"  # else it tries again when collected, and complains
            self._client = None
        if self._cluster is not None:
            self._cluster.close(wait)
            self._cluster = None

    def _later(self, key: str, call: Callable[[], object]) -> None:
        """Let the thread for calls to the cluster make this one; after `close` the job is lost."""
        try:
            self._caller.submit(self._guarded, key, call)
        except RuntimeError:  # it is shut down
            self._end(key, "failed", "the background workers were stopped", lost=True)

    def _guarded(self, key: str, call: Callable[[], object]) -> None:
        """Run a call to the cluster; its failure becomes the job's, in words."""
        try:
            call()
        except ClusterError as error:
            self._end(key, "failed", str(error), lost=True)
        except (OSError, TimeoutError, RuntimeError) as error:
            log.warning("the cluster failed: %r", error)
            self._end(key, "failed", "the background workers do not answer; try again", lost=True)


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
