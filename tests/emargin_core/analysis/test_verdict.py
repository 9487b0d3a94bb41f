"""The verdict: each case of the rule's table, and words that hold only true numbers."""

import itertools
import re

import pytest

from emargin_core.analysis.verdict import judge
from emargin_core.analysis.verdict_words import Evidence, word
from emargin_core.evaluation.metric_table import ACCURACY, DAVIES_BOULDIN, SILHOUETTE
from emargin_core.evaluation.uncertainty import Estimate, HeldOut

UP, DOWN, NOISE = Estimate(0.2, 0.1, 0.3), Estimate(-0.2, -0.3, -0.1), Estimate(0.1, -0.1, 0.3)
EQUAL = Estimate(0.0, -0.01, 0.01)


def differences(dbi=NOISE, silhouette=NOISE, accuracy=NOISE):
    return {DAVIES_BOULDIN: dbi, SILHOUETTE: silhouette, ACCURACY: accuracy}


def kind(diffs, **settings):
    return judge(diffs, **{"settled": True} | settings).kind


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
        (DOWN, UP, EQUAL, "inconclusive"),
        (NOISE, NOISE, DOWN, "inconclusive"),
        (DOWN, DOWN, DOWN, "inconclusive"),
        (UP, UP, UP, "inconclusive"),
        (None, UP, DOWN, "mismatch"),
        (DOWN, UP, None, "inconclusive"),
    ],
)
def test_rule(dbi, silhouette, accuracy, expected):
    assert kind(differences(dbi, silhouette, accuracy)) == expected


EVERY = list(itertools.product((UP, DOWN, NOISE, EQUAL, None), repeat=3))


def test_collapse_of_the_candidate_outranks_any_score():
    for parts in EVERY:
        assert kind(differences(*parts), candidate_collapsed=True) == "collapsed"


def test_collapse_of_the_baseline_never_makes_the_candidate_better():
    for parts in EVERY:
        judgement = judge(differences(*parts), settled=True, baseline_collapsed=True)
        assert judgement.kind == "inconclusive"
        assert judgement.clusters not in ("better", "worse")
        assert not judgement.better_on_both
        first_look = judge(differences(*parts), settled=False, baseline_collapsed=True)
        assert first_look.toward[0] == 0


def test_a_first_look_is_never_a_verdict():
    for parts in EVERY:
        bare = [part and Estimate(part.mean, None, None) for part in parts]
        judgement = judge(differences(*bare), settled=False)
        assert judgement.kind == "inconclusive"
        claims = {judgement.clusters, judgement.accuracy, judgement.davies_bouldin}
        assert not claims & {"better", "worse", "equal"}
        assert not judgement.better_on_both


def test_difference_that_is_shown_as_none_points_nowhere():
    for mean, shown in ((0.004, 0), (-0.004, 0), (0.006, 1), (-0.006, -1)):
        bare = differences(*[Estimate(mean, None, None)] * 3)
        assert judge(bare, settled=False).toward[1] == shown
    assert judge(differences(*[Estimate(0.004, None, None)] * 3), settled=False).toward == (0, 0)


def test_interval_that_touches_zero_is_noise():
    touching = Estimate(0.1, 0.0, 0.2)
    assert kind(differences(DOWN, UP, touching)) == "inconclusive"


def test_equal_is_claimed_only_within_the_margin_and_before_worse():
    slightly_worse = Estimate(-0.01, -0.015, -0.005)
    assert judge(differences(accuracy=slightly_worse), settled=True).accuracy == "equal"
    strict = judge(differences(accuracy=slightly_worse), settled=True, equal_within=0.01)
    assert strict.accuracy == "worse"
    assert judge(differences(accuracy=NOISE), settled=True).accuracy == "open"


def test_better_on_both_needs_both_indices_and_accuracy_that_is_not_open():
    assert judge(differences(DOWN, UP, EQUAL), settled=True).better_on_both
    assert judge(differences(DOWN, UP, UP), settled=True).better_on_both
    for parts in ((DOWN, NOISE, EQUAL), (NOISE, UP, EQUAL), (DOWN, UP, NOISE), (DOWN, UP, DOWN)):
        assert not judge(differences(*parts), settled=True).better_on_both


def words(diffs, *, folds=(0, 1, 2, 3, 4), before=0.72, after=0.50, reason=None, **settings):
    held_out = HeldOut(folds, 5, 2 * len(set(folds)))
    judgement = judge(diffs, settled=held_out.settled, **settings)
    found = word(
        judgement,
        Evidence(
            held_out=held_out,
            noun="subject",
            n_units_in_all=10,
            accuracies=(before, after),
            difference=diffs[ACCURACY],
            collapse_reason=reason,
            n_seeds=1,
            seconds=15.0,
        ),
    )
    return f"{found.headline} {found.meaning} {found.advice}"


def test_mismatch_names_both_rates_the_interval_and_its_units():
    text = words(differences(DOWN, UP, DOWN))
    assert "50 % of the time instead of 72 %" in text
    assert "−30.0 to −10.0 points (95 %, 10 subjects in 5 folds)" in text


def test_first_look_points_and_says_what_would_settle_it():
    bare = {path: Estimate(part.mean, None, None) for path, part in differences(DOWN, UP).items()}
    text = words(bare | {ACCURACY: Estimate(-0.1, None, None)}, folds=(0,))
    assert text.startswith("First look: it points to tidier clusters and worse decisions.")
    assert "2 subjects in 1 fold" in text
    assert "The remaining 4 folds would settle it (at most 2 min of computing)." in text


CLAIMS = re.compile(r"clear|larger than|better\b|worse\b|chance|equal", re.IGNORECASE)


def test_first_look_claims_nothing():
    for parts in EVERY:
        bare = [part and Estimate(part.mean, None, None) for part in parts]
        text = words(differences(*bare), folds=(0,))
        pointing, _, rest = text.partition(".")
        assert pointing.startswith("First look: it points")
        assert not CLAIMS.search(rest.replace("unknown whether tidier clusters are better", ""))


def test_too_few_units_ask_for_units_not_for_trainings():
    held_out = HeldOut((0, 1, 2), 3, 3)
    judgement = judge(differences(NOISE, NOISE, NOISE), settled=held_out.settled)
    evidence = Evidence(held_out, "machine", 3, (0.7, 0.8), None, None, 1, 15.0)
    text = word(judgement, evidence).advice
    assert "at least 5 machines" in text
    assert "would settle" not in text


def test_noise_is_never_called_better():
    text = words(differences(DOWN, UP, NOISE), after=0.82)
    assert "cannot be told" in text
    assert "better decisions" not in text.lower()


def test_collapse_gives_its_reason_and_no_praise():
    text = words(
        differences(DOWN, UP, UP), reason="one direction is left", candidate_collapsed=True
    )
    assert "one direction is left" in text
    assert "better" not in text.lower()
    assert "Do not adopt it. Raise the uniformity weight" in text
    first_look = words(
        differences(DOWN, UP, UP), folds=(0,), reason="one direction", candidate_collapsed=True
    )
    assert "This rests on 2 subjects in 1 fold. Raise the uniformity weight" in first_look
    assert "Do not adopt it" not in first_look


def test_without_labels_no_rate_is_invented():
    text = words(differences(DOWN, UP, None), before=None, after=None)
    assert "Without labels of at least two classes" in text
    assert "%" not in text
