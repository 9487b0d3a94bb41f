"""Recordings of a table: gaps, rates, resampling, frames, labels."""

import numpy as np
import pandas as pd
import pytest

from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.inspection import inspect_file
from emargin_core.datasets.tables.questions import apply
from emargin_core.text.errors import InputError
from tests.emargin_core.datasets.tables.made import (
    CLASSES,
    dates,
    load,
    signals,
    table,
    text,
    write,
)


def test_session_numbers_that_begin_anew_are_told_apart(tmp_path):
    frame = signals().assign(session=lambda f: (f.t >= 12).astype(int) + 1)
    path = tmp_path / "d.csv"
    path.write_text(text(frame))
    ids = [recording.id for recording in inspect_file(path).dataset.recordings]
    assert ids == [f"s{group} / {session}" for group in range(3) for session in (1, 2)]


def test_files_that_are_read_together_are_one_recording_each(tmp_path):
    paths = []
    for group, rows in signals().groupby("group"):
        paths.append(tmp_path / f"{group}.csv")
        paths[-1].write_text(text(rows.drop(columns="group")))
    report = inspect_file(paths)
    assert [recording.id for recording in report.dataset.recordings] == ["s0", "s1", "s2"]
    assert report.n_rows == 1800


def test_labels_may_stand_in_a_second_file(tmp_path):
    data, labels = tmp_path / "d.csv", tmp_path / "labels.csv"
    data.write_text(text(signals(2).drop(columns="label")))
    labels.write_text("subject,onset,duration,label\ns0,0,4,rest\ns0,4,8,run\ns1,2,3,rest\n")
    report = inspect_file(data, Choices(labels=labels))
    assert report.dataset.class_names == ("rest", "run")
    first, second = report.dataset.recordings
    assert first.labels[:100].tolist() == [0] * 100
    assert first.labels[100:300].tolist() == [1] * 200
    assert (first.labels[300:] == -1).all()
    assert np.flatnonzero(second.labels >= 0).tolist() == list(range(50, 125))


def test_label_of_a_second_file_without_an_end_lasts_until_the_next(tmp_path):
    data, labels = tmp_path / "d.csv", tmp_path / "labels.csv"
    data.write_text(text(signals(2).drop(columns="label")))
    labels.write_text("subject,onset,label\ns0,4,rest\ns0,8,run\ns1,2,rest\n")
    first, second = inspect_file(data, Choices(labels=labels)).dataset.recordings
    assert first.labels.tolist() == [-1] * 100 + [0] * 100 + [1] * 400
    assert second.labels.tolist() == [-1] * 50 + [0] * 550
    labels.write_text("subject,onset,duration,label\ns0,4,,rest\n")
    with pytest.raises(InputError, match="row 2 has no onset or no length"):
        inspect_file(data, Choices(labels=labels))


