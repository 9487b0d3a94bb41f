"""Intervals: they cover what they claim, and replicates equal the metric computed plainly."""

import numpy as np
import pytest
from sklearn import metrics

from emargin_core.evaluation import replicates
from emargin_core.evaluation.uncertainty import (
    Estimate,
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


def simulate(n_worlds, n_seeds, n_recordings, recording_sd, seed_sd, level_seed=0):
    """Share of worlds whose interval holds the truth: value = recording effect + seed effect."""
    rng = np.random.default_rng(level_seed)
    counts = resampling_counts(n_recordings)
    inside = 0
    for _ in range(n_worlds):
        by_recording = rng.normal(0, recording_sd, n_recordings)
        by_seed = rng.normal(0, seed_sd, n_seeds) if n_seeds > 1 else np.zeros(1)
        values = by_recording.mean() + by_seed
        drawn = counts @ by_recording / n_recordings
        found = estimate(values, drawn[None, :] + by_seed[:, None], n_recordings)
        inside += found.low <= 0 <= found.high
    return inside / n_worlds


@pytest.mark.parametrize(
    ("n_seeds", "n_recordings", "recording_sd", "seed_sd"),
    [(1, 6, 1.0, 0.0), (3, 6, 1.0, 0.0), (3, 6, 1.0, 1.0), (3, 6, 0.2, 1.0), (5, 20, 1.0, 0.5)],
)
def test_interval_covers_the_truth_as_often_as_it_says(
    n_seeds, n_recordings, recording_sd, seed_sd
):
    share = simulate(1500, n_seeds, n_recordings, recording_sd, seed_sd)
    assert 0.92 <= share <= 0.99


def test_one_recording_gives_no_interval():
    found = estimate(np.array([0.7]), np.full((1, 200), 0.7), n_recordings=1)
    assert found == Estimate(0.7, None, None)


def test_mostly_undefined_replicates_give_no_interval():
    drawn = np.full((1, 200), np.nan)
    drawn[0, :150] = 0.5
    assert estimate(np.array([0.5]), drawn, 6).low is None


def test_difference_is_paired_by_recording():
    rng = np.random.default_rng(0)
    hard = rng.normal(size=(1, 200))
    found = paired_difference([0.5], [0.6], 0.5 + hard, 0.6 + hard, 6)
    assert found.low == pytest.approx(0.1)
    assert found.high == pytest.approx(0.1)


def test_difference_with_an_undefined_side_is_undefined():
    drawn = np.zeros((1, 200))
    assert paired_difference([None], [0.6], drawn, drawn, 6) is None


def test_sign_is_zero_unless_the_interval_leaves_zero():
    bounds = ((0.1, 2), (-2, -0.1), (-1, 1), (0, 1), (None, None))
    assert [Estimate(1, low, high).sign for low, high in bounds] == [1, -1, 0, 0, 0]
