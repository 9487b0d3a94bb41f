"""Known answers; range, invariances and degenerate input are tested through the metric table."""

import numpy as np
import pytest
from sklearn.datasets import make_swiss_roll

from emargin_core.evaluation.geometry import geometry, neighbours, sphere


def _equal_directions(k, size=40):
    """2 k points at +-1 on k axes: centred, k equal singular values, the others zero."""
    axes = np.eye(k, size)
    return np.concatenate([axes, -axes])


def _circle(n_points):
    angles = 2 * np.pi * np.arange(n_points) / n_points
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


@pytest.mark.parametrize("k", [1, 2, 7, 40])
def test_effective_rank_of_k_orthogonal_equal_directions_is_k(k):
    points = _equal_directions(k)
    assert geometry.effective_rank(points) == pytest.approx(k)
    assert geometry.nesum(points) == pytest.approx(k)
    assert geometry.stable_rank(points) == pytest.approx(k)
    assert geometry.variance_share(points, 1) == pytest.approx(1 / k)


def test_effective_rank_ignores_the_mean_and_stable_rank_does_not():
    points = _equal_directions(5) + 100.0
    assert geometry.effective_rank(points) == pytest.approx(5)
    assert geometry.stable_rank(points) == pytest.approx(1.0, abs=1e-3)


def test_effective_rank_takes_a_spectrum_as_well():
    points = np.random.default_rng(0).normal(size=(50, 8))
    spectrum = geometry.singular_values(points)
    assert geometry.effective_rank(spectrum) == geometry.effective_rank(points)


@pytest.mark.parametrize("shape", [(50, 8), (8, 50)])
def test_singular_values_are_those_of_the_centred_embedding(shape):
    points = np.random.default_rng(0).normal(size=shape) + 3.0
    expected = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    np.testing.assert_allclose(geometry.singular_values(points), expected, atol=1e-6)


def test_singular_values_without_any_spread_are_zero():
    assert geometry.singular_values(np.ones((9, 4))).tolist() == [0.0] * 4


def test_spectral_slope_finds_the_exponent_of_a_power_law():
    spectrum = np.arange(1, 60) ** (-0.75)  # variances k ** -1.5
    assert geometry.spectral_slope(spectrum) == pytest.approx(1.5)
    assert geometry.alpha_req(spectrum) == pytest.approx(0.5)
    assert geometry.alpha_req(np.arange(1, 60) ** (-0.25)) == pytest.approx(0.5)


@pytest.mark.parametrize("n_points", [2, 5, 100])
def test_uniformity_of_points_spread_on_a_circle(n_points):
    steps = np.arange(1, n_points)
    squares = 4 * np.sin(np.pi * steps / n_points) ** 2
    expected = np.log(np.exp(-2 * squares).mean())
    assert geometry.uniformity(5 * _circle(n_points)) == pytest.approx(expected)


def test_uniformity_is_the_loss_of_the_same_name():
    import torch

    from emargin_core.losses.uniformity import uniformity_loss

    points = np.random.default_rng(0).normal(size=(70, 5))
    points[3] = 0.0
    loss = uniformity_loss(torch.from_numpy(points)).item()
    assert geometry.uniformity(points) == pytest.approx(loss)


def test_uniformity_of_a_sample_is_close_and_seeded(monkeypatch):
    points = np.random.default_rng(0).normal(size=(900, 5))
    exact = geometry.uniformity(points)
    monkeypatch.setattr(sphere, "MAX_PAIRED_POINTS", 600)
    sampled = geometry.uniformity(points, seed=1)
    assert sampled != exact
    assert sampled == pytest.approx(exact, abs=0.02)
    assert sampled == geometry.uniformity(points, seed=1)


def test_alignment_is_the_mean_squared_distance_of_pairs():
    points = np.array([[2.0, 0.0], [0.0, 3.0], [-1.0, 0.0]])
    assert geometry.alignment(points, np.array([[0, 1]])) == pytest.approx(2.0)
    assert geometry.alignment(points, np.array([[0, 1], [0, 2]])) == pytest.approx(3.0)
    assert geometry.alignment(points, np.empty((0, 2), dtype=int)) is None


def test_self_clustering_is_zero_for_random_directions_and_one_on_a_line():
    rng = np.random.default_rng(0)
    assert geometry.self_clustering(rng.normal(size=(3000, 30))) == pytest.approx(0, abs=2e-3)
    line = np.outer(rng.choice([-1.0, 2.0], size=50), rng.normal(size=30))
    assert geometry.self_clustering(line) == pytest.approx(1.0)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_twonn_finds_the_dimension_of_a_uniform_cube_in_a_larger_space(size):
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.normal(size=(10, 10)))[0][:size]
    points = rng.random(size=(4000, size)) @ turn
    assert geometry.intrinsic_dimension(points) == pytest.approx(size, rel=0.06)


def test_twonn_finds_two_dimensions_on_a_swiss_roll():
    points = make_swiss_roll(4000, random_state=0)[0]
    assert geometry.intrinsic_dimension(points) == pytest.approx(2.0, abs=0.12)


def test_twonn_counts_equal_points_once_and_samples_above_its_limit(monkeypatch):
    points = np.random.default_rng(0).random(size=(1500, 2))
    alone = geometry.intrinsic_dimension(points)
    assert geometry.intrinsic_dimension(np.tile(points, (3, 1))) == pytest.approx(alone)
    monkeypatch.setattr(neighbours, "MAX_POINTS", 1000)
    assert geometry.intrinsic_dimension(points, seed=2) == pytest.approx(2.0, abs=0.25)


def test_twonn_of_a_lattice_is_undefined():
    lattice = np.stack(np.meshgrid(np.arange(8.0), np.arange(8.0)), axis=-1).reshape(-1, 2)
    assert geometry.intrinsic_dimension(lattice) is None


def test_cluster_learnability_is_high_for_blobs_and_chance_for_shuffled_clusters():
    rng = np.random.default_rng(0)
    clusters = rng.integers(4, size=2000)
    points = 10 * np.eye(4)[clusters] + rng.normal(size=(2000, 4))
    assert geometry.cluster_learnability(points, clusters) > 0.99
    shuffled = rng.permutation(clusters)
    assert geometry.cluster_learnability(points, shuffled) == pytest.approx(0.25, abs=0.04)


def test_cluster_learnability_follows_its_definition():
    rng = np.random.default_rng(0)
    points, clusters = rng.normal(size=(40, 3)), rng.integers(3, size=40)
    order = np.random.default_rng(7).permutation(40)
    x, c = points[order], clusters[order]
    hits = [c[np.linalg.norm(x[:row] - x[row], axis=1).argmin()] == c[row] for row in range(1, 40)]
    found = geometry.cluster_learnability(points, clusters, seed=7)
    assert found == pytest.approx(np.mean(hits))


def test_scatter_ratio_of_two_classes_on_a_line():
    points = np.array([[-3.0], [-1.0], [1.0], [3.0]])  # means -2 and 2, each point 1 away
    assert geometry.scatter_ratio(points, np.array([0, 0, 1, 1])) == pytest.approx(4 / 16)
    assert geometry.scatter_ratio(points, np.array([0, 1, 1, 0])) is None
