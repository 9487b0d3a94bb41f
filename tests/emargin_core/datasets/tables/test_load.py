"""The user's own file: read right, or refused with file, column and row."""

import codecs
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emargin_core.datasets.base import UNLABELLED
from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.load import _load_once, load_file
from emargin_core.text.errors import InputError


def load(path, **values):
    return load_file(Path(path), Choices(**{"channels": ("x", "y")} | values))


def table(n=60):
    return pd.DataFrame(
        {
            "recording": ["a"] * n + ["b"] * n,
            "label": (["rest"] * (n // 2) + ["run"] * (n // 2)) * 2,
            "time": np.tile(np.arange(n) / 25.0, 2),
            "x": np.arange(2 * n) * 0.5,
            "y": np.sin(np.arange(2 * n)),
        }
    )


def write(tmp_path, frame, name="d.csv", **settings):
    path = tmp_path / name
    if name.endswith("parquet"):
        frame.to_parquet(path, index=False)
    else:
        frame.to_csv(path, index=False, **settings)
    return str(path)


def with_cell(column, row, value):
    frame = table().astype({column: object})
    frame.loc[row, column] = value
    return frame


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


def test_gap_in_time_becomes_a_border_and_is_counted(tmp_path):
    frame = table()
    frame.loc[40:59, "time"] += 3.0
    data = load(write(tmp_path, frame))
    assert data.recordings[0].borders == (40,)
    assert data.recordings[1].borders == ()
    assert any("1 gaps in time, the longest 3.04 s" in str(note) for note in data.notes)


def test_recording_without_a_second_in_one_stretch_is_left_out_and_named(tmp_path):
    data = load(write(tmp_path, table().iloc[:70]))
    assert [r.id for r in data.recordings] == ["a"]
    assert any("left out, such as 'b'" in str(note) for note in data.notes)


def test_rates_that_nearly_agree_are_one(tmp_path):
    frame = table()
    frame.loc[60:, "time"] *= 1.002
    assert {r.sampling_rate for r in load(write(tmp_path, frame)).recordings} == {24.975050}


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (table()[["recording", "label"]], ["column 'x' (channel) is not in the table"]),
        (with_cell("x", 7, "seven"), ["column 'x'", "'seven'", "row 9", "number"]),
        (with_cell("x", 3, np.nan), ["column 'x'", "1 missing", "row 5"]),
        (with_cell("y", 0, np.inf), ["column 'y'", "infinite", "row 2"]),
        (with_cell("recording", 4, None), ["column 'recording' is empty in row 6"]),
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


def test_doubled_names_are_told_apart(tmp_path):
    path = tmp_path / "d.csv"
    rows = [f"{n / 20},{n % 7},{n % 5 * n % 3},a" for n in range(60)]
    path.write_text("\n".join(["time,x, x,label", *rows]))
    assert load_dataset(str(path)).channel_names == ("x", "x 2")


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


@pytest.mark.parametrize("window", [1, 3, 7, 31])
@pytest.mark.parametrize("missing", ["drop", "interpolate"])
def test_blocks_do_not_show_in_what_is_mended(tmp_path, monkeypatch, missing, window):
    rng = np.random.default_rng(5)
    frame = table(200)
    for column in ("x", "y"):
        frame.loc[rng.random(400) < 0.2, column] = np.nan
    frame.loc[100:199, "time"] += 1.0
    frame.loc[0:40, ["x", "y"]] = 1.0
    path = tmp_path / write(tmp_path, frame)
    whole = load(path, missing=missing)
    _load_once.cache_clear()
    monkeypatch.setattr("emargin_core.datasets.tables.convert.aside.BLOCK_VALUES", 2 * window)
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


@pytest.mark.parametrize(
    ("settings", "note"),
    [
        ({"sep": ";", "decimal": ","}, "decimal comma"),
        ({"sep": ";"}, "semicolon"),
        ({"sep": "\t"}, "tab"),
        ({"sep": "|"}, "bar"),
        ({"quoting": 1}, None),
        ({"encoding": "utf-8-sig"}, None),
        ({"encoding": "utf-16"}, "UTF-16"),
        ({"encoding": "cp1252"}, "Windows-1252"),
        ({"lineterminator": "\r\n"}, None),
        ({"lineterminator": "\r"}, None),
    ],
)
def test_csv_is_read_however_it_was_saved(tmp_path, settings, note):
    frame = table().assign(x=lambda f: f["x"] + 0.25).replace("run", "läuft, schnell")
    expected = load(tmp_path / write(tmp_path, frame, "plain.csv"))
    found = load(tmp_path / write(tmp_path, frame, "other.txt", **settings))
    assert found.fingerprint == expected.fingerprint
    assert found.class_names == ("läuft, schnell", "rest")
    notes = " ".join(map(str, found.notes))
    assert note in notes if note else found.notes == expected.notes


@pytest.mark.parametrize(
    "stamps",
    [
        lambda s: pd.to_datetime("2024-05-31T12:00") + pd.to_timedelta(s, unit="s"),
        lambda s: (1_717_156_800_000 + np.round(s * 1000)).astype("int64"),
        lambda s: (1_717_156_800_000_000_000 + np.round(s * 1e9)).astype("int64"),
        lambda s: 1_717_156_800 + s,
    ],
    ids=["dates", "epoch ms", "epoch ns", "epoch s"],
)
@pytest.mark.parametrize("name", ["d.csv", "d.parquet"])
def test_time_may_be_dates_or_counts_since_1970(tmp_path, stamps, name):
    frame = table()
    frame.loc[40:59, "time"] += 3.0
    frame["time"] = stamps(frame["time"])
    data = load(tmp_path / write(tmp_path, frame, name))
    assert data.recordings[0].sampling_rate == pytest.approx(25.0, abs=1e-4)
    assert data.recordings[0].borders == (40,)


def test_milliseconds_in_the_name_are_believed(tmp_path):
    frame = table().rename(columns={"time": "time_ms"}).assign(time_ms=lambda f: f.time_ms * 1000)
    assert load(tmp_path / write(tmp_path, frame)).recordings[0].sampling_rate == 25.0


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


@pytest.mark.parametrize(
    ("magic", "word"),
    [(b"\x1f\x8b\x08", "gzip"), (b"PK\x03\x04", "Excel"), (b"PAR1", "Parquet"), (b"BZh9", "bzip2")],
)
def test_packed_file_called_csv_is_named_for_what_it_is(tmp_path, magic, word):
    path = tmp_path / "d.csv"
    path.write_bytes(magic + b"\0" * 100)
    with pytest.raises(InputError, match=word):
        load(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a,b\n" + b"1" * 3_000_000, "line longer than 1 MB"),
        (b"x," * 5_000 + b"\n", "columns; at most 2,000"),
        (b"a,b\n" + b"1,2\n" * 9 + b"3,4,5\n", "row 11 has another number of cells than the 2"),
        (b"a,b\n" + b"1,2\n" * 50_000 + b"1\n", "row 50,002 has another number of cells"),
        (b"a,b\n" + b"1,2,3\n" * 9, "each row has 3 cells and the header, in line 1, has 2"),
        (codecs.BOM_UTF8 + b"a,b\n\xff,1\n", "is marked as UTF-8 but is not"),
        (b"a,b\n1,\0\n", "NUL bytes"),
    ],
)
def test_bad_csv_is_one_sentence(tmp_path, content, words):
    path = tmp_path / "d.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words) as caught:
        load(path, channels=None)
    assert len(str(caught.value)) < 300


def test_text_from_the_file_cannot_break_a_message(tmp_path):
    frame = with_cell("x", 3, "\x1b[31m=cmd()\n\u202e<b>" + "z" * 500)
    with pytest.raises(InputError, match=r"has '\[31m=cmd\(\) <b>z+…' in row 5") as caught:
        load(tmp_path / write(tmp_path, frame))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


def test_nested_parquet_columns_are_not_channels(tmp_path):
    path = tmp_path / "d.parquet"
    signal = pa.array(np.sin(np.arange(100.0)))
    pq.write_table(pa.table({"x": signal, "deep": pa.array([[1.0]] * 100)}), path)
    assert load(path, rate=25.0, channels=None).channel_names == ("x",)


def test_parquet_dictionary_bomb_is_refused_before_it_unfolds(tmp_path):
    path = tmp_path / "d.parquet"
    label = pa.DictionaryArray.from_arrays(np.zeros(200_000, np.int32), ["z" * 5_000_000])
    pq.write_table(pa.table({"x": np.zeros(200_000), "label": label}), path)
    assert path.stat().st_size < 1_000_000
    with pytest.raises(InputError, match="'label' has a text of 5,000,000 bytes"):
        load(path)


def test_parquet_with_categories_flags_and_decimals_is_read(tmp_path):
    frame = table().astype({"label": "category", "recording": "category"})
    path = tmp_path / "d.parquet"
    content = pa.Table.from_pandas(frame, preserve_index=False)
    content = content.set_column(3, "x", content["x"].cast(pa.decimal128(9, 2)))
    pq.write_table(content, path)
    assert load(path).fingerprint == load(tmp_path / write(tmp_path, table())).fingerprint
