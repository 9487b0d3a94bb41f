"""The Compare page, driven without a browser: first visit, verdict, settings, mistakes."""

from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app import background
from app.palette import BETTER
from emargin_core.config import make_config
from emargin_core.datasets import SOURCES
from emargin_core.datasets.base import Source
from emargin_core.experiment import aligned_map, run_experiment
from emargin_core.jobs import JobStatus
from emargin_core.jobs.facade import levels_key, map_key
from emargin_core.progress import Progress

PAGE = "../../app/main.py"
ITERATIONS = 50


class FakeJobs:
    """Stands in for the workers: writes down what is asked, and computes only when told."""

    def __init__(self):
        self.jobs = {}
        self.asked = []
        self.cancelled = []

    def capacity(self):
        return 2

    def submit(self, config, run_id, owner="", priority=0):
        self.asked.append(config)
        self.jobs[run_id] = JobStatus(run_id, "running", Progress("training", 0.4, 20, 50, 1.0, 3))
        return self.jobs[run_id]

    def submit_map(self, candidate, baseline, owner=""):
        key = map_key(candidate.run_id, baseline.run_id)
        aligned_map(candidate, baseline, store=background.run_store())
        self.jobs[key] = JobStatus(key, "done")

    def submit_levels(self, dataset, fingerprint, evaluate_on, owner=""):
        self.jobs[levels_key(fingerprint, evaluate_on)] = JobStatus("levels", "done")

    def status(self, key):
        return self.jobs.get(key)

    def forget(self, key):
        self.jobs.pop(key, None)

    def cancel(self, key, owner=""):
        self.cancelled.append(key)
        self.jobs[key] = JobStatus(key, "cancelled")

    def queue_position(self, key):
        return None

    def check_room(self, run_ids, owner):
        pass

    def fail(self, message):
        for key in self.jobs:
            self.jobs[key] = JobStatus(key, "failed", message=message)

    def finish(self):
        for config in self.asked:
            run_experiment(config, store=background.run_store())
        for key in self.jobs:
            self.jobs[key] = JobStatus(key, "done")


@pytest.fixture
def workers(monkeypatch, small_file):
    from emargin_core.datasets import long_format

    small = long_format.load(small_file)
    source = Source("small", "Small machines", "", "", "", "", "", lambda: small)
    monkeypatch.setitem(SOURCES, "small", source)
    fake = FakeJobs()
    monkeypatch.setattr(background, "jobs", lambda: fake)
    for cached in (background.run_store, background._read, background.comparison_of):
        cached.clear()
    return fake


def open_page(**settings):
    page = AppTest.from_file(PAGE, default_timeout=60)
    for name, value in ({"data": "small", "iterations": str(ITERATIONS)} | settings).items():
        page.query_params[name] = value
    return page.run()


def text(page):
    parts = [*page.markdown, *page.caption, *page.error, *page.warning, *page.info, *page.success]
    return " ".join(part.value for part in parts)


def compute(**changes):
    for method in ("infonce", "emargin"):
        settings = {"dataset": "small", "iterations": ITERATIONS, "method": method} | changes
        run_experiment(make_config(**settings), store=background.run_store())


def verdicts(page):
    return [*page.warning, *page.success, *page.info, *page.error]


def test_first_visit_to_an_empty_store_starts_by_itself(workers):
    page = open_page()
    assert not page.exception
    assert {config.method for config in workers.asked} == {"infonce", "emargin"}
    assert page.button(key="cancel")
    assert "Training, about 3 s left" in page.get("progress")[0].text


def test_finished_runs_show_a_verdict_and_both_cards(workers):
    open_page()
    workers.finish()
    page = open_page()
    assert not page.exception
    assert "of the time" in text(page)
    assert "Baseline: InfoNCE" in text(page)
    assert "Candidate: eMargin" in text(page)
    assert "Why this happens" in text(page)
    assert len(page.get("plotly_chart")) >= 4


def test_stored_comparison_is_shown_without_training(workers):
    compute()
    page = open_page()
    assert not page.exception
    assert workers.asked == []
    assert verdicts(page)


def test_moving_a_slider_starts_nothing_and_says_that_the_figures_are_older(workers):
    compute()
    page = open_page()
    page.slider(key="threshold").set_value(0.2).run()
    assert not page.exception
    assert workers.asked == []
    assert "have not been computed" in " ".join(info.value + str(info.title) for info in page.info)
    assert any("earlier comparison, threshold 0.4" in part.value for part in page.get("html"))


