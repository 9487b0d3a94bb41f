"""The Compare page, driven without a browser: first visit, verdict, settings, mistakes."""

import base64
import time
from dataclasses import replace

import numpy as np
import pytest

from app import session
from app.components.comparison import compare_story
from app.components.maps.embedding_map import sample_of, shown_frames
from emargin_core.config import make_config
from emargin_core.datasets.base import Source
from emargin_core.datasets.registry import SOURCES
from emargin_core.report.figures.palette import BETTER, WORSE
from tests.app.opened import ITERATIONS, compute, linked, open_page, text


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
