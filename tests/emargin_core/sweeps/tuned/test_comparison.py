"""Both sides are tuned by one rule, each fold inside its own training groups."""

import json

import pytest

from emargin_core.cli import main
from emargin_core.sweeps.space import searchable
from emargin_core.sweeps.tuned import validation
from emargin_core.sweeps.tuned.comparison import (
    RANGES,
    Side,
    drawn_settings,
    plan_test,
    tune,
    usable,
)
from emargin_core.sweeps.tuned.record import read_tuned_record
from emargin_core.sweeps.tuned.validation_score import Score
from emargin_core.text.errors import InputError

UNTRAINED = Score(0.6, 2.0, 0.2, 100.0, 0.3)


def score(accuracy=0.7, overlap=1.0, separation=0.4, rank=40.0, share=0.3):
    return Score(accuracy, overlap, separation, rank, share)


def side(*settings, method="infonce"):
    """A side from each setting's score on every validation fold of test folds 0 and 1."""
    drawn = [{"temperature": 0.1 * (n + 1)} for n in range(len(settings))]
    return Side(
        method, drawn, [s and {fold: [one, one] for fold, one in enumerate(s)} for s in settings]
    )


def chosen(baseline, candidate):
    untrained = {0: [UNTRAINED] * 2, 1: [UNTRAINED] * 2}
    return tune(side(*baseline), side(*candidate, method="emargin"), untrained).chosen


BOTH = (score(), score())


@pytest.mark.parametrize("method", ["infonce", "emargin", "triplet"])
def test_settings_are_drawn_within_the_ranges_over_all_that_the_method_reads(method):
    drawn = drawn_settings(method, 30)
    assert drawn == drawn_settings(method, 30)
    assert drawn[:10] == drawn_settings(method, 10)
    assert all(tuple(settings) == searchable(method) for settings in drawn)
    for name in searchable(method):
        values = [settings[name] for settings in drawn]
        if name == "uniformity":
            values = [value for value in values if value]
            assert 0.4 < len(values) / len(drawn) < 0.6
            assert 0.05 < sorted(values)[len(values) // 2] < 0.2  # about the middle of a log scale
        assert all(RANGES[name][0] <= value <= RANGES[name][1] for value in values)


def test_published_methods_are_tried_at_high_and_at_low_temperatures():
    drawn = drawn_settings("infonce", 30)
    plain = sorted(settings["temperature"] for settings in drawn if not settings["uniformity"])
    assert plain[0] < 0.1
    assert plain[-1] > 1.5


def test_method_without_settings_cannot_be_tuned():
    with pytest.raises(InputError, match="no setting to search"):
        drawn_settings("random", 30)


@pytest.mark.parametrize(
    ("bad", "passes"),
    [
        (score(), True),
        (score(rank=10.0), True),
        (score(rank=9.9), False),
        (score(share=0.81), False),
        (score(separation=None), False),
        (score(rank=1.5), False),
    ],
)
def test_guard_holds_on_every_validation_fold(bad, passes):
    assert usable([score(), bad], [UNTRAINED] * 2) == passes
    assert usable([bad, score()], [UNTRAINED] * 2) == passes


def test_small_rank_of_the_untrained_encoder_does_not_excuse_a_collapse():
    assert not usable([score(rank=1.5)], [Score(0.6, 2.0, 0.2, 5.0, 0.3)])


def test_choice_is_the_tidiest_of_those_nearly_as_accurate_as_the_best_baseline():
    tidy, tidier = score(0.695, 0.8, 0.5), score(0.68, 0.5, 0.7)
    found = chosen([BOTH, (tidy, tidier)], [BOTH, (tidier, tidy), (tidy, tidier)])
    assert found == {0: (1, 2), 1: (0, 1)}  # fold 0 and fold 1 choose for themselves


def test_baseline_sets_the_level_for_both_and_the_most_accurate_is_taken_below_it():
    weak, weaker = (score(0.6, 0.9, 0.5),) * 2, (score(0.5, 0.3, 0.9),) * 2
    assert chosen([BOTH], [weaker, weak]) == {0: (0, 1), 1: (0, 1)}
    strong = (score(0.9),) * 2
    assert chosen([BOTH, weak], [strong, weak]) == {0: (0, 0), 1: (0, 0)}


def test_setting_that_failed_or_collapsed_is_no_choice_and_sets_no_level():
    collapsed = (score(0.9, 0.1, 0.9, share=0.96),) * 2
    assert chosen([collapsed, None, BOTH], [collapsed, BOTH]) == {0: (2, 1), 1: (2, 1)}
    with pytest.raises(InputError, match="no setting of emargin can be used for fold 0"):
        chosen([BOTH], [collapsed])


def test_both_choices_are_tested_on_the_groups_of_their_fold_with_the_same_seeds():
    tidy = (score(overlap=0.5), score(overlap=1.5))
    baseline, candidate = side(BOTH), side(BOTH, tidy, method="emargin")
    tuning = tune(baseline, candidate, {0: [UNTRAINED] * 2, 1: [UNTRAINED] * 2})
    plan = plan_test(tuning, "watch", 50, (0, 4))
    for configs in (plan.baseline, plan.candidate):
        assert [(c.fold, c.seed) for c in configs] == [(0, 0), (0, 4), (1, 0), (1, 4)]
        assert {(c.evaluate_on, c.iterations) for c in configs} == {("test", 50)}
    assert [c.temperature for c in plan.candidate] == [0.2, 0.2, 0.1, 0.1]
    assert {c.temperature for c in plan.baseline} == {0.1}
    assert (plan.n_agreeing, plan.n_kept) == (1, 0)


@pytest.mark.parametrize("command", ["tuned-comparison", "contest"])  # the second in older scripts
def test_interrupted_command_says_that_it_can_go_on(small_file, home, monkeypatch, capsys, command):
    def interrupted(*given):
        raise KeyboardInterrupt

    monkeypatch.setattr(validation, "validation_scores", interrupted)
    assert main([command, "--dataset", str(small_file), "--trials", "2"]) == 130
    assert "the same command goes on" in capsys.readouterr().err


@pytest.mark.slow
def test_command_tunes_inside_the_folds_and_tests_on_all(small_file, tmp_path):
    path = tmp_path / "tuned.json"
    arguments = [
        "tuned-comparison",
        "--dataset",
        str(small_file),
        "--trials",
        "4",
        "--iterations",
        "5",
    ]
    assert main([*arguments, "--seeds", "0", "--workers", "1", "--json", str(path)]) == 0
    told = read_tuned_record(path)
    assert (told.dataset, told.trials, told.seeds) == (str(small_file), 4, (0,))
    assert told.held_out.folds == (0, 1, 2, 3, 4)
    assert told.judgement.settled
    found = json.loads(path.read_text())
    assert found["comparison"]["candidate"]["config"]["evaluate_on"] == "test"
    assert [len(told.untrained[fold]) for fold in range(5)] == [2, 2, 4, 2, 2]
