"""Intervals: they cover what they claim, and replicates equal the metric computed plainly."""

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from emargin_core.evaluation import replicates
from emargin_core.evaluation.uncertainty import (
    Estimate,
    HeldOut,
    estimate,
    paired_difference,
    resampling_counts,
)


@pytest.fixture
def frames():
    rng = np.random.default_rng(3)
    recording = np.sort(rng.integers(0, 5, 600))
    clusters = rng.integers(0, 4, 600)
    labels = np.where(rng.random(600) < 0.6, clusters, rng.integers(0, 4, 600))
    points = rng.normal(size=(600, 8)) + 2 * clusters[:, None] + 0.5 * recording[:, None]
    return points.astype(np.float32), labels, clusters, recording


def plain(counts, recording):
    """The frames of one replicate, each recording repeated as often as it was drawn."""
    return np.concatenate(
        [np.tile(np.flatnonzero(recording == r), n) for r, n in enumerate(counts) if n]
    )


def effective_rank(points):
    singular = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    shares = singular / singular.sum()
    return np.exp(-(shares * np.log(shares)).sum())


ORACLES = {
    "davies_bouldin": (
        lambda p, y, c, r, n: replicates.davies_bouldin_replicates(p, c, r, n),
        lambda p, y, c: metrics.davies_bouldin_score(p, c),
    ),
    "calinski_harabasz": (
        lambda p, y, c, r, n: replicates.calinski_harabasz_replicates(p, c, r, n),
        lambda p, y, c: metrics.calinski_harabasz_score(p, c),
    ),
    "effective_rank": (
        lambda p, y, c, r, n: replicates.effective_rank_replicates(p, r, n),
        lambda p, y, c: effective_rank(p.astype(np.float64)),
    ),
    "nmi": (
        lambda p, y, c, r, n: replicates.mutual_info_replicates(
            replicates.cross_tables(y, c, r, n)
        ),
        lambda p, y, c: metrics.normalized_mutual_info_score(y, c),
    ),
    "ari": (
        lambda p, y, c, r, n: replicates.adjusted_rand_replicates(
            replicates.cross_tables(y, c, r, n)
        ),
        lambda p, y, c: metrics.adjusted_rand_score(y, c),
    ),
    "balanced_accuracy": (
        lambda p, y, c, r, n: replicates.balanced_accuracy_replicates(
            replicates.cross_tables(y, c, r, n)
        ),
        lambda p, y, c: metrics.balanced_accuracy_score(y, c),
    ),
    "macro_f1": (
        lambda p, y, c, r, n: replicates.macro_f1_replicates(replicates.cross_tables(y, c, r, n)),
        lambda p, y, c: metrics.f1_score(y, c, average="macro"),
    ),
    "accuracy": (
        lambda p, y, c, r, n: replicates.mean_replicates((y == c).astype(float), r, n),
        lambda p, y, c: metrics.accuracy_score(y, c),
    ),
}


@pytest.mark.parametrize("name", ORACLES)
def test_replicate_equals_the_metric_on_the_resampled_frames(frames, name):
    points, labels, clusters, recording = frames
    counts = resampling_counts(5, n_replicates=6, seed=1)
    ours, oracle = ORACLES[name]
    found = ours(points, labels, clusters, recording, counts)
    for value, count in zip(found, counts, strict=True):
        rows = plain(count, recording)
        expected = oracle(points[rows], labels[rows], clusters[rows])
        assert value == pytest.approx(expected, rel=1e-5)


def test_undefined_replicate_is_nan_not_zero():
    points = np.zeros((10, 3), dtype=np.float32)
    clusters, recording = np.arange(10) % 2, np.arange(10) % 5
    counts = resampling_counts(5, n_replicates=4)
    assert np.isnan(replicates.davies_bouldin_replicates(points, clusters, recording, counts)).all()
    assert np.isnan(replicates.effective_rank_replicates(points, recording, counts)).all()


def test_resampling_is_the_same_for_every_run():
    np.testing.assert_array_equal(resampling_counts(6), resampling_counts(6))
    assert (resampling_counts(6).sum(axis=1) == 6).all()


def folds(n_folds=5, n_units=10, per_fold=1):
    return HeldOut(tuple(np.repeat(np.arange(n_folds), per_fold).tolist()), n_folds, n_units)


def fixed(n_trainings=3, n_units=6):
    return HeldOut((0,) * n_trainings, 1, n_units)


def simulate_fixed(n_worlds, n_seeds, n_units, unit_sd, seed_sd):
    """Share of worlds whose interval holds the truth: value = unit effect + training effect."""
    rng = np.random.default_rng(0)
    counts = resampling_counts(n_units)
    inside = 0
    for _ in range(n_worlds):
        by_unit = rng.normal(0, unit_sd, n_units)
        by_seed = rng.normal(0, seed_sd, n_seeds)
        drawn = counts @ by_unit / n_units
        found = estimate(
            by_unit.mean() + by_seed, fixed(n_seeds, n_units), drawn[None, :] + by_seed[:, None]
        )
        inside += found.low <= 0 <= found.high
    return inside / n_worlds


