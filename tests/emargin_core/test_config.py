"""Settings: bounds in one sentence, identity of a run, canonical form."""

import pytest

from emargin_core.config import ExperimentConfig, bounds, make_config, slider_range
from emargin_core.text.errors import InputError


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"threshold": 7}, ["threshold is 7", "-1.1 to 1.1"]),
        ({"temperature": 0}, ["temperature is 0", "0.01 to 10"]),
        ({"scale": -1}, ["scale is -1", "0 to 100"]),
        ({"seed": "x"}, ["seed is 'x'"]),
        ({"scale": float("nan")}, ["scale is nan"]),
        ({"method": "magic"}, ["'magic'", "infonce", "emargin"]),
        ({"speed": 3}, ["speed is not a setting"]),
        ({"frame": "soon"}, ["frame is 'soon'", "128 samples"]),
        ({"evaluate_on": "both"}, ["evaluate_on is 'both'; use 'test' or 'validation'"]),
    ],
)
def test_wrong_setting_is_named_with_its_value_and_range(values, words):
    with pytest.raises(InputError) as caught:
        make_config(**values)
    for word in words:
        assert word in str(caught.value)
    assert "\n" not in str(caught.value)


def test_settings_that_a_method_never_reads_do_not_make_another_run():
    one = make_config(method="infonce", threshold=0.1, scale=9)
    other = make_config(method="infonce", threshold=0.9, scale=1)
    assert one.run_id("data") == other.run_id("data")


@pytest.mark.parametrize(
    "change",
    [
        {"threshold": 0.3},
        {"scale": 4.0},
        {"temperature": 0.4},
        {"seed": 1},
        {"iterations": 10},
        {"uniformity": 0.1},
        {"evaluate_on": "validation"},
        {"frame": "2"},
        {"hop": "16 samples"},
    ],
)
def test_settings_that_matter_make_another_run(change):
    assert make_config(**change).run_id("data") != make_config().run_id("data")


def test_other_data_make_another_run_and_another_path_does_not():
    assert make_config().run_id("a") != make_config().run_id("b")
    assert make_config(dataset="x.csv").run_id("a") == make_config(dataset="y.csv").run_id("a")


def test_untrained_encoder_ignores_all_training_settings():
    one, other = (
        make_config(method="random", iterations=n, temperature=t)
        for n, t in ((10, 0.1), (400, 1.0))
    )
    assert one.run_id("data") == other.run_id("data")


def test_frames_as_the_data_have_them_are_the_run_that_it_always_was():
    assert "frame" not in make_config().canonical()
    assert make_config().run_id("0" * 16) == "48e4cd420f0fd53b"
    assert make_config(frame="30 s").run_id("a") == make_config(frame="30").run_id("a")


def test_sliders_stay_within_the_bounds():
    for field in ("threshold", "scale", "temperature", "uniformity", "iterations"):
        (low, high), (first, last, step) = bounds(field), slider_range(field)
        assert low <= first < last <= high
        assert first <= ExperimentConfig.model_fields[field].default <= last
        assert step > 0
