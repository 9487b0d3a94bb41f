"""Recordings become spectral frames, block by block, so that a long one need not fit in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from emargin_core.datasets.base import UNLABELLED, Dataset, Framing, Recording
from emargin_core.text.errors import InputError
from emargin_core.text.lengths import Length, parse_length

STRETCH_FRAMES = 500
"""Where not all frames are kept, so many neighbouring ones stay together."""
LONG_SAMPLES = 512
BLOCK_SAMPLES = 2_000_000
"""Samples (window after window, all channels) that are turned into spectra at once."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Frames:
    """Frames in time order, recording after recording.

    inputs: (n_frames, n_features) float32; labels: (n_frames,) int64, UNLABELLED where unknown;
    recording: (n_frames,) int64, index into recording_ids, groups and sources; segment: (n_frames,)
    int64, equal for neighbours with nothing between them; time: (n_frames,) float64, seconds from
    the start of the source to the middle of the frame. sources: the data set's recording that each
    is, or is a part of.
    """

    inputs: NDArray[np.float32]
    labels: Ints
    recording: Ints
    segment: Ints
    time: NDArray[np.float64]
    recording_ids: tuple[str, ...]
    groups: tuple[str, ...]
    sources: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.inputs)


def make_framing(usual: Framing, frame: Length | None, hop: Length | None, rate: float) -> Framing:
    """Return a framing with another length of frame or hop, at a rate in Hz; None leaves it.

    A hop that is not given is half a frame. The spectrum of a frame of more than LONG_SAMPLES is
    averaged over windows of that many.

    Raises:
        InputError: a frame of less than two samples, or a hop longer than the frame.
    """
    if frame is None and hop is None:
        return usual
    seconds = usual.seconds if frame is None else frame.seconds(rate)
    hop_seconds = seconds / 2 if hop is None else hop.seconds(rate)
    if round(seconds * rate) < 2 or hop_seconds > seconds or round(hop_seconds * rate) < 1:
        raise InputError(
            "a frame of {frame:g} s with a hop of {hop:g} s cannot be cut at {rate:g} samples a "
            "second; a frame needs two samples or more, and a hop one at least and no more than "
            "the "
            "frame",
            frame=seconds,
            hop=hop_seconds,
            rate=rate,
        )
    long = seconds * rate > LONG_SAMPLES and frame is not None
    window = LONG_SAMPLES / rate if long else (None if frame is not None else usual.window_seconds)
    return Framing(seconds, hop_seconds, window)


def framed(dataset: Dataset, frame: str | None, hop: str | None) -> Dataset:
    """Return a data set that is cut into other frames; None leaves length or hop as it is.

    Raises:
        InputError: such frames cannot be cut.
    """
    if frame is None and hop is None:
        return dataset
    length = None if frame is None else parse_length(frame)
    step = None if hop is None else parse_length(hop)
    rate = dataset.recordings[0].sampling_rate
    return replace(dataset, framing=make_framing(dataset.framing, length, step, rate))


def cut_frames(recordings: Sequence[Recording], framing: Framing, limit: int) -> Frames:
    """Cut recordings into frames; above `limit` frames, keep evenly spaced stretches of each.

    Raises:
        InputError: a recording is too short for one frame; the message names it.
    """
    all_starts = [_starts(recording, framing) for recording in recordings]
    share = min(1.0, limit / max(1, sum(len(starts) for starts in all_starts)))
    starts = [_thinned(found, share) for found in all_starts]
    cut = [
        _spectra(recording, framing, found)
        for recording, found in zip(recordings, starts, strict=True)
    ]
    lengths = [len(labels) for _, labels in cut]
    return Frames(
        inputs=np.concatenate([inputs for inputs, _ in cut]),
        labels=np.concatenate([labels for _, labels in cut]),
        recording=np.repeat(np.arange(len(recordings), dtype=np.int64), lengths),
        segment=_segments(recordings, framing, starts),
        time=np.concatenate(
            [
                (found + _frame_samples(recording, framing) / 2) / recording.sampling_rate
                for recording, found in zip(recordings, starts, strict=True)
            ]
        ),
        recording_ids=tuple(recording.id for recording in recordings),
        groups=tuple(recording.group for recording in recordings),
        sources=tuple(recording.id for recording in recordings),
    )


def frame_slices(recording: Recording, framing: Framing, times: NDArray[np.float64]) -> list[slice]:
    """Return where in the signal the frames lie whose middles are at these seconds."""
    length = _frame_samples(recording, framing)
    starts = np.round(times * recording.sampling_rate - length / 2).astype(int)
    return [slice(start, start + length) for start in starts.tolist()]


