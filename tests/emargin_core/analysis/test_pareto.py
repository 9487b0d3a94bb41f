"""The front: an independent oracle, undefined values, collapses and ties."""

import numpy as np
import pytest

from emargin_core.analysis.pareto import Point, pareto_front


def keys(points):
    return [point.key for point in pareto_front(points)]


def beats(first, second):
    one = (first.accuracy, -first.davies_bouldin, first.silhouette)
    two = (second.accuracy, -second.davies_bouldin, second.silhouette)
    return all(a >= b for a, b in zip(one, two, strict=True)) and one != two


@pytest.mark.parametrize("seed", range(5))
def test_front_is_that_of_comparing_every_pair(seed):
    rng = np.random.default_rng(seed)
    points = [
        Point(str(n), *np.round(rng.uniform(size=3), 1).tolist())  # rounded: ties happen
        for n in range(60)
    ]
    expected = [p.key for p in points if not any(beats(other, p) for other in points)]
    assert keys(points) == expected


def test_equal_points_stay_together_and_a_key_counts_once():
    points = [Point("a", 0.7, 1.0, 0.5), Point("b", 0.7, 1.0, 0.5), Point("a", 0.7, 1.0, 0.5)]
    assert keys(points) == ["a", "b"]


def test_undefined_and_collapsed_points_neither_stand_nor_beat():
    points = [
        Point("good", 0.7, 1.0, 0.5),
        Point("collapsed", 0.9, 0.1, 0.99, collapsed=True),
        Point("no index", 0.9, None, 0.99),
        Point("no accuracy", None, 0.1, 0.99),
    ]
    assert keys(points) == ["good"]


def test_no_points_have_an_empty_front():
    assert pareto_front([]) == []
    assert pareto_front([Point("a", None, None, None)]) == []
