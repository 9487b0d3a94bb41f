"""The UCR and UEA archives: cases joined with borders, published split, uneven and missing data."""

import numpy as np
import pytest

from emargin_core.datasets.base import Framing
from emargin_core.datasets.frames import cut_frames
from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.sources import archive
from emargin_core.datasets.sources.archive import RATES
from emargin_core.datasets.splits import make_split
from emargin_core.text.errors import InputError


def put_problem(root, name, train, test, header="@classLabel true Up Down"):
    """Write cases, each (label, channels of text values), as aeon's .ts files."""
    place = root / "archive" / name / name
    place.mkdir(parents=True)
    for split, cases in (("TRAIN", train), ("TEST", test)):
        lengths = {len(channels[0].split(",")) for _, channels in cases}
        univariate = len(cases[0][1]) == 1
        lines = [
            f"@problemName {name}",
            "@timeStamps false",
            "@missing false",
            f"@univariate {str(univariate).lower()}",
            f"@dimensions {len(cases[0][1])}",
            f"@equalLength {str(len(lengths) == 1).lower()}",
            header,
            "@data",
            *(":".join([*channels, label]) for label, channels in cases),
        ]
        (place / f"{name}_{split}.ts").write_text("\n".join(lines) + "\n")


def case(label, *channels):
    return label, [",".join(map(str, values)) for values in channels]


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("EMARGIN_DATA", str(tmp_path))
    return tmp_path


def test_basic_motions_is_read_whole_with_its_rate_and_published_split():
    data = load_dataset("archive:BasicMotions")
    assert data.class_names == ("Badminton", "Running", "Standing", "Walking")
    assert {r.sampling_rate for r in data.recordings} == {10.0}
    assert data.seconds == pytest.approx(80 * 10)
    assert data.framing == Framing(1.0, 0.5)
    assert data.recordings[0].signal.shape[1] == 6
    split = make_split(data)
    assert set(split.test.groups) == set(data.held_out) == {f"test {n:02d}" for n in range(1, 41)}
    assert (split.unit.noun, len(split.unit.names), split.n_folds) == ("case", 40, 1)
    assert len(split.train) == len(split.test) == 40 * 19


def test_every_case_is_there_once_with_its_label():
    from aeon.datasets import load_basic_motions

    series, labels = load_basic_motions(split="test")
    data = load_dataset("archive:BasicMotions")
    wanted = sorted(
        (label, one.T.astype(np.float32).tobytes())
        for one, label in zip(series, labels, strict=True)
    )
    found = sorted(
        (data.class_names[r.labels[begin]].lower(), r.signal[begin:end].tobytes())
        for r in data.recordings
        if r.group in data.held_out
        for begin, end in r.segments
    )
    assert found == wanted


def test_neighbouring_cases_are_mixed_and_training_windows_hold_several():
    data = load_dataset("archive:BasicMotions")
    for recording in data.recordings:
        labels = [int(recording.labels[begin]) for begin, _ in recording.segments]
        if recording.group not in data.held_out:
            assert len(set(labels)) > 1
            assert len(cut_frames([recording], data.framing, 1_000)) >= archive.WINDOW_FRAMES


def test_registered_and_prefixed_names_give_the_same_data():
    assert (
        load_dataset("archive:BasicMotions").fingerprint == archive.load("BasicMotions").fingerprint
    )


def test_one_channel_without_a_published_rate():
    data = load_dataset("archive:GunPoint")
    assert {r.sampling_rate for r in data.recordings} == {1.0}
    assert data.channel_names == ("channel 1",)
    assert "no sampling rate is published: one sample is counted as one second" in map(
        str, data.notes
    )
    assert data.framing == Framing(15.0, 7.5)


def test_cases_of_unequal_length_are_framed_within_the_shortest():
    data = load_dataset("archive:JapaneseVowels")
    frames = make_split(data).test
    assert data.framing.seconds == 7.0
    assert min(end - begin for r in data.recordings for begin, end in r.segments) == 7
    assert frames.inputs.shape[1] == 12 * 4


@pytest.mark.parametrize("rate", sorted({1.0, *RATES.values()}))
def test_frame_and_hop_are_whole_samples_at_every_rate(root, rate, monkeypatch):
    monkeypatch.setitem(RATES, "Rated", rate)
    values = np.arange(24.0)
    put_problem(root, "Rated", *[[case("Up", values), case("Down", -values)] * 3] * 2)
    data = archive.load("Rated")
    frames = cut_frames(data.recordings[:1], data.framing, 1_000)
    starts = np.round(frames.time * rate - 4, 6)
    assert starts[:5].tolist() == [0, 4, 8, 12, 16]


def test_missing_values_are_bridged_and_said_where(root):
    up = [*map(str, range(12))]
    broken = [*up[:5], "?", *up[6:]]
    train = [case("Up", up, up), case("Down", up, broken)] * 2
    put_problem(root, "Holes", train, [case("Up", up, up), case("Down", up, up)])
    data = archive.load("Holes")
    assert all((r.signal == r.signal[:, :1]).all() for r in data.recordings)
    assert any(
        "2 missing values of the train split" in str(note)
        and "case 2, channel 2, sample 6" in str(note)
        for note in data.notes
    )


def test_padding_at_the_end_of_a_case_is_cut_off(root):
    short = [*map(str, range(9)), "NaN", "NaN", "NaN"]
    cases = [case("Up", range(12)), case("Down", short)]
    put_problem(root, "Padded", cases, cases)
    data = archive.load("Padded")
    lengths = sorted(end - begin for r in data.recordings for begin, end in r.segments)
    assert lengths == [9, 9, 12, 12]


@pytest.mark.parametrize(
    ("train", "header", "message"),
    [
        ([case("Up", range(9)), case("Down", ["?"] * 9)], None, "case 2 has no value"),
        (
            [case("Up", range(9), range(9)), case("Up", range(9), ["?"] * 9)],
            None,
            "in case 2, channel 2 has no value at all",
        ),
        ([case("Up", range(9)), case("Up", [*range(8), "x"])], None, "cannot be read as a .ts"),
        ([case("1.5", range(9))], "@targetLabel true", "not a classification problem"),
        ([case("Up", range(9)), case("Down", [1])], None, "has a case of one sample"),
    ],
)
def test_damage_is_named_with_its_place(root, train, header, message):
    put_problem(root, "Bad", train, train, header or "@classLabel true Up Down")
    with pytest.raises(InputError, match="Bad") as error:
        archive.load("Bad")
    assert message in str(error.value)


@pytest.mark.parametrize("name", ["../x", "", "a b", "a/b", "a" * 81])
def test_a_name_that_leads_elsewhere_is_refused(root, name):
    with pytest.raises(InputError, match="is not a name in the archive"):
        load_dataset(f"archive:{name}")
    assert list(root.iterdir()) == []
