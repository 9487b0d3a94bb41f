import numpy as np
import pytest

from emargin_core.evaluation import clustering
from emargin_core.evaluation.collapse import Collapse, find_collapse
from emargin_core.evaluation.geometry import geometry

HEALTHY = {
    "effective_rank": 20.0,
    "davies_bouldin": 0.9,
    "silhouette": 0.4,
    "largest_cluster_share": 0.3,
}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, None),
        ({"effective_rank": 2.0}, None),
        ({"effective_rank": 1.999}, Collapse("few-directions", 1.999)),
        ({"largest_cluster_share": 0.95}, None),
        ({"largest_cluster_share": 0.9501}, Collapse("one-cluster", 0.9501)),
        ({"largest_cluster_share": 1.0}, Collapse("one-cluster", 1.0)),
        ({"effective_rank": None}, Collapse("one-point")),
        ({"davies_bouldin": None}, Collapse("no-clusters")),
        ({"silhouette": None}, Collapse("no-clusters")),
        ({"largest_cluster_share": None}, Collapse("no-clusters")),
        ({"silhouette": -1.0, "davies_bouldin": 50.0}, None),
        ({"silhouette": 0.0, "davies_bouldin": 0.0}, None),
    ],
)
def test_collapse_begins_at_its_stated_bounds(changed, expected):
    values = HEALTHY | changed
    assert find_collapse(**values) == expected


def _rounding_noise(rng):
    return np.full((300, 16), 0.37, np.float32) * (1 + 1e-7 * rng.normal(size=(300, 16)))


def _two_points(rng):
    return np.eye(2, 16)[rng.integers(2, size=300)]


def _line(rng):
    return rng.random(size=(300, 1)) * np.ones((1, 16)) + 1e-3 * rng.random(size=(300, 16))


def _one_outlier(rng):
    points = 1e-3 * rng.normal(size=(300, 16))
    points[0] += 100.0
    return points


@pytest.mark.parametrize(
    "planted",
    [
        lambda rng: np.zeros((300, 16)),
        lambda rng: np.ones((300, 16)),
        lambda rng: np.full((300, 16), np.nan),
        _rounding_noise,
        _two_points,
        _line,
        _one_outlier,
    ],
    ids=["zero", "one point", "NaN", "rounding", "two points", "line", "outlier"],
)
def test_a_planted_collapse_is_always_called_one(planted):
    points = planted(np.random.default_rng(0)).astype(np.float32)
    clusters = clustering.kmeans_clusters(points, 7, seed=0)
    assert find_collapse(
        effective_rank=geometry.effective_rank(points),
        davies_bouldin=clustering.davies_bouldin(points, clusters),
        silhouette=clustering.silhouette(points, clusters),
        largest_cluster_share=clustering.largest_cluster_share(clusters),
    )
