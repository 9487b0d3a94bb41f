"""The trust page: says when it needs more runs, offers to make them, and ranks when it has them."""

import pytest
from streamlit.testing.v1 import AppTest
from test_compare_page import PAGE, workers  # noqa: F401 - the fixture is used by name

from app import background
from emargin_core.config import make_config
from emargin_core.experiment import run_experiment
from emargin_core.survey import survey_configs


@pytest.fixture
def page(workers):  # noqa: F811
    found = AppTest.from_file(PAGE, default_timeout=60)
    found.query_params["data"] = "small"
    found.query_params["iterations"] = "50"
    background.run_store().home.joinpath("runs").mkdir(parents=True, exist_ok=True)
    return found


def open_trust(page):
    page.run()
    return page.switch_page("views/trust.py").run()


def test_too_few_runs_are_said_and_more_are_offered(page, workers):  # noqa: F811
    workers.asked.clear()
    shown = open_trust(page)
    assert not shown.exception
    assert "8 more runs and 6 more settings needed" in shown.info[0].value
    before = len(workers.asked)
    button = next(b for b in shown.button if b.label.startswith("Train"))
    button.click().run()
    assert len(workers.asked) - before == len(survey_configs("small"))


def test_enough_runs_are_ranked(page, workers):  # noqa: F811
    for number, temperature in enumerate((0.1, 0.3, 0.5, 0.8, 1.0, 2.0)):
        for seed in range(1 + number % 2):
            config = make_config(dataset="small", method="infonce", temperature=temperature,
                                 seed=seed, iterations=5)  # fmt: skip
            run_experiment(config, store=background.run_store())
    shown = open_trust(page)
    assert not shown.exception
    assert "On small.csv, 9 runs" in shown.info[0].value
    assert {chart.key for chart in shown.get("plotly_chart")} >= {"ranking", "scatter"}


def test_survey_differs_in_settings_and_is_enough():
    configs = survey_configs("watch")
    assert len({config.run_id("data") for config in configs}) == 12
