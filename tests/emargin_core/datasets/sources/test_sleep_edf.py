"""Nights in the published format: stages, trimming, unscored stretches, subjects, damage."""

import edfio
import numpy as np
import pytest

from emargin_core.datasets.base import UNLABELLED
from emargin_core.datasets.frames import cut_frames
from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.sources import sleep_edf
from emargin_core.text.errors import InputError

EPOCH = 3_000
STAGES = [
    ("Sleep stage W", 70),
    ("Sleep stage 1", 2),
    ("Sleep stage 2", 3),
    ("Sleep stage 3", 1),
    ("Sleep stage 4", 2),
    ("Movement time", 1),
    ("Sleep stage R", 2),
    ("Sleep stage W", 65),
    ("Sleep stage ?", 4),
]


def put_night(
    folder, name="SC4001E0", scorer="SC4001EC", stages=STAGES, labels=sleep_edf.CHANNELS, rate=100
):
    n_epochs = sum(n for _, n in stages)
    rng = np.random.default_rng(1)
    values = np.repeat(np.arange(n_epochs), 30 * rate) + rng.normal(0, 0.1, n_epochs * 30 * rate)
    signals = [
        edfio.EdfSignal(values, rate, label=f"EEG {label}", physical_range=(-10, 300))
        for label in labels
    ]
    slow = edfio.EdfSignal(rng.normal(size=n_epochs * 30), 1, label="Temp rectal")
    edfio.Edf([*signals, slow], data_record_duration=30).write(folder / f"{name}-PSG.edf")
    onsets = 30.0 * np.cumsum([0, *(n for _, n in stages)])
    notes = [
        edfio.EdfAnnotation(onset, 30.0 * n, text)
        for onset, (text, n) in zip(onsets, stages, strict=False)
    ]
    edfio.Edf([], annotations=notes).write(folder / f"{scorer}-Hypnogram.edf")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("EMARGIN_DATA", str(tmp_path))
    (tmp_path / "sleep-edf").mkdir()
    return tmp_path / "sleep-edf"


def test_a_night_is_cut_to_half_an_hour_around_sleep(folder):
    put_night(folder)
    data = load_dataset("sleep-edf")
    (night,) = data.recordings
    assert (night.id, night.group, night.sampling_rate) == ("subject 00 night 1", "00", 100.0)
    assert data.channel_names == ("Fpz-Cz", "Pz-Oz")
    assert len(night.signal) == (60 + 11 + 60) * EPOCH
    assert night.signal[:EPOCH].mean() == pytest.approx(10, abs=0.05)  # the eleventh epoch
    assert "30 minutes" in str(data.description)


def test_frames_are_the_scored_epochs(folder):
    put_night(folder)
    data = load_dataset("sleep-edf")
    frames = cut_frames(data.recordings, data.framing, 1_000)
    stages = [*[0] * 60, 1, 1, 2, 2, 2, 3, 3, 3, UNLABELLED, 4, 4, *[0] * 60]
    assert frames.labels.tolist() == stages
    assert frames.inputs.shape[1] == 2 * 51


def test_unscored_time_is_unlabelled_and_a_short_day_is_kept_whole(folder):
    put_night(folder, stages=[("Sleep stage ?", 2), ("Sleep stage 2", 2), ("Sleep stage W", 3)])
    (night,) = load_dataset("sleep-edf").recordings
    assert night.labels[::EPOCH].tolist() == [-1, -1, 2, 2, 0, 0, 0]


def test_scores_beyond_the_recording_are_left_out(folder):
    put_night(folder, stages=[("Sleep stage 2", 4), ("Sleep stage W", 3)])
    notes = [
        edfio.EdfAnnotation(0, 120, "Sleep stage 2"),
        edfio.EdfAnnotation(120, 90_000, "Sleep stage ?"),
    ]
    edfio.Edf([], annotations=notes).write(folder / "SC4001EC-Hypnogram.edf")
    (night,) = load_dataset("sleep-edf").recordings
    assert night.labels[::EPOCH].tolist() == [2, 2, 2, 2, -1, -1, -1]


def test_both_nights_of_a_subject_are_one_group(folder):
    stages = [("Sleep stage W", 2), ("Sleep stage 2", 2)]
    put_night(folder, "SC4001E0", "SC4001EC", stages)
    put_night(folder, "SC4002E0", "SC4002EC", stages)
    put_night(folder, "SC4261F0", "SC4261FM", stages)
    recordings = load_dataset("sleep-edf").recordings
    assert [r.group for r in recordings] == ["00", "00", "26"]
    assert [r.id for r in recordings] == [
        "subject 00 night 1",
        "subject 00 night 2",
        "subject 26 night 1",
    ]


@pytest.mark.parametrize("file", ["SC4001E0-PSG.edf", "SC4001EC-Hypnogram.edf"])
@pytest.mark.parametrize("keep", [0.6, 0.0])
def test_a_file_that_is_cut_off_is_refused(folder, file, keep):
    put_night(folder)
    content = (folder / file).read_bytes()
    (folder / file).write_bytes(content[: int(keep * len(content))])
    with pytest.raises(InputError, match=file):
        load_dataset("sleep-edf")


def test_garbled_annotations_are_refused(folder):
    put_night(folder)
    path = folder / "SC4001EC-Hypnogram.edf"
    content = path.read_bytes()
    at = content.index(b"Sleep stage 2") - 8
    path.write_bytes(content[:at] + b"\xda" * 4 + content[at + 4 :])
    with pytest.raises(InputError, match=r"SC4001EC-Hypnogram\.edf"):
        load_dataset("sleep-edf")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ({"labels": ("Fpz-Cz", "Oz")}, "EEG Pz-Oz is missing; found Fpz-Cz, Oz, Temp rectal"),
        ({"rate": 50}, "EEG Fpz-Cz has 50 Hz; 100 Hz is expected"),
        ({"stages": [("Sleep stage 2", 2), ("Lunch", 1)]}, "'Lunch' at 60 s is not a sleep stage"),
        ({"stages": [("Sleep stage W", 4)]}, "has no sleep stage within"),
        ({"scorer": "SC4002EC"}, "SC4001E0-PSG.edf has no hypnogram; SC4001*"),
    ],
)
def test_what_is_wrong_is_named_with_its_file(folder, damage, message):
    put_night(folder, **damage)
    with pytest.raises(InputError, match="SC4001E") as error:
        load_dataset("sleep-edf")
    assert message in str(error.value)


def test_the_first_subjects_are_chosen_with_all_their_nights_hypnogram_first():
    names = [
        f"sleep-cassette/SC4{subject:02d}{night}{letters}-{kind}.edf"
        for subject in (0, 1, 13, 20)
        for night in (1, 2)
        for letters, kind in (("EC", "Hypnogram"), ("E0", "PSG"))
        if (subject, night) != (13, 2)
    ]
    others = ["RECORDS", "SC-subjects.xls", "sleep-telemetry/ST7011J0-PSG.edf"]
    chosen = sleep_edf.nights_of(sorted([*names, *others]), 3)
    assert chosen == [name for name in names if "SC420" not in name]
    assert len(chosen) == 10
