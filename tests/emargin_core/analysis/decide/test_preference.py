"""The setting to roll out: always on the front, by weights at the ends what one would take."""

import pytest

from emargin_core.analysis.decide.preference import Preference, choose
from emargin_core.analysis.pareto import Point, pareto_front

POINTS = [
    Point("sure", 0.80, 1.0, 0.30),
    Point("middle", 0.75, 0.7, 0.55),
    Point("tidy", 0.60, 0.4, 0.80),
    Point("beaten", 0.70, 0.8, 0.50),
    Point("collapsed", 0.99, 0.0, 1.0, collapsed=True),
    Point("undefined", 0.99, None, 0.9),
]


@pytest.mark.parametrize(("weight", "key"), [(0.0, "sure"), (0.4, "middle"), (1.0, "tidy")])
def test_weights_choose_on_the_front(weight, key):
    found = choose(POINTS, Preference(tidiness=weight))
    assert found.point.key == key
    assert f"{100 * weight:.0f} % for tidy groups" in found.reason


def test_every_weight_gives_a_point_of_the_front():
    front = {point.key for point in pareto_front(POINTS)}
    chosen = {choose(POINTS, Preference(tidiness=w / 20)).point.key for w in range(21)}
    assert chosen <= front
    assert len(chosen) == 3


@pytest.mark.parametrize(
    ("minimum", "key"), [(0.5, "tidy"), (0.61, "middle"), (0.75, "middle"), (0.76, "sure")]
)
def test_minimum_takes_the_tidiest_that_is_accurate_enough(minimum, key):
    assert choose(POINTS, Preference(way="minimum", minimum=minimum)).point.key == key


def test_minimum_that_nothing_reaches_names_the_best():
    found = choose(POINTS, Preference(way="minimum", minimum=0.9))
    assert found.point is None
    assert "90 %" in found.reason
    assert "80.0 %" in found.reason


def test_nothing_usable_is_said():
    assert choose(POINTS[4:], Preference()).point is None


def test_one_point_is_chosen_whatever_the_weights():
    assert choose(POINTS[:1], Preference(tidiness=0.5)).point.key == "sure"
