"""The user's own file: read right, or refused with file, column and row."""

import numpy as np
import pandas as pd
import pytest

from emargin_core.datasets.base import UNLABELLED
from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.tables.load import _load_once
from emargin_core.text.errors import InputError
from tests.emargin_core.datasets.tables.made import load, table, with_cell, write


@pytest.mark.parametrize("name", ["d.csv", "d.parquet", "D.CSV"])
def test_reads_recordings_channels_rate_and_labels(tmp_path, name):
    data = load(write(tmp_path, table(), name))
    assert [r.id for r in data.recordings] == ["a", "b"]
    assert data.channel_names == ("x", "y")
    assert data.class_names == ("rest", "run")
    assert data.recordings[0].sampling_rate == pytest.approx(25.0)
    np.testing.assert_array_equal(data.recordings[1].signal[:, 0], np.arange(60, 120) * 0.5)
    assert data.recordings[0].labels.tolist() == [0] * 30 + [1] * 30


def test_csv_and_parquet_of_the_same_table_are_the_same_data(tmp_path):
    one, other = (load(write(tmp_path, table(), n)) for n in ("d.csv", "d.parquet"))
    assert one.fingerprint == other.fingerprint


def test_rows_of_several_recordings_may_be_mixed(tmp_path):
    mixed = table().iloc[np.arange(120).reshape(2, 60).T.reshape(-1)]
    one, other = (load(write(tmp_path, f, n)) for f, n in ((table(), "a.csv"), (mixed, "b.csv")))
    assert one.fingerprint == other.fingerprint


def test_numeric_labels_sort_as_numbers(tmp_path):
    frame = table()
    frame["label"] = [10] * 60 + [2] * 60
    assert load(write(tmp_path, frame)).class_names == ("2", "10")


def test_without_time_nothing_is_assumed_of_the_rate(tmp_path):
    path = write(tmp_path, table().drop(columns="time"))
    with pytest.raises(InputError, match="how many rows are there in a second"):
        load(path)
    assert load(path, rate=30.0).recordings[0].sampling_rate == 30.0


def test_changed_file_is_read_again(tmp_path):
    path = write(tmp_path, table())
    before = load(path).fingerprint
    write(tmp_path, table().assign(x=0.25))
    assert load(path).fingerprint != before


def test_without_a_label_column_all_is_unlabelled_and_this_is_said(tmp_path):
    data = load(write(tmp_path, table().drop(columns="label")))
    assert data.class_names == ()
    assert set(data.recordings[0].labels.tolist()) == {UNLABELLED}
    assert any("no probes" in str(note) for note in data.notes)


def test_empty_label_cells_are_unlabelled_and_counted(tmp_path):
    data = load(write(tmp_path, with_cell("label", 4, None)))
    assert data.recordings[0].labels[4] == UNLABELLED
    assert data.recordings[0].labels[3] == 0
    assert any("1 of 120 samples have no label" in str(note) for note in data.notes)


def test_without_a_recording_column_all_rows_are_one_recording(tmp_path):
    frame = table().drop(columns=["recording", "time"])
    data = load(write(tmp_path, frame), rate=25.0)
    assert [len(r.signal) for r in data.recordings] == [120]
    assert any("one recording" in str(note) for note in data.notes)


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (table()[["recording", "label"]], ["column 'x' (channel) is not in the table"]),
        (with_cell("x", 7, "seven"), ["column 'x'", "'seven'", "row 9", "number"]),
        (with_cell("x", 3, np.nan), ["column 'x'", "1 missing", "row 5"]),
        (with_cell("y", 0, np.inf), ["column 'y'", "infinite", "row 2"]),
        (with_cell("recording", 4, None), ["'recording' is empty in 1 rows, the first is row 6"]),
        (with_cell("time", 5, "noon"), ["column 'time' has 'noon' in row 7", "date"]),
        (with_cell("time", 10, 0.0), ["recording 'a'", "does not rise", "row 12 goes back"]),
        (with_cell("time", 10, 0.36), ["does not rise", "row 12 repeats"]),
        (table().drop(columns="recording"), ["does not rise", "row 62", "recordings apart"]),
        (table().assign(label=np.arange(120) * 7).iloc[:0], ["no rows"]),
        (table(20), ["no recording has 1 s", "0.8 s"]),
        (table().assign(time=lambda f: f["time"] * 1e6), ["goes up by 40000", "in which unit"]),
        (
            table().assign(time=np.r_[np.arange(60) / 25, np.arange(60) / 50]),
            ["different sampling rates", "25", "50"],
        ),
    ],
)
def test_fault_is_one_sentence_with_its_place(tmp_path, frame, words):
    with pytest.raises(InputError) as caught:
        load(write(tmp_path, frame))
    assert "\n" not in str(caught.value)
    for word in ["d.csv", *words]:
        assert word in str(caught.value)


