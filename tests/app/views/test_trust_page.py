"""The trust page: says when it needs more runs, offers to make them, and ranks when it has them."""

from emargin_core.config import make_config
from emargin_core.sweeps.survey import survey_configs
from tests.app.opened import open_view


def open_trust():
    return open_view("trust", data="small", iterations="50")


def test_too_few_runs_are_said_and_more_are_offered(workers):
    shown = open_trust()
    assert not shown.exception
    assert "8 more runs and 6 more settings needed" in shown.info[0].value
    button = next(b for b in shown.button if b.label.startswith("Train"))
    button.click().run()
    assert len(workers.asked) == len(survey_configs("small"))


def test_enough_runs_are_ranked(workers):
    for number, temperature in enumerate((0.1, 0.3, 0.5, 0.8, 1.0, 2.0)):
        for seed in range(1 + number % 2):
            config = make_config(
                dataset="small", method="infonce", temperature=temperature, seed=seed, iterations=5
            )
            workers.store(config)
    shown = open_trust()
    assert not shown.exception
    assert "On small.csv (test recordings), 9 points of 6 settings:" in shown.info[0].value
    assert {chart.key for chart in shown.get("plotly_chart")} >= {"ranking", "scatter"}


def test_points_of_the_gallery_are_called_settings_over_folds_with_their_groups(workers):
    shown = open_view("trust")
    said = " ".join(part.value for part in (*shown.info, *shown.caption))
    assert "On Wearable physiotherapy (validation subjects), 26 settings:" in said
    assert "its mean over 5 folds, measured on the validation subjects" in said
    assert "26 of these 26 points come with the program" in said
    assert "26 runs" not in said


def test_survey_differs_in_settings_and_is_enough():
    configs = survey_configs("watch")
    assert len({config.run_id("data") for config in configs}) == 12
