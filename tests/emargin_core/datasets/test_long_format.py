"""The user's own file: read right, or refused with file, column and row."""

import numpy as np
import pandas as pd
import pytest

from emargin_core.datasets import load_dataset
from emargin_core.errors import InputError


def table(n=60):
    return pd.DataFrame(
        {
            "recording": ["a"] * n + ["b"] * n,
            "label": (["rest"] * (n // 2) + ["run"] * (n // 2)) * 2,
            "time": np.tile(np.arange(n) / 25.0, 2),
            "x": np.arange(2 * n) * 0.5,
            "y": np.ones(2 * n),
        }
    )


def write(tmp_path, frame, name="d.csv"):
    path = tmp_path / name
    frame.to_csv(path, index=False) if name.endswith("csv") else frame.to_parquet(path, index=False)
    return str(path)


@pytest.mark.parametrize("name", ["d.csv", "d.parquet"])
def test_reads_recordings_channels_rate_and_labels(tmp_path, name):
    data = load_dataset(write(tmp_path, table(), name))
    assert [r.id for r in data.recordings] == ["a", "b"]
    assert data.channel_names == ("x", "y")
    assert data.class_names == ("rest", "run")
    assert data.recordings[0].sampling_rate == pytest.approx(25.0)
    np.testing.assert_array_equal(data.recordings[1].signal[:, 0], np.arange(60, 120) * 0.5)
    assert data.recordings[0].labels.tolist() == [0] * 30 + [1] * 30


def test_csv_and_parquet_of_the_same_table_are_the_same_data(tmp_path):
    one, other = (load_dataset(write(tmp_path, table(), n)) for n in ("d.csv", "d.parquet"))
    assert one.fingerprint == other.fingerprint


def test_numeric_labels_sort_as_numbers(tmp_path):
    frame = table()
    frame["label"] = [10] * 60 + [2] * 60
    assert load_dataset(write(tmp_path, frame)).class_names == ("2", "10")


def test_without_time_the_assumed_rate_is_said(tmp_path):
    data = load_dataset(write(tmp_path, table().drop(columns="time")))
    assert data.recordings[0].sampling_rate == 50.0
    assert any("50 samples a second assumed" in note for note in data.notes)


def test_changed_file_is_read_again(tmp_path):
    path = write(tmp_path, table())
    before = load_dataset(path).fingerprint
    write(tmp_path, table().assign(x=0.25))
    assert load_dataset(path).fingerprint != before


def with_cell(column, row, value):
    frame = table().astype({column: object})
    frame.loc[row, column] = value
    return frame


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (table().drop(columns="label"), ["column 'label' is missing", "recording"]),
        (table().drop(columns="recording"), ["column 'recording' is missing"]),
        (table()[["recording", "label"]], ["no channel"]),
        (with_cell("x", 7, "seven"), ["column 'x'", "'seven'", "row 9", "number"]),
        (with_cell("x", 3, np.nan), ["column 'x'", "1 missing", "row 5"]),
        (with_cell("y", 0, np.inf), ["column 'y'", "infinite", "row 2"]),
        (with_cell("label", 4, np.nan), ["column 'label' is empty in row 6"]),
        (with_cell("time", 10, 0.0), ["recording 'a'", "does not rise after"]),
        (with_cell("time", 59, 9.0), ["recording 'a'", "gap"]),
        (table().assign(group=["g"] * 30 + ["h"] * 90), ["recording 'a'", "g, h"]),
        (table().iloc[:0], ["no rows"]),
    ],
)
def test_fault_is_one_sentence_with_its_place(tmp_path, frame, words):
    with pytest.raises(InputError) as caught:
        load_dataset(write(tmp_path, frame))
    assert "\n" not in str(caught.value)
    for word in ["d.csv", *words]:
        assert word in str(caught.value)


def test_doubled_column_is_refused(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text("recording,label,x, x\na,b,1,2\n")
    with pytest.raises(InputError, match="'x' stands twice"):
        load_dataset(str(path))


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
    with pytest.raises(InputError, match="no such file"):
        load_dataset(str(tmp_path / "none.csv"))
