"""The command in a report gives the very runs that the report is on."""

import shlex

import pytest

from emargin_core.cli import experiments, main
from emargin_core.report.reproduce import compare_command, run_commands
from tests.run_doubles import FINGERPRINT, make_run, make_side


def asked_for(command, monkeypatch):
    """run_ids of the configs that a command asks for."""
    asked = []

    class StopError(Exception):
        pass

    def take(configs):
        asked.extend(config.run_id(FINGERPRINT) for config in configs)
        raise StopError

    monkeypatch.setattr(experiments, "all_results", take)
    monkeypatch.setattr(experiments, "load_dataset", lambda name: name)
    monkeypatch.setattr(experiments, "count_folds", lambda dataset, evaluate_on: 5)
    words = shlex.split(command)
    assert words[:3] == ["python", "-m", "emargin_core"]
    with pytest.raises(StopError):
        main(words[3:])
    return asked


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"method": "infonce"}, {"method": "emargin"}),
        (
            {"method": "infonce", "temperature": 1.0, "uniformity": 0.3},
            {
                "method": "emargin",
                "threshold": 0.123456789,
                "scale": 2.5,
                "uniformity": 0.1,
                "variance_covariance": 0.7,
            },
        ),
        (
            {
                "method": "infonce",
                "iterations": 50,
                "clusters": 5,
                "double": False,
                "evaluate_on": "validation",
            },
            {
                "method": "emargin-released",
                "iterations": 50,
                "clusters": 5,
                "double": False,
                "evaluate_on": "validation",
            },
        ),
        ({"method": "random"}, {"method": "triplet", "scale": 1.0}),
    ],
)
@pytest.mark.parametrize("folds", [(0,), (1, 3), (0, 1, 2, 3, 4)])
def test_compare_command_asks_for_the_same_runs(before, after, folds, monkeypatch):
    sides = [
        [make_run(**settings, fold=fold, seed=seed) for fold in folds for seed in (0, 3)]
        for settings in (before, after)
    ]
    command = compare_command(*sides)
    assert asked_for(command, monkeypatch) == [run.run_id for side in sides for run in side]


def test_margin_of_equality_is_in_the_command():
    sides = (make_side("infonce"), make_side("emargin"))
    assert "--equal-within 3.5 --folds all" in compare_command(*sides, 0.035)
    assert "--equal-within" not in compare_command(*sides)


def test_seeds_that_differ_between_folds_get_a_run_each():
    sides = [[make_run(m), make_run(m, fold=1, seed=1)] for m in ("infonce", "emargin")]
    lines = compare_command(*sides).splitlines()
    assert [line.split()[3] for line in lines] == ["run"] * 4
    assert ["--fold 1" in line for line in lines] == [False, True] * 2


def test_sides_that_one_command_cannot_give_get_a_run_each():
    sides = [[make_run(threshold=0.2)], [make_run(threshold=0.6)]]
    lines = compare_command(*sides).splitlines()
    assert [line.split()[3] for line in lines] == ["run", "run"]
    assert "--threshold 0.2" in lines[0]
    assert "--threshold 0.6" in lines[1]


def test_setting_that_has_no_option_is_said():
    assert "cannot be given on the command line" in run_commands([make_run(learning_rate=0.01)])
