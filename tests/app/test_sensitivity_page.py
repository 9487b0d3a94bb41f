"""The Sensitivity page: start, watch, stop; one choice for all maps; scrubbing; the way on."""

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from test_compare_page import PAGE, text, workers  # noqa: F401 - the fixture is used by name

from app import background
from app.widgets.open_in_compare import compare_values
from app.widgets.scrubber import Stop, film
from app.widgets.sweep_details import settings_table
from app.widgets.tile_maps import SHADES, TILE_METRICS, tile_figure
from emargin_core.config import make_config
from emargin_core.experiment import aligned_map, run_experiment
from emargin_core.sweep import make_grid

ITERATIONS = 5


def spec(seeds=(0,), uniformity=(0.0,)):
    base = make_config(dataset="small", method="emargin", iterations=ITERATIONS)
    return make_grid(
        base,
        {"threshold": [0.0, 0.8], "scale": [1.0, 5.0], "seed": list(seeds),
         "uniformity": list(uniformity)},
    )  # fmt: skip


@pytest.fixture
def finished(workers):  # noqa: F811
    """A grid whose runs are all stored, so that the sweep only has to find them."""
    background.sweeps.clear()
    grid = spec()
    for config in (*grid.baseline_configs(), *(grid.config(cell) for cell in grid.cells())):
        run_experiment(config, store=background.run_store())
    name = background.sweeps().start(grid, workers)
    assert background.sweeps().wait(name, 60)
    return name


def open_page(**query):
    page = AppTest.from_file(PAGE, default_timeout=60)
    page.query_params["data"] = "small"
    page.run()
    page.switch_page("views/sensitivity.py")
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


def charts(page):
    return {chart.key for chart in page.get("plotly_chart")}


def test_without_a_sweep_it_says_what_one_is_for(workers):  # noqa: F811
    background.sweeps.clear()
    page = open_page()
    assert not page.exception
    assert "No sweep of this data" in " ".join(info.value for info in page.info)


def test_a_finished_grid_shows_four_maps_and_one_choice(finished):
    page = open_page()
    assert not page.exception
    assert charts(page) == {f"tiles-{metric.path}" for metric in TILE_METRICS}
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


def test_start_hands_the_grid_to_the_workers(workers):  # noqa: F811
    background.sweeps.clear()
    page = open_page()
    workers.asked.clear()
    page.button(key="sweep_start").click().run()
    assert not page.exception
    names = background.sweeps().stored()
    assert len(names) == 1
    assert background.sweeps().status(names[0]).total == 20
    background.sweeps().cancel(names[0])
    assert background.sweeps().wait(names[0], 20)
    page.run()
    assert "Stopped" in " ".join(info.value for info in page.info)
    assert page.button(key="sweep_go_on")


def test_a_setting_that_cannot_be_is_said_and_nothing_starts(workers):  # noqa: F811
    background.sweeps.clear()
    page = open_page()
    page.multiselect(key="grid_threshold").set_value([]).run()
    assert "threshold has no value" in " ".join(error.value for error in page.error)
    assert background.sweeps().stored() == []


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
            for metric in TILE_METRICS:
                row[f"{metric.path}.mean"] = 0.1 + threshold + scale / 10
                row[f"{metric.path}.sd"] = 0.05
            row["clustering.nmi.mean"] = row["probe.paper_accuracy.mean"] = 0.5
            row["clustering.nmi.sd"] = row["probe.paper_accuracy.sd"] = 0.1
            rows.append(row)
    return pd.DataFrame(rows)  # fmt: skip


def test_a_collapsed_setting_has_no_colour_and_no_number():
    figure = tile_figure(settings_frame(), TILE_METRICS[1], "threshold", "scale", "0.0/1.0")
    shades, tiles = figure.data
    assert list(tiles.text) == ["<b>0.20</b>", "0.60", "0.60", "collapsed"]
    assert pd.isna(shades.z[3])
    assert max(z for z in shades.z if not pd.isna(z)) == len(SHADES) - 1
    assert "collapsed: means nothing" in tiles.customdata[3][1]


def test_darker_is_better_where_lower_is_better_too():
    overlap = tile_figure(settings_frame(), TILE_METRICS[0], "threshold", "scale", None).data[0].z
    tidiness = tile_figure(settings_frame(), TILE_METRICS[1], "threshold", "scale", None).data[0].z
    assert overlap[0] == tidiness[1] == len(SHADES) - 1


def test_spread_over_seeds_is_told_with_their_number():
    figure = tile_figure(settings_frame(), TILE_METRICS[1], "threshold", "scale", None)
    assert "0.20 ± 0.05 (2 seeds)" in figure.data[1].customdata[0][1]
    table = settings_table(settings_frame(), ["threshold", "scale"])
    assert table["seeds"].tolist() == [2, 2, 2, 2]


def test_way_to_compare_names_every_setting():
    candidate = make_config(method="emargin", threshold=0.2, scale=1.0, uniformity=0.1,
                            dataset="watch")  # fmt: skip
    baseline = make_config(method="infonce", temperature=1.0)
    values = compare_values(candidate.canonical(), baseline.canonical(), [2, 3, 4])
    assert values["threshold"] == 0.2
    assert values["spread"] == 0.1
    assert values["baseline"] == "infonce"
    assert values["baseline_temperature"] == 1.0
    assert (values["seed"], values["repeats"]) == (2, 3)


def test_film_of_a_line_has_every_position_and_only_places_that_all_share(finished):
    store = background.run_store()
    trials = background.sweeps().trials(finished)
    line = trials[trials["scale"] == 1.0].sort_values("threshold")
    stops = tuple(Stop(row["threshold"], row["run_id"]) for _, row in line.iterrows())
    runs = [store.get(stop.run_id) for stop in stops]
    aligned_map(runs[1], runs[0], store=store)
    data = film("threshold", stops, "en")
    assert data["words"] == ["0", "0.8"]
    assert len(data["places"]) == len(data["cards"]) == 2
    assert len(data["places"][0]) == len(data["places"][1]) == 2 * len(data["colours"])
    assert 0 <= min(map(min, data["places"])) <= max(map(max, data["places"])) <= 1000
    assert "the tick is threshold 0" in data["cards"][1]
