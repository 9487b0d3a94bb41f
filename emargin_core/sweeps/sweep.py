"""Sweeps: started, watched, cancelled and resumed, without ever making the caller wait for a run.

One `SweepRunner` serves a page's server or a command. Each sweep that it works at has a thread,
which hands runs to the workers (`sweep_loop`) and writes what comes back into an Optuna study
(`sweep_study`). What is stored outlives the process: killed at any moment, a sweep goes on where
it was, and no finished trial is lost or computed again.
"""

import hashlib
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import optuna
import pandas as pd
import sqlalchemy
from filelock import FileLock, Timeout
from optuna.storages import BaseStorage
from optuna.trial import TrialState

from emargin_core.datasets.registry import load_dataset
from emargin_core.jobs.facade import Jobs
from emargin_core.store.run_store import RunStore
from emargin_core.sweeps.head_start import Best, confirmed_best, first_trials, shipped_table
from emargin_core.sweeps.loop import SweepLoop
from emargin_core.sweeps.report import SweepReport, report
from emargin_core.sweeps.space import SweepSpec, make_grid, make_search
from emargin_core.sweeps.status import SweepState, SweepStatus
from emargin_core.sweeps.storage import default_address, open_storage, said
from emargin_core.sweeps.study import SweepStudy, sweep_names
from emargin_core.sweeps.table import trials_table
from emargin_core.text.errors import ExplorerError, InputError, StoreError
from emargin_core.text.message import Text
from emargin_core.text.plain_text import without_secrets

__all__ = ["SweepRunner", "SweepSpec", "SweepStatus", "make_grid", "make_search"]

LOCK_WAIT_S = 2.0
"""Longer than anybody's glance at the lock; a sweep that is worked at holds it all the time."""

log = logging.getLogger(__name__)


@dataclass
class _Working:
    """A sweep that this process works at, or did."""

    loop: SweepLoop
    thread: threading.Thread
    failure: Text = ""


