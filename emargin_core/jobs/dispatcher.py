"""Hands jobs to a Dask cluster, no more of them than it has workers, and reports how each ended.

Dask is imported by the thread that calls it, here and in the modules around: a page that only looks
at jobs is drawn without.
"""

import logging
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emargin_core.jobs.connection import Connection
from emargin_core.jobs.status import Ending
from emargin_core.jobs.tasks import Outcome
from emargin_core.store.snapshots import Snapshot
from emargin_core.text.errors import ClusterError, StoreError
from emargin_core.text.message import lazy_gettext
from emargin_core.training.progress import Progress

if TYPE_CHECKING:
    from distributed import Client, Future

COUNT_INTERVAL_S = 5.0
RELEASE_TIMEOUT_S = 2.0

WORKERS_DIED = Ending(
    "failed", lazy_gettext("Every worker that tried this run stopped; is there enough memory?")
)
WORKERS_LOST = Ending(
    "failed",
    lazy_gettext("The workers were lost during this run; nothing was stored. Start it again."),
    lost=True,
)
NO_ANSWER = Ending(
    "failed", lazy_gettext("The background workers do not answer; start it again."), lost=True
)
STOPPED = Ending("failed", lazy_gettext("The background workers were stopped."), lost=True)
UNEXPECTED = Ending(
    "failed",
    lazy_gettext("It failed unexpectedly because of a fault in the program; see the server's log."),
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Request:
    """What a worker is asked to do.

    task: called on the worker with `arguments`, and with `stop_name`, the name of a
    `distributed.Event` to obey, if it `can_stop`. keep: stores the value that comes back, if the
    worker did not (it may have another disk); raises StoreError. prefix: before the job's key, in
    the name that the task has on the cluster, where it is shared with other programs.
    """

    task: Callable[..., Outcome]
    arguments: tuple[Any, ...]
    keep: Callable[[Any], None]
    can_stop: bool = False
    prefix: str = ""


class Dispatcher:
    """Makes all calls to Dask in one thread of its own, in order: no method waits for the cluster.

    next_job: returns key, request and priority of the job to be sent next, None if none waits.
    on_progress, on_snapshot, on_end: called from this thread, or from one of Dask's.
    """

    def __init__(
        self,
        scheduler: str | None,
        n_workers: int,
        next_job: Callable[[], tuple[str, Request, int] | None],
        on_progress: Callable[[str, Progress], None],
        on_snapshot: Callable[[str, Snapshot], None],
        on_end: Callable[[str, Ending], None],
    ) -> None:
        self.connection = Connection(scheduler, n_workers, self._receive_event, self._lose_all)
        self.n_workers = n_workers
        self.n_foreign = 0
        """Jobs that other programs have waiting on the same cluster."""
        self._next_job = next_job
        self._on_progress = on_progress
        self._on_snapshot = on_snapshot
        self._on_end = on_end
        self._sent: dict[str, str] = {}
        """Keys of jobs that were sent, and the names of their tasks."""
        self._futures: dict[str, Future[Outcome]] = {}
        self._stop_names: dict[str, str] = {}
        self._last_count = float("-inf")
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="dask-caller")

    def connect(self) -> None:
        """Start or reach the cluster, and warm its workers."""
        self._call("", self.connection.client)

    def dispatch(self, key: str = "") -> None:
        """Send what waits, as far as workers are free; if it is too late, the job `key` ends."""
        self._call(key, self._fill_workers)

    def stop(self, key: str) -> None:
        """Tell a job that was sent to stop."""
        self._call(key, self._set_stop_event, key)

    def refresh(self) -> None:
        """Count, now and then, the workers and the jobs of others on a cluster that is shared."""
        shared = self.connection.scheduler is not None and self.connection.opened
        if shared and time.monotonic() - self._last_count > COUNT_INTERVAL_S:
            self._last_count = time.monotonic()
            self._call("", self._count)

    def finish_calls(self) -> None:
        """Make no further calls to the cluster."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _call(self, key: str, call: Callable[..., object], *arguments: Any) -> None:
        """Make a call in the thread; after `finish_calls` the job ends instead."""
        try:
            self._thread.submit(self._call_guarded, key, call, *arguments)
        except RuntimeError:  # it is shut down
            self._on_end(key, STOPPED)

    def _call_guarded(self, key: str, call: Callable[..., object], *arguments: Any) -> None:
        """Make a call; its failure ends the job."""
        from distributed.client import ClosedClientError

        try:
            call(*arguments)
        except ClusterError as error:
            self._end(key, Ending("failed", error.message, lost=True))
        except (OSError, TimeoutError, RuntimeError, ClosedClientError) as error:
            log.warning("the cluster failed: %r", error)
            self._end(key, NO_ANSWER)

    def _end(self, key: str, ending: Ending) -> None:
        self._sent.pop(key, None)
        self._on_end(key, ending)
        self.dispatch()

    def _fill_workers(self) -> None:
        while len(self._sent) < max(1, self.n_workers):
            job = self._next_job()
            if job is None:
                return
            self._sent[job[0]] = job[1].prefix + job[0]
            self._call_guarded(job[0], self._send, *job)

    def _send(self, key: str, request: Request, priority: int) -> None:
        client = self.connection.client()
        name = request.prefix + key
        _await_release(client, name)
        options = {}
        if request.can_stop:
            self._stop_names[key] = f"stop-{key}-{uuid.uuid4().hex[:8]}"
            options["stop_name"] = self._stop_names[key]
        future = client.submit(
            request.task,
            *request.arguments,
            **options,
            key=name,
            pure=False,
            retries=1,
            priority=priority,
        )
        self._futures[key] = future
        future.add_done_callback(lambda done: self._finish(key, request, done))

    def _set_stop_event(self, key: str) -> None:
        from distributed import Event

        if key in self._stop_names:
            Event(self._stop_names[key], client=self.connection.client()).set()

    def _finish(self, key: str, request: Request, future: "Future[Outcome]") -> None:
        """Take what a task brought; runs in a thread of Dask's client."""
        if self._futures.get(key) is not future:
            return  # of a cluster that was given up; its job has ended
        del self._futures[key]
        self._stop_names.pop(key, None)
        self._end(key, _ending(key, request, future))

    def _lose_all(self) -> None:
        """End the jobs of a cluster that is gone; runs in the thread."""
        for key in list(self._futures):
            self._futures.pop(key, None)
            self._end(key, WORKERS_LOST)

    def _receive_event(self, event: tuple[float, dict[str, Any]]) -> None:
        """Take what the topic tells; it may be of a job of another program."""
        message = event[1]
        if "snapshot" in message:
            self._on_snapshot(message["key"], Snapshot.from_message(message["snapshot"]))
        else:
            self._on_progress(message["key"], Progress(**message["progress"]))

    def _count(self) -> None:
        client = self.connection.client()
        self.n_workers = len(client.scheduler_info()["workers"])
        ours = set(self._sent.values())
        self.n_foreign = sum(
            min(len(keys) - 1, len(set(keys) - ours))  # one of them is being computed
            for keys in client.processing().values()
            if keys
        )
        self._fill_workers()


def _ending(key: str, request: Request, future: "Future[Outcome]") -> Ending:
    """How a task ended, with its value stored; the future is released.

    Else the same run, asked for anew, would be answered with this outcome.
    """
    from distributed import KilledWorker

    state = future.status
    outcome = future.result() if state == "finished" else None
    failure = future.exception() if state == "error" else None
    future.release()
    if isinstance(failure, KilledWorker):
        return WORKERS_DIED
    if failure is not None:
        log.error("job failed unexpectedly", exc_info=failure, extra={"run_id": key})
        return UNEXPECTED
    if outcome is None:
        log.warning("job %s was lost: %s", key, state, extra={"run_id": key})
        return WORKERS_LOST
    if outcome.cancelled:
        return Ending("cancelled")
    if outcome.error:
        return Ending("failed", outcome.error)
    try:
        request.keep(outcome.value)
    except StoreError as error:
        return Ending("failed", error.message)
    return Ending("done")


def _await_release(client: "Client", key: str) -> None:
    """Wait, a moment at most, until a released outcome of this name is forgotten."""
    deadline = time.monotonic() + RELEASE_TIMEOUT_S
    while key in client.futures and time.monotonic() < deadline:
        time.sleep(0.01)
