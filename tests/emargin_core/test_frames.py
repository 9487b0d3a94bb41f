"""Frames: shapes and labels, whole groups held out, statistics from the training side alone."""

import numpy as np
import pytest
from scipy.signal import get_window

from emargin_core.datasets import load_dataset
from emargin_core.datasets.base import UNLABELLED, Dataset, Recording
from emargin_core.errors import InputError
from emargin_core.frames import make_split, stft_frames


def recording(n_samples=200, group="a", rate=50.0, labels=None, signal=None):
    signal = np.zeros((n_samples, 2)) if signal is None else signal
    labels = np.zeros(len(signal)) if labels is None else labels
    return Recording(f"r-{group}", group, signal.astype(np.float32), labels.astype(np.int64), rate)


def dataset(*recordings):
    return Dataset("d", "d", recordings, ("a", "b"), ("x", "y"), "", "", "")


def test_watch_gives_the_frames_that_were_announced():
    split = make_split(load_dataset("watch"))
    assert split.train.inputs.shape == (6654, 156)
    assert split.test.inputs.shape == (3079, 156)
    assert split.train.inputs.dtype == np.float32


def test_no_subject_is_on_both_sides():
    for evaluate_on in ("test", "validation"):
        split = make_split(load_dataset("watch"), evaluate_on)
        assert set(split.train.groups) & set(split.test.groups) == set()
    assert set(make_split(load_dataset("watch")).test.groups) == {"08", "09", "10"}


def test_validation_never_touches_the_test_subjects():
    test_groups = set(make_split(load_dataset("watch")).test.groups)
    split = make_split(load_dataset("watch"), "validation")
    assert not test_groups & (set(split.train.groups) | set(split.test.groups))


def test_standardised_on_the_training_frames_alone():
    split = make_split(load_dataset("watch"))
    np.testing.assert_allclose(split.train.inputs.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(split.train.inputs.std(axis=0), 1, atol=1e-4)
    assert abs(split.test.inputs.mean()) > 1e-3


def test_spectrum_equals_a_plain_fourier_sum():
    rng = np.random.default_rng(1)
    rec = recording(signal=rng.normal(size=(120, 2)))
    spectra, _, middles = stft_frames(rec)
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
    _, found, _ = stft_frames(recording(100, labels=labels))
    assert found.tolist() == [UNLABELLED, UNLABELLED, 0]


def test_constant_feature_stays_finite():
    split = make_split(dataset(recording(group="a"), recording(group="b")))
    assert np.isfinite(split.train.inputs).all()
    assert np.isfinite(split.test.inputs).all()


def test_one_group_is_refused_with_a_sentence():
    with pytest.raises(InputError, match="one group"):
        make_split(dataset(recording(group="a")))


def test_too_short_a_recording_is_named():
    with pytest.raises(InputError, match=r"'r-b' is 0\.6 s long"):
        make_split(dataset(recording(group="a"), recording(30, group="b")))


def test_different_rates_are_refused():
    with pytest.raises(InputError, match="20, 50 Hz"):
        make_split(dataset(recording(group="a"), recording(group="b", rate=20.0)))
