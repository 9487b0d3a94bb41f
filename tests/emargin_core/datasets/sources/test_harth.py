"""HARTH's files as they really are: odd columns, odd digits, gaps; and what is wrong with one."""

import numpy as np
import pandas as pd
import pytest

from emargin_core.datasets.frames import cut_frames
from emargin_core.datasets.registry import available, load_dataset
from emargin_core.datasets.sources import harth
from emargin_core.text.errors import InputError


def rows(n=400, begin="2019-01-12 10:00:00.000", label=1):
    rng = np.random.default_rng(n)
    stamps = pd.date_range(begin, periods=n, freq="20ms")
    table = pd.DataFrame({"timestamp": stamps.strftime("%Y-%m-%d %H:%M:%S.%f").str[:-3]})
    for name in harth.CHANNELS:
        table[name] = rng.normal(size=n).round(6)
    return table.assign(label=label)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("EMARGIN_DATA", str(tmp_path))
    (tmp_path / "harth").mkdir()
    return tmp_path / "harth"


def put(folder, table, name="S006.csv"):
    table.to_csv(folder / name, index=False)
    return folder / name


def test_labels_channels_and_rate_are_read_back(folder):
    table = pd.concat([rows(), rows(200, "2019-01-12 10:00:08.000", label=140)])
    put(folder, table)
    data = load_dataset("harth")
    (recording,) = data.recordings
    assert recording.sampling_rate == 50.0
    assert recording.group == "S006"
    assert recording.borders == ()
    assert data.channel_names == harth.CHANNELS
    assert [data.class_names[i] for i in (recording.labels[0], recording.labels[-1])] == [
        "Walking",
        "Cycling (stand, inactive)",
    ]
    np.testing.assert_allclose(recording.signal, table[list(harth.CHANNELS)], rtol=1e-6)


def test_arrays_are_mapped_from_disk_and_renewed_with_the_file(folder):
    put(folder, rows(label=1))
    first = load_dataset("harth")
    assert isinstance(first.recordings[0].signal, np.memmap)
    put(folder, rows(500, label=8))
    assert len(load_dataset("harth").recordings[0].labels) == 500


def test_a_further_subject_is_seen_without_a_restart(folder):
    put(folder, rows())
    assert len(load_dataset("harth").recordings) == 1
    put(folder, rows(), "S008.csv")
    assert [r.group for r in load_dataset("harth").recordings] == ["S006", "S008"]


@pytest.mark.parametrize("extra", ["index", "Unnamed: 0", ""])
def test_an_index_column_is_left_out(folder, extra):
    table = rows()
    table.insert(0, extra, range(len(table)))
    put(folder, table)
    assert load_dataset("harth").recordings[0].signal.shape == (400, 6)


def test_time_stamps_may_have_any_number_of_digits(folder):
    table = rows()
    table["timestamp"] = table["timestamp"].str.replace(r"$", "000000", regex=True)
    table.loc[0, "timestamp"] = "2019-01-12 10:00:00"
    put(folder, table)
    assert load_dataset("harth").recordings[0].borders == ()


def test_gaps_become_borders_that_no_frame_crosses(folder):
    parts = [rows(150), rows(150, "2019-01-12 11:00:00"), rows(120, "2019-01-12 10:30:00")]
    put(folder, pd.concat(parts))
    data = load_dataset("harth")
    assert data.recordings[0].borders == (150, 300)
    assert tuple(map(str, data.notes)) == (
        "S006: 2 jumps in the time stamps, of which 1 backwards",
    )
    frames = cut_frames(data.recordings, data.framing, 1000)
    assert len(frames) == 5 + 5 + 3


def test_wavering_time_stamps_are_no_gap(folder):
    table = rows()
    jitter = np.random.default_rng(3).integers(-3, 4, len(table)) * 1_000
    stamps = pd.to_datetime(table["timestamp"]) + pd.to_timedelta(jitter, unit="us")
    put(folder, table.assign(timestamp=stamps.dt.strftime("%Y-%m-%d %H:%M:%S.%f")))
    assert load_dataset("harth").recordings[0].borders == ()


def test_files_unzipped_with_their_folder_are_found(folder):
    (folder / "harth").mkdir()
    put(folder / "harth", rows())
    assert len(load_dataset("harth").recordings) == 1


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda t: t.drop(columns="thigh_z"), "column 'thigh_z' is missing; found timestamp"),
        (lambda t: t.assign(label=99), "label 99 in row 2 is not an activity"),
        (lambda t: t.assign(back_x="x"), "column 'back_x' has 'x' in row 2"),
        (lambda t: t.assign(back_x=[*t["back_x"][:-1], np.nan]), "has no value in row 401"),
        (lambda t: t.assign(timestamp="noon"), "column 'timestamp' has 'noon' in row 2"),
        (lambda t: t.iloc[::2], "0.04 s apart; 0.02 s is expected"),
        (lambda t: t[:0], "has no rows"),
    ],
)
def test_damage_is_named_with_file_place_and_remedy(folder, damage, message):
    put(folder, damage(rows()))
    with pytest.raises(InputError, match=r"S006\.csv") as error:
        load_dataset("harth")
    assert message in str(error.value)


def test_a_file_that_is_cut_off_is_refused(folder):
    path = put(folder, rows())
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(InputError, match=r"row 401.*cut off"):
        load_dataset("harth")
    path.write_bytes(b"\xff\xfe\x00garbage")
    with pytest.raises(InputError, match=r"S006\.csv"):
        load_dataset("harth")


def test_damaged_arrays_name_the_folder_to_delete(folder):
    put(folder, rows())
    load_dataset("harth")
    (array,) = folder.glob("mapped/*/signal.npy")
    array.write_bytes(array.read_bytes()[:200])
    with pytest.raises(InputError, match="delete this folder"):
        harth.load()


def test_absent_data_say_what_to_do(folder):
    assert "harth" not in available()
    assert "datasets fetch harth" in str(harth.SOURCE.missing())
    with pytest.raises(InputError, match=r"not on this machine yet.*datasets fetch harth"):
        load_dataset("harth")
    put(folder, rows())
    assert "harth" in available()
