"""Frames: spectra, labels, borders, and what stays of a recording too long to keep whole."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import get_window

from emargin_core.datasets.base import UNLABELLED, Dataset, Framing, Recording
from emargin_core.datasets.frames import (
    LONG_SAMPLES,
    STRETCH_FRAMES,
    cut_frames,
    frame_slices,
    framed,
)
from emargin_core.text.errors import InputError


def recording(n_samples=200, group="a", rate=50.0, labels=None, signal=None):
    signal = np.zeros((n_samples, 2)) if signal is None else signal
    labels = np.zeros(len(signal)) if labels is None else labels
    return Recording(f"r-{group}", group, signal.astype(np.float32), labels.astype(np.int64), rate)


def cut(*recordings, framing=None, limit=10**6):
    return cut_frames(recordings, framing or Framing(), limit)


def test_spectrum_equals_a_plain_fourier_sum():
    rng = np.random.default_rng(1)
    rec = recording(signal=rng.normal(size=(120, 2)))
    frames = cut(rec)
    spectra, middles = frames.inputs, frames.time
    assert spectra.shape == (3, 2 * 26)
    window = get_window("hann", 50)
    k, n = np.meshgrid(np.arange(26), np.arange(50), indexing="ij")
    piece = rec.signal[25:75, 1] * window
    expected = np.abs((piece * np.exp(-2j * np.pi * k * n / 50)).sum(axis=1))
    np.testing.assert_allclose(spectra[1, 26:], expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(middles, [0.5, 1.0, 1.5])


def test_label_is_the_majority_and_unlabelled_counts():
    labels = np.full(100, UNLABELLED)
    labels[:20] = 1
    labels[60:] = 0
    assert cut(recording(100, labels=labels)).labels.tolist() == [UNLABELLED, UNLABELLED, 0]


def test_too_short_a_recording_is_named():
    with pytest.raises(InputError, match=r"'r-b' is too short: it has 0\.6 s"):
        cut(recording(group="a"), recording(30, group="b"))


def test_no_frame_crosses_a_border_and_segments_tell_them_apart():
    signal = np.concatenate([np.zeros((120, 2)), np.full((130, 2), 7.0)])
    rec = replace(recording(signal=signal), borders=(120,))
    frames = cut(rec)
    assert frames.time.tolist() == [0.5, 1.0, 1.5, 2.9, 3.4, 3.9, 4.4]
    assert frames.segment.tolist() == [0, 0, 0, 1, 1, 1, 1]
    assert (frames.inputs[:3] == 0).all()
    whole = cut(recording(signal=np.full((130, 2), 7.0)))
    np.testing.assert_array_equal(frames.inputs[3:], whole.inputs)


def test_a_recording_of_short_stretches_is_refused():
    rec = replace(recording(100), borders=(40, 70))
    with pytest.raises(InputError, match=r"its longest unbroken stretch has 0\.8 s"):
        cut(rec)


def test_border_outside_the_recording_is_refused():
    for borders in ((0,), (100,), (60, 50)):
        with pytest.raises(ValueError, match="borders"):
            replace(recording(100), borders=borders)


def test_long_frames_average_the_spectra_of_their_windows():
    rng = np.random.default_rng(2)
    rec = recording(signal=rng.normal(size=(400, 2)))
    long = cut(rec, framing=Framing(4.0, 4.0, window_seconds=1.0))
    short = cut(rec, framing=Framing(1.0, 0.5))
    assert long.inputs.shape == (2, 52)
    np.testing.assert_allclose(long.inputs[0], short.inputs[:7].mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(long.time, [2.0, 6.0])


def test_frames_may_be_chosen_in_seconds_or_samples():
    data = Dataset("d", "", (recording(400, rate=50.0),), (), ("x", "y"), "", "", "")
    assert framed(data, None, None) is data
    found = framed(data, "100 samples", "0.5").framing
    assert (found.seconds, found.hop_seconds) == (2.0, 0.5)
    assert framed(data, "20", None).framing == Framing(20.0, 10.0, LONG_SAMPLES / 50.0)
    for frame, hop in (("1 samples", None), ("1", "2"), (None, "0.001")):
        with pytest.raises(InputError, match="cannot be cut"):
            framed(data, frame, hop)


def test_above_the_limit_evenly_spaced_stretches_stay():
    rng = np.random.default_rng(3)
    rec = recording(signal=rng.normal(size=(50 * 3000, 2)))
    every = cut(rec)
    kept = cut(rec, limit=1_500)
    assert len(every) == 5_999
    assert len(kept) == 3 * STRETCH_FRAMES
    assert np.unique(kept.segment).size == 3
    assert kept.time[0] == every.time[0]
    assert kept.time[-1] == every.time[-1]
    rows = np.searchsorted(every.time, kept.time)
    np.testing.assert_array_equal(kept.inputs, every.inputs[rows])


def test_blocks_do_not_change_a_number(monkeypatch):
    rng = np.random.default_rng(4)
    rec = recording(signal=rng.normal(size=(2_000, 2)), labels=rng.integers(0, 3, 2_000))
    whole = cut(rec)
    monkeypatch.setattr("emargin_core.datasets.frames.BLOCK_SAMPLES", 700)
    blocks = cut(rec)
    np.testing.assert_array_equal(whole.inputs, blocks.inputs)
    np.testing.assert_array_equal(whole.labels, blocks.labels)


def test_frames_are_found_again_in_the_signal_by_their_middles():
    rec = replace(recording(251, rate=25.0), borders=(101,))
    framing = Framing(seconds=0.6, hop_seconds=0.2)
    slices = frame_slices(rec, framing, cut(rec, framing=framing).time)
    starts = [*range(0, 87, 5), *range(101, 237, 5)]
    assert [(part.start, part.stop) for part in slices] == [(n, n + 15) for n in starts]
