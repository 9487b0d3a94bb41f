"""Workers that answer at once, so that a sweep's rules can be tested in milliseconds."""

import shutil
from dataclasses import replace

import numpy as np
from filelock import FileLock

from emargin_core.config import make_config
from emargin_core.datasets.registry import load_dataset
from emargin_core.jobs.status import JobStatus
from emargin_core.sweeps import storage
from tests.run_doubles import make_run

HELD_OUT = ["a", "b", "c"]
N_FOLDS = 5
BASE = make_run()


def scores(config):
    """Smooth in the settings: a larger scale is tidier, and costs accuracy; folds differ a bit."""
    hard = 0.01 * (config.fold - 2)
    if config.method == "infonce":
        return {"accuracy": 0.7 - hard, "davies_bouldin": 1.0, "silhouette": 0.4, "rank": 40.0}
    accuracy = 0.75 - 0.02 * config.scale - 0.05 * (config.threshold - 0.4) ** 2
    own = 0.002 * (3 * config.fold % 5 - 2)
    return {
        "accuracy": accuracy + 0.001 * config.seed - hard + own,
        "davies_bouldin": 1.1 - 0.1 * config.scale - 0.1 * config.uniformity + own,
        "silhouette": 0.35 + 0.05 * config.scale + own,
        "rank": 30.0,
    }


def make_result(config, run_id, collapsed=False):
    found = scores(config)
    spread = np.random.default_rng(0).normal(0, 0.01, 200)
    return replace(
        BASE,
        run_id=run_id,
        config=config.canonical(),
        metrics={
            "clustering": {
                "davies_bouldin": None if collapsed else found["davies_bouldin"],
                "silhouette": 0.99 if collapsed else found["silhouette"],
            },
            "probe": {"accuracy": found["accuracy"]},
            "geometry": {"effective_rank": 1.0 if collapsed else found["rank"]},
        },
        collapse_reason="all frames fall on one point" if collapsed else None,
        data=BASE.data
        | {
            "fingerprint": load_dataset(config.dataset).fingerprint,
            "recordings": HELD_OUT,
            "unit": {
                "noun": "machine",
                "names": [f"machine {config.fold}"],
                "of_recording": [0, 0, 0],
                "in_all": N_FOLDS,
            },
            "n_folds": N_FOLDS,
        },
        replicates={"probe.accuracy": found["accuracy"] + spread},
        timing={"total_s": 1.5},
    )


class InstantJobs:
    """As much of `Jobs` as a sweep uses; a run ends when it has been looked at `patience` times.

    fails, collapses, loses: config -> whether its run does so. What was asked stands in `asked`.
    """

    def __init__(self, store, n_workers=2, patience=1, fails=None, collapses=None, loses=None):
        self.store = store
        self.n_workers = n_workers
        self.patience = patience
        self.fails, self.collapses, self.loses = (
            rule or (lambda config: False) for rule in (fails, collapses, loses)
        )
        self.asked = []
        self.priorities = set()
        self.cancelled = []
        self.most_at_once = 0
        self._jobs = {}

    def capacity(self):
        return self.n_workers

    def submit(self, config, run_id, owner="", priority=0):
        self.asked.append(run_id)
        self.priorities.add(priority)
        self._jobs[run_id] = [config, 0, JobStatus(run_id, "running", owners=frozenset({owner}))]
        under_way = sum(not job[2].ended for job in self._jobs.values())
        self.most_at_once = max(self.most_at_once, under_way)

    def status(self, run_id):
        if run_id not in self._jobs:
            return None
        job = self._jobs[run_id]
        job[1] += 1
        if job[1] >= self.patience and not job[2].ended:
            self._finish(*job)
        return job[2]

    def forget(self, run_id):
        if run_id in self._jobs and self._jobs[run_id][2].ended:
            del self._jobs[run_id]

    def cancel(self, run_id, owner=""):
        self.cancelled.append(run_id)

    def _finish(self, config, looks, status):
        if self.loses(config):
            status.state, status.message, status.lost = "failed", "the worker was lost", True
        elif self.fails(config):
            status.state, status.message = "failed", "loss became not finite in step 3"
        else:
            status.state = "done"
            self.store.put(make_result(config, status.key, self.collapses(config)))


def small_config(small_file, **changes):
    settings = {"iterations": 20, "batch_windows": 2, "window_frames": 20}
    return make_config(dataset=str(small_file), **(settings | changes))


def quick_tables(monkeypatch, shared):
    """Copy a new SQLite file with its tables from one made before: making takes half a second."""
    made, make = shared / "sweeps.sqlite3", storage._make_whole
    with FileLock(shared / "sweeps.lock"):
        make(made)

    def copy(path):
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(made, path)

    monkeypatch.setattr(storage, "_make_whole", copy)


class Killed(BaseException):
    """The process ends: nothing in it catches this."""


def dies_at(place, step, nth, before):
    """In place of a method of `place`: at its nth call the process ends, before or after it."""
    original = getattr(place, step)
    calls = []

    def deadly(*arguments, **settings):
        calls.append(step)
        if len(calls) == nth and before:
            raise Killed
        answer = original(*arguments, **settings)
        if len(calls) == nth:
            raise Killed
        return answer

    return deadly
