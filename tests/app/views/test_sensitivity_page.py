"""The Sensitivity page: start, watch, stop; one choice for all maps; scrubbing; the way on."""

import time

import pandas as pd
import pytest

from app import session
from app.components.charts.sweep_details import settings_table
from app.components.charts.tile_maps import SHADES, tile_figure
from app.components.comparison.open_in_compare import compare_values
from app.components.sweeps.scrubber import Stop, film
from app.components.sweeps.stored import findings_of
from emargin_core.config import make_config
from emargin_core.evaluation.metric_table import DAVIES_BOULDIN, HEADLINES, SILHOUETTE
from emargin_core.experiment.run import aligned_map
from emargin_core.jobs.status import JobStatus
from emargin_core.sweeps.head_start import Best, Descriptors
from emargin_core.sweeps.sweep import make_grid, make_search
from tests.app.opened import open_view, text
from tests.emargin_core.sweeps.sweep_doubles import make_result

ITERATIONS = 5


def spec(scales=(1.0, 5.0), folds=(0,)):
    base = make_config(
        dataset="small", method="emargin", iterations=ITERATIONS, evaluate_on="validation"
    )
    values = {"threshold": [0.0, 0.8], "scale": list(scales), "fold": list(folds)}
    return make_grid(base, values)


@pytest.fixture
def finished(workers):
    """A grid whose runs are all stored, so that the sweep only has to find them."""
    session.sweeps.clear()
    grid = spec()
    workers.store(*grid.baseline_configs(), *(grid.config(cell) for cell in grid.cells()))
    name = session.sweeps().start(grid, workers)
    assert session.sweeps().wait(name, 60)
    return name


def put(configs):
    """Store made-up runs, see `sweep_doubles.scores`."""
    for config in configs:
        session.run_store().put(make_result(config, session.run_id_of(config)))


@pytest.fixture
def settled(workers):
    """A grid over all folds in which scale 2 is better on both indices."""
    session.sweeps.clear()
    grid = spec(scales=(1.0, 2.0, 4.0), folds=range(5))
    put([*grid.baseline_configs(), *(grid.config(cell) for cell in grid.cells())])
    name = session.sweeps().start(grid, workers)
    assert session.sweeps().wait(name, 60)
    return name


def open_page(**query):
    return open_view("sensitivity", **{"data": "small"} | query)


def said(box):
    """The text of a box without Markdown's escapes."""
    return box.value.replace("\\", "")


def charts(page):
    return {chart.key for chart in page.get("plotly_chart")}


def test_without_a_sweep_it_says_what_one_is_for(workers):
    session.sweeps.clear()
    page = open_page()
    assert not page.exception
    assert "No sweep of this data" in " ".join(info.value for info in page.info)


def test_a_finished_grid_shows_four_maps_and_one_choice(finished):
    page = open_page()
    assert not page.exception
    assert charts(page) == {f"tiles-{metric.path}" for metric in HEADLINES.values()}
    box = page.selectbox(key="sens_box")
    assert len(box.options) == 4
    assert "threshold 0, scale 1" in box.options
    before = box.value
    box.select_index(next(i for i in range(4) if i != box.index)).run()
    assert not page.exception
    assert page.session_state["sens_setting"] == page.selectbox(key="sens_box").value != before


def test_every_view_draws(finished):
    for view, expected in (("Trade-off", {"tradeoff"}), ("Details", {"parallel", "importance"})):
        page = open_page(sens_view=view)
        assert not page.exception
        assert charts(page) >= (expected - {"importance"})
    assert len(page.dataframe[0].value) == 4


def test_choice_is_starred_with_its_units_and_is_not_green_before_it_is_confirmed(settled):
    page = open_page()
    assert not page.exception
    assert not page.success
    (star,) = (said(info) for info in page.info if info.icon == ":material/star:")
    assert "scale 2.**" in star
    assert "the best of 6 settings, on the groups that chose it" in star
    assert "5 machines in 5 folds" in star
    assert "Not confirmed yet" in star
    assert "10 trainings." in text(page)


