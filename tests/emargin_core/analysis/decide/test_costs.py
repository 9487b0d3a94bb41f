"""Costs: counted by hand, bounded, break-evens are where both sides are equal, intervals cover."""

import numpy as np
import pytest
from scipy import stats

from emargin_core.analysis.comparison import compare
from emargin_core.analysis.decide.costs import (
    CostModel,
    affordable_introduction,
    break_even_misses,
    break_even_ratio,
    compare_costs,
    days_to_pay_back,
)
from tests.emargin_core.analysis.decide.decide_doubles import draw, draw_fixed, make_run

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


def test_replicates_are_the_cost_on_the_drawn_units():
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


def test_interval_of_the_saving_is_student_s_over_the_folds_and_the_mirror_of_accuracy():
    before, after = draw(0.7), draw(0.8)
    costs = CostModel(decisions_per_day=100.0)
    found = compare_costs(before, after, costs, 0).saving
    by_fold = [
        100.0 * (b.metric("probe.accuracy") - a.metric("probe.accuracy"))
        for a, b in zip(before, after, strict=True)
    ]
    assert found.values == pytest.approx(by_fold)
    half = stats.t.ppf(0.975, 4) * np.std(by_fold, ddof=1) / 5**0.5
    assert found.estimate.high - found.estimate.low == pytest.approx(2 * half, rel=0.05)
    accuracy = compare(before, after).differences["probe.accuracy"]
    assert found.estimate.low == pytest.approx(100.0 * accuracy.low)
    assert found.estimate.high == pytest.approx(100.0 * accuracy.high)


def test_trainings_of_a_fold_are_one_value_of_the_interval():
    before, after = draw(0.7, seeds=(0, 1)), draw(0.8, seeds=(0, 1))
    found = compare_costs(before, after, COSTS, 0).saving
    by_fold = found.values.reshape(5, 2).mean(axis=1)
    assert found.mean == pytest.approx(by_fold.mean())
    half = stats.t.ppf(0.975, 4) * np.std(by_fold, ddof=1) / 5**0.5
    assert found.estimate.high - found.estimate.low == pytest.approx(2 * half, rel=0.05)


def test_costs_of_one_fold_have_no_interval():
    first = compare_costs(draw(0.7, folds=[0]), draw(0.8, folds=[0]), COSTS, 0)
    assert first.saving.estimate.low is None
    assert first.net.estimate.sign == 0


def test_a_fixed_part_has_an_interval_over_its_units():
    found = compare_costs(draw_fixed(0.7), draw_fixed(0.8), COSTS, 0)
    assert found.saving.replicates.shape == (3, 200)
    assert found.saving.estimate.low is not None
    few = compare_costs(draw_fixed(0.7, units=4), draw_fixed(0.8, units=4), COSTS, 0)
    assert few.saving.estimate.low is None


@pytest.mark.parametrize("accuracy", [0.03, 0.97])
def test_no_cost_is_below_nothing_or_above_every_decision_wrong(accuracy):
    costs = CostModel(decisions_per_day=100.0)
    found = compare_costs(
        draw(accuracy, spread=0.05, frames=20), draw(0.9, spread=0.05, frames=20), costs, 0
    )
    assert 0.0 <= found.baseline.estimate.low < found.baseline.estimate.high <= 100.0
