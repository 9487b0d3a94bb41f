"""The process line: repeatable, true to its labels, and as hard as its settings say."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emargin_core.datasets.base import Framing
from emargin_core.datasets.frames import cut_frames
from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.sources import factory
from emargin_core.losses.transitions import transition_flags
from emargin_core.text.errors import InputError

SMALL = "machines=3,minutes=3"


def phase_means(name):
    """Mean spectrum of each class over all frames, (n_classes, n_features)."""
    frames = cut_frames(load_dataset(name).recordings, Framing(), 10**6)
    inputs = frames.inputs / frames.inputs.std()
    codes = np.unique(frames.labels)
    return np.stack([inputs[frames.labels == code].mean(axis=0) for code in codes])


def test_same_knobs_give_the_same_samples_and_another_seed_others():
    assert factory.load(SMALL).fingerprint == factory.load(SMALL).fingerprint
    assert factory.load(SMALL).fingerprint != factory.load(f"{SMALL},seed=1").fingerprint


def test_knobs_shape_the_line():
    dataset = load_dataset(f"factory:{SMALL}")
    assert [r.group for r in dataset.recordings] == ["01", "02", "03"]
    assert all(r.signal.shape == (3 * 60 * 50, 4) for r in dataset.recordings)
    assert all(r.signal.dtype == np.float32 for r in dataset.recordings)
    assert "machines 3" in str(dataset.notes[0])


def test_every_phase_occurs_and_a_fault_only_follows_pressing():
    dataset = load_dataset("factory")
    names = dataset.class_names
    seen = set()
    for recording in dataset.recordings:
        steps = np.flatnonzero(np.diff(recording.labels))
        for step in steps:
            before, after = recording.labels[step : step + 2]
            seen |= {names[before], names[after]}
            if names[after] == "Fault building up":
                assert names[before] == "Pressing"
    assert seen == set(names)


def test_the_more_alike_the_closer_the_phases():
    settings = "noise=0,drift=0,machines=3"
    apart, alike = (phase_means(f"factory:alike={v},{settings}") for v in (0.0, 0.9))
    assert np.linalg.norm(np.diff(alike, axis=0)) < 0.6 * np.linalg.norm(np.diff(apart, axis=0))


def test_a_fault_starts_out_like_pressing_and_grows():
    recordings = load_dataset("factory:noise=0,drift=0").recordings
    fault, pressing = (factory.CLASS_NAMES.index(n) for n in ("Fault building up", "Pressing"))
    starts, ends = [], []
    for recording in recordings:
        current = recording.signal[:, 0]
        level = current[recording.labels == pressing].mean()
        for begin in np.flatnonzero(np.diff((recording.labels == fault).astype(int)) == 1) + 1:
            inside = recording.labels[begin : begin + 450] == fault
            if inside.all() and len(inside) == 450:
                starts.append(abs(current[begin : begin + 50].mean() - level))
                ends.append(abs(current[begin + 400 : begin + 450].mean() - level))
    assert len(starts) >= 10
    assert np.mean(starts) < 0.5 * np.mean(ends)


def test_drift_moves_the_level_over_a_shift():
    def spread(drift):
        signal = load_dataset(f"factory:noise=0,{SMALL},drift={drift}").recordings[0].signal[:, 3]
        return np.ptp(signal[: len(signal) // 60 * 60].reshape(-1, 60).mean(axis=1))

    assert spread(2.0) > spread(0.0) + 0.5


def test_the_margin_has_something_to_act_on():
    import torch

    from emargin_core.datasets.splits import make_split

    frames = make_split(load_dataset("factory")).test
    flags = transition_flags(torch.from_numpy(frames.inputs), 0.4, torch.from_numpy(frames.segment))
    assert 0.02 < flags.double().mean() < 0.98


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("speed=1", "has no setting 'speed=1'"),
        ("alike", "has no setting 'alike'"),
        ("alike=high", "alike is 'high'; a number is expected"),
        ("alike=2", "alike is 2; use a number from 0 to 0.95"),
        ("machines=2.5", "machines is 2.5; use a whole number from 2 to 30"),
        ("noise=nan", "noise is nan; use a number"),
        ("machines=inf", "machines is inf; use a whole number"),
    ],
)
def test_wrong_knobs_are_named(text, words):
    with pytest.raises(InputError, match=words):
        load_dataset(f"factory:{text}")


@example("\x85")
@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_in_one_line(text):
    refusal = ""
    try:
        factory.parse_settings(text)
    except InputError as error:
        refusal = str(error)
    assert len(refusal.splitlines()) <= 1


def test_name_of_knobs_reads_back():
    name = factory.name_of_settings({"alike": 0.8, "noise": 0.5, "machines": 4})
    assert name == "factory:alike=0.8,machines=4"
    assert factory.parse_settings(name.partition(":")[2]) == factory.LineSettings(
        alike=0.8, machines=4
    )
    assert factory.name_of_settings({"alike": 0.5}) == "factory"
