"""The Compare page, driven without a browser: first visit, verdict, settings, mistakes."""

import base64
import json
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app import session
from app.components import job_progress
from app.components.comparison import compare_story, expected, training_view
from app.components.maps.embedding_map import sample_of, shown_frames
from app.views.compare import auto_run
from emargin_core.analysis.forecast.forecast import Expectation
from emargin_core.config import make_config
from emargin_core.datasets.base import Source
from emargin_core.datasets.registry import SOURCES
from emargin_core.evaluation.metric_table import ACCURACY
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.experiment.run import aligned_map
from emargin_core.jobs.facade import forecast_key, map_key, reference_scores_key
from emargin_core.jobs.status import JobStatus
from emargin_core.report.figures.palette import BETTER, WORSE
from emargin_core.store.run_store import RunStore
from emargin_core.store.snapshots import EXTENT, PATHS, Snapshot
from emargin_core.training.progress import Progress

PAGE = str(Path(__file__).resolve().parents[3] / "app" / "main.py")
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


@pytest.fixture
def workers(monkeypatch, small_file, trained):
    from emargin_core.datasets.tables.load import load_file

    small = load_file(small_file)
    source = Source("small", "Small machines", "", "", "", "", "", lambda: small)
    monkeypatch.setitem(SOURCES, "small", source)
    fake = FakeJobs(trained)
    monkeypatch.setattr(session, "jobs", lambda: fake)
    caches = (session.run_store, session._read, session._read_first_look, session.comparison_of)
    for cached in (*caches, session._timed_runs, session.settle, training_view._finished):
        cached.clear()
    return fake


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


def test_first_visit_to_an_empty_store_starts_by_itself(workers):
    page = open_page()
    assert not page.exception
    assert {config.method for config in workers.asked} == {"infonce", "emargin"}
    assert page.button(key="cancel")
    assert "Training, about 3 s left" in page.get("progress")[0].text


def test_workers_start_once_after_the_first_page_is_drawn(workers, monkeypatch):
    compute(workers)
    monkeypatch.setattr(compare_story, "story", lambda *_: drawn.append(workers.started))
    monkeypatch.setattr(session, "DRAWING_S", 0.01)
    drawn = []
    open_page()
    wait_until(lambda: workers.started)
    open_page()
    assert (drawn[0], drawn[-1]) == (0, 1)
    assert workers.started == 1


def wait_until(true):
    """Wait for what another thread does."""
    deadline = time.monotonic() + 20
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)


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


def test_training_is_shown_as_it_goes_and_never_as_a_result(workers):
    page = open_page()
    candidate = next(config for config in workers.asked if config.method == "emargin")
    run_id = session.run_id_of(candidate)
    assert "training, step 20 of 50: not yet a result" in text(page)
    workers.taken[run_id] = (snapshot(0, 99.0), snapshot(20, 12.3))
    page.run()
    assert not page.exception
    before, after = maps(page)
    assert before["places"] == [[]]
    assert after["places"] == [[0, 0, 1000, 500, 400, 40]]
    assert "12.3" in after["cards"][0]
    assert "n/a" in after["cards"][0]
    assert "not yet a result" in after["says"]
    workers.finish()
    page.run()
    assert maps(page) == []
    assert "not yet a result" not in text(page)


def test_map_of_a_result_sets_out_from_the_training_that_was_watched(workers):
    page = open_page()
    kept = RunStore(session.run_store().home / "other")
    baseline, candidate = (
        workers.trained(config, kept)
        for config in sorted(workers.asked, key=lambda config: config.method, reverse=True)
    )
    labels = candidate.frames["label"].to_numpy()
    places = np.random.default_rng(0).integers(0, EXTENT, (len(labels), 2)).astype(np.uint16)
    last = replace(snapshot(50, 12.3), layout=places, labels=labels.astype(np.int16))
    session.run_store().put(baseline)
    session.run_store().put(replace(candidate, snapshots=(last,)))
    workers.jobs.clear()
    page.run()
    assert not page.exception
    drawn = linked(page)
    before = drawn["map-candidate"]["before"]
    assert before["points"] == list(range(len(labels)))
    assert before["places"] == places.ravel().tolist()
    assert "before" not in drawn["map-baseline"]  # no picture of it was kept
    assert "before" not in linked(open_page())["map-candidate"]  # nobody watched it there