class SweepRunner:
    """All sweeps of one storage.

    Its methods may be called from any thread, and none of them waits for a run. One process works
    at a sweep at a time; any number may read it.
    """

    def __init__(self, store: RunStore, address: str | None = None) -> None:
        """Serve the sweeps at `address` (SQLAlchemy), by default SQLite under the store's home."""
        self._store = store
        self.address = address or default_address(store.home)
        self._guard = threading.Lock()
        self._opened: BaseStorage | None = None
        self._working: dict[str, _Working] = {}
        self._read: dict[str, SweepStudy] = {}

    def start(self, spec: SweepSpec, jobs: Jobs, name: str | None = None) -> str:
        """Begin a sweep, or go on with the stored one of the same name; returns its name.

        Without a name it is named by what it covers, so that the same spec is the same sweep.

        Raises:
            InputError: the data set cannot be read, or the stored sweep has other settings, or
                somebody is working at it.
            StoreError: storage or run store cannot be reached or written.
        """
        dataset = load_dataset(spec.base.dataset)
        name = name or spec.default_name(dataset.fingerprint)
        self._store.check_writable()
        with self._guard:
            if name in self._working and self._working[name].thread.is_alive():
                raise InputError("sweep '{name}' is already running", name=name)
            lock = self._lock(name)
            try:
                lock.acquire(timeout=LOCK_WAIT_S)
            except Timeout:
                raise InputError(
                    "sweep '{name}' is running in another process", name=name
                ) from None
            try:
                with _storage_errors(self.address):
                    study = SweepStudy.create_or_load(
                        self._storage(),
                        name,
                        spec,
                        dataset.fingerprint,
                        lambda: first_trials(dataset, spec, self._best_elsewhere()),
                    )
            except ExplorerError:
                lock.release()
                raise
            self._read.pop(name, None)
            self._launch(study, jobs, lock)
        return name

    def resume(self, name: str, jobs: Jobs) -> str:
        """Go on with a stored sweep as it was defined.

        Raises: as `start`; InputError also if there is no such sweep.
        """
        return self.start(self.spec(name), jobs, name)

    def cancel(self, name: str) -> None:
        """Stop working at a sweep here; what is finished stays, and it can be resumed."""
        with self._guard:
            working = self._working.get(name)
        if working is not None:
            working.loop.stop.set()

    def wait(self, name: str, timeout: float | None = None) -> bool:
        """Wait until nobody works at a sweep here; False if that took longer than `timeout`."""
        with self._guard:
            working = self._working.get(name)
        if working is not None:
            working.thread.join(timeout)
        return working is None or not working.thread.is_alive()

    def status(self, name: str) -> SweepStatus:
        """How far a sweep is, whoever works at it.

        Raises:
            InputError: there is no such sweep. StoreError: the storage cannot be read.
        """
        working = self._working.get(name)
        alive = working is not None and working.thread.is_alive()
        held = not alive and self._held_elsewhere(name)
        with _storage_errors(self.address):  # counted after: what has ended before is in it
            study = self._study(name)
            done = len(study.trials(TrialState.COMPLETE))
            failed = len(study.trials(TrialState.FAIL))
        total = study.spec.trials
        state: SweepState
        if alive and working is not None:
            state = "stopping" if working.loop.stop.is_set() else "running"
        elif done + failed >= total:
            state = "done"
        elif held:
            state = "running"
        else:
            state = "failed" if working is not None and working.failure else "stopped"
        rate = working.loop.pace.per_minute() if alive and working is not None else None
        left = None if rate is None else 60 * (total - done - failed) / rate
        return SweepStatus(
            name=name,
            state=state,
            done=done,
            failed=failed,
            running=working.loop.running if alive and working is not None else 0,
            total=total,
            rate_per_minute=rate,
            seconds_left=left,
            message=working.failure if state == "failed" and working is not None else "",
        )

    def stored(self) -> list[str]:
        """Names of all sweeps in the storage, newest first; `spec` and `status` say more.

        Raises:
            StoreError: the storage cannot be read.
        """
        with _storage_errors(self.address):
            return sweep_names(self._storage())

    def spec(self, name: str) -> SweepSpec:
        """What a stored sweep covers.

        Raises:
            InputError: there is no such sweep. StoreError: the storage cannot be read.
        """
        with _storage_errors(self.address):
            return self._study(name).spec

    def trials(self, name: str) -> pd.DataFrame:
        """Trials as they stand (`sweep_table.trials_table`), also while the sweep is under way.

        Raises:
            InputError: there is no such sweep. StoreError: the storage cannot be read.
        """
        with _storage_errors(self.address):
            study = self._study(name)
            return trials_table(study.trials(), study.spec)

    def is_current(self, name: str) -> bool:
        """Whether a stored sweep's numbers are those of this version, so that it can be resumed.

        Raises:
            InputError: there is no such sweep. StoreError: the storage cannot be read.
        """
        with _storage_errors(self.address):
            return self._study(name).is_current

    def baseline_ids(self, name: str) -> tuple[str, ...]:
        """Names of the baseline's runs that are stored so far.

        Raises:
            InputError: there is no such sweep. StoreError: the storage cannot be read.
        """
        with _storage_errors(self.address):
            study = self._study(name)
        wanted = (config.run_id(study.fingerprint) for config in study.spec.baseline_configs())
        return tuple(name for name in wanted if self._store.document(name) is not None)

    def report(self, name: str) -> SweepReport:
        """What the sweep has found so far: front, baseline, what is better, what to try next.

        Raises:
            InputError: there is no such sweep. StoreError: the storage cannot be read.
        """
        with _storage_errors(self.address):
            return report(self._study(name), self._store)

    def _launch(self, study: SweepStudy, jobs: Jobs, lock: FileLock) -> None:
        loop = SweepLoop(study, jobs, self._store)
        thread = threading.Thread(
            target=self._work,
            args=(study.name, loop, lock),
            name=f"sweep {study.name}",
            daemon=True,
        )
        self._working[study.name] = _Working(loop, thread)
        thread.start()

    def _work(self, name: str, loop: SweepLoop, lock: FileLock) -> None:
        try:
            with _storage_errors(self.address):
                loop.run()
        except ExplorerError as error:
            log.info("sweep %s stopped: %s", name, error)
            self._working[name].failure = error.message
        finally:
            lock.release()

    def _best_elsewhere(self) -> Iterator[Best]:
        """What sweeps of this storage confirmed, the newest first; then what ships."""
        for name in sweep_names(self._storage()):
            study = self._study(name)
            if study.is_current:
                best = confirmed_best(
                    report(study, self._store), study.spec.base.dataset, self._store.get
                )
                if best is not None:
                    yield best
        yield from shipped_table()

    def _storage(self) -> BaseStorage:
        if self._opened is None:
            self._opened = open_storage(self.address)
        return self._opened

    def _study(self, name: str) -> SweepStudy:
        """A sweep for reading; what has been read once is kept, as finished trials never change."""
        study = self._read.get(name)
        if study is None:
            study = self._read[name] = SweepStudy.load(self._storage(), name)
        return study

    def _lock(self, name: str) -> FileLock:
        """Held by whoever works at a sweep, and let go by the system when that process dies."""
        folder = self._store.home / "sweeps"
        folder.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256(f"{self.address}\n{name}".encode()).hexdigest()[:16]
        return FileLock(folder / f"{digest}.lock", thread_local=False)

    def _held_elsewhere(self, name: str) -> bool:
        lock = self._lock(name)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        lock.release()
        return False


@contextmanager
def _storage_errors(address: str) -> Iterator[None]:
    """Turn what databases raise into one sentence."""
    try:
        yield
    except (sqlalchemy.exc.SQLAlchemyError, optuna.exceptions.OptunaError) as error:
        raise StoreError(
            "the sweeps' storage {address} failed: {error}",
            address=without_secrets(address),
            error=said(error, address),
        ) from error
