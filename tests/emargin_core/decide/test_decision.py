"""The rule: every row of its table, and what is said of it."""

import json

import numpy as np
import pytest
from decide_doubles import CLASSES, draw, make_run

from emargin_core.comparison import compare
from emargin_core.decide.agreement import field_check
from emargin_core.decide.costs import CostModel
from emargin_core.decide.decision import ANSWERS, decide, hours_per_recording, judge
from emargin_core.decide.field_labels import Matched
from emargin_core.decide.record import decision_to_json
from emargin_core.decide.wording import (
    amount_words,
    changes,
    headline,
    meaning,
    reasons,
    two_shares,
)
from emargin_core.evaluation.uncertainty import Estimate

GAIN, LOSS, OPEN = Estimate(5, 1, 9), Estimate(-5, -9, -1), Estimate(0.5, -1, 2)
HIGH, LOW, MIDDLE = Estimate(0.9, 0.85, 0.95), Estimate(0.5, 0.45, 0.55), Estimate(0.7, 0.6, 0.8)
KNOWN = {
    "collapsed": False, "net": GAIN, "accuracy": HIGH, "minimum": None,
    "field_difference": None, "field_accuracy": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("what", "ground", "answer"),
    [
        ({}, "benefit", "adopt"),
        ({"collapsed": True}, "collapsed", "do-not-adopt"),
        ({"net": None}, "labels", "gather-more-data"),
        ({"net": LOSS}, "cost", "do-not-adopt"),
        ({"net": OPEN}, "cost-open", "gather-more-data"),
        ({"net": Estimate(5, None, None)}, "cost-open", "gather-more-data"),
        ({"minimum": 0.7}, "benefit", "adopt"),
        ({"minimum": 0.7, "accuracy": LOW}, "minimum", "do-not-adopt"),
        ({"minimum": 0.7, "accuracy": MIDDLE}, "minimum-open", "gather-more-data"),
        ({"minimum": 0.7, "accuracy": MIDDLE, "net": LOSS}, "cost", "do-not-adopt"),
        ({"minimum": 0.7, "field_difference": OPEN, "field_accuracy": LOW}, "minimum",
         "do-not-adopt"),
        ({"minimum": 0.7, "field_difference": OPEN, "field_accuracy": MIDDLE}, "minimum-open",
         "gather-more-data"),
        ({"field_difference": LOSS, "field_accuracy": HIGH}, "field", "do-not-adopt"),
        ({"field_difference": OPEN, "field_accuracy": LOW}, "benefit", "adopt"),
    ],
)  # fmt: skip
def test_rule(what, ground, answer):
    assert judge(**KNOWN | what) == ground
    assert ANSWERS[ground] == answer


def decided(before, after, costs=None, **more):
    return decide(compare(before, after), costs or CostModel(), **more)


def words_of(decision):
    found = [headline(decision), meaning(decision), *changes(decision)]
    return " ".join([*found, *(reason.text for reason in reasons(decision))])


def test_clear_gain_is_adopted_and_says_what_introducing_it_may_cost():
    decision = decided(draw(0.7), draw(0.8))
    assert decision.answer == "adopt"
    assert "Adopt it." in words_of(decision)
    assert "as long as introducing it costs less than" in words_of(decision)


def test_gain_that_does_not_pay_for_its_introduction_is_not_adopted():
    decision = decided(draw(0.7), draw(0.8), CostModel(introduction=1e6, payback_days=100))
    assert decision.ground == "cost"
    assert "would cost about" in meaning(decision)


def test_clear_loss_is_not_adopted_however_tidy_the_groups():
    before, after = draw(0.8), draw(0.7, davies_bouldin=0.3, silhouette=0.8)
    decision = decided(before, after)
    assert decision.clusters == 1
    assert decision.answer == "do-not-adopt"
    assert "It would pay if tidier groups were worth" in words_of(decision)


def test_tidier_groups_that_are_worth_enough_turn_the_answer():
    before, after = draw(0.8), draw(0.7, davies_bouldin=0.3, silhouette=0.8)
    assert decided(before, after, CostModel(tidiness_per_day=1_000)).answer == "adopt"


