import numpy as np
import pytest

from emargin_core.evaluation import clustering, geometry
from emargin_core.evaluation.collapse import collapse_reason

HEALTHY = {
    "effective_rank": 20.0,
    "davies_bouldin": 0.9,
    "silhouette": 0.4,
    "largest_cluster_share": 0.3,
}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, None),
        ({"effective_rank": 2.0}, None),
        ({"effective_rank": 1.999}, "the embedding uses 1.9 directions, fewer than two"),
        ({"largest_cluster_share": 0.95}, None),
        ({"largest_cluster_share": 0.9501}, "one cluster holds over 95 % of the frames"),
        ({"largest_cluster_share": 1.0}, "one cluster holds over 95 % of the frames"),
        ({"effective_rank": None}, "all frames fall on one point"),
        ({"davies_bouldin": None}, "the frames form no clusters that could be scored"),
        ({"silhouette": None}, "the frames form no clusters that could be scored"),
        ({"largest_cluster_share": None}, "the frames form no clusters that could be scored"),
        ({"silhouette": -1.0, "davies_bouldin": 50.0}, None),
        ({"silhouette": 0.0, "davies_bouldin": 0.0}, None),
    ],
)
def test_collapse_begins_at_its_stated_bounds(changed, reason):
    values = HEALTHY | changed
    assert collapse_reason(**values) == reason


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
    assert collapse_reason(
        effective_rank=geometry.effective_rank(points),
        davies_bouldin=clustering.davies_bouldin(points, clusters),
        silhouette=clustering.silhouette(points, clusters),
        largest_cluster_share=clustering.largest_cluster_share(clusters),
    )
