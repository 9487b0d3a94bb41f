"""Compare while its runs are under way: their pictures, first looks, and what ends meanwhile."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from app import session
from app.components import job_progress
from emargin_core.config import make_config
from emargin_core.store.run_store import RunStore
from emargin_core.store.snapshots import EXTENT
from tests.app.opened import ITERATIONS, compute, linked, look, maps, open_page, snapshot, text


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