def test_watched_training_can_be_replayed_and_another_says_that_it_cannot(workers):
    compute(workers)
    settings = make_config(dataset="small", iterations=ITERATIONS, method="emargin", scale=2.0)
    run = workers.trained(settings, RunStore(session.run_store().home / "other"))
    session.run_store().put(replace(run, snapshots=(snapshot(0, 99.0), snapshot(50, 12.3))))
    page = open_page(scale="2", view="How it came about")
    page.session_state["closer"] = True
    page.run()
    assert not page.exception
    (replayed,) = maps(page)
    assert replayed["words"] == ["0", "50"]
    assert ["99.0" in card for card in replayed["cards"]] == [True, False]
    assert any("no pictures of this training" in notice.value for notice in page.info)


def test_only_what_is_shown_is_watched(workers):
    page = open_page(repeats="2")
    assert {config.seed for config in workers.asked} == {0, 1}
    assert sorted((c.method, c.seed) for c in workers.watched) == [("emargin", 0), ("infonce", 0)]
    names = {config: session.run_id_of(config) for config in workers.watched}
    assert workers.maps == [(*(names[c] for c in reversed(workers.watched)), None)]
    workers.finish()
    page.run()
    next(b for b in page.button if b.label == "Settle it").click().run()
    assert len(workers.watched) == 2
    assert len(workers.maps) == 1


def test_earlier_comparison_is_not_shown_beside_a_training(workers):
    compute(workers)
    page = open_page()
    page.slider(key="scale").set_value(2.0).run()
    assert "Earlier comparison" in text(page)
    assert "Press **First look**. It takes about" in text(page)
    next(b for b in page.button if b.label == "First look").click().run()
    assert not page.exception
    assert "Earlier comparison" not in text(page)
    baseline, _ = maps(page)
    assert len(baseline["places"][0]) > 0
    assert "Trained; the comparison follows" in text(page)


def look(workers, *configs):
    """Have first looks at these runs in the app's store, and the rest still under way."""
    for config in configs:
        run = workers.trained(config, RunStore(session.run_store().home / "other"))
        session.run_store().put_preliminary(run)
        workers.jobs[run.run_id].looked = True


def test_verdict_and_maps_stand_before_the_closer_look_is_measured(workers):
    page = open_page()
    look(workers, workers.asked[0])
    page.run()
    assert "Trained; the comparison follows" in text(page)
    look(workers, workers.asked[1])
    page.run()
    assert not page.exception
    assert "First look: it points" in text(page)
    assert "The closer look follows" in text(page)
    assert "closer" not in page.session_state
    parts = linked(page)
    assert parts["map-baseline"]["places"] != parts["map-candidate"]["places"]
    assert not parts["map-candidate"]["note"]
    early = [html.proto.body for html in page.get("html") if "data:image/svg" in html.proto.body]
    assert len(early) == 1
    workers.finish()
    page.run()
    assert not page.exception
    assert "First look: it points" in text(page)
    assert "The closer look follows" not in text(page)
    assert early[0] in [html.proto.body for html in page.get("html")]


def test_side_that_was_looked_at_first_shows_its_training_until_its_map_is_there(workers):
    page = open_page()
    config = workers.asked[0]
    run = workers.trained(config, RunStore(session.run_store().home / "other"))
    frames = run.frames.assign(map_x=np.nan, map_y=np.nan)
    last = snapshot(ITERATIONS, 40.0)
    session.run_store().put_preliminary(replace(run, frames=frames, snapshots=(last,)))
    workers.jobs[run.run_id].looked = True
    page.run()
    assert "Trained; the comparison follows" in text(page)
    assert maps(page)[0]["places"] == [last.layout.ravel().tolist()]
    workers.store(config)
    page.run()
    assert "Trained; the comparison follows" in text(page)
    assert len(maps(page)[0]["places"][0]) > last.layout.size


def test_closer_look_is_over_what_is_measured_whole(workers):
    compute(workers)
    page = open_page({"closer": True, "view": "All numbers"})
    alone = page.dataframe[0].value
    next(b for b in page.button if b.label == "Settle it").click().run()
    second = [config for config in workers.asked if config.fold == 1]
    look(workers, *second)
    page.run()
    assert not page.exception
    assert "over 1 of 2 runs of each side" in text(page)
    pd.testing.assert_frame_equal(page.dataframe[0].value, alone)
    workers.store(*second)
    page.run()
    assert "runs of each side" not in text(page)
    assert not page.dataframe[0].value.equals(alone)


def test_what_is_left_of_a_first_look_is_asked_for_again_after_a_restart(workers):
    page = open_page()
    look(workers, *workers.asked)
    asked = list(workers.asked)
    workers.jobs.clear()
    page.run()
    assert not page.exception
    assert "First look: it points" in text(page)
    assert workers.asked == [*asked, *asked]


