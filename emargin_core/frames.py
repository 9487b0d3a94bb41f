"""Recordings become standardised spectral frames, split so that no subject is on both sides."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from emargin_core.datasets.base import UNLABELLED, Dataset, Recording
from emargin_core.errors import InputError

FRAME_SECONDS = 1.0
TEST_SHARE = 0.3
VALIDATION_SHARE = 0.25


@dataclass(frozen=True)
class Frames:
    """Frames in time order, recording after recording.

    inputs: (n_frames, n_features) float32; labels: (n_frames,) int64, UNLABELLED where unknown;
    recording: (n_frames,) int64, index into recording_ids; time: (n_frames,) float64, seconds
    from the start of the recording to the middle of the frame.
    """

    inputs: NDArray[np.float32]
    labels: NDArray[np.int64]
    recording: NDArray[np.int64]
    time: NDArray[np.float64]
    recording_ids: tuple[str, ...]
    groups: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.inputs)


@dataclass(frozen=True)
class Split:
    """Training and held-out frames; `note` says how they were parted."""

    train: Frames
    test: Frames
    note: str


def make_split(dataset: Dataset, evaluate_on: str = "test") -> Split:
    """Cut a data set into frames, hold out whole groups, standardise on the training frames.

    With evaluate_on 'validation' the test groups are put aside and a part of the training
    groups is held out instead, for choosing settings without looking at the test groups.

    Raises:
        InputError: too few groups or too short recordings.
    """
    rates = {recording.sampling_rate for recording in dataset.recordings}
    if len(rates) > 1:
        raise InputError(
            f"data set '{dataset.name}': recordings with different sampling rates "
            f"({', '.join(f'{rate:g}' for rate in sorted(rates))} Hz); bring them to one"
        )
    train_groups, held_out = _hold_out(_groups(dataset), TEST_SHARE, dataset.name)
    if evaluate_on == "validation":
        train_groups, held_out = _hold_out(train_groups, VALIDATION_SHARE, dataset.name)
    train = _frames(dataset, train_groups)
    test = _frames(dataset, held_out)
    mean = train.inputs.mean(axis=0, dtype=np.float64)
    spread = train.inputs.std(axis=0, dtype=np.float64)
    constant = spread <= 1e-12 * max(1.0, float(np.abs(mean).max()))
    spread[constant] = 1.0
    return Split(
        train=_standardised(train, mean, spread),
        test=_standardised(test, mean, spread),
        note=f"trained on {_listed(train_groups)}, tested on {_listed(held_out)}",
    )


def stft_frames(
    recording: Recording,
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float64]]:
    """Short-time spectra of one recording: Hann window of 1 s, half overlap, magnitude.

    Returns (n_frames, n_channels * (window // 2 + 1)) float32 with the channels stacked, the
    majority label of each frame (the lower index on a tie), and the middle of each in seconds.
    """
    window = max(2, round(FRAME_SECONDS * recording.sampling_rate))
    hop = max(1, window // 2)
    if len(recording.signal) < window:
        raise InputError(
            f"recording '{recording.id}' is {len(recording.signal) / recording.sampling_rate:.2g} "
            f"s long; at least {FRAME_SECONDS:g} s is needed"
        )
    pieces = sliding_window_view(recording.signal, window, axis=0)[::hop]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    spectra = np.abs(np.fft.rfft(pieces * hann, axis=-1)).astype(np.float32)
    starts = np.arange(len(pieces)) * hop
    labels = _majority(sliding_window_view(recording.labels, window)[::hop])
    middles = np.asarray((starts + window / 2) / recording.sampling_rate, dtype=np.float64)
    return np.asarray(spectra.reshape(len(pieces), -1), dtype=np.float32), labels, middles


def _majority(windows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Most frequent value of each row; UNLABELLED counts as a value of its own."""
    first = windows.min(initial=UNLABELLED)
    n_values = int(windows.max(initial=0) - first) + 1
    rows = np.repeat(np.arange(len(windows)), windows.shape[1])
    counts = np.zeros((len(windows), n_values), dtype=np.int64)
    np.add.at(counts, (rows, windows.reshape(-1) - first), 1)
    return np.asarray(counts.argmax(axis=1) + first, dtype=np.int64)


def _frames(dataset: Dataset, groups: list[str]) -> Frames:
    chosen = [recording for recording in dataset.recordings if recording.group in set(groups)]
    cut = [stft_frames(recording) for recording in chosen]
    lengths = [len(inputs) for inputs, _, _ in cut]
    return Frames(
        inputs=np.concatenate([inputs for inputs, _, _ in cut]),
        labels=np.concatenate([labels for _, labels, _ in cut]),
        recording=np.repeat(np.arange(len(chosen), dtype=np.int64), lengths),
        time=np.concatenate([middles for _, _, middles in cut]),
        recording_ids=tuple(recording.id for recording in chosen),
        groups=tuple(recording.group for recording in chosen),
    )


def _standardised(frames: Frames, mean: NDArray[np.float64], spread: NDArray[np.float64]) -> Frames:
    return replace(frames, inputs=((frames.inputs - mean) / spread).astype(np.float32))


def _groups(dataset: Dataset) -> list[str]:
    return sorted({recording.group for recording in dataset.recordings}, key=_natural)


def _hold_out(groups: list[str], share: float, name: str) -> tuple[list[str], list[str]]:
    """Hold out the last groups in natural order: `share` of them, at least one."""
    if len(groups) < 2:
        raise InputError(
            f"data set '{name}' has one group ('{groups[0]}') to split; at least two are needed "
            "(one to train, one to test)"
        )
    n_held = max(1, round(share * len(groups)))
    return groups[:-n_held], groups[-n_held:]


def _natural(group: str) -> tuple[int, float, str]:
    return (0, float(group), group) if group.isdigit() else (1, 0.0, group)


def _listed(groups: list[str]) -> str:
    if len(groups) == 1:
        return f"group {groups[0]}"
    return f"{len(groups)} groups ({groups[0]} to {groups[-1]})"