def test_classes_can_be_ignored_and_named(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text(
        text(signals().assign(label=lambda f: f.label.map(CLASSES.index).astype(float)))
    )
    assert inspect_file(path).dataset.class_names == ("0", "1", "2")
    choices = Choices(ignore_classes=("0",), class_names=(("1", "walk"),))
    data = inspect_file(path, choices).dataset
    assert data.class_names == ("2", "walk")
    assert (data.recordings[0].labels[:100] == -1).all()


def test_resampled_recordings_keep_their_signal(tmp_path):
    t = np.arange(2000) / 100.0
    frame = pd.DataFrame({"group": "a", "t": t, "x": np.sin(2 * np.pi * t).round(6)})
    slow = pd.DataFrame({"group": "b", "t": t[::2], "x": np.sin(2 * np.pi * t[::2]).round(6)})
    path = tmp_path / "d.csv"
    path.write_text(text(pd.concat([frame, slow])))
    first, second = inspect_file(path, Choices(resample=50.0)).dataset.recordings
    assert first.sampling_rate == second.sampling_rate == 50.0
    inner = slice(50, 950)
    np.testing.assert_allclose(first.signal[inner], second.signal[inner], atol=0.01)


def test_slow_series_get_a_frame_of_several_samples(tmp_path):
    frame = dates(lambda d: f"{d:%Y-%m-%d %H:%M}", step=600.0)
    path = tmp_path / "d.csv"
    path.write_text(text(frame))
    data = inspect_file(path).dataset
    assert data.framing.seconds * data.recordings[0].sampling_rate == pytest.approx(16)
    chosen = inspect_file(path, Choices(frame="8 samples", hop="2 samples")).dataset.framing
    assert (chosen.seconds, chosen.hop_seconds) == (pytest.approx(4800.0), pytest.approx(1200.0))


def test_class_that_is_held_out_alone_is_said_with_the_ceiling(tmp_path):
    frame = signals()
    frame.loc[(frame.group == "s2") & (frame.label == "run"), "label"] = "cycle"
    path = tmp_path / "d.csv"
    path.write_text(text(frame))
    notes = " ".join(map(str, inspect_file(path).to_json()["notes"]))
    assert "class 'cycle' occurs in s2 only" in notes
    assert "cannot exceed 67 %" in notes


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


def test_row_of_means_at_the_end_has_no_rate(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text(f"{text(signals())}Total,,,,\nMean,1.0,,2.0,3.0\n")
    problem = inspect_file(path).problems[0]
    report = inspect_file(path, apply(Choices(), problem.remedies[0]))
    assert [part.rate for part in report.recordings] == [25.0] * 3
    assert any("left out, such as 'Mean'" in str(note) for note in report.notes)


def test_rows_that_belong_to_no_group_can_be_left_out(tmp_path):
    path = tmp_path / "d.csv"
    frame = signals()
    empty = (frame.group == "s1") | ((frame.group == "s2") & frame.t.between(8, 8.5))
    path.write_text(text(frame.assign(group=frame.group.where(~empty, ""))))
    [problem] = inspect_file(path).problems
    assert f"column 'group' is empty in {empty.sum()} rows, the first is row 602" in str(
        problem.what
    )
    assert problem.remedy == "--missing=drop"
    for missing in ("drop", "interpolate"):
        report = inspect_file(path, Choices(missing=missing))
        first, last = report.dataset.recordings
        assert (first.group, last.group, last.borders) == ("s0", "s2", (200,))
        assert f"{empty.sum()} rows in which 'group' is empty are left out" in map(
            str, report.notes
        )
    [problem] = inspect_file(path, Choices(time="", rate=25.0)).problems
    assert problem.remedy == "--group=''"
    assert inspect_file(path, apply(Choices(time="", rate=25.0), problem.remedies[0])).usable


def test_row_without_a_time_is_said_to_be_left_out_for_that(tmp_path):
    path = tmp_path / "d.csv"
    frame = signals()
    path.write_text(text(frame.assign(t=frame.t.where(frame.index % 300 != 40))))
    notes = [str(note) for note in inspect_file(path).notes]
    assert "6 rows without a time are left out; no frame crosses them" in notes
    path.write_text(text(frame.assign(x=frame.x.where(frame.index % 300 != 40))))
    report = inspect_file(path)
    assert not report.usable
    assert not any("rows" in str(note) for note in report.notes)


def test_rates_that_nearly_agree_are_one(tmp_path):
    frame = table()
    frame.loc[60:, "time"] *= 1.002
    assert {r.sampling_rate for r in load(write(tmp_path, frame)).recordings} == {24.975050}


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
def test_time_in_parquet_may_be_dates_or_counts_since_1970(tmp_path, stamps):
    frame = table()
    frame.loc[40:59, "time"] += 3.0
    frame["time"] = stamps(frame["time"])
    data = load(tmp_path / write(tmp_path, frame, "d.parquet"))
    assert data.recordings[0].sampling_rate == pytest.approx(25.0, abs=1e-4)
    assert data.recordings[0].borders == (40,)