def n_overlapping(recording: Recording, framing: Framing) -> int:
    """How many of the frames that follow one share samples with it, where none is missing."""
    return -(-_frame_samples(recording, framing) // _hop_samples(recording, framing)) - 1


def _frame_samples(recording: Recording, framing: Framing) -> int:
    return max(2, round(framing.seconds * recording.sampling_rate))


def _hop_samples(recording: Recording, framing: Framing) -> int:
    length = _frame_samples(recording, framing)
    return max(1, int(length * framing.hop_seconds / framing.seconds))


def _starts(recording: Recording, framing: Framing) -> Ints:
    """First sample of each frame, (n_frames,); none crosses a border."""
    length, hop = _frame_samples(recording, framing), _hop_samples(recording, framing)
    starts = np.concatenate(
        [
            np.arange(begin, end - length + 1, hop, dtype=np.int64)
            for begin, end in recording.segments
        ]
    )
    if len(starts) == 0:
        longest = max(end - begin for begin, end in recording.segments) / recording.sampling_rate
        raise InputError(
            "recording '{id}' is too short: its longest unbroken stretch has {longest:.2g} s, and "
            "at least {seconds:g} s is needed"
            if recording.borders
            else "recording '{id}' is too short: it has {longest:.2g} s, and at least {seconds:g} "
            "s is needed",
            id=recording.id,
            longest=longest,
            seconds=framing.seconds,
        )
    return starts


def _thinned(starts: Ints, share: float) -> Ints:
    """Evenly spaced stretches of neighbouring frames that make up about this share of all."""
    if share >= 1.0:
        return starts
    n_stretches = max(1, round(share * len(starts) / STRETCH_FRAMES))
    length = max(1, round(share * len(starts) / n_stretches))
    firsts = np.linspace(0, len(starts) - length, n_stretches).astype(np.int64)
    return np.asarray(starts[(firsts[:, None] + np.arange(length)[None, :]).reshape(-1)])


def _segments(recordings: Sequence[Recording], framing: Framing, starts: Sequence[Ints]) -> Ints:
    """Number the stretches without anything missing or joined between their frames."""
    numbers, last = [], 0
    for recording, found in zip(recordings, starts, strict=True):
        broken = np.diff(found) != _hop_samples(recording, framing)
        crossed = np.diff(np.searchsorted(recording.borders, found, side="right")) != 0
        number = np.concatenate([[0], np.cumsum(broken | crossed)]) + last
        last = int(number[-1]) + 1
        numbers.append(number.astype(np.int64))
    return np.concatenate(numbers)


def _spectra(
    recording: Recording, framing: Framing, starts: Ints
) -> tuple[NDArray[np.float32], Ints]:
    """Features (n_frames, n_channels * n_bins), channels stacked, and majority labels.

    The majority is the lower index on a tie; UNLABELLED counts as a value of its own.
    """
    length = _frame_samples(recording, framing)
    window = length
    if framing.window_seconds is not None:
        window = min(length, max(2, round(framing.window_seconds * recording.sampling_rate)))
    n_channels = recording.signal.shape[1]
    inputs = np.empty((len(starts), n_channels * (window // 2 + 1)), dtype=np.float32)
    labels = np.empty(len(starts), dtype=np.int64)
    signal = sliding_window_view(recording.signal, length, axis=0)
    marks = sliding_window_view(recording.labels, length)
    for block in _blocks(len(starts), length * n_channels):
        pieces = signal[starts[block]]  # B x C x length
        inputs[block] = _welch(pieces, window).reshape(len(pieces), -1)
        labels[block] = _majority(marks[starts[block]])
    return inputs, labels


def _welch(pieces: NDArray[np.float32], window: int) -> NDArray[np.float64]:
    """Magnitudes of Hann windows, averaged over each piece: (B, C, window // 2 + 1)."""
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    firsts = range(0, pieces.shape[-1] - window + 1, max(1, window // 2))
    total = np.zeros((*pieces.shape[:-1], window // 2 + 1))
    for first in firsts:
        total += np.abs(np.fft.rfft(pieces[..., first : first + window] * hann, axis=-1))
    return total / len(firsts)


def _blocks(n_frames: int, samples_per_frame: int) -> Iterator[slice]:
    size = max(1, BLOCK_SAMPLES // samples_per_frame)
    return (slice(begin, begin + size) for begin in range(0, n_frames, size))


def _majority(windows: Ints) -> Ints:
    """Most frequent value of each row; UNLABELLED counts as a value of its own."""
    first = windows.min(initial=UNLABELLED)
    n_values = int(windows.max(initial=0) - first) + 1
    rows = np.repeat(np.arange(len(windows)), windows.shape[1])
    counts = np.zeros((len(windows), n_values), dtype=np.int64)
    np.add.at(counts, (rows, windows.reshape(-1) - first), 1)
    return np.asarray(counts.argmax(axis=1) + first, dtype=np.int64)