def test_failure_after_the_first_look_is_said_and_can_be_tried_again(workers):
    page = open_page()
    look(workers, *workers.asked)
    page.run()
    workers.fail("Not enough memory.")
    page.run()
    assert not page.exception
    assert "Not enough memory." in [error.value for error in page.error]
    assert "First look: it points" not in text(page)
    page.button[0].click().run()
    assert len(workers.asked) == 4


@pytest.mark.parametrize("n_looks", range(2, 24, 4))
def test_runs_that_end_while_the_page_is_drawn_are_not_missed(workers, monkeypatch, n_looks):
    open_page()
    status, stored, banner = workers.status, session.stored_result, job_progress._banner
    looks, waits = [], []

    def counted(look):
        def looking(key):
            looks.append(key)
            if len(looks) == n_looks:
                workers.finish()
            return look(key)

        return looking

    def noted(keys, n_waiting, watch, first_look):
        waits.append((keys, n_waiting))
        banner(keys, n_waiting, watch, first_look)

    monkeypatch.setattr(workers, "status", counted(status))
    monkeypatch.setattr(session, "stored_result", counted(stored))
    monkeypatch.setattr(job_progress, "_banner", noted)
    page = open_page()
    assert not page.exception
    assert len(looks) >= n_looks
    if "First look: it points" not in text(page):
        keys, n_waiting = waits[-1]
        assert len(job_progress.active(keys)) < n_waiting  # the next poll draws the page anew


def test_finished_runs_show_a_verdict_and_both_cards(workers):
    open_page()
    workers.finish()
    page = open_page()
    assert not page.exception
    assert "of the time" in text(page)
    assert "Baseline: InfoNCE" in text(page)
    assert "Candidate: eMargin" in text(page)
    assert "Why this happens" in text(page)
    assert {"map-baseline", "map-candidate", "map-legend", "strip"} <= linked(page).keys()


def test_stored_comparison_is_shown_without_training(workers):
    compute(workers)
    page = open_page()
    assert not page.exception
    assert workers.asked == []
    assert "First look: it points" in text(page)


@pytest.mark.parametrize(
    ("lang", "data", "words"),
    [
        ("en", "", "5 frames selected in a map: slow 3, fast 2."),
        ("ja", "", "5 フレームを選択中：slow 3"),
        ("en", "other", None),
    ],
)
def test_lasso_says_how_many_frames_of_which_classes(workers, lang, data, words):
    compute(workers)
    run = session.run_store().get(session.run_store().ids()[0])
    run = replace(run, config=run.config | {"dataset": "the same file by its path"})
    codes = {name: code for code, name in enumerate(run.data["class_names"])}
    slow, fast = (np.flatnonzero(run.frames["label"] == codes[name]) for name in ("slow", "fast"))
    frames = np.concatenate([slow[:3], fast[:2], [99_999]]).tolist()
    sample = sample_of(run, shown_frames(compare_story.own_layout(run))) + data
    chosen = {"chosen": {"sample": sample, "frames": frames}}
    page = open_page({"map-baseline": chosen}, lang=lang)
    assert not page.exception
    assert words in text(page) if words else "selected in a map" not in text(page)


def test_maps_legend_and_strip_of_a_comparison_are_linked(workers):
    compute(workers)
    page = open_page({"story-numbers": True}, colour="recording")
    parts = linked(page)
    before, after = parts["map-baseline"], parts["map-candidate"]
    assert {part["view"] for part in parts.values()} == {"story"}
    assert before["ids"] == after["ids"] == before["frames"]["ids"]
    assert before["codes"] == before["frames"]["recording"]
    assert [entry[2] for entry in parts["map-legend"]["entries"]] == before["frames"]["names"]
    assert len(before["places"][0]) == 2 * len(before["ids"])
    assert before["places"] != after["places"]
    assert len(page.dataframe[0].value) == len(before["ids"])
    n_bytes = len(base64.b64decode(before["frames"]["signal"]))
    channels, samples = before["frames"]["channels"], before["frames"]["samples"]
    assert n_bytes == len(before["ids"]) * len(channels) * samples > 0
    strip = parts["strip"]
    assert len(strip["ends"]) == len(strip["names"]) == len(strip["rows"][0]["spans"])
    drawn = sum(length for spans in strip["rows"][0]["spans"] for _, length, _ in spans)
    assert drawn == pytest.approx(sum(end - begin for begin, end in strip["ends"]), rel=0.02)