def test_confirm_asks_for_the_test_runs_and_then_shows_both_figures(settled, workers):
    page = open_page()
    workers.asked.clear()
    page.button(key="sens_confirm").click().run()
    assert not page.exception
    assert {config.evaluate_on for config in workers.asked} == {"test"}
    assert len(workers.asked) == 10
    assert page.button(key="cancel")
    put(workers.asked)
    for key in workers.jobs:
        workers.jobs[key] = JobStatus(key, "done")
    page.run()
    assert not page.exception
    assert page.success[0].icon == ":material/star:"
    star = said(page.success[0])
    assert "on the groups that chose it (5 machines in 5 folds)" in star
    assert "Confirmed on groups that had no part in the choice (5 machines in 5 folds)" in star
    assert "All 5 folds chose the same setting." in star
    assert "sens_confirm" not in {button.key for button in page.button}


def test_chosen_setting_says_its_difference_with_intervals_and_the_verdict_of_compare(settled):
    page = open_page(sens_view="Trade-off")
    assert not page.exception
    words = text(page).replace("\\", "")
    assert "Against the baseline (5 machines in 5 folds): Davies–Bouldin −0.10 (−0.1" in words
    assert "Tidier clusters, equally accurate." in words


def test_first_look_has_no_star_and_no_green(finished):
    page = open_page()
    assert not page.success
    assert not [info for info in page.info if info.icon == ":material/star:"]
    assert "nothing is claimed" in text(page) or "No setting to recommend" in text(page)


def test_sweep_of_an_older_version_is_shown_as_that_and_not_resumed(workers, monkeypatch):
    session.sweeps.clear()
    grid = spec()
    put(grid.baseline_configs())
    with monkeypatch.context() as older:
        older.setattr("emargin_core.sweeps.study.RESULT_VERSION", 1)
        name = session.sweeps().start(grid, workers)
        session.sweeps().cancel(name)
        assert session.sweeps().wait(name, 20)
    session.sweeps.clear()
    page = open_page()
    assert not page.exception
    (sweeps,) = (box for box in page.selectbox if box.label == "Sweep")
    assert sweeps.options[0].endswith("older version")
    assert "sweep_go_on" not in {button.key for button in page.button}


def test_findings_are_read_anew_when_the_baseline_comes_in(workers):
    session.sweeps.clear()
    grid = spec(folds=range(5))
    *early, late = grid.baseline_configs()
    put([*early, *(grid.config(cell) for cell in grid.cells())])
    name = session.sweeps().start(grid, workers)
    deadline = time.monotonic() + 60
    while session.sweeps().status(name).done < grid.trials and time.monotonic() < deadline:
        time.sleep(0.05)
    session.sweeps().cancel(name)
    assert session.sweeps().wait(name, 20)
    assert len(findings_of(name, grid.trials).baseline.run_ids) == 4
    put([late])
    assert len(findings_of(name, grid.trials).baseline.run_ids) == 5


def test_start_hands_the_grid_to_the_workers(workers):
    session.sweeps.clear()
    page = open_page()
    workers.asked.clear()
    page.button(key="sweep_start").click().run()
    assert not page.exception
    names = session.sweeps().stored()
    assert len(names) == 1
    assert session.sweeps().status(names[0]).total == 5 * 20
    assert session.sweeps().spec(names[0]).base.evaluate_on == "validation"
    session.sweeps().cancel(names[0])
    assert session.sweeps().wait(names[0], 20)
    page.run()
    assert "Stopped" in " ".join(info.value for info in page.info)
    assert page.button(key="sweep_go_on")


def test_search_begins_with_other_data_where_that_is_asked_and_says_so(workers):
    session.sweeps.clear()
    page = open_page()
    page.segmented_control(key="sweep_kind").set_value("Search").run()
    page.number_input(key="search_head_start").set_value(2).run()
    page.button(key="sweep_start").click().run()
    assert not page.exception
    (name,) = session.sweeps().stored()
    assert session.sweeps().spec(name).head_start == 2
    session.sweeps().cancel(name)
    assert session.sweeps().wait(name, 20)


def test_chosen_setting_of_a_head_start_says_where_it_did_best(workers, monkeypatch):
    session.sweeps.clear()
    base = spec().base
    settings = {"threshold": 0.2, "scale": 2.0, "temperature": 0.5, "uniformity": 0.0}
    row = Best("pump: *one*", "another", "emargin", Descriptors(50.0, 3, 4, 0.5), settings)
    monkeypatch.setattr("emargin_core.sweeps.sweep.shipped_table", lambda: (row,))
    search = make_search(base, 1, head_start=1)
    put([*search.baseline_configs(), search.config(settings)])
    name = session.sweeps().start(search, workers)
    assert session.sweeps().wait(name, 60)
    page = open_page()
    assert "it did best on pump: *one*" in " ".join(said(box) for box in page.markdown)
    view = next(group for group in page.segmented_control if group.key == "sens_view")
    view.set_value("Details").run()
    assert page.dataframe[0].value["tried first, best on"].tolist() == ["pump: *one*"]


