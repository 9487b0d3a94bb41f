"""One facade for everything that asks for work: submit, status, cancel.

No method waits for the cluster: pages poll `JobStatus` objects. No more jobs are handed to the
cluster than it has workers; the others wait here in a priority queue (docs/reliability.md says why
it is not Dask's).
"""

import logging
import os
import threading
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from numpy import float64
from numpy.typing import NDArray

from emargin_core.analysis.forecast.kept import write_forecast
from emargin_core.analysis.forecast.samples import Samples
from emargin_core.config import ExperimentConfig
from emargin_core.jobs.connection import SCHEDULER_VARIABLE
from emargin_core.jobs.dispatcher import STOPPED, Dispatcher, Request
from emargin_core.jobs.limit import check_limit
from emargin_core.jobs.priority_queue import PriorityQueue
from emargin_core.jobs.status import Ending, JobStatus
from emargin_core.jobs.tasks import (
    first_look_task,
    forecast_task,
    map_task,
    reference_scores_task,
    run_task,
)
from emargin_core.store.reference_scores import (
    ReferenceScores,
    read_reference_scores,
    write_reference_scores,
)
from emargin_core.store.result import Result
from emargin_core.store.run_store import RunStore
from emargin_core.store.snapshots import Snapshot, added
from emargin_core.training.progress import Progress

COMPLETING_PRIORITY = -1
"""Of what is left of a run after its first look: after all runs but those of sweeps."""
LOOKED_SHARE = 0.8
"""Share of a run that is done with its first look, for a progress bar."""

log = logging.getLogger(__name__)


@dataclass
class _Job:
    status: JobStatus
    requests: tuple[Request, ...]
    """What is done one after another; two of a run that begins with a first look."""
    priority: int
    watched: bool = False
    n_done: int = 0
    snapshots: tuple[Snapshot, ...] = ()


