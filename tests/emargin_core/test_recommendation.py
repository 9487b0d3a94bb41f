"""The one point to try next: three rules in order, and a reason that fits."""

from emargin_core.dominance import BaselineLevels
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.pareto import Point
from emargin_core.recommendation import recommend

LEVELS = BaselineLevels(Estimate(0.70, 0.66, 0.74), 1.0, 0.4)


def test_most_accurate_of_those_that_beat_the_baseline():
    points = [Point("tidy", 0.68, 0.5, 0.8), Point("right", 0.72, 0.9, 0.5),
              Point("wrong", 0.3, 0.1, 0.9)]  # fmt: skip
    chosen = recommend(points, LEVELS)
    assert (chosen.point.key, chosen.basis) == ("right", "dominating")
    assert "most accurate of 2" in chosen.reason


def test_tidiest_that_keeps_the_accuracy_where_nothing_beats_the_baseline():
    points = [Point("kept", 0.71, 1.2, 0.3), Point("kept, tidier", 0.69, 1.1, 0.35),
              Point("tidy, wrong", 0.4, 0.2, 0.9)]  # fmt: skip
    chosen = recommend(points, LEVELS)
    assert (chosen.point.key, chosen.basis) == ("kept, tidier", "accuracy-kept")


def test_most_accurate_where_no_setting_keeps_the_accuracy_and_it_is_said():
    points = [Point("tidy", 0.2, 0.1, 0.9), Point("middle", 0.55, 0.3, 0.8),
              Point("right", 0.6, 2.0, 0.1)]  # fmt: skip
    chosen = recommend(points, LEVELS)
    assert (chosen.point.key, chosen.basis) == ("right", "accuracy-lost")
    assert "Nothing here keeps the baseline's accuracy of 70.0 %" in chosen.reason
    assert "at least 66.0 %" in chosen.reason
    assert "reaches 60.0 %" in chosen.reason


def test_without_a_baseline_the_compromise_is_taken_and_it_is_said():
    points = [Point("tidy", 0.2, 0.1, 0.9), Point("middle", 0.55, 0.3, 0.8),
              Point("right", 0.6, 2.0, 0.1)]  # fmt: skip
    chosen = recommend(points, None)
    assert (chosen.point.key, chosen.basis) == ("middle", "compromise")
    assert "no baseline" in chosen.reason


def test_collapsed_points_are_never_recommended():
    chosen = recommend([Point("a", 0.9, 0.1, 0.9, collapsed=True)], LEVELS)
    assert (chosen.point, chosen.basis) == (None, "none")
    assert "Nothing to recommend" in chosen.reason
