"""The one setting to try next: the rules in order, and words that claim no more than they may."""

import pytest

from emargin_core.analysis.dominance import FoldUnits, judge_settings
from emargin_core.analysis.pareto import Measured, Point
from emargin_core.analysis.recommendation import choose_by_means, recommend
from emargin_core.analysis.recommendation_words import (
    agreement_words,
    change_words,
    chosen_words,
    reason,
)
from emargin_core.evaluation.metric_table import ACCURACY, DAVIES_BOULDIN, SILHOUETTE
from emargin_core.evaluation.uncertainty import Estimate
from tests.emargin_core.analysis.test_dominance import UNITS, baseline, point

FIXED = FoldUnits(1, {0: 40}, "case", 40)
CLAIMS = ("better", "tidier", "Tidier", "worse", "beyond chance")


def recommended(points, against=None, units=UNITS):
    against = against or baseline()
    return recommend(points, judge_settings(points, against, units), against)


def test_most_accurate_of_those_better_on_both():
    tidy, right = point("tidy", (0.0, -0.3, 0.2)), point("right", (0.03, -0.1, 0.05))
    found = recommended([tidy, right, point("lossy", (-0.2, -0.5, 0.4))])
    assert (found.point.key, found.basis) == ("right", "better-on-both")
    assert (found.n_judged, found.n_better, found.n_lossy) == (3, 2, 1)
    assert "the most accurate of 2 such settings, of 3 in all" in reason(found)


def test_tidier_with_open_accuracy_is_named_as_that():
    open_accuracy = point("open", (-0.01, -0.3, 0.2), noise=10.0)
    found = recommended([open_accuracy, point("lossy", (-0.2, -0.5, 0.4))])
    assert (found.point.key, found.basis) == ("open", "clusters-better")
    assert "None of the 2 settings is shown to be better on both" in reason(found)


def test_none_is_recommended_where_all_that_are_tidier_lose_accuracy():
    found = recommended([point("lossy", (-0.2, -0.5, 0.4)), point("same", (0.0, 0.0, 0.0))])
    assert (found.point, found.basis) == (None, "none-better")
    assert "None of the 2 settings" in reason(found)
    assert "1 has tidier clusters and worse accuracy" in reason(found)


def test_first_look_names_a_setting_and_claims_nothing():
    points = [point("tidy", (0.0, -0.3, 0.2), folds=(0,)), point("b", (0.0, 0.1, 0.0), folds=(0,))]
    found = recommended(points, baseline(folds=(0,)))
    assert (found.point.key, found.basis) == ("tidy", "first-look")
    assert not any(claim in reason(found) for claim in CLAIMS)
    assert "nothing is claimed" in reason(found)


def test_fixed_held_out_part_claims_nothing_either():
    found = recommended([point("tidy", (0.0, -0.3, 0.2), folds=(0,))], baseline(folds=(0,)), FIXED)
    assert found.basis == "first-look"


def test_without_a_baseline_the_compromise_is_taken_and_it_is_said():
    points = [
        Point("tidy", 0.2, 0.1, 0.9),
        Point("middle", 0.55, 0.3, 0.8),
        Point("right", 0.6, 2.0, 0.1),
    ]
    found = recommend(points, [], None)
    assert (found.point.key, found.basis) == ("middle", "no-baseline")
    assert "no baseline" in reason(found)


def test_collapsed_settings_are_never_recommended():
    found = recommended([point("a", (0.2, -0.5, 0.5), collapsed=(1,))])
    assert (found.point, found.basis) == (None, "none")
    assert "No setting to recommend" in reason(found)
    spoilt = recommended([point("a", (0.2, -0.5, 0.5), collapsed=(1,)), point("b", (0, 0, 0))])
    assert spoilt.point is None


@pytest.mark.parametrize(
    ("change", "rank", "passes"),
    [
        ((0.0, -0.1, 0.1), 40.0, True),
        ((-0.019, -0.1, 0.1), 10.0, True),
        ((-0.03, -0.1, 0.1), 40.0, False),
        ((0.1, -0.1, 0.1), 9.0, False),
    ],
)
def test_choice_by_means_is_guarded_by_accuracy_and_effective_rank(change, rank, passes):
    accuracy, overlap, separation = (a + b for a, b in zip((0.7, 1, 0.4), change, strict=True))
    runs = {(0, 0): Measured(accuracy, overlap, separation, rank)}
    candidate = Point("a", accuracy, overlap, separation, runs=runs)
    level = {(0, 0): Measured(0.7, 1.0, 0.4, 20.0)}
    chosen = choose_by_means([candidate], Point("b", 0.7, 1.0, 0.4, runs=level))
    assert (chosen is candidate) == passes


def test_choice_by_means_has_the_best_ranks_of_one_fold_alone():
    def at(first, second):
        return {(0, 0): Measured(0.7, *first, 20.0), (1, 0): Measured(0.7, *second, 20.0)}

    one = Point("one", 0.7, 0.8, 0.5, runs=at((0.5, 0.9), (1.5, 0.1)))
    two = Point("two", 0.7, 0.8, 0.5, runs=at((0.9, 0.5), (0.5, 0.9)))
    level = Point("level", 0.7, 1.0, 0.4, runs=at((1.0, 0.4), (1.0, 0.4)))
    assert choose_by_means([one, two], level, fold=0) is one
    assert choose_by_means([one, two], level, fold=1) is two
    assert choose_by_means([one, two], level, fold=2) is None


def test_words_say_how_many_were_tried_and_both_ends():
    found = recommended([point("a", (0.03, -0.1, 0.05)), point("b", (0.0, 0.0, 0.0))])
    words = chosen_words(found, "10 subjects in 5 folds")
    assert "best of 2 settings, on the groups that chose it (10 subjects in 5 folds)" in words
    assert "Davies–Bouldin −0.10 (−0.10 to −0.10)" in words
    change = {ACCURACY: Estimate(-0.005, -0.036, 0.025), SILHOUETTE: Estimate(0.04, None, None)}
    assert change_words(change | {DAVIES_BOULDIN: None}) == (
        "Davies–Bouldin n/a, Silhouette +0.04, accuracy −0.5 (−3.6 to +2.5) points"
    )


def test_words_say_whether_the_folds_agree():
    assert agreement_words(5, 5, 0) == "All 5 folds chose the same setting."
    assert agreement_words(5, 2, 1).startswith("2 of 5 folds chose the same setting. In 1 fold no")
    assert agreement_words(5, 1, 2).startswith("No two folds chose the same setting. In 2 folds")
    assert agreement_words(5, 0, 5).startswith("In 5 folds no setting passed")
    assert agreement_words(5, 2, 0).endswith("this way of choosing, not one setting.")
    assert agreement_words(1, 1, 0) == ""
