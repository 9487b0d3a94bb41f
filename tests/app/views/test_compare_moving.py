"""Compare as its sliders move: nothing starts unasked, training as they move, forecasts."""

from types import SimpleNamespace

import pytest

from app import session
from app.components.comparison import expected
from app.views.compare import auto_run
from emargin_core.analysis.forecast.forecast import Expectation
from emargin_core.evaluation.metric_table import ACCURACY
from emargin_core.evaluation.uncertainty import Estimate
from tests.app.opened import compute, open_page, text


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


def gauges(page):
    return " ".join(part.value for part in page.get("html") if "class='gauge" in part.value)


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