def test_first_look_claims_nothing_and_offers_to_settle_it(workers):
    compute(workers)
    page = open_page()
    assert not page.exception
    assert "First look: it points" in text(page)
    assert not [*page.warning, *page.success]
    cards = [part.value for part in page.get("html") if "gauge" in part.value]
    assert "first look: " in cards[1]
    assert BETTER not in cards[1]
    assert WORSE not in cards[1]
    next(b for b in page.button if b.label == "Settle it").click().run()
    assert sorted((c.fold, c.method) for c in workers.asked) == [
        (fold, method) for fold in (1, 2, 3, 4) for method in ("emargin", "infonce")
    ]


def test_all_folds_settle_the_verdict_with_its_unit(workers):
    for fold in range(5):
        compute(workers, fold=fold)
    page = open_page()
    assert not page.exception
    assert "First look:" not in text(page)
    assert "6 recordings in 5 folds" in text(page)
    assert not any(button.label == "Settle it" for button in page.button)


def test_margin_of_equality_is_in_the_address(workers):
    for fold in range(5):
        compute(workers, fold=fold)
    page = open_page(equal_within="20")
    assert not page.exception
    assert "within 20 points" in text(page)


def test_moving_a_slider_starts_nothing_and_says_that_the_figures_are_older(workers):
    compute(workers)
    page = open_page()
    assert "opens the page with these settings" in text(page)
    page.slider(key="threshold").set_value(0.2).run()
    assert not page.exception
    assert workers.asked == []
    assert "not with those of this earlier comparison" in text(page)
    assert "have not been computed" in " ".join(info.value + str(info.title) for info in page.info)
    assert "Earlier comparison: small.csv, threshold 0.4, scale 5" in text(page)


@pytest.fixture
def moving(workers, monkeypatch):
    """A page that trains as its sliders move, which need not rest first."""
    monkeypatch.setattr(auto_run, "REST_S", 0.0)
    compute(workers)
    page = open_page()
    return page.toggle(key="auto_run").set_value(True).run()


def test_settings_that_moved_on_are_cancelled_and_the_new_ones_start(workers, moving):
    assert workers.asked == []
    moving.slider(key="scale").set_value(2.0).run()
    assert not moving.exception
    moving.slider(key="scale").set_value(3.0).run()
    assert [config.scale for config in workers.asked] == [2.0, 3.0]
    assert workers.cancelled == [session.run_id_of(workers.asked[0])]
    moving.slider(key="scale").set_value(5.0).run()  # stored already
    assert workers.cancelled == [session.run_id_of(config) for config in workers.asked]
    assert len(workers.asked) == 2


def test_what_was_cancelled_by_hand_does_not_start_again_by_itself(workers, moving):
    moving.slider(key="scale").set_value(2.0).run()
    moving.button(key="cancel").click().run()
    moving.run()
    assert len(workers.asked) == 1
    assert any("Cancelled" in str(info.title) for info in moving.info)


def test_nothing_starts_before_the_sliders_rest_nor_while_others_wait(workers, monkeypatch):
    compute(workers)
    page = open_page()
    page.toggle(key="auto_run").set_value(True).run()
    monkeypatch.setattr(auto_run, "REST_S", 60.0)
    page.slider(key="scale").set_value(2.0).run()
    assert not page.exception
    assert "have not changed for a moment" in text(page)
    workers.others = True
    monkeypatch.setattr(auto_run, "REST_S", 0.0)
    page.run()
    assert workers.asked == []
    assert page.toggle(key="auto_run").disabled
    workers.others = False
    page.run()
    assert [config.scale for config in workers.asked] == [2.0]


def knowing(monkeypatch, **values):
    """Have stored runs that let expect something wherever the sliders are."""
    found = {path: Estimate(mean, 0.9 * mean, 1.1 * mean) for path, mean in values.items()}
    samples = SimpleNamespace(enough=True, key="kept", n_runs=120)
    monkeypatch.setattr(expected, "_samples_for", lambda config: samples)
    monkeypatch.setattr(expected, "read_forecast", lambda path: SimpleNamespace(samples=samples))
    monkeypatch.setattr(expected, "expect", lambda forecast, config: Expectation(120, found))


def test_forecast_is_shown_only_while_nothing_is_measured(workers, monkeypatch):
    compute(workers)
    knowing(monkeypatch, **{ACCURACY: 0.71})
    page = open_page()
    assert "expect" not in gauges(page)
    page.slider(key="scale").set_value(2.0).run()
    assert not page.exception
    baseline, candidate = gauges(page).split("<div class='gauges expecting known'>")
    assert "Hollow: expected, from 120 runs" in candidate
    assert candidate.count("class='hollow'") == candidate.count("expected 71 %") == 1
    assert candidate.count("no idea yet<") == 3
    assert "71 % expected with the new settings, 90 % interval 64 to 78 %" in candidate
    assert "not measured" in candidate
    assert "class='hollow'" not in baseline
    assert "from 120 runs" not in text(page)  # no verdict knows of it
    compute(workers, scale=2.0)
    page.run()
    assert not page.exception
    assert "expect" not in gauges(page)
    assert workers.asked == []


