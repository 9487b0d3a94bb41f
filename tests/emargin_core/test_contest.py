"""The contest: both sides tuned by one rule, on validation data, judged by paired intervals."""

import json

import pandas as pd
import pytest

from emargin_core.cli import main
from emargin_core.comparison import Comparison
from emargin_core.contest import choose, judge_contest, least_accuracy, on_test, search_of
from emargin_core.contest_record import read_contest
from emargin_core.errors import InputError
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.sweep_space import VARIABLE


def table(*rows):
    """Trials given as (accuracy, DBI, Silhouette, collapsed, temperature)."""
    defaults = {"method": "infonce", "threshold": 0.4, "scale": 5.0, "uniformity": 0.0, "seed": 0}
    return pd.DataFrame(
        {
            "state": "done",
            "collapsed": collapsed,
            "probe.accuracy": accuracy,
            "clustering.davies_bouldin": overlap,
            "clustering.silhouette": tidiness,
            **defaults,
            "temperature": temperature,
        }
        for accuracy, overlap, tidiness, collapsed, temperature in rows
    )


SPEC = search_of("infonce", "watch", 5, 400)


def test_search_looks_at_the_validation_split_alone():
    for method in ("infonce", "emargin"):
        spec = search_of(method, "watch", 7, 400)
        assert spec.base.evaluate_on == "validation"
        assert spec.baseline.evaluate_on == "validation"
        assert spec.trials == 7
        assert "uniformity" in spec.ranges
        assert set(spec.ranges) < set(VARIABLE)


def test_choice_is_the_tidiest_of_those_accurate_enough():
    trials = table(
        (0.74, 0.9, 0.4, False, 0.5),
        (0.73, 0.7, 0.5, False, 1.0),
        (0.60, 0.3, 0.9, False, 1.5),
        (0.75, 0.1, 0.99, True, 2.0),
    )
    least = least_accuracy(trials)
    assert least == pytest.approx(0.72)
    chosen = choose(trials, SPEC, least)
    assert chosen.config.temperature == 1.0
    assert chosen.davies_bouldin == 0.7


def test_trials_without_a_result_are_no_choice():
    trials = table((0.74, 0.9, 0.4, False, 0.5), (0.74, 0.5, 0.6, False, 1.0))
    trials.loc[1, "state"] = "failed"
    assert choose(trials, SPEC, 0.7).config.temperature == 0.5
    trials.loc[0, "clustering.silhouette"] = float("nan")
    with pytest.raises(InputError, match="no setting of infonce reaches 70"):
        choose(trials, SPEC, 0.7)
    with pytest.raises(InputError, match="every trial of the baseline"):
        least_accuracy(trials)


def test_chosen_setting_goes_to_the_test_recordings():
    trials = table((0.74, 0.9, 0.4, False, 0.5))
    configs = on_test(choose(trials, SPEC, 0.7), [0, 3])
    assert [(c.evaluate_on, c.seed, c.temperature) for c in configs] == [
        ("test", 0, 0.5),
        ("test", 3, 0.5),
    ]


def outcome(overlap, tidiness, accuracy, collapsed=False, baseline_collapsed=False):
    """Judge a comparison with these differences, each (mean, low, high)."""

    class Run:
        pass

    run, other = Run(), Run()
    run.collapsed, other.collapsed = collapsed, baseline_collapsed
    paths = ("clustering.davies_bouldin", "clustering.silhouette", "probe.accuracy")
    values = (overlap, tidiness, accuracy)
    differences = {p: None if v is None else Estimate(*v) for p, v in zip(paths, values,
                                                                         strict=True)}  # fmt: skip
    return judge_contest(Comparison((other,), (run,), differences, None))


BETTER, WORSE, NOISE = (0.1, 0.05, 0.15), (-0.1, -0.15, -0.05), (0.0, -0.1, 0.1)


def test_holds_only_if_both_indices_are_better_and_accuracy_is_not_clearly_worse():
    assert outcome(WORSE, BETTER, NOISE).holds
    assert outcome(WORSE, BETTER, BETTER).holds
    assert not outcome(WORSE, BETTER, WORSE).holds
    assert not outcome(WORSE, NOISE, BETTER).holds
    assert not outcome(BETTER, BETTER, BETTER).holds
    assert not outcome(WORSE, BETTER, NOISE, collapsed=True).holds


def test_without_an_interval_nothing_is_claimed():
    found = outcome(WORSE, BETTER, (0.1, None, None))
    assert not found.holds
    assert not outcome(None, BETTER, BETTER).holds
    assert "undefined" in outcome(WORSE, BETTER, None).sentence


def test_baseline_that_collapsed_on_test_leaves_nothing_to_compare_clusters_with():
    found = outcome(WORSE, BETTER, BETTER, baseline_collapsed=True)
    assert not found.holds
    assert found.accuracy_kept
    assert "the baseline's choice collapsed on the test recordings" in found.sentence
    assert "+10.0 points (+5.0 to +15.0)" in found.sentence


def test_sentence_gives_the_interval():
    text = outcome(WORSE, NOISE, WORSE).sentence
    assert "better on one cluster index, within chance on the other" in text
    assert "-10.0 points (-15.0 to -5.0), clearly worse" in text


@pytest.mark.slow
def test_command_runs_both_searches_and_the_test(small_file, tmp_path):
    arguments = ["contest", "--dataset", str(small_file), "--trials", "2", "--iterations", "5"]
    path = tmp_path / "contest.json"
    assert main([*arguments, "--seeds", "0,1", "--json", str(path)]) == 0
    found = json.loads(path.read_text())
    assert found["trials"] == 2
    assert found["chosen"]["baseline"]["config"]["method"] == "infonce"
    assert found["chosen"]["candidate"]["config"]["evaluate_on"] == "validation"
    assert found["comparison"]["candidate"]["config"]["evaluate_on"] == "test"
    assert found["holds"] == (found["clusters_better"] and found["accuracy_kept"])
    least = found["chosen"]["baseline"]["validation"]["accuracy"]
    assert found["chosen"]["candidate"]["validation"]["accuracy"] >= least - 0.05
    told = read_contest(path)
    assert (told.dataset, told.seeds, told.holds) == (str(small_file), (0, 1), found["holds"])
    assert [len(side.tried) for side in (told.baseline, told.candidate)] == [2, 2]


def test_one_seed_is_refused(capsys):
    assert main(["contest", "--seeds", "0"]) == 2
    assert "at least two" in capsys.readouterr().err