def test_button_asks_for_what_is_missing_and_no_more(workers):
    compute()
    page = open_page()
    page.slider(key="scale").set_value(2.0).run()
    next(b for b in page.button if b.label == "Train and compare").click().run()
    assert [(c.method, c.scale) for c in workers.asked] == [("emargin", 2.0)]


def test_clicking_again_and_again_joins_the_same_run(workers):
    page = open_page()
    for _ in range(3):
        next(b for b in page.button if b.label == "Train and compare").click().run()
    assert len({(c.method, c.seed) for c in workers.asked}) == 2


def test_cancelling_says_so_and_keeps_the_page(workers):
    page = open_page()
    page.button(key="cancel").click().run()
    assert len(workers.cancelled) == 2
    page.run()
    assert not page.exception
    assert any("Cancelled" in str(info.title) for info in page.info)


def test_failure_is_shown_as_a_sentence_and_can_be_tried_again(workers):
    page = open_page()
    workers.fail("loss became not finite in step 3")
    page.run()
    assert not page.exception
    assert [error.value for error in page.error] == ["loss became not finite in step 3"]
    before = len(workers.asked)
    next(b for b in page.button if b.label == "Train and compare").click().run()
    assert len(workers.asked) == before + 2


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"threshold": "7"}, ["threshold", "7", "-1.1 to 1.1"]),
        ({"scale": "50"}, ["scale", "50", "0 to 10"]),
        ({"temperature": "warm"}, ["temperature", "warm"]),
        ({"candidate": "<script>alert(1)</script>"}, ["candidate", "known methods", "\\<script"]),
        ({"candidate": "![x](http://127.0.0.1/x.png)"}, ["\\!\\[x\\]\\("]),
        ({"data": "moon"}, ["data", "moon", "watch"]),
        ({"iterations": "1e9"}, ["iterations", "1e9"]),
    ],
)
def test_wrong_setting_in_the_address_is_a_sentence_and_the_page_goes_on(workers, settings, words):
    page = open_page(**settings)
    assert not page.exception
    assert len(page.error) == 1
    for word in [*words, "default is used"]:
        assert word in page.error[0].value


def test_settings_from_the_address_are_used(workers):
    open_page(threshold="0.2", scale="3", seed="4", repeats="2", spread="0.1")
    candidates = [c for c in workers.asked if c.method == "emargin"]
    assert [(c.threshold, c.scale, c.uniformity, c.seed) for c in candidates] == [
        (0.2, 3.0, 0.1, 4), (0.2, 3.0, 0.1, 5),
    ]  # fmt: skip


def test_repair_is_one_click(workers, monkeypatch):
    compute()
    compare = background.comparison_of
    monkeypatch.setattr(
        background, "comparison_of", lambda *names: replace(compare(*names), kind="mismatch")
    )
    page = open_page()
    next(b for b in page.button if b.label == "Try spread 0.1").click().run()
    assert not page.exception
    assert [c.uniformity for c in workers.asked if c.method == "emargin"] == [0.1]
    assert page.slider(key="spread").value == 0.1


def test_store_that_cannot_be_written_is_a_sentence(workers, home):
    home.rmdir()
    home.write_text("")
    page = open_page()
    assert not page.exception
    assert "EMARGIN_HOME" in page.error[0].value


def test_collapsed_candidate_never_gets_a_green_gauge(workers, monkeypatch):
    compute()
    config = make_config(dataset="small", iterations=ITERATIONS, method="emargin")
    run_id = background.run_id_of(config)
    result = background.run_store().get(run_id)
    clusters = result.metrics["clustering"] | {"davies_bouldin": None, "silhouette": None}
    collapsed = replace(
        result,
        metrics=result.metrics | {"clustering": clusters},
        collapse_reason="all frames fall on one point",
        replicates={
            name: np.full_like(drawn, np.nan) if name.startswith("clustering") else drawn
            for name, drawn in result.replicates.items()
        },
    )
    read = background.run_store().get
    monkeypatch.setattr(
        background.run_store(), "get", lambda name: collapsed if name == run_id else read(name)
    )
    page = open_page()
    assert not page.exception
    assert "all frames fall on one point" in " ".join(error.value for error in page.error)
    cards = [part.value for part in page.get("html") if "gauge" in part.value]
    assert "n/a" in cards[1]
    assert BETTER not in cards[1]
