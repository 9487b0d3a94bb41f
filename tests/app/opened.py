"""The app opened without a browser, and workers that compute only when told."""

import json
from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app import session
from emargin_core.config import make_config
from emargin_core.experiment.run import aligned_map
from emargin_core.jobs.facade import forecast_key, map_key, reference_scores_key
from emargin_core.jobs.status import JobStatus
from emargin_core.store.run_store import RunStore
from emargin_core.store.snapshots import PATHS, Snapshot
from emargin_core.training.progress import Progress

PAGE = str(Path(__file__).resolve().parents[2] / "app" / "main.py")
ITERATIONS = 50


class FakeJobs:
    """Stands in for the workers: writes down what is asked, and computes only when told."""

    def __init__(self, trained):
        self.trained = trained
        self.jobs = {}
        self.asked = []
        self.cancelled = []
        self.watched = []
        self.maps = []
        self.taken = {}
        self.others = False
        self.forecasts = []
        self.started = 0

    def start(self):
        self.started += 1

    def capacity(self):
        return 2

    def submit(self, config, run_id, owner="", priority=0, *, first_look=False, watched=False):
        self.asked.append(config)
        self.watched += [config] * watched
        state = "running" if session.run_store().get(run_id) is None else "done"
        self.jobs[run_id] = JobStatus(run_id, state, Progress("training", 0.4, 20, 50, 1.0, 3))
        return self.jobs[run_id]

    def submit_map(self, candidate, baseline, owner=""):
        key = map_key(candidate.run_id, baseline.run_id)
        aligned_map(candidate, baseline, store=session.run_store())
        self.jobs[key] = JobStatus(key, "done")

    def submit_map_after(self, candidate, baseline, known=None, owner=""):
        self.maps.append((candidate, baseline, known))

    def submit_reference_scores(self, dataset, fingerprint, evaluate_on, owner=""):
        self.jobs[reference_scores_key(fingerprint, evaluate_on)] = JobStatus("levels", "done")

    def submit_forecast(self, samples, path, owner=""):
        self.forecasts.append((samples, path))
        return JobStatus(forecast_key(samples))

    def status(self, key):
        return self.jobs.get(key)

    def snapshots(self, key):
        return self.taken.get(key, ())

    def forget(self, key):
        self.jobs.pop(key, None)

    def cancel(self, key, owner=""):
        self.cancelled.append(key)
        self.jobs[key] = JobStatus(key, "cancelled")

    def others_wait(self, owner):
        return self.others

    def queue_position(self, key):
        return None

    def check_limit(self, run_ids, owner):
        pass

    def store(self, *configs):
        """Have these runs in the app's store."""
        return [self.trained(config, session.run_store()) for config in configs]

    def fail(self, message):
        for key in self.jobs:
            self.jobs[key] = JobStatus(key, "failed", message=message)

    def finish(self):
        self.store(*self.asked)
        for key in self.jobs:
            self.jobs[key] = JobStatus(key, "done")


def open_view(name, /, state=None, locale=None, **query):
    """The app opened by a link to one of its pages; `state` is what the session knows before."""
    page = AppTest.from_file(PAGE, default_timeout=120)
    page.context["locale"] = locale
    for key, value in (state or {}).items():
        page.session_state[key] = value
    page._page_hash = calc_hash(name)
    for key, value in query.items():
        page.query_params[key] = value
    page.run()
    assert page._finished_page_script_hash == calc_hash(name)
    return page


def open_page(state=None, **settings):
    return open_view(
        "compare", state, **{"data": "small", "iterations": str(ITERATIONS)} | settings
    )


def text(page):
    parts = [*page.markdown, *page.caption, *page.error, *page.warning, *page.info, *page.success]
    return " ".join(part.value for part in parts)


def compute(workers, **changes):
    for method in ("infonce", "emargin"):
        settings = {"dataset": "small", "iterations": ITERATIONS, "method": method} | changes
        workers.store(make_config(**settings))


def linked(page):
    """What the components of a page are given, by their keys."""
    return {part.key: json.loads(part.proto.json) for part in page.get("bidi_component")}


def maps(page):
    """What the maps of trainings are given, in order."""
    return [data for data in linked(page).values() if "places" in data and "ids" not in data]


def snapshot(step, rank):
    values = dict(zip(PATHS, (0.61, None, 0.5, rank), strict=True))
    layout = np.array([[0, 0], [1000, 500], [20 * step, 40]], dtype=np.uint16)
    return Snapshot(step, ITERATIONS, values, layout, np.array([0, 2, -1], dtype=np.int16))


def look(workers, *configs):
    """Have first looks at these runs in the app's store, and the rest still under way."""
    for config in configs:
        run = workers.trained(config, RunStore(session.run_store().home / "other"))
        session.run_store().put_preliminary(run)
        workers.jobs[run.run_id].looked = True
