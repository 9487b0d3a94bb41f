"""The rule: every row of its table, and what is said of it."""

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest

from emargin_core.analysis.comparison import compare
from emargin_core.analysis.decide.agreement import check_labels
from emargin_core.analysis.decide.amounts import amount_words, two_shares
from emargin_core.analysis.decide.costs import CostModel
from emargin_core.analysis.decide.decision import ANSWERS, decide, hours_per_unit, judge
from emargin_core.analysis.decide.independent_labels import Matched, MatchedFrames
from emargin_core.analysis.decide.reasons import reasons
from emargin_core.analysis.decide.record import decision_to_json
from emargin_core.analysis.decide.wording import changes, headline, meaning
from emargin_core.evaluation.uncertainty import Estimate
from tests.emargin_core.analysis.decide.decide_doubles import CLASSES, draw, draw_fixed, make_run

GAIN, LOSS, OPEN = Estimate(5, 1, 9), Estimate(-5, -9, -1), Estimate(0.5, -1, 2)
HIGH, LOW, MIDDLE = Estimate(0.9, 0.85, 0.95), Estimate(0.5, 0.45, 0.55), Estimate(0.7, 0.6, 0.8)
KNOWN = {
    "collapsed": False,
    "settled": True,
    "net": GAIN,
    "accuracy": HIGH,
    "minimum": None,
    "label_change": "unmeasured",
    "label_accuracy": None,
    "confirmed": True,
}


@pytest.mark.parametrize(
    ("what", "reason_code", "answer"),
    [
        ({}, "benefit", "adopt"),
        ({"collapsed": True}, "collapsed", "do-not-adopt"),
        ({"collapsed": True, "settled": False}, "collapsed", "do-not-adopt"),
        ({"net": None}, "labels", "gather-more-data"),
        ({"settled": False}, "first-look", "gather-more-data"),
        (
            {"settled": False, "net": LOSS, "label_change": "worse"},
            "first-look",
            "gather-more-data",
        ),
        ({"net": LOSS}, "cost", "do-not-adopt"),
        ({"net": LOSS, "confirmed": False}, "cost", "do-not-adopt"),
        ({"net": OPEN}, "cost-open", "gather-more-data"),
        ({"net": OPEN, "confirmed": False}, "cost-open", "gather-more-data"),
        ({"net": Estimate(5, None, None)}, "cost-open", "gather-more-data"),
        ({"confirmed": False}, "unconfirmed", "gather-more-data"),
        ({"minimum": 0.7}, "benefit", "adopt"),
        ({"minimum": 0.7, "accuracy": LOW}, "minimum", "do-not-adopt"),
        ({"minimum": 0.7, "accuracy": MIDDLE}, "minimum-open", "gather-more-data"),
        ({"minimum": 0.7, "accuracy": MIDDLE, "net": LOSS}, "cost", "do-not-adopt"),
        (
            {"minimum": 0.7, "label_change": "open", "label_accuracy": LOW},
            "minimum",
            "do-not-adopt",
        ),
        (
            {"minimum": 0.7, "label_change": "open", "label_accuracy": MIDDLE},
            "minimum-open",
            "gather-more-data",
        ),
        ({"label_change": "worse", "label_accuracy": HIGH}, "independent-labels", "do-not-adopt"),
        ({"label_change": "open", "label_accuracy": LOW}, "benefit", "adopt"),
        ({"label_change": "equal", "label_accuracy": LOW}, "benefit", "adopt"),
    ],
)
def test_rule(what, reason_code, answer):
    assert judge(**KNOWN | what) == reason_code
    assert ANSWERS[reason_code] == answer


def test_without_an_interval_nothing_is_adopted_or_refused():
    bare = Estimate(5, None, None)
    for settled, confirmed, minimum in itertools.product((True, False), (True, False), (None, 0.7)):
        reason_code = judge(
            **KNOWN
            | {"net": bare, "accuracy": bare, "settled": settled, "confirmed": confirmed}
            | {"minimum": minimum}
        )
        assert ANSWERS[reason_code] == "gather-more-data"


def decided(before, after, costs=None, **more):
    return decide(compare(before, after), costs or CostModel(), **more)


def words_of(decision):
    found = [headline(decision), meaning(decision), *changes(decision)]
    return " ".join([*found, *(reason.text for reason in reasons(decision))])


def test_clear_gain_is_adopted_and_says_what_introducing_it_may_cost():
    decision = decided(draw(0.7), draw(0.8))
    assert decision.answer == "adopt"
    assert "Adopt it." in words_of(decision)
    assert "if the introduction costs less than" in words_of(decision)


def test_gain_that_does_not_pay_for_its_introduction_is_not_adopted():
    decision = decided(draw(0.7), draw(0.8), CostModel(introduction=1e6, payback_days=100))
    assert decision.reason_code == "cost"
    assert "would cost about" in meaning(decision)


def test_clear_loss_is_not_adopted_however_tidy_the_groups():
    before, after = draw(0.8), draw(0.7, davies_bouldin=0.3, silhouette=0.8)
    decision = decided(before, after)
    assert decision.clusters == 1
    assert decision.answer == "do-not-adopt"
    assert "Groups: tidier (" in words_of(decision)
    assert "It would pay off if tidier groups alone were worth" in words_of(decision)


def test_tidier_groups_that_are_worth_enough_turn_the_answer():
    before, after = draw(0.8), draw(0.7, davies_bouldin=0.3, silhouette=0.8)
    assert decided(before, after, CostModel(tidiness_per_day=1_000)).answer == "adopt"


