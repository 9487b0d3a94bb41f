"""Missing values are dropped with a border, or interpolated over short gaps."""

import numpy as np
import pytest

from emargin_core.datasets.tables.load import _load_once
from tests.emargin_core.datasets.tables.made import load, table, write


def holed():
    """Recording a: 3 values missing (0.12 s), then 10 (0.4 s); b: a missing first row."""
    frame = table(90)
    frame.loc[10:12, "x"] = np.nan
    frame.loc[30:39, "y"] = np.inf
    frame.loc[90, "x"] = np.nan
    return frame


def test_dropped_rows_leave_a_border(tmp_path):
    data = load(tmp_path / write(tmp_path, holed()), missing="drop")
    first, second = data.recordings
    assert first.borders == (10, 27)
    assert len(first.signal) == 77
    np.testing.assert_array_equal(first.signal[8:12, 0], np.array([8, 9, 13, 14]) * 0.5)
    assert first.labels.tolist() == [0] * 32 + [1] * 45
    assert (len(second.signal), second.borders) == (89, ())
    assert second.signal[0, 0] == 45.5
    assert any("14 rows with missing values dropped" in str(note) for note in data.notes)


def test_short_holes_are_interpolated_and_long_ones_dropped(tmp_path):
    data = load(tmp_path / write(tmp_path, holed()), missing="interpolate")
    first, second = data.recordings
    assert first.borders == (30,)
    np.testing.assert_allclose(first.signal[:30, 0], np.arange(30) * 0.5)
    assert len(first.signal) == 80
    assert len(second.signal) == 89  # no value before the first to draw a line from
    assert any("3 missing values interpolated" in str(note) for note in data.notes)
    assert any("11 rows with missing values dropped" in str(note) for note in data.notes)


@pytest.mark.parametrize("missing", ["drop", "interpolate"])
def test_blocks_do_not_show_in_what_is_mended(tmp_path, monkeypatch, missing):
    rng = np.random.default_rng(5)
    frame = table(200)
    for column in ("x", "y"):
        frame.loc[rng.random(400) < 0.2, column] = np.nan
    frame.loc[100:199, "time"] += 1.0
    frame.loc[0:40, ["x", "y"]] = 1.0
    path = tmp_path / write(tmp_path, frame)
    whole = load(path, missing=missing)
    for window in (1, 7):  # shorter and longer than what is interpolated
        _load_once.cache_clear()
        monkeypatch.setattr("emargin_core.datasets.tables.convert.on_disk.BLOCK_VALUES", 2 * window)
        pieces = load(path, missing=missing)
        for one, other in zip(whole.recordings, pieces.recordings, strict=True):
            assert one.borders == other.borders
            np.testing.assert_allclose(one.signal, other.signal, rtol=1e-5)
            np.testing.assert_array_equal(one.labels, other.labels)
        assert whole.notes == pieces.notes


def test_no_line_is_drawn_across_a_gap(tmp_path):
    frame = table()
    frame.loc[40:59, "time"] += 3.0
    frame.loc[39:40, "x"] = np.nan
    first = load(tmp_path / write(tmp_path, frame), missing="interpolate").recordings[0]
    assert (len(first.signal), first.borders) == (58, (39,))
