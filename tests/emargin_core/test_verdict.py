"""The verdict: each case of the rule's table, and words that hold only true numbers."""

import itertools

import pytest

from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.verdict import ACCURACY, DAVIES_BOULDIN, SILHOUETTE, judge, word

UP, DOWN, NOISE = Estimate(0.2, 0.1, 0.3), Estimate(-0.2, -0.3, -0.1), Estimate(0.1, -0.1, 0.3)


def differences(dbi=NOISE, silhouette=NOISE, accuracy=NOISE):
    return {DAVIES_BOULDIN: dbi, SILHOUETTE: silhouette, ACCURACY: accuracy}


def verdict(diffs, baseline=False, candidate=False):
    return judge(diffs, baseline_collapsed=baseline, candidate_collapsed=candidate)


@pytest.mark.parametrize(
    ("dbi", "silhouette", "accuracy", "expected"),
    [
        (DOWN, UP, DOWN, "mismatch"),
        (DOWN, NOISE, DOWN, "mismatch"),
        (NOISE, UP, DOWN, "mismatch"),
        (UP, DOWN, UP, "mismatch"),
        (DOWN, UP, UP, "aligned-gain"),
        (UP, DOWN, DOWN, "aligned-loss"),
        (DOWN, UP, NOISE, "inconclusive"),
        (NOISE, NOISE, DOWN, "inconclusive"),
        (DOWN, DOWN, DOWN, "inconclusive"),
        (UP, UP, UP, "inconclusive"),
        (None, UP, DOWN, "mismatch"),
        (DOWN, UP, None, "inconclusive"),
    ],
)
def test_rule(dbi, silhouette, accuracy, expected):
    assert verdict(differences(dbi, silhouette, accuracy)) == expected


def test_collapse_of_the_candidate_outranks_any_score():
    for parts in itertools.product((UP, DOWN, NOISE, None), repeat=3):
        assert verdict(differences(*parts), candidate=True) == "collapsed"


def test_collapse_of_the_baseline_never_makes_the_candidate_better():
    for parts in itertools.product((UP, DOWN, NOISE, None), repeat=3):
        assert verdict(differences(*parts), baseline=True) == "inconclusive"


def test_interval_that_touches_zero_is_noise():
    touching = Estimate(0.1, 0.0, 0.2)
    assert verdict(differences(DOWN, UP, touching)) == "inconclusive"


def test_missing_interval_is_noise():
    assert verdict(differences(DOWN, UP, Estimate(-0.3, None, None))) == "inconclusive"


def words(kind, diffs, before=0.72, after=0.50, reason=None):
    found = word(
        kind,
        diffs,
        baseline_accuracy=before,
        candidate_accuracy=after,
        collapse_reason=reason,
        n_seeds=1,
        n_recordings=6,
    )
    return f"{found.headline} {found.meaning} {found.advice}"


def test_mismatch_names_both_rates_and_the_interval():
    text = words("mismatch", differences(DOWN, UP, DOWN))
    assert "50 % of the time instead of 72 %" in text
    assert "10 to 30 points less over 6 recordings, one seed" in text


def test_noise_is_never_called_better():
    text = words("inconclusive", differences(DOWN, UP, NOISE), after=0.82)
    assert "may be chance" in text
    assert "better decisions" not in text.lower()


def test_collapse_gives_its_reason_and_no_praise():
    text = words("collapsed", differences(DOWN, UP, UP), reason="one direction is left")
    assert "one direction is left" in text
    assert "better" not in text.lower()


def test_without_labels_no_rate_is_invented():
    text = words("inconclusive", differences(DOWN, UP, None), before=None, after=None)
    assert "no labels" in text
    assert "%" not in text
