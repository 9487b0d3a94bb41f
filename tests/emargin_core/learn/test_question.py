"""The right answers come from the runs; on the gallery that is shipped they tell the story."""

import pandas as pd
import pytest

from emargin_core.analysis.comparison import compare
from emargin_core.learn.question import (
    PAIRS,
    better_decider,
    paired_runs,
    tidier,
    tidiest_setting,
    tidiness_against_accuracy,
)
from emargin_core.store.gallery.gallery import load_gallery
from emargin_core.sweeps.findings import findings


@pytest.fixture(scope="module")
def gallery():
    return load_gallery()


def comparison(gallery, question):
    first, second = paired_runs(gallery, question)
    return compare([gallery.result(i) for i in first], [gallery.result(i) for i in second])


def table(*rows):
    names = (
        "setting",
        "collapsed",
        "clustering.silhouette.mean",
        "probe.accuracy.mean",
        "geometry.effective_rank.mean",
    )
    return pd.DataFrame([dict(zip(names, row, strict=True)) for row in rows])


def test_pairs_are_runs_of_equal_folds_with_these_settings(gallery):
    for question, (before, after) in PAIRS.items():
        first, second = paired_runs(gallery, question)
        assert len(first) == len(second) == 5
        for one, two in zip(first, second, strict=True):
            assert gallery.entries[one].config["fold"] == gallery.entries[two].config["fold"]
            assert before.items() <= gallery.entries[one].config.items()
            assert after.items() <= gallery.entries[two].config.items()
        spread = PAIRS[question][1].get("uniformity", 0.0)
        assert {gallery.entries[i].config["uniformity"] for i in second} == {spread}


def test_shipped_pair_is_decided_for_the_untidier_and_the_repair_is_not(gallery):
    pair = comparison(gallery, "pair")
    assert better_decider(pair) == "first"
    assert pair.differences["clustering.silhouette"].mean > 0
    repair = comparison(gallery, "repair")
    assert better_decider(repair) == "neither"
    assert tidier(repair) == "second"


def test_answer_turns_round_with_the_sides(gallery):
    first, second = paired_runs(gallery, "pair")
    turned = compare([gallery.result(i) for i in second], [gallery.result(i) for i in first])
    assert better_decider(turned) == "second"


def test_tidiest_setting_is_chosen_by_tidiness_and_placed_by_accuracy():
    found = tidiest_setting(
        table(
            ("a", False, 0.9, 0.5, 3.0),
            ("b", False, 0.2, 0.8, 40.0),
            ("c", False, 0.1, 0.7, 30.0),
            ("gone", True, 0.99, 0.9, 1.5),
            ("undefined", False, float("nan"), 0.95, 20.0),
        )
    )
    assert (found.setting, found.best_setting, found.place, found.n_settings) == ("a", "b", 3, 3)
    assert found.third == "worst"
    assert (found.accuracy, found.best_accuracy) == (0.5, 0.8)


def test_too_few_settings_ask_nothing():
    assert tidiest_setting(table(("a", False, 0.9, 0.5, 3.0), ("b", False, 0.2, 0.8, 4.0))) is None


def test_shipped_tidiest_setting_decides_worst(gallery):
    found = tidiest_setting(findings(gallery.table(), ()).settings)
    assert found.third == "worst"
    assert found.effective_rank < found.best_effective_rank


def test_rank_correlation_is_that_of_the_reference():
    settings = table(
        ("a", False, 0.1, 0.9, 9.0),
        ("b", False, 0.3, 0.7, 7.0),
        ("c", False, 0.3, 0.8, 5.0),
        ("d", False, 0.6, 0.5, 3.0),
    )
    tidiness, accuracy = settings["clustering.silhouette.mean"], settings["probe.accuracy.mean"]
    expected = tidiness.corr(accuracy, method="spearman")
    assert tidiness_against_accuracy(settings) == pytest.approx(expected)
    assert tidiness_against_accuracy(settings.iloc[1:3]) is None  # all as tidy
    assert tidiness_against_accuracy(settings.iloc[:0]) is None
