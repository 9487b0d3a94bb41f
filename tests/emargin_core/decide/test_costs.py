"""Costs: counted by hand, bounded, break-evens are where both sides are equal, intervals cover."""

import numpy as np
import pytest
from decide_doubles import make_run

from emargin_core.decide.costs import (
    CostModel,
    affordable_introduction,
    break_even_misses,
    break_even_ratio,
    compare_costs,
    days_to_pay_back,
)

LABELS = [0, 0, 1, 1, 2, 2, 0, 1]
BEFORE = [0, 1, 1, 0, 2, 0, 0, 1]
AFTER = [0, 0, 1, 2, 2, 2, 1, 1]
RECORDING = [0, 0, 0, 0, 1, 1, 1, 1]
COSTS = CostModel(
    miss={"calm": 3.0, "busy": 5.0, "broken": 100.0},
    false_alarm={"calm": 0.5, "busy": 2.0, "broken": 7.0},
    decisions_per_day=800.0,
)


def compared(costs=COSTS, change=0):
    before = make_run(LABELS, BEFORE, RECORDING)
    after = make_run(LABELS, AFTER, RECORDING)
    return compare_costs([before], [after], costs, change)


def one_by_one(labels, predicted, costs, recordings=(0, 1)):
    """The cost a day, decision by decision, over recordings that may come twice."""
    names, total, n = ["calm", "busy", "broken"], 0.0, 0
    for drawn in recordings:
        for label, said, home in zip(labels, predicted, RECORDING, strict=True):
            if home == drawn:
                n += 1
                if label != said:
                    total += costs.miss[names[label]] + costs.false_alarm[names[said]]
    return costs.decisions_per_day * total / n


def test_cost_a_day_is_that_of_every_decision_counted_alone():
    found = compared()
    assert found.baseline.estimate.mean == pytest.approx(one_by_one(LABELS, BEFORE, COSTS))
    assert found.candidate.estimate.mean == pytest.approx(one_by_one(LABELS, AFTER, COSTS))
    assert found.saving.estimate.mean == pytest.approx(
        one_by_one(LABELS, BEFORE, COSTS) - one_by_one(LABELS, AFTER, COSTS)
    )


def test_replicates_are_the_cost_on_the_drawn_recordings():
    found = compared().saving.replicates[0]
    possible = {
        round(one_by_one(LABELS, BEFORE, COSTS, drawn) - one_by_one(LABELS, AFTER, COSTS, drawn), 6)
        for drawn in ((0, 0), (0, 1), (1, 1))
    }
    assert {round(float(value), 6) for value in found} == possible


def test_unlabelled_frames_cost_nothing_and_count_for_nothing():
    labels = [*LABELS, -1, -1]
    recording = [*RECORDING, 0, 1]
    before = make_run(labels, [*BEFORE, 2, 2], recording)
    after = make_run(labels, [*AFTER, 0, 1], recording)
    found = compare_costs([before], [after], COSTS, 0)
    assert found.saving.estimate.mean == pytest.approx(compared().saving.estimate.mean)


def test_without_labels_there_are_no_costs():
    run = make_run([-1, -1, -1, -1], [-1, -1, -1, -1], [0, 0, 1, 1])
    assert compare_costs([run], [run], COSTS, 0) is None


def test_default_costs_count_wrong_decisions():
    found = compared(CostModel(decisions_per_day=800.0))
    assert found.baseline.estimate.mean == pytest.approx(300.0)
    assert found.candidate.estimate.mean == pytest.approx(200.0)


def test_net_benefit_takes_running_introduction_and_tidiness_into_account():
    costs = COSTS.model_copy(
        update={"extra_per_day": 10.0, "introduction": 3650.0, "tidiness_per_day": 40.0}
    )
    saving = compared(costs).saving.estimate.mean
    assert compared(costs, change=1).net.estimate.mean == pytest.approx(saving - 20.0 + 40.0)
    assert compared(costs, change=0).net.estimate.mean == pytest.approx(saving - 20.0)
    assert compared(costs, change=-1).net.estimate.mean == pytest.approx(saving - 20.0 - 40.0)


def test_both_sides_are_equal_at_the_break_even_ratio():
    costs = COSTS.model_copy(update={"extra_per_day": 5_000.0})
    found = compared(costs)
    ratio = break_even_ratio(found)
    assert ratio is not None
    assert found.net_at(ratio).estimate.mean == pytest.approx(0.0, abs=1e-6)
    scaled = {name: ratio * amount for name, amount in costs.miss.items()}
    again = compared(costs.model_copy(update={"miss": scaled}))
    assert again.net.estimate.mean == pytest.approx(0.0, abs=1e-6)


def test_both_sides_are_equal_at_every_break_even_of_a_class():
    costs = COSTS.model_copy(update={"extra_per_day": 9_000.0})
    found = break_even_misses(compared(costs), costs.miss)
    assert found
    for name, amount in found.items():
        changed = costs.model_copy(update={"miss": costs.miss | {name: amount}})
        assert compared(changed).net.estimate.mean == pytest.approx(0.0, abs=1e-6)


def test_no_break_even_where_the_answer_is_the_same_whatever_misses_cost():
    assert break_even_ratio(compared(CostModel())) is None


def test_introduction_that_is_just_affordable_leaves_no_benefit():
    costs = COSTS.model_copy(update={"introduction": 500.0, "payback_days": 100.0})
    highest = affordable_introduction(compared(costs), costs).mean
    again = compared(costs.model_copy(update={"introduction": highest}))
    assert again.net.estimate.mean == pytest.approx(0.0, abs=1e-6)


def test_introduction_has_paid_back_when_savings_add_up_to_it():
    costs = COSTS.model_copy(update={"introduction": 50_000.0, "extra_per_day": 100.0})
    found = compared(costs)
    days = days_to_pay_back(found, costs)
    assert days * (found.saving.estimate.mean - 100.0) == pytest.approx(50_000.0)
    assert days_to_pay_back(compared(), COSTS) is None
    dear = COSTS.model_copy(update={"introduction": 1.0, "extra_per_day": 1e9})
    assert days_to_pay_back(compared(dear), dear) is None


@pytest.mark.parametrize("amounts", [{"calm": -1.0}, {"calm": 1e13}, {"calm": float("nan")}])
def test_amounts_out_of_bounds_are_refused(amounts):
    with pytest.raises(ValueError, match="calm"):
        CostModel(miss=amounts)


def test_saving_interval_covers_the_true_saving_as_often_as_it_says():
    """Worlds in which recordings differ in how hard they are and in how much the method helps."""
    rng = np.random.default_rng(0)
    n_recordings, frames, inside, worlds = 6, 60, 0, 400
    costs = CostModel(miss={"calm": 2.0, "busy": 1.0}, decisions_per_day=100.0)
    recording = np.repeat(np.arange(n_recordings), frames)
    truth = 100.0 * 0.1 * 1.5
    for _ in range(worlds):
        labels = rng.integers(0, 2, len(recording))
        hard = rng.normal(0, 0.05, n_recordings)[recording]
        helps = rng.normal(0, 0.08, n_recordings)[recording]
        wrong_before = rng.random(len(labels)) < 0.4 + hard
        wrong_after = rng.random(len(labels)) < 0.3 + hard + helps
        before = make_run(labels, labels ^ wrong_before, recording, classes=["calm", "busy"])
        after = make_run(labels, labels ^ wrong_after, recording, classes=["calm", "busy"])
        found = compare_costs([before], [after], costs, 0).saving.estimate
        inside += found.low <= truth <= found.high
    assert 0.92 <= inside / worlds <= 0.985