def test_column_of_measurements_is_no_label(tmp_path):
    frame = pd.concat([table(300)]).assign(label=np.arange(600) / 7)
    with pytest.raises(InputError, match="more than 200 different labels"):
        load(write(tmp_path, frame))


@pytest.mark.parametrize("content", [b"\xff\xfe\x00r", b"", b"\x00\x01\x02", b'a,b\n"unclosed'])
@pytest.mark.parametrize("name", ["d.csv", "d.parquet"])
def test_what_is_no_table_is_refused_and_nothing_else_is_raised(tmp_path, content, name):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=name):
        load_dataset(str(path))


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(InputError, match=r"'moon' is not known; use one of watch"):
        load_dataset("moon")


def test_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="file not found"):
        load_dataset(str(tmp_path / "none.csv"))


@pytest.mark.parametrize(
    "name",
    ["~nobody-of-this-name/d.csv", "x" * 5000 + ".csv", "a\0b.csv", "/dev/null/d.csv", "~.csv"],
)
def test_path_that_cannot_be_is_one_sentence(name):
    with pytest.raises(InputError) as caught:
        load_dataset(name)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


def test_folder_called_csv_is_no_file(tmp_path):
    (tmp_path / "d.csv").mkdir()
    with pytest.raises(InputError, match="file not found"):
        load_dataset(str(tmp_path / "d.csv"))


def test_small_file_that_unpacks_to_much_is_mapped(tmp_path, monkeypatch):
    path = tmp_path / write(tmp_path, table(), "d.parquet")
    direct = load(path)
    _load_once.cache_clear()
    monkeypatch.setattr("emargin_core.datasets.tables.load.BIG_ARRAYS", 100)
    mapped = load(path)
    assert isinstance(mapped.recordings[0].signal, np.memmap)
    assert mapped.fingerprint == direct.fingerprint


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"channels": ("z",)}, "column 'z' .channel. is not in the table"),
        ({"channels": ("x",), "time": "x"}, "'x' is used twice"),
        ({"time": "", "rate": -1.0}, "rate is -1 Hz"),
        ({"rate": float("nan")}, "rate is nan Hz"),
        ({"missing": "guess"}, "missing is 'guess'; use one of refuse, drop"),
        ({"time_unit": "min utes"}, "time_unit is 'min utes'; use one of s, ms"),
        ({"frame": "long"}, "frame is 'long'; use seconds"),
    ],
)
def test_each_fault_of_a_choice_is_said(tmp_path, choices, words):
    with pytest.raises(InputError, match=words):
        load(write(tmp_path, table()), **choices)


def test_text_from_the_file_cannot_break_a_message(tmp_path):
    frame = with_cell("x", 3, "\x1b[31m=cmd()\n\u202e<b>" + "z" * 500)
    with pytest.raises(InputError, match=r"has '\[31m=cmd\(\) <b>z+…' in row 5") as caught:
        load(tmp_path / write(tmp_path, frame))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200