def test_small_difference_asks_for_more_units_and_says_how_many():
    decision = decided(draw(0.70), draw(0.715))
    assert decision.reason_code == "cost-open"
    assert decision.more.units > 10
    assert f"About {decision.more.units} machines instead of 10" in words_of(decision)


def test_no_difference_at_all_is_not_settled_by_any_data():
    runs = draw(0.7)
    decision = decided(runs, runs)
    assert decision.more is None
    assert "no realistic amount of data" in words_of(decision)
    assert headline(decision) == "Too close to call: keep the baseline for now."


def test_first_look_answers_nothing_and_says_what_would_settle_it():
    decision = decided(draw(0.5, folds=[0]), draw(0.9, folds=[0]))
    assert (decision.reason_code, decision.answer) == ("first-look", "gather-more-data")
    assert headline(decision).startswith("First look: it points to")
    assert "The remaining 4 folds would settle it" in meaning(decision)
    assert {reason.speaks_for for reason in reasons(decision)} == {None}
    assert "dopt it." not in words_of(decision).replace("do not adopt it.", "")


def test_few_units_ask_for_units_whatever_the_trainings():
    sides = (draw_fixed(0.5, units=3), draw_fixed(0.9, units=3))
    decision = decided(*sides)
    assert decision.reason_code == "first-look"
    assert "at least 5 machines" in words_of(decision)


def test_runs_of_the_old_protocol_are_said_to_be_so():
    sides = [
        [replace(run, data=run.data | {"n_folds": None, "unit": None}) for run in draw_fixed(share)]
        for share in (0.5, 0.9)
    ]
    decision = decided(*sides)
    assert decision.answer == "gather-more-data"
    assert "older version" in meaning(decision)
    assert decision.money.net.estimate.low is None


def test_choice_among_several_is_not_adopted_before_it_is_confirmed():
    sides = (draw(0.7), draw(0.8))
    decision = decided(*sides, chosen_among=60)
    assert (decision.reason_code, decision.answer) == ("unconfirmed", "gather-more-data")
    assert "Confirm it on the page Sensitivity" in words_of(decision)
    confirmed = decided(*sides, chosen_among=60, confirmed=True)
    assert confirmed.answer == "adopt"
    assert "luck" not in words_of(confirmed)


def test_accuracy_is_equal_within_the_margin_that_was_set():
    before, after = draw(0.7, frames=20_000), draw(0.7101, frames=20_000)
    said = [
        next(
            r.text
            for r in reasons(decide(compare(before, after, margin), CostModel()))
            if r.text.startswith("Decisions")
        )
        for margin in (0.02, 0.0)
    ]
    assert "equal within 2 points" in said[0]
    assert "equal" not in said[1]


def test_collapse_is_never_adopted():
    decision = decided(
        draw(0.5), draw(0.9, silhouette=0.9, davies_bouldin=0.1, collapse_reason="one cluster")
    )
    assert decision.clusters == 0
    assert decision.reason_code == "collapsed"
    assert "mean nothing" in meaning(decision)
    assert all(reason.speaks_for is not True for reason in reasons(decision)[:1])


def test_without_labels_it_says_so_and_no_number_is_made_up():
    blank = make_run([-1] * 8, [-1] * 8, [0, 0, 0, 0, 1, 1, 1, 1])
    decision = decided([blank], [blank])
    assert decision.reason_code == "labels"
    assert decision.money is None
    assert "no labels" in meaning(decision)
    assert any("Costs: unknown" in reason.text for reason in reasons(decision))


def with_labels(labels, before, after):
    """Independent labels on every frame of every fold, as `labels(run)` gives them."""
    by_fold = {run.fold: MatchedFrames(np.arange(len(run.frames)), labels(run)) for run in after}
    count = sum(len(found.frames) for found in by_fold.values())
    return check_labels(Matched(by_fold, count, 0, 0, 0, ()), before, after)


def test_worse_on_independent_labels_is_not_adopted():
    before, after = draw(0.7), draw(0.8)
    said = {run.fold: run.frames["predicted"].to_numpy() for run in before}
    check = with_labels(lambda run: said[run.fold], before, after)
    decision = decided(before, after, label_check=check)
    assert decision.reason_code == "independent-labels"
    assert "On the independent labels it is less accurate" in meaning(decision)


def test_independent_labels_of_a_first_look_decide_nothing():
    before, after = draw(0.7, folds=[0]), draw(0.8, folds=[0])
    check = with_labels(lambda run: before[0].frames["predicted"].to_numpy(), before, after)
    decision = decided(before, after, label_check=check)
    assert (decision.label_change, decision.reason_code) == ("open", "first-look")


def test_labels_that_contradict_the_data_are_said():
    before, after = draw(0.7), draw(0.8)
    rng = np.random.default_rng(0)
    check = with_labels(lambda run: rng.integers(0, 3, len(run.frames)), before, after)
    assert "agree poorly" in words_of(decided(before, after, label_check=check))


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


def test_hours_of_a_unit_are_those_that_its_frames_cover():
    assert hours_per_unit(draw(0.7, frames=7_200)) == pytest.approx(1.0)


def test_amounts_are_read_as_money():
    assert amount_words(1234.5, "€") == "1,234 €"
    assert amount_words(-12.5, "円") == "−12.50 円"
    assert amount_words(3.0, "") == "3"
    assert amount_words(-0.2, "€", beside=500) == "0 €"
