import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics
from threadpoolctl import threadpool_limits

from emargin_core.evaluation.clustering import (
    TILE_ROWS,
    adjusted_rand,
    calinski_harabasz,
    davies_bouldin,
    kmeans_clusters,
    largest_cluster_share,
    normalized_mutual_info,
    silhouette,
    silhouette_values,
)

INDICES = {
    silhouette: metrics.silhouette_score,
    davies_bouldin: metrics.davies_bouldin_score,
    calinski_harabasz: metrics.calinski_harabasz_score,
}


def _blobs(n_points, n_clusters=4, size=12, spread=0.7, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(n_clusters, size=n_points)
    centres = rng.normal(size=(n_clusters, size))
    points = centres[labels] + spread * rng.normal(size=(n_points, size))
    return points.astype(np.float32), labels


@pytest.mark.parametrize("ours", INDICES)
@pytest.mark.parametrize("n_points", [9, TILE_ROWS, TILE_ROWS + 1, 2 * TILE_ROWS + 77])
def test_equals_scikit_learn_on_any_number_of_tiles(ours, n_points):
    points, labels = _blobs(n_points)
    assert ours(points, labels) == pytest.approx(INDICES[ours](points, labels), rel=1e-5)


@pytest.mark.parametrize("spread", [1e-4, 1e-2, 1.0, 30.0])
def test_silhouette_of_each_point_equals_scikit_learn_for_tight_and_loose_clusters(spread):
    points, labels = _blobs(700, spread=spread)
    expected = metrics.silhouette_samples(points.astype(np.float64), labels)
    np.testing.assert_allclose(silhouette_values(points, labels), expected, atol=1e-5)


def test_silhouette_does_not_depend_on_the_number_of_threads():
    points, labels = _blobs(3 * TILE_ROWS + 5)
    found = []
    for n_threads in (1, 2, 3):
        with threadpool_limits(n_threads):
            found.append(silhouette_values(points, labels))
    np.testing.assert_allclose(found[1], found[0], atol=1e-12)
    np.testing.assert_allclose(found[2], found[0], atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(4, 30), st.integers(2, 3))
def test_silhouette_follows_its_definition(seed, n_points, n_clusters):
    rng = np.random.default_rng(seed)
    points = rng.integers(-2, 3, size=(n_points, 2)).astype(np.float64)  # with equal points
    labels = np.arange(n_points) % n_clusters
    if (points == points[0]).all():
        return
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    expected = []
    for row in range(n_points):
        same = labels == labels[row]
        if same.sum() == 1:
            expected.append(0.0)
            continue
        a = distances[row, same].sum() / (same.sum() - 1)
        b = min(distances[row, labels == k].mean() for k in set(labels) - {labels[row]})
        expected.append((b - a) / max(a, b) if max(a, b) > 0 else 0.0)
    np.testing.assert_allclose(silhouette_values(points, labels), expected, atol=1e-7)


@pytest.mark.parametrize("ours", INDICES)
@pytest.mark.parametrize("factor", [1e-30, 1e-6, 1e6, 1e30])
def test_scale_of_the_embedding_does_not_matter(ours, factor):
    points, labels = _blobs(60)
    scaled = points * np.float32(factor)
    assert ours(scaled, labels) == pytest.approx(ours(points, labels), rel=1e-5)


@pytest.mark.parametrize("ours", INDICES)
def test_clusters_made_of_rounding_alone_are_undefined(ours):
    points = np.full((40, 8), 3.7, dtype=np.float32)
    labels = np.arange(40) % 2
    points[labels == 1] = np.nextafter(points[0], np.float32(np.inf))
    assert metrics.silhouette_score(points.astype(np.float64), labels) == pytest.approx(1.0)
    assert ours(points, labels) is None


def test_davies_bouldin_of_a_collapse_is_none_where_scikit_learn_says_perfect():
    points, labels = np.ones((20, 5)), np.arange(20) % 4
    assert metrics.davies_bouldin_score(points, labels) == 0.0
    assert davies_bouldin(points, labels) is None


def test_davies_bouldin_is_undefined_where_two_centroids_coincide():
    ring = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    labels = np.array([0, 0, 1, 1])
    assert davies_bouldin(ring, labels) is None
    assert silhouette(ring, labels) is not None


def test_clusters_without_width_score_zero_overlap_but_no_calinski_harabasz():
    points = np.repeat(np.eye(3), 5, axis=0)
    labels = np.repeat(np.arange(3), 5)
    assert davies_bouldin(points, labels) == pytest.approx(0.0, abs=1e-6)
    assert silhouette(points, labels) == pytest.approx(1.0)
    assert calinski_harabasz(points, labels) is None


@pytest.mark.parametrize("ours", INDICES)
def test_unlabelled_frames_are_left_out(ours):
    points, labels = _blobs(80)
    labels[::5] = -1
    known = labels >= 0
    assert ours(points, labels) == pytest.approx(ours(points[known], labels[known]))


def test_silhouette_values_mark_unlabelled_frames():
    points, labels = _blobs(80)
    labels[::5] = -1
    values = silhouette_values(points, labels)
    np.testing.assert_array_equal(np.isnan(values), labels == -1)


def test_input_is_left_unchanged():
    points, labels = _blobs(50)
    before = points.copy()
    silhouette(points, labels)
    davies_bouldin(points, labels)
    kmeans_clusters(points, 3, seed=0)
    np.testing.assert_array_equal(points, before)


def test_kmeans_finds_planted_clusters_and_repeats_itself():
    points, labels = _blobs(200, spread=0.05)
    clusters = kmeans_clusters(points, 4, seed=1)
    assert adjusted_rand(labels, clusters) == pytest.approx(1.0)
    np.testing.assert_array_equal(clusters, kmeans_clusters(points, 4, seed=1))
    np.testing.assert_array_equal(clusters, kmeans_clusters(points * 2.0**-20, 4, seed=1))


@pytest.mark.parametrize("n_distinct", [1, 2, 3])
def test_kmeans_returns_fewer_clusters_for_fewer_distinct_points_without_a_warning(n_distinct):
    points = np.repeat(np.eye(3, dtype=np.float32)[:n_distinct], 10, axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clusters = kmeans_clusters(points, 7, seed=0)
    assert clusters.dtype == np.int64
    assert set(clusters.tolist()) == set(range(n_distinct))


def test_kmeans_puts_what_is_not_finite_into_one_cluster():
    points = _blobs(30)[0]
    points[3, 3] = np.nan
    np.testing.assert_array_equal(kmeans_clusters(points, 3, seed=0), np.zeros(30))
    assert kmeans_clusters(points[:0], 3, seed=0).shape == (0,)


@pytest.mark.parametrize(
    ("ours", "stock"),
    [
        (normalized_mutual_info, metrics.normalized_mutual_info_score),
        (adjusted_rand, metrics.adjusted_rand_score),
    ],
)
def test_agreement_equals_scikit_learn_on_labelled_frames(ours, stock):
    rng = np.random.default_rng(4)
    labels, clusters = rng.integers(-1, 3, size=100), rng.integers(4, size=100)
    known = labels >= 0
    assert ours(labels, clusters) == pytest.approx(stock(labels[known], clusters[known]))
    assert ours(np.zeros(9, dtype=int), np.zeros(9, dtype=int)) is None
    assert ours(np.full(9, -1), np.arange(9)) is None
    assert ours(np.arange(9), np.arange(9)) is None
    assert ours(np.arange(9) % 2, np.zeros(9, dtype=int)) == 0.0


def test_largest_cluster_share():
    assert largest_cluster_share(np.array([5, 5, 5, 0])) == 0.75
    assert largest_cluster_share(np.array([], dtype=int)) is None