def test_small_difference_asks_for_more_data_and_says_how_much():
    decision = decided(draw(0.70, seeds=(0,)), draw(0.715, seeds=(0,)))
    assert decision.ground == "cost-open"
    assert decision.more.recordings > 6
    wanted = f"About {decision.more.recordings} held-out recordings instead of 6"
    assert wanted in words_of(decision)


def test_no_difference_at_all_is_not_settled_by_any_data():
    runs = draw(0.7)
    decision = decided(runs, runs)
    assert decision.more is None
    assert "no reasonable amount of data" in words_of(decision)
    assert headline(decision) == "Too close to call: keep the baseline for now."


def test_collapse_is_never_adopted():
    decision = decided(draw(0.5), draw(0.9, collapse_reason="one cluster"))
    assert decision.ground == "collapsed"
    assert "means" in meaning(decision)
    assert all(reason.speaks_for is not True for reason in reasons(decision)[:1])


def test_without_labels_it_says_so_and_no_number_is_made_up():
    blank = make_run([-1] * 8, [-1] * 8, [0, 0, 0, 0, 1, 1, 1, 1])
    decision = decided([blank], [blank])
    assert decision.ground == "labels"
    assert decision.money is None
    assert "no labels" in meaning(decision)
    assert any("Costs: n/a" in reason.text for reason in reasons(decision))


def test_one_recording_cannot_show_more_than_chance():
    decision = decided(draw(0.5, n_recordings=1), draw(0.9, n_recordings=1))
    assert decision.answer == "gather-more-data"
    assert "At least two held-out recordings" in words_of(decision)


def test_worse_in_the_field_is_not_adopted():
    before, after = draw(0.7, seeds=(0,)), draw(0.8, seeds=(0,))
    frames = np.arange(len(after[0].frames))
    labels = before[0].frames["predicted"].to_numpy()
    matched = Matched(frames, labels, len(frames), 0, 0, 0, ())
    decision = decided(before, after, field=field_check(matched, before, after))
    assert decision.ground == "field"
    assert "the labels from the field" in meaning(decision)


def test_labels_that_contradict_the_data_are_said():
    before, after = draw(0.7), draw(0.8)
    frames = np.arange(len(after[0].frames))
    other = np.random.default_rng(0).integers(0, 3, len(frames))
    matched = Matched(frames, other, len(frames), 0, 0, 0, ())
    decision = decided(before, after, field=field_check(matched, before, after))
    assert "agree little" in words_of(decision)


def test_equal_shares_are_told_apart_by_a_further_digit():
    assert two_shares(0.7241, 0.7213) == {"after": "72.4 %", "before": "72.1 %"}
    assert two_shares(0.60, 0.72) == {"after": "60 %", "before": "72 %"}


@pytest.mark.parametrize("minimum", [None, 0.75])
def test_record_is_plain_and_finite(minimum):
    record = decision_to_json(decided(draw(0.7), draw(0.75), minimum=minimum))
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert record["costs_per_day"]["net_benefit"]["mean"] == pytest.approx(
        1000 * (compare(draw(0.7), draw(0.75)).differences["probe.accuracy"].mean)
    )
    assert set(record["costs_per_day"]["fewer_misses"]) == set(CLASSES)


def test_record_without_labels_is_null_and_not_zero():
    blank = make_run([-1] * 8, [-1] * 8, [0, 0, 0, 0, 1, 1, 1, 1])
    record = decision_to_json(decided([blank], [blank]))
    assert record["costs_per_day"] is None
    assert record["accuracy"] is None
    assert record["more_data"] is None


def test_hours_of_a_recording_are_those_that_its_frames_cover():
    assert hours_per_recording(draw(0.7, frames=7_200)[0]) == pytest.approx(1.0)


def test_amounts_are_read_as_money():
    assert amount_words(1234.5, "€") == "1,234 €"
    assert amount_words(-12.5, "円") == "−12.50 円"
    assert amount_words(3.0, "") == "3"
    assert amount_words(-0.2, "€", beside=500) == "0 €"
