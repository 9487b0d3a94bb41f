"""What a sweep covers, and what it refuses to cover."""

import pytest

from emargin_core.config import make_config
from emargin_core.sweeps.space import MAX_TRIALS, make_grid, make_search, searchable
from emargin_core.text.errors import InputError

BASE = make_config()


def test_grid_has_every_combination_the_fold_fastest():
    spec = make_grid(BASE, {"threshold": [0.0, 0.4], "scale": [5.0], "fold": [0, 1], "seed": [3]})
    assert list(spec.cells()) == [
        {"threshold": 0.0, "fold": 0},
        {"threshold": 0.0, "fold": 1},
        {"threshold": 0.4, "fold": 0},
        {"threshold": 0.4, "fold": 1},
    ]
    assert spec.trials == 4
    assert (spec.folds, spec.seeds) == ((0, 1), (3,))
    assert make_grid(BASE, {"seed": [0, 1], "fold": [0, 1]}).varied == ("seed", "fold")


def test_single_values_are_fixed_and_do_not_vary():
    spec = make_grid(BASE, {"threshold": [0.2], "scale": [1.0, 2.0], "method": ["fixed-margin"]})
    assert spec.varied == ("scale",)
    config = spec.config({"scale": 2.0})
    assert (config.method, config.threshold, config.scale) == ("fixed-margin", 0.2, 2.0)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"threshold": []}, "threshold has no value"),
        ({"scale": [1.0, 1.0]}, "scale has a value twice"),
        ({"scale": [1.0, 101.0]}, "scale is 101"),
        ({"method": ["infonce", "magic"]}, "'magic'"),
        ({"seed": [-1]}, "seed is -1"),
        ({"fold": [5]}, "fold is 5"),
        ({"iterations": [5, 6]}, "iterations cannot vary"),
        ({"threshold": [float("nan")]}, "threshold is nan"),
        ({"seed": list(range(MAX_TRIALS + 1))}, "10,001 cells; at most 10,000"),
    ],
)
def test_wrong_grid_is_one_sentence(values, words):
    with pytest.raises(InputError, match=words):
        make_grid(BASE, values)


def test_search_covers_what_the_method_reads_within_the_sliders():
    spec = make_search(BASE, 40)
    assert spec.ranges == {
        "threshold": (-1.0, 1.0),
        "scale": (0.0, 10.0),
        "temperature": (0.05, 2.0),
        "uniformity": (0.0, 1.0),
    }
    assert make_search(make_config(method="infonce"), 40).varied == ("temperature", "uniformity")


def test_fixed_parameters_are_not_searched_and_given_ranges_replace_the_sliders():
    spec = make_search(BASE, 5, {"scale": (1, 2)}, fixed=["threshold", "temperature"])
    assert spec.ranges == {"scale": (1.0, 2.0), "uniformity": (0.0, 1.0)}


def test_searched_values_are_short_and_stay_in_range():
    spec = make_search(BASE, 5, {"scale": (0.123446, 2.0)})
    params = {"threshold": 0.333333, "scale": 0.123446, "temperature": 1.0, "uniformity": 0.0}
    config = spec.config(params)
    assert config.threshold == 0.3333
    assert config.scale == 0.123446


@pytest.mark.parametrize(
    ("method", "trials", "ranges", "words"),
    [
        ("emargin", 0, {}, "search has 0 trials"),
        ("emargin", MAX_TRIALS + 1, {}, "10,001"),
        ("emargin", 5, {"scale": (2, 1)}, "range of scale is 2 to 1"),
        ("emargin", 5, {"scale": (1, 101)}, "scale is 101"),
        ("infonce", 5, {"scale": (1, 2)}, "does not use scale"),
        ("random", 5, {}, "no setting left to search"),
    ],
)
def test_wrong_search_is_one_sentence(method, trials, ranges, words):
    with pytest.raises(InputError, match=words):
        make_search(make_config(method=method), trials, ranges)


def test_untrained_encoder_has_nothing_to_search():
    assert searchable("random") == ()


def test_baseline_runs_with_the_sweeps_folds_seeds_and_fixed_temperature():
    values = {"temperature": [0.7], "uniformity": [0.1], "seed": [3, 4], "fold": [0, 2]}
    spec = make_grid(BASE, values)
    pairs = [(config.seed, config.fold) for config in spec.baseline_configs()]
    assert pairs == [(3, 0), (3, 2), (4, 0), (4, 2)]
    assert spec.baseline.method == "infonce"
    assert (spec.baseline.temperature, spec.baseline.uniformity) == (0.7, 0.0)
    assert make_grid(BASE, {"temperature": [0.7, 1.0]}).baseline.temperature == 0.5


def test_name_follows_settings_and_data_but_not_the_length_of_a_search():
    one, two = (make_grid(BASE, {"scale": [1.0, last]}) for last in (2.0, 3.0))
    assert one.default_name("feed") == make_grid(BASE, {"scale": [1.0, 2.0]}).default_name("feed")
    assert len({one.default_name("feed"), two.default_name("feed"), one.default_name("beef")}) == 3
    short, long = make_search(BASE, 5), make_search(BASE, 9)
    assert short.default_name("feed") == long.default_name("feed")