@pytest.mark.parametrize(
    ("n_seeds", "n_units", "unit_sd", "seed_sd"),
    [(3, 6, 1.0, 0.0), (3, 6, 1.0, 1.0), (3, 6, 0.2, 1.0), (5, 20, 1.0, 0.5)],
)
def test_interval_of_a_fixed_part_covers_the_truth_as_often_as_it_says(
    n_seeds, n_units, unit_sd, seed_sd
):
    assert 0.92 <= simulate_fixed(1500, n_seeds, n_units, unit_sd, seed_sd) <= 0.99


@pytest.mark.parametrize(("n_run", "share"), [(5, 1 / 5 + 1 / 4), (3, 1 / 3 + 1 / 4)])
def test_interval_over_folds_is_corrected_for_the_training_groups_they_share(n_run, share):
    values = np.array([0.70, 0.72, 0.75, 0.69, 0.74])[:n_run]
    held_out = HeldOut(tuple(range(n_run)), 5, 2 * n_run)
    spread = stats.t.ppf(0.975, n_run - 1) * values.std(ddof=1)
    found = estimate(values, held_out)
    assert (found.high - found.mean) == pytest.approx(spread * np.sqrt(share))
    assert (found.mean - found.low) == pytest.approx(spread * np.sqrt(share))
    paired = estimate(values, held_out, paired=True)
    assert (paired.high - paired.mean) == pytest.approx(spread / np.sqrt(n_run))


def test_trainings_of_one_fold_count_as_one():
    values = np.array([0.70, 0.72, 0.75, 0.69, 0.74])
    noise = np.tile([0.01, -0.01], 5)
    twice = estimate(np.repeat(values, 2) + noise, folds(per_fold=2))
    once = estimate(values, folds())
    assert (twice.low, twice.high) == pytest.approx((once.low, once.high))


@pytest.mark.parametrize(
    "held_out",
    [
        HeldOut((0,), 5, 2),
        HeldOut((0, 1), 5, 4),
        HeldOut((0, 0, 0), 5, 2),
        HeldOut((0, 1, 2), 3, 3),
        HeldOut((0, 1, 2, 3), 4, 4),
        HeldOut((0,), 1, 40),
        HeldOut((0, 0, 0), 1, 4),
        HeldOut((0, 1, 0, 1), 1, 16),  # two parts, each fixed: no repetitions of one another
        HeldOut((0, 0, 0), None, 6),
    ],
)
def test_first_look_has_no_interval(held_out):
    values = np.linspace(0.6, 0.7, len(held_out.folds))
    drawn = np.tile(np.linspace(0.5, 0.8, 200), (len(values), 1))
    assert not held_out.settled
    assert estimate(values, held_out, drawn) == Estimate(pytest.approx(values.mean()), None, None)


@pytest.mark.parametrize(
    ("values", "bounds"),
    [
        ([0.99, 0.95, 0.999, 0.97, 0.90], (0.0, 1.0)),
        ([0.9, 0.2, 0.99, 0.8, 0.95], (-1.0, 1.0)),
        ([0.1, 3.0, 0.2, 0.3, 0.1], (0.0, np.inf)),
        ([64.0, 2.0, 3.0, 2.0, 1.1], (1.0, np.inf)),
    ],
)
def test_bounds_never_leave_the_metrics_range(values, bounds):
    found = estimate(np.array(values), folds(), bounds=bounds)
    assert bounds[0] < found.low < found.mean < found.high < bounds[1]


def test_values_that_do_not_vary_give_no_interval_but_no_difference_is_none():
    assert estimate(np.full(5, 1.0), folds()) == Estimate(1.0, None, None)
    assert estimate(np.zeros(5), folds()) == Estimate(0.0, 0.0, 0.0)


def test_mostly_undefined_replicates_give_no_interval():
    drawn = np.full((3, 200), np.nan)
    drawn[:, :150] = 0.5
    assert estimate(np.array([0.5, 0.6, 0.7]), fixed(), drawn).low is None


def test_difference_is_paired_by_unit():
    hard = np.random.default_rng(0).normal(size=(3, 200))
    found = paired_difference([0.5, 0.4, 0.3], [0.6, 0.5, 0.4], fixed(), 0.5 + hard, 0.6 + hard)
    assert found.mean == pytest.approx(0.1)
    assert found.low == pytest.approx(0.1, abs=1e-6)


def test_difference_with_an_undefined_side_is_undefined():
    assert paired_difference([None] * 5, [0.6] * 5, folds()) is None


def test_sign_is_zero_unless_the_interval_leaves_zero():
    bounds = ((0.1, 2), (-2, -0.1), (-1, 1), (0, 1), (None, None))
    assert [Estimate(1, low, high).sign for low, high in bounds] == [1, -1, 0, 0, 0]


def test_equal_needs_the_whole_interval_inside_the_margin():
    assert Estimate(0.0, -0.02, 0.02).within(0.02)
    assert not Estimate(0.0, -0.021, 0.01).within(0.02)
    assert not Estimate(0.0, None, None).within(0.02)
