"""Settings beside a baseline: paired over folds, by the one rule; nothing claimed without it."""

import numpy as np
import pytest

from emargin_core.analysis.dominance import FoldUnits, judge_settings
from emargin_core.analysis.pareto import Measured, Point
from emargin_core.evaluation.metric_table import ACCURACY, DAVIES_BOULDIN

UNITS = FoldUnits(5, dict.fromkeys(range(5), 2), "subject", 10)
NOISE = (-0.002, 0.001, 0.0, -0.001, 0.002)
LEVEL = (0.70, 1.0, 0.4)


def point(key="a", change=(0.0, -0.1, 0.05), folds=range(5), collapsed=(), noise=1.0):
    """A setting that differs from the baseline by `change`, a little more or less in each fold."""
    runs = {
        (fold, 0): Measured(
            *(np.add(LEVEL, change) + 0.03 * fold + noise * NOISE[fold]), 20.0, fold in collapsed
        )
        for fold in folds
    }
    means = np.mean([[r.accuracy, r.davies_bouldin, r.silhouette] for r in runs.values()], axis=0)
    return Point(key, *means, bool(collapsed), runs)


def baseline(**changes):
    return point("baseline", (0.0, 0.0, 0.0), noise=0.0, **changes)


def judged(candidate, against=None, units=UNITS):
    (found,) = judge_settings([candidate], against or baseline(), units)
    return found


@pytest.mark.parametrize(
    ("change", "better"),
    [
        ((0.0, -0.1, 0.05), True),
        ((0.05, -0.1, 0.05), True),
        ((-0.01, -0.1, 0.05), True),  # within two points
        ((-0.05, -0.1, 0.05), False),
        ((0.0, -0.1, -0.05), False),
        ((0.0, 0.0, 0.05), False),
        ((0.0, -0.1, 0.0), False),
    ],
)
def test_better_on_both_needs_both_indices_and_no_loss_of_accuracy(change, better):
    assert judged(point(change=change)).better_on_both == better


def test_differences_are_paired_by_fold():
    """Folds differ by ten times as much as settings do, and that does not widen the interval."""
    found = judged(point(change=(0.0, -0.1, 0.05)))
    assert found.differences[DAVIES_BOULDIN].mean == pytest.approx(-0.1)
    assert found.differences[DAVIES_BOULDIN].high < -0.09
    assert found.judgement.accuracy == "equal"
    assert found.held_out.n_units == 10


def test_wide_difference_cannot_be_told():
    found = judged(point(change=(0.0, -0.1, 0.05), noise=100.0))
    assert not found.better_on_both
    assert found.judgement.davies_bouldin == "open"


@pytest.mark.parametrize(
    ("folds", "units"),
    [
        ((0, 1), UNITS),
        (range(5), FoldUnits(5, dict.fromkeys(range(5), 0), "subject", 10)),
        ((0,), FoldUnits(1, {0: 40}, "case", 40)),
    ],
)
def test_first_look_and_fixed_part_have_no_interval_and_claim_nothing(folds, units):
    found = judged(point(folds=folds), baseline(folds=folds), units)
    assert not found.better_on_both
    assert not found.judgement.settled
    assert found.differences[ACCURACY].low is None


def test_collapsed_fold_never_counts_however_good_the_others():
    found = judged(point(collapsed=(3,)))
    assert found.judgement.kind == "collapsed"
    assert not found.better_on_both


def test_nothing_is_better_than_a_collapsed_baseline():
    found = judged(point(), baseline(collapsed=(0,)))
    assert not found.better_on_both
    assert found.differences[DAVIES_BOULDIN] is None
    assert found.differences[ACCURACY] is not None


def test_undefined_number_is_not_better():
    lacking = point()
    runs = dict(lacking.runs)
    runs[2, 0] = Measured(0.7, None, 0.5)
    found = judged(Point("a", 0.7, None, 0.5, runs=runs))
    assert not found.better_on_both


def test_only_common_folds_and_seeds_are_paired():
    found = judged(point(folds=(0, 1, 2)))
    assert found.held_out.folds == (0, 1, 2)
    assert found.held_out.n_units == 6
    other_seed = Point("b", 0.7, 0.9, 0.5, runs={(0, 1): Measured(0.7, 0.9, 0.5)})
    assert judge_settings([other_seed], baseline(), UNITS) == []
