"""How much more data: what is promised happens, in simulated worlds."""

import numpy as np
import pytest

from emargin_core.analysis.decide.costs import Daily
from emargin_core.analysis.decide.more_data import MOST_UNITS, MoreData, more_data
from emargin_core.evaluation.uncertainty import UNBOUNDED, HeldOut, resampling_counts


def fixed(by_unit, by_training=(0.0, 0.0, 0.0)):
    """A fixed held-out part: a mean over units plus an effect of the training."""
    by_unit, by_training = np.asarray(by_unit), np.asarray(by_training)
    drawn = resampling_counts(len(by_unit)) @ by_unit / len(by_unit)
    return Daily(
        by_unit.mean() + by_training,
        HeldOut((0,) * len(by_training), 1, len(by_unit)),
        UNBOUNDED,
        drawn[None, :] + by_training[:, None],
    )


def folds(by_unit, n_folds=5):
    """A paired difference in subject cross-validation: units dealt into folds."""
    means = np.array([part.mean() for part in np.array_split(np.asarray(by_unit), n_folds)])
    return over_folds(means, len(by_unit))


def over_folds(means, n_units):
    held_out = HeldOut(tuple(range(len(means))), len(means), n_units)
    return Daily(means, held_out, UNBOUNDED, paired=True)


def with_mean(mean, spread, n, rng):
    """n values whose mean and standard deviation are exactly these."""
    values = rng.normal(size=n)
    return mean + spread * (values - values.mean()) / values.std(ddof=1)


@pytest.mark.parametrize(("mean", "spread"), [(1.0, 2.0), (-1.0, 4.0)])
def test_the_number_of_units_settles_it_four_times_out_of_five(mean, spread):
    rng = np.random.default_rng(1)
    by_fold = with_mean(mean, spread / 2**0.5, 5, rng)
    found = more_data(over_folds(by_fold, 10))
    assert found is not None
    settled, worlds = 0, 500
    for _ in range(worlds):
        settled += folds(rng.normal(mean, spread, found.units)).estimate.sign == np.sign(mean)
    assert 0.74 <= settled / worlds <= 0.88


@pytest.mark.slow
def test_units_and_trainings_of_a_fixed_part_settle_it_as_often():
    rng = np.random.default_rng(2)
    mean, spread, between = 1.0, 2.0, 0.7
    found = more_data(fixed(with_mean(mean, spread, 12, rng), with_mean(0.0, between, 3, rng)))
    assert found is not None
    settled, worlds = 0, 500
    for _ in range(worlds):
        world = fixed(
            rng.normal(mean, spread, found.units), rng.normal(0, between, found.trainings)
        )
        settled += world.estimate.sign > 0
    assert 0.72 <= settled / worlds <= 0.92


@pytest.mark.parametrize("made", [fixed, folds])
def test_half_the_difference_needs_about_four_times_the_units(made):
    values = with_mean(0.0, 4.0, 15, np.random.default_rng(3))
    near, far = more_data(made(values + 0.6)), more_data(made(values + 1.2))
    assert near.units / far.units == pytest.approx(4.0, rel=0.15)


def test_more_trainings_are_asked_for_only_where_units_cannot_do():
    rng = np.random.default_rng(4)
    trainings = with_mean(0.0, 1.5, 3, rng)
    found = more_data(fixed(with_mean(1.0, 0.5, 8, rng), trainings))
    assert found.trainings > 3
    assert more_data(fixed(with_mean(1.0, 3.0, 8, rng), trainings / 10)).trainings == 3


def test_never_less_than_is_at_hand():
    values = with_mean(9.0, 1.0, 10, np.random.default_rng(5))
    assert more_data(fixed(values)) == MoreData(10, 3)
    assert more_data(folds(values)) == MoreData(10, 1)


@pytest.mark.parametrize("made", [fixed, folds])
def test_out_of_reach_or_unknown_is_none(made):
    rng = np.random.default_rng(6)
    assert MOST_UNITS == 1_000
    assert more_data(made(with_mean(0.01, 5.0, 10, rng))) is None
    assert more_data(made(np.zeros(10))) is None


def test_first_look_has_no_variance_to_say_it_from():
    assert more_data(fixed([1.0, 2.0, 3.0])) is None
    one = Daily(np.array([1.0]), HeldOut((0,), 5, 2), UNBOUNDED)
    assert more_data(one) is None


def test_distance_is_from_the_aim_not_from_zero():
    values = with_mean(0.72, 0.05, 10, np.random.default_rng(7))
    assert more_data(folds(values), aim=0.70).units == pytest.approx(
        more_data(folds(values - 0.70)).units, abs=1
    )
