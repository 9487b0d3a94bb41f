"""The figures of a report: everything is drawn, names stay names, every time the same bytes."""

import re
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from emargin_core.report.figures import figures
from emargin_core.report.figures.drawing import Picture
from emargin_core.report.figures.palette import BASELINE, CANDIDATE, class_colour
from emargin_core.report.subject import subject
from tests.run_doubles import make_run, make_side

FIGURES = (figures.measures, figures.maps, figures.directions, figures.strip, figures.classes)


@pytest.fixture
def compared(store):
    return subject(make_side("infonce"), make_side("emargin", accuracy=0.5), store, None)


def shapes(figure, colour):
    """The steps of each path that has a colour."""
    paths = re.findall(r"<path[^>]*>", figure.svg)
    return [re.search(' d="([^"]*)"', path)[1] for path in paths if colour.lower() in path]


def test_every_point_of_a_map_is_drawn_in_the_form_of_its_class(store):
    before, after = (
        replace(run, frames=pd.concat([run.frames] * 3, ignore_index=True))
        for run in (make_run("infonce"), make_run("emargin"))
    )
    figure = figures.maps(subject((before,), (after,), store, None))
    for code, steps in enumerate((1, 3, 2)):  # a dot, a square, a triangle, but for its last edge
        drawn = [found for found in shapes(figure, class_colour(code)) if found.count("M") > 1]
        assert [found.count("M") for found in drawn] == [120, 120]  # a class's points, each side
        assert [found.count("L") for found in drawn] == [120 * steps, 120 * steps]


def test_strip_shows_each_stretch_of_a_class_and_of_the_margin(compared):
    figure = figures.strip(compared)
    inside = compared.first.frames.query("recording == 0")
    for code in inside["label"].unique():
        assert len(shapes(figure, class_colour(int(code)))) == 2  # the stretch, and its legend
    starts = np.diff(inside["transition"].to_numpy().astype(int), prepend=0) == 1
    assert len(shapes(figure, CANDIDATE)) == starts.sum()


@pytest.mark.parametrize("draw", [figures.measures, figures.directions, figures.classes])
def test_both_sides_are_drawn(compared, draw):
    assert shapes(draw(compared), BASELINE)
    assert shapes(draw(compared), CANDIDATE)


def test_classes_that_a_fold_lacks_are_found_in_the_others(compared):
    first, *others = (replace(run, details=dict(run.details)) for run in compared.candidate)
    first.details["confusion"] = [[0, 0, 0], [0, 5, 5], [0, 0, 10]]
    counts = np.sum([run.details["confusion"] for run in (first, *others)], axis=0)
    expected = [counts[n, n] / counts[n].sum() for n in range(3)]
    assert figures.recalls([first, *others]) == pytest.approx(expected)
    assert figures.recalls([first])[0] is None


def test_dollars_and_control_characters_are_no_mathematics(store):
    runs = [make_run(name, words=("$5 to $6\x01",)) for name in ("infonce", "emargin")]
    drawn = subject((runs[0],), (runs[1],), store, None)
    for draw in (figures.maps, figures.strip, figures.classes):
        assert re.search(r"<text[^>]*>(1 )?\$5 to \$6 0</text>", draw(drawn).svg)


@pytest.mark.parametrize("draw", FIGURES)
def test_same_runs_give_the_same_bytes(compared, draw):
    assert draw(compared).svg == draw(compared).svg


def test_wide_letters_do_not_run_into_the_next_name():
    picture, names = Picture(), ("肩関節の外旋運動", "歩行", "walking", "階段を上る" * 9)
    last = picture.legend([("o", "#000000", name) for name in names], 0, 20)
    svg = picture.figure("key", last + 8, "", "", "").svg
    found = re.findall(r'<text[^>]* x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</text>', svg)
    assert len(found) == 4
    for (x, y, name), (after, beneath, _) in pairwise(found):
        width = sum(12 if ord(letter) > 0x2FFF else 6 for letter in name)
        assert beneath > y or float(x) + width + 10 < float(after)
    assert float(found[-1][0]) + 12 * len(found[-1][2]) < 680


def test_matplotlib_waits_until_a_report_is_made():
    words = (
        "import sys, emargin_core.report.figures.palette, emargin_core.report.formats; "
        "sys.exit('matplotlib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", words], check=False).returncode == 0
