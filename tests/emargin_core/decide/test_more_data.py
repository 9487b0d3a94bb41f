"""How much more data: what is promised happens, in simulated worlds."""

import numpy as np
import pytest

from emargin_core.decide.costs import Daily
from emargin_core.decide.more_data import MOST_RECORDINGS, MoreData, more_data
from emargin_core.evaluation.uncertainty import estimate, resampling_counts


def measured(by_recording, by_seed=(0.0,)):
    """An amount that is a mean over recordings plus an effect of the seed."""
    by_recording, by_seed = np.asarray(by_recording), np.asarray(by_seed)
    drawn = resampling_counts(len(by_recording)) @ by_recording / len(by_recording)
    return Daily(
        by_recording.mean() + by_seed, drawn[None, :] + by_seed[:, None], len(by_recording)
    )


def with_mean(mean, spread, n, rng):
    """n recordings whose mean and standard deviation are exactly these."""
    values = rng.normal(size=n)
    return mean + spread * (values - values.mean()) / values.std(ddof=1)


@pytest.mark.parametrize(("mean", "spread"), [(1.0, 2.0), (-1.0, 4.0)])
def test_the_number_named_settles_it_four_times_out_of_five(mean, spread):
    rng = np.random.default_rng(1)
    found = more_data(measured(with_mean(mean, spread, 12, rng)))
    assert found is not None
    settled, worlds = 0, 500
    for _ in range(worlds):
        world = measured(rng.normal(mean, spread, found.recordings))
        settled += estimate(world.values, world.replicates, found.recordings).sign == np.sign(mean)
    assert 0.74 <= settled / worlds <= 0.88


def test_seeds_and_recordings_together_settle_it_as_often():
    rng = np.random.default_rng(2)
    mean, spread, between = 1.0, 2.0, 0.7
    found = more_data(measured(with_mean(mean, spread, 12, rng), with_mean(0.0, between, 3, rng)))
    assert found is not None
    settled, worlds = 0, 500
    for _ in range(worlds):
        world = measured(
            rng.normal(mean, spread, found.recordings), rng.normal(0, between, found.seeds)
        )
        settled += estimate(world.values, world.replicates, found.recordings).sign > 0
    assert 0.72 <= settled / worlds <= 0.92


def test_half_the_difference_needs_about_four_times_the_recordings():
    rng = np.random.default_rng(3)
    values = with_mean(0.0, 4.0, 12, rng)
    near, far = more_data(measured(values + 0.5)), more_data(measured(values + 1.0))
    assert near.recordings / far.recordings == pytest.approx(4.0, rel=0.1)


def test_more_repeats_are_asked_for_only_where_recordings_cannot_do():
    rng = np.random.default_rng(4)
    seeds = with_mean(0.0, 1.5, 3, rng)
    found = more_data(measured(with_mean(1.0, 0.5, 8, rng), seeds))
    assert found.seeds > 3
    assert more_data(measured(with_mean(1.0, 3.0, 8, rng), seeds / 10)).seeds == 3


def test_never_less_than_is_at_hand():
    assert more_data(measured(with_mean(9.0, 1.0, 8, np.random.default_rng(5)))) == MoreData(8, 1)


def test_out_of_reach_or_unknown_is_none():
    rng = np.random.default_rng(6)
    assert MOST_RECORDINGS == 1_000
    assert more_data(measured(with_mean(0.01, 5.0, 8, rng))) is None
    assert more_data(measured(np.zeros(8))) is None
    assert more_data(measured([1.0])) is None


def test_distance_is_from_the_aim_not_from_zero():
    rng = np.random.default_rng(7)
    values = with_mean(0.72, 0.05, 8, rng)
    assert more_data(measured(values), aim=0.70) == more_data(measured(values - 0.70))
