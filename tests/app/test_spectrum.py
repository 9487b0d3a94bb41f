"""The spectrum's picture and table say what the runs hold."""

from dataclasses import replace
from urllib.parse import unquote

import numpy as np
import pytest

from app.components.charts.spectrum import N_DIRECTIONS, spectrum_picture, spectrum_table
from tests.run_doubles import make_run

CURVE = "<polyline points='"


def run_with(*strengths):
    return replace(make_run(), spectrum=np.array(strengths))


def curves(picture):
    """Points of each curve, as (direction, decades below the strongest)."""
    drawn = [part.partition("'")[0] for part in unquote(picture).split(CURVE)[1:]]
    return [[tuple(map(float, point.split(","))) for point in points.split()] for points in drawn]


def test_curves_are_relative_to_the_strongest_on_a_log_scale():
    drawn = curves(spectrum_picture(run_with(5.0, 0.5), run_with(8.0, 8.0, 0.08), "words"))
    assert drawn == [[(1, 0), (2, 1)], [(1, 0), (2, 0), (3, 2)]]


def test_no_direction_is_drawn_or_told_where_it_has_no_strength():
    before, after = run_with(0.0, 0.0), run_with(2.0, 0.2, 0.0)
    assert curves(spectrum_picture(before, after, "words")) == [[], [(1, 0), (2, 1)]]
    table = spectrum_table(before, after)
    assert len(table) == N_DIRECTIONS
    assert table["baseline"].isna().all()
    assert table["candidate"].dropna().tolist() == [1.0, 0.1]


@pytest.mark.parametrize(
    ("weakest", "labels"),
    [(0.5, ["1", "0.1"]), (1e-3, ["1", "0.1", "0.01", "0.001"]), (2e-6, ["1", "0.01", "0.0001"])],
)
def test_decades_reach_the_weakest_and_stay_readable(weakest, labels):
    picture = spectrum_picture(run_with(1.0), run_with(1.0, weakest), "words")
    told = [part.partition("</span>")[0] for part in picture.split("translateY(-50%)'>")[1:]]
    assert told[: len(labels)] == labels


def test_words_of_a_picture_cannot_leave_their_attribute():
    picture = spectrum_picture(run_with(1.0), run_with(1.0), 'it\'s <b>"all"</b>')
    assert "aria-label='it&#x27;s &lt;b&gt;&quot;all&quot;&lt;/b&gt;'" in picture