class Jobs:
    """The background of one process: a private cluster, or the user's.

    Two calls for the same run share one job. `owner` names who asked: a job is stopped when the
    last of its owners has cancelled it. With `max_runs`, no owner has more runs than that waiting
    or under way; those of negative priority (of a sweep) and those that were looked at, which give
    way to everybody's, are not counted.
    """

    def __init__(
        self,
        store: RunStore,
        scheduler: str | None = None,
        n_workers: int | None = None,
        max_runs: int | None = None,
    ) -> None:
        self._store = store
        self._max_runs = max_runs
        self._lock = threading.RLock()
        self._jobs: dict[str, _Job] = {}
        self._maps: dict[tuple[str, str], tuple[Result | None, str]] = {}
        """Maps asked for before their runs: names -> the baseline if known, and the owner."""
        self._queue = PriorityQueue()
        self._dispatcher = Dispatcher(
            scheduler or os.environ.get(SCHEDULER_VARIABLE) or None,
            n_workers or os.cpu_count() or 1,
            self._next_job,
            self._update_progress,
            self._add_snapshot,
            self._end,
        )

    def start(self) -> None:
        """Begin to start and warm the workers; returns at once."""
        self._dispatcher.connect()

    def submit(
        self,
        config: ExperimentConfig,
        run_id: str,
        owner: str = "",
        priority: int = 0,
        *,
        first_look: bool = False,
        watched: bool = False,
    ) -> JobStatus:
        """Ask for a run; joins the one under way with the same run_id.

        Of the runs that wait for a worker, those of higher priority go first.

        Args:
            first_look: store at first what a verdict rests on, as a preliminary result; the rest is
                computed when no other run waits but those of sweeps. Holds if anybody says so who
                asks before the run begins.
            watched: a first look that has `snapshots`.

        Raises:
            LimitError: this owner has as many runs as one may have.
        """
        counted = priority >= 0
        if counted:
            self.check_limit([run_id], owner)
        arguments = (config, self._store.home, run_id)
        whole = Request(run_task, arguments, self._store.put, can_stop=True)
        with self._lock:
            status = self._enqueue(run_id, whole, owner, priority, counted)
            job = self._jobs[run_id]
            if (first_look or watched) and self._queue.position(run_id) is not None:
                job.watched |= watched
                look = Request(
                    first_look_task,
                    (*arguments, job.watched),
                    self._keep_first_look,
                    can_stop=True,
                    prefix="first-",
                )
                job.requests, job.n_done = (look, whole), 0
        return status

    def _keep_first_look(self, result: Result) -> None:
        if result.preliminary:
            self._store.put_preliminary(result)
        else:
            self._store.put(result)

    def submit_map(self, candidate: Result, baseline: Result, owner: str = "") -> JobStatus:
        """Ask for the candidate's map on the baseline's, which gets its own if it has none yet."""
        names = candidate.run_id, baseline.run_id

        def keep(layouts: tuple[NDArray[float64], NDArray[float64]]) -> None:
            own, aligned = layouts
            if baseline.preliminary:
                self._store.put_map(baseline.run_id, baseline.run_id, own)
            self._store.put_map(*names, aligned)

        request = Request(map_task, (candidate, baseline, self._store.home), keep)
        return self._enqueue(map_key(*names), request, owner)

    def submit_map_after(
        self, candidate: str, baseline: str, known: Result | None = None, owner: str = ""
    ) -> None:
        """Ask for a map as `submit_map` does, once the runs of these names have been looked at.

        It comes before what is left of them. known: the baseline, unless it was asked for here.
        """
        with self._lock:
            self._maps[candidate, baseline] = known, owner

    def _submit_maps_of(self, key: str) -> None:
        """Ask for the maps that waited for this run alone."""
        for pair in [pair for pair in self._maps if key in pair]:
            known, owner = self._maps[pair]
            candidate, baseline = (
                self._store.get(name) or self._store.get_preliminary(name) for name in pair
            )
            baseline = known or baseline
            if candidate is not None and baseline is not None:
                del self._maps[pair]
                self.submit_map(candidate, baseline, owner)

    def _give_up(self, key: str, keep_first_look: bool = False) -> None:
        """Forget the maps that wait for a run, and its first look: it will not become whole."""
        self._maps = {pair: known for pair, known in self._maps.items() if key not in pair}
        if not keep_first_look:
            self._store.drop_preliminary(key)

    def submit_reference_scores(
        self, dataset: str, fingerprint: str, evaluate_on: str, owner: str = ""
    ) -> JobStatus:
        """Ask for the floors and ceilings of a data set's split."""
        home = self._store.home

        def keep(scores: ReferenceScores) -> None:
            if read_reference_scores(home, scores.fingerprint, scores.evaluate_on) is None:
                write_reference_scores(home, scores)

        request = Request(reference_scores_task, (dataset, evaluate_on, home), keep)
        return self._enqueue(reference_scores_key(fingerprint, evaluate_on), request, owner)

    def submit_forecast(self, samples: Samples, path: Path, owner: str = "") -> JobStatus:
        """Ask for the forecast that rests on these samples, kept at `path`; before what takes long.

        It takes seconds, and pages show the earlier one meanwhile.
        """
        request = Request(forecast_task, (samples,), partial(write_forecast, path))
        return self._enqueue(forecast_key(samples), request, owner, priority=1)

    def check_limit(self, run_ids: Collection[str], owner: str) -> None:
        """Refuse runs that would be too many for one owner; those it has already count once.

        Raises:
            LimitError: with them it would have more runs than one may have.
        """
        if self._max_runs is None:
            return
        with self._lock:
            own = {
                key
                for key, job in self._jobs.items()
                if job.status.counted
                and not (job.status.ended or job.status.looked)
                and owner in job.status.owners
            }
        check_limit(len(own.union(run_ids)), self._max_runs)

    def status(self, key: str) -> JobStatus | None:
        """State of a job, None if it was never asked for here; a copy that does not change."""
        self._dispatcher.refresh()
        with self._lock:
            job = self._jobs.get(key)
            return None if job is None else replace(job.status)

    def snapshots(self, key: str) -> tuple[Snapshot, ...]:
        """Those of a run whose training is watched, so far; none once it has ended."""
        with self._lock:
            job = self._jobs.get(key)
            return () if job is None or job.status.ended else job.snapshots

    def forget(self, key: str) -> None:
        """Drop a job that has ended, so that it can be asked for anew."""
        with self._lock:
            if key in self._jobs and self._jobs[key].status.ended:
                del self._jobs[key]

    def cancel(self, key: str, owner: str = "") -> None:
        """Take back a request; the run stops if nobody else asked for it."""
        with self._lock:
            job = self._jobs.get(key)
            if job is None or job.status.ended:
                return
            job.status.owners -= {owner}
            if job.status.owners:
                return
            if self._queue.remove(key):
                job.status.state = "cancelled"
                self._give_up(key)
                return
            job.status.state = "stopping"
        self._dispatcher.stop(key)

    def capacity(self) -> int:
        """How many runs can be computed at a time, as of a few seconds ago; at least one."""
        self._dispatcher.refresh()
        return max(1, self._dispatcher.n_workers)

    def others_wait(self, owner: str) -> bool:
        """Whether a run that nobody but others asked for waits here for a worker.

        Those of sweeps, which give way, are not counted.
        """
        with self._lock:
            return any(
                job.status.counted
                and not job.status.looked
                and owner not in job.status.owners
                and self._queue.position(key) is not None
                for key, job in self._jobs.items()
            )

    def queue_position(self, key: str) -> int | None:
        """How many jobs that wait will be begun before this one; None if it does not wait here.

        Those that others have handed to the same cluster are counted as of a few seconds ago.
        """
        with self._lock:
            position = self._queue.position(key)
        return None if position is None else position + self._dispatcher.n_foreign

    def close(self, wait: bool = True) -> None:
        """Disconnect, and end the private cluster; running work is dropped.

        Without `wait` the cluster's processes may live on for a few seconds.
        """
        self._dispatcher.finish_calls()
        with self._lock:
            for key in self._jobs:
                self._end(key, STOPPED)
        self._dispatcher.connection.close(wait)

    def _enqueue(
        self, key: str, request: Request, owner: str, priority: int = 0, counted: bool = False
    ) -> JobStatus:
        with self._lock:
            job = self._jobs.get(key)
            if job is not None and not job.status.ended:
                status = job.status
                job.priority = max(job.priority, priority) if status.owners else priority
                status.owners |= {owner}
                status.counted |= counted
                self._queue.raise_priority(key, priority)
                return replace(status)
            status = JobStatus(key, owners=frozenset({owner}), counted=counted)
            self._jobs[key] = _Job(status, (request,), priority)
            self._queue.push(key, priority)
        log.info("job asked for", extra={"run_id": key})
        self._dispatcher.dispatch(key)
        return replace(status)

    def _next_job(self) -> tuple[str, Request, int] | None:
        with self._lock:
            key = self._queue.pop()
            if key is None:
                return None
            job = self._jobs[key]
            return key, job.requests[job.n_done], job.priority

    def _update_progress(self, key: str, progress: Progress) -> None:
        with self._lock:
            job = self._jobs.get(key)
            if job is not None and job.status.state in ("waiting", "running"):
                job.status.state, job.status.progress = "running", progress

    def _add_snapshot(self, key: str, snapshot: Snapshot) -> None:
        with self._lock:
            job = self._jobs.get(key)
            if job is not None and not job.status.ended:
                job.snapshots = added(job.snapshots, snapshot)

    def _end(self, key: str, ending: Ending) -> None:
        with self._lock:
            self._queue.remove(key)
            job = self._jobs.get(key)
            if job is None or job.status.ended:
                return
            status = job.status
            if ending.state == "done" and job.n_done + 1 < len(job.requests):
                if status.owners:
                    status.state, status.looked = "running", True
                    status.progress = Progress("completing", LOOKED_SHARE)
                    job.n_done += 1
                    job.priority = min(job.priority, COMPLETING_PRIORITY)
                    self._submit_maps_of(key)
                    self._queue.push(key, job.priority)
                    return
                ending = Ending("cancelled")  # taken back while its first look came
            job.snapshots, job.n_done = (), 0
            if ending.state == "done":
                self._submit_maps_of(key)
            else:
                self._give_up(key, keep_first_look=ending.lost)
            if ending.state == "cancelled" and status.owners:  # asked for again while it stopped
                job.status = JobStatus(key, owners=status.owners, counted=status.counted)
                self._queue.push(key, job.priority)
            else:
                job.status = replace(
                    status, state=ending.state, message=ending.message, lost=ending.lost
                )


def map_key(candidate: str, baseline: str) -> str:
    """Name the job that aligns one run's map to another's."""
    return f"map-{candidate}-{baseline}"


def reference_scores_key(fingerprint: str, evaluate_on: str) -> str:
    """Name the job that measures floors and ceilings."""
    return f"levels-{fingerprint}-{evaluate_on}"


def forecast_key(samples: Samples) -> str:
    """Name the job that fits a forecast."""
    return f"forecast-{samples.key}"
