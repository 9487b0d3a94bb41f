"""What comes with the program is shown at once, says so, and never stands in for an encoder."""

import pytest
from streamlit.testing.v1 import AppTest

from app import session
from emargin_core.analysis.forecast.fit import fit_forecast
from emargin_core.analysis.forecast.kept import write_forecast
from emargin_core.config import make_config
from emargin_core.store.gallery.gallery import load_gallery
from tests.app.opened import PAGE, compute, linked, open_page, open_view, text

STEPS = "50"
"""Training steps of the small gallery."""


@pytest.fixture
def shipped(workers, small_gallery, monkeypatch):
    """A program that comes with the small gallery, and a store with nothing in it."""
    gallery = load_gallery(small_gallery.path)
    session._read_shipped.clear()
    monkeypatch.setattr(session, "gallery", lambda: gallery)
    yield gallery
    session._read_shipped.clear()


def default_page():
    """The first page of the program with the gallery that it comes with."""
    session.gallery.clear()
    session._read_shipped.clear()
    page = AppTest.from_file(PAGE, default_timeout=60).run()
    assert not page.exception
    return page


def test_empty_store_shows_the_default_comparison_at_once(workers):
    page = default_page()
    assert workers.asked == []
    assert workers.jobs == {}
    ((samples, _path),) = workers.forecasts  # fitted in the background, once a visitor is there
    assert (samples.n_runs, samples.enough) == (135, True)
    assert "Prettier clusters, worse decisions." in text(page)
    assert "10 subjects in 5 folds" in text(page)
    assert "Precomputed with eMargin Explorer" in text(page)
    assert "For reference" in text(page)
    assert {"map-baseline", "map-candidate", "strip"} <= linked(page).keys()
    assert any("compare --dataset watch" in code.value for code in page.code)


@pytest.mark.slow
def test_gallery_lets_expect_something_wherever_the_sliders_are(workers):
    page = default_page()
    ((samples, path),) = workers.forecasts
    write_forecast(path, fit_forecast(samples))
    page.slider(key="scale").set_value(3.5).run()
    assert not page.exception
    assert any("expected, from 135 runs" in part.value for part in page.get("html"))
    assert workers.asked == []


def test_gallery_is_shown_and_labelled_without_any_work(workers, shipped):
    page = open_page(iterations=STEPS)
    assert not page.exception
    assert workers.jobs == {}
    assert f"{shipped.label}; the command recomputes it." in text(page)
    assert "Computed" not in text(page)


def test_what_the_gallery_lacks_is_still_started_on_a_first_visit(workers, shipped):
    page = open_page(iterations=STEPS, threshold="0.2")
    assert not page.exception
    assert [(c.method, c.threshold) for c in workers.asked] == [("emargin", 0.2)]


def test_own_runs_come_before_those_of_the_gallery(workers, shipped):
    compute(workers, iterations=int(STEPS))
    page = open_page(iterations=STEPS)
    assert "Computed" in text(page)
    assert "Precomputed" not in text(page)


def test_own_run_beside_one_of_the_gallery_is_said(workers, shipped):
    config = make_config(dataset="small", iterations=int(STEPS), threshold=0.2)
    workers.store(config)
    page = open_page(iterations=STEPS, threshold="0.2")
    assert not page.exception
    assert f"1 of 2 runs: {shipped.label}." in text(page)


def test_own_map_is_shown_while_the_encoder_for_the_aligned_one_is_trained(workers, shipped):
    own = make_config(dataset="small", method="random", iterations=int(STEPS))
    workers.store(own)
    page = open_page(iterations=STEPS, baseline="random")
    assert not page.exception
    assert [(c.method, c.scale) for c in workers.asked] == [("emargin", 5.0)]
    assert "without its encoder" in text(page)
    assert linked(page)["map-candidate"]["note"] == "The map is being aligned."
    assert "scale 5" in text(page)  # whose map it is stays said
    assert "map-candidate" in linked(page)
    workers.finish()
    page.run()
    page.run()
    assert not page.exception
    assert len(workers.asked) == 1
    assert linked(page)["map-candidate"]["note"] == ""
    assert "without its encoder" not in text(page)


def test_run_computed_here_takes_the_place_of_the_gallerys_at_once(workers, shipped):
    config = make_config(dataset="small", iterations=int(STEPS))
    run_id = session.run_id_of(config)
    assert session.stored_result(run_id).precomputed == shipped.label
    assert session.trained_result(run_id) is None
    workers.store(config)
    assert session.stored_result(run_id).precomputed is None
    assert session.trained_result(run_id).encoder


def test_map_of_the_gallery_is_not_put_beside_an_own_baseline(workers, shipped):
    own = make_config(dataset="small", method="infonce", iterations=int(STEPS))
    workers.store(own)
    before = session.stored_result(session.run_id_of(own))
    after = next(e for e in shipped.entries.values() if e.config["scale"] == 5.0)
    after = session.stored_result(after.run_id)
    assert shipped.map(after.run_id, before.run_id) is not None
    assert session.stored_map(after, before) is None


def test_trust_page_counts_settings_of_the_gallery_and_says_how_many(workers, shipped):
    for seed, temperature in enumerate((0.1, 0.3, 0.8, 2.0)):
        config = make_config(
            dataset="small", method="infonce", temperature=temperature, seed=seed, iterations=5
        )
        workers.store(config)
    page = open_view("trust", data="small", iterations=STEPS)
    assert not page.exception
    assert "On small.csv (test recordings), 9 settings:" in page.info[0].value
    assert f"5 of these 9 points come with the program. {shipped.label}" in text(page)