def test_both_sides_are_expected_where_both_have_moved(workers, monkeypatch):
    compute(workers)
    knowing(monkeypatch, **{ACCURACY: 0.71})
    page = open_page()
    page.slider(key="iterations").set_value(100).run()
    assert gauges(page).count("class='gauges expecting known'") == 2


def test_few_stored_runs_give_no_idea_and_ask_for_no_fit(workers):
    compute(workers)
    page = open_page()
    page.slider(key="scale").set_value(2.0).run()
    assert gauges(page).count("No idea yet what to expect") == 1
    assert "first look: " in gauges(page)  # the earlier numbers keep their words
    assert "class='hollow'" not in gauges(page)
    assert workers.forecasts == []


def gauges(page):
    return " ".join(part.value for part in page.get("html") if "class='gauge" in part.value)


def test_button_asks_for_what_is_missing_and_no_more(workers):
    compute(workers)
    page = open_page()
    page.slider(key="scale").set_value(2.0).run()
    next(b for b in page.button if b.label == "First look").click().run()
    assert [(c.method, c.scale) for c in workers.asked] == [("emargin", 2.0)]


def test_clicking_again_and_again_joins_the_same_run(workers):
    page = open_page()
    for _ in range(3):
        next(b for b in page.button if b.label == "First look").click().run()
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
    next(b for b in page.button if b.label == "First look").click().run()
    assert len(workers.asked) == before + 2


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"threshold": "7"}, ["threshold", "7", "-1.1 to 1.1"]),
        ({"scale": "50"}, ["scale", "50", "0 to 10"]),
        ({"temperature": "warm"}, ["temperature", "warm"]),
        ({"candidate": "<script>alert(1)</script>"}, ["candidate", "choose from", "\\<script"]),
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
        (0.2, 3.0, 0.1, 4),
        (0.2, 3.0, 0.1, 5),
    ]


def test_raising_the_uniformity_weight_is_one_click(workers, monkeypatch):
    compute(workers)
    compare = session.comparison_of

    def collapsed(*names):
        found = compare(*names)
        return replace(found, judgement=replace(found.judgement, kind="collapsed"))

    monkeypatch.setattr(session, "comparison_of", collapsed)
    page = open_page()
    next(b for b in page.button if b.label == "Try uniformity weight 0.1").click().run()
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
    compute(workers)
    config = make_config(dataset="small", iterations=ITERATIONS, method="emargin")
    run_id = session.run_id_of(config)
    result = session.run_store().get(run_id)
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
    read = session.run_store().get
    monkeypatch.setattr(
        session.run_store(), "get", lambda name: collapsed if name == run_id else read(name)
    )
    page = open_page()
    assert not page.exception
    assert "all frames fall on one point" in text(page)
    assert page.error == []  # a first look is grey, and advises nothing for good
    assert "Do not adopt it" not in text(page)
    cards = [part.value for part in page.get("html") if "gauge" in part.value]
    assert "n/a" in cards[1]
    assert BETTER not in cards[1]
    assert "first look: " in cards[1]  # the accuracy is defined, and the banner names it


@pytest.mark.parametrize(("needed", "offered"), [(6, True), (7, False)])
def test_settling_is_offered_only_where_there_are_units_enough(
    workers, monkeypatch, needed, offered
):
    compute(workers)
    monkeypatch.setattr("emargin_core.evaluation.uncertainty.MIN_UNITS", needed)
    page = open_page()
    assert not page.exception
    assert ("Settle it" in [button.label for button in page.button]) == offered


@pytest.mark.parametrize(("lang", "words"), [("en", "no probe can be trained"), ("ja", "プローブ")])
def test_data_without_labels_has_a_notice_in_place_of_probes(workers, monkeypatch, lang, words):
    small = SOURCES["small"].load()
    recordings = tuple(
        replace(one, labels=np.full_like(one.labels, -1)) for one in small.recordings
    )
    bare = replace(small, recordings=recordings, class_names=())
    source = Source("bare", "Bare machines", "", "", "", "", "", lambda: bare)
    monkeypatch.setitem(SOURCES, "bare", source)
    compute(workers, dataset="bare")
    page = open_page(data="bare", lang=lang, view="Probes")
    page.session_state["closer"] = True
    page.run()
    assert not page.exception
    assert any(words in notice.value for notice in page.info)