def test_a_setting_that_cannot_be_is_said_and_nothing_starts(workers):
    session.sweeps.clear()
    page = open_page()
    page.multiselect(key="grid_threshold").set_value([]).run()
    assert "threshold has no value" in " ".join(error.value for error in page.error)
    assert session.sweeps().stored() == []


def settings_frame():
    rows = []
    for threshold in (0.0, 0.4):
        for scale in (1.0, 5.0):
            row = {
                "setting": f"{threshold}/{scale}",
                "threshold": threshold,
                "scale": scale,
                "method": "emargin",
                "temperature": 0.5,
                "uniformity": 0.0,
                "seeds": (0, 1),
                "run_ids": ("a", "b"),
                "count": 2,
                "collapsed": scale == 5.0 and threshold > 0,
            }
            for metric in HEADLINES.values():
                row[f"{metric.path}.mean"] = 0.1 + threshold + scale / 10
                row[f"{metric.path}.sd"] = 0.05
            row["clustering.nmi.mean"] = row["probe.paper_accuracy.mean"] = 0.5
            row["clustering.nmi.sd"] = row["probe.paper_accuracy.sd"] = 0.1
            rows.append(row)
    return pd.DataFrame(rows)


def test_a_collapsed_setting_has_no_colour_and_no_number():
    figure = tile_figure(settings_frame(), HEADLINES[SILHOUETTE], "threshold", "scale", "0.0/1.0")
    shades, tiles = figure.data
    assert list(tiles.text) == ["<b>0.20</b>", "0.60", "0.60", "collapsed"]
    assert pd.isna(shades.z[3])
    assert max(z for z in shades.z if not pd.isna(z)) == len(SHADES) - 1
    assert "collapsed: not meaningful" in tiles.customdata[3][1]


def test_darker_is_better_where_lower_is_better_too():
    overlap = (
        tile_figure(settings_frame(), HEADLINES[DAVIES_BOULDIN], "threshold", "scale", None)
        .data[0]
        .z
    )
    tidiness = (
        tile_figure(settings_frame(), HEADLINES[SILHOUETTE], "threshold", "scale", None).data[0].z
    )
    assert overlap[0] == tidiness[1] == len(SHADES) - 1


def test_spread_over_runs_is_told_with_their_number():
    figure = tile_figure(settings_frame(), HEADLINES[SILHOUETTE], "threshold", "scale", None)
    assert "0.20 ± 0.05 (2 runs)" in figure.data[1].customdata[0][1]
    table = settings_table(settings_frame(), ["threshold", "scale"])
    assert table["runs"].tolist() == [2, 2, 2, 2]


def test_way_to_compare_names_every_setting():
    candidate = make_config(
        method="emargin", threshold=0.2, scale=1.0, uniformity=0.1, dataset="watch"
    )
    baseline = make_config(method="infonce", temperature=1.0)
    values = compare_values(candidate.canonical(), baseline.canonical(), [2, 3, 4])
    assert values["threshold"] == 0.2
    assert values["spread"] == 0.1
    assert values["baseline"] == "infonce"
    assert values["baseline_temperature"] == 1.0
    assert (values["seed"], values["repeats"]) == (2, 3)


def test_film_of_a_line_has_every_position_and_only_places_that_all_share(finished):
    store = session.run_store()
    trials = session.sweeps().trials(finished)
    line = trials[trials["scale"] == 1.0].sort_values("threshold")
    stops = tuple(Stop(row["threshold"], row["run_id"]) for _, row in line.iterrows())
    runs = [store.get(stop.run_id) for stop in stops]
    aligned_map(runs[1], runs[0], store=store)
    data = film("threshold", stops, "en")
    assert data["words"] == ["0", "0.8"]
    assert len(data["places"]) == len(data["cards"]) == 2
    assert len(data["places"][0]) == len(data["places"][1]) == 2 * len(data["codes"])
    assert 0 <= min(map(min, data["places"])) <= max(map(max, data["places"])) <= 1000
    assert "the tick marks threshold 0" in data["cards"][1]
