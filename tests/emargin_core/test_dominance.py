"""What beats a baseline: both indices better, accuracy not below its interval."""

import pytest

from emargin_core.dominance import BaselineLevels, dominating
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.pareto import Point

LEVELS = BaselineLevels(Estimate(0.70, 0.66, 0.74), 1.0, 0.4)


def found(point, levels=LEVELS):
    return [better.point.key for better in dominating([point], levels)]


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        (Point("within", 0.67, 0.9, 0.5), ["within"]),
        (Point("edge", 0.66, 0.9, 0.5), ["edge"]),
        (Point("above", 0.80, 0.9, 0.5), ["above"]),
        (Point("less accurate", 0.659, 0.9, 0.5), []),
        (Point("same overlap", 0.7, 1.0, 0.5), []),
        (Point("same silhouette", 0.7, 0.9, 0.4), []),
        (Point("one index", 0.7, 0.9, 0.3), []),
        (Point("collapsed", 0.7, 0.1, 0.9, collapsed=True), []),
        (Point("undefined", 0.7, None, 0.9), []),
        (Point("no labels", None, 0.5, 0.9), []),
    ],
)
def test_rule(point, expected):
    assert found(point) == expected


def test_without_an_interval_the_mean_is_the_least():
    levels = BaselineLevels(Estimate(0.70, None, None), 1.0, 0.4)
    assert found(Point("a", 0.70, 0.9, 0.5), levels) == ["a"]
    assert found(Point("b", 0.69, 0.9, 0.5), levels) == []
    (better,) = dominating([Point("a", 0.70, 0.9, 0.5)], levels)
    assert "no interval" in better.reason


@pytest.mark.parametrize(
    "levels",
    [
        BaselineLevels(None, 1.0, 0.4),
        BaselineLevels(LEVELS.accuracy, None, 0.4),
        BaselineLevels(LEVELS.accuracy, 1.0, None),
    ],
)
def test_nothing_beats_an_undefined_baseline(levels):
    assert found(Point("a", 0.9, 0.1, 0.9), levels) == []


def test_reason_names_the_numbers():
    (better,) = dominating([Point("a", 0.67, 0.9, 0.5)], LEVELS)
    for words in ("0.90 instead of 1.00", "0.50 instead of 0.40", "67.0 %", "66.0 to 74.0 %"):
        assert words in better.reason


def test_run_that_comes_twice_counts_once():
    point = Point("a", 0.7, 0.9, 0.5)
    assert len(dominating([point, point], LEVELS)) == 1
