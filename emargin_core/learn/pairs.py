"""A contrastive pair, shown on a stretch of a real recording."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from emargin_core.config import ExperimentConfig
from emargin_core.datasets.base import UNLABELLED, Dataset
from emargin_core.datasets.frames import Frames
from emargin_core.datasets.splits import make_split
from emargin_core.evaluation.indicator import neighbour_cosines
from emargin_core.evaluation.margin_placement import MarginPlacement, margin_placement

Ints = NDArray[np.int64]
WINDOW: int = ExperimentConfig.model_fields["window_frames"].default
"""Neighbouring frames that a loss sees together, as in training."""


@dataclass(frozen=True, eq=False)
class Stretch:
    """One training window of a recording, as the losses see it, with the signal behind it.

    signal: (n_samples, n_channels); rate: samples a second; begin: seconds from the start of the
    recording to the first sample; times: (n,) seconds from `begin` to the middle of each frame;
    frame_seconds: length of a frame; labels: (n,); cosines: (n,) of each frame with the next, which
    the threshold is held against.
    """

    recording: str
    class_names: tuple[str, ...]
    channel_names: tuple[str, ...]
    signal: NDArray[np.float32]
    rate: float
    begin: float
    times: NDArray[np.float64]
    frame_seconds: float
    labels: Ints
    cosines: NDArray[np.float64]

    @property
    def changes(self) -> Ints:
        """Frames after which the label is another one."""
        known = (self.labels[:-1] != UNLABELLED) & (self.labels[1:] != UNLABELLED)
        return np.flatnonzero(known & (self.labels[:-1] != self.labels[1:]))


@dataclass(frozen=True)
class Roles:
    """What the other frames are to an anchor.

    positives: its neighbours in time; negatives: all others; alike: those of the negatives that
    show the same class as the anchor, which no loss without labels can know.
    """

    anchor: int
    positives: tuple[int, ...]
    negatives: tuple[int, ...]
    alike: tuple[int, ...]


def example_stretch(dataset: Dataset) -> Stretch:
    """Choose the training window with the most changes of label; the earliest of several.

    The changes stand in its middle. Without labels, or where no unbroken stretch is as long as a
    window, it is the first or the longest.

    Raises:
        InputError: the data set cannot be split.
    """
    frames = make_split(dataset).train
    rows = _eventful_window(frames)
    source = frames.sources[int(frames.recording[rows.start])]
    recording = next(found for found in dataset.recordings if found.id == source)
    half, rate = dataset.framing.seconds / 2, recording.sampling_rate
    times = frames.time[rows]
    first, last = round((times[0] - half) * rate), round((times[-1] + half) * rate)
    return Stretch(
        recording=recording.id,
        class_names=dataset.class_names,
        channel_names=dataset.channel_names,
        signal=np.array(recording.signal[first:last]),
        rate=rate,
        begin=first / rate,
        times=times - first / rate,
        frame_seconds=dataset.framing.seconds,
        labels=frames.labels[rows],
        cosines=neighbour_cosines(frames.inputs[rows]),
    )


def roles(stretch: Stretch, anchor: int) -> Roles:
    """Return what each frame of the window is to the anchor, as in `emargin`.

    Raises:
        ValueError: there is no such frame.
    """
    n_frames = len(stretch.labels)
    if not 0 <= anchor < n_frames:
        raise ValueError(f"anchor is {anchor}; it must be 0 to {n_frames - 1}")
    positives = tuple(j for j in (anchor - 1, anchor + 1) if 0 <= j < n_frames)
    negatives = tuple(j for j in range(n_frames) if j != anchor and j not in positives)
    label = stretch.labels[anchor]
    alike = tuple(j for j in negatives if label != UNLABELLED and stretch.labels[j] == label)
    return Roles(anchor, positives, negatives, alike)


def placement(stretch: Stretch, threshold: float) -> MarginPlacement:
    """Count the transitions that the indicator calls against the real changes."""
    one_segment = np.zeros(len(stretch.labels), dtype=np.int64)
    return margin_placement(stretch.cosines <= threshold, stretch.labels, one_segment)


def _eventful_window(frames: Frames) -> slice:
    """Rows of the window; see `example_stretch`."""
    ends = np.flatnonzero(np.diff(frames.segment)) + 1
    pieces = list(pairwise((0, *ends.tolist(), len(frames))))
    best, most = slice(*max(pieces, key=lambda piece: min(piece[1] - piece[0], WINDOW))), -1
    best = slice(best.start, min(best.stop, best.start + WINDOW))
    for begin, end in pieces:
        if end - begin < WINDOW:
            continue
        labels = frames.labels[begin:end]
        known = (labels[:-1] != UNLABELLED) & (labels[1:] != UNLABELLED)
        changes = np.flatnonzero(known & (labels[:-1] != labels[1:]))
        for number, first in enumerate(changes):
            inside = changes[(changes >= first) & (changes < first + WINDOW - 1)]
            if len(inside) > most:
                most = len(inside)
                middle = (int(changes[number]) + int(inside[-1]) + 1) // 2
                start = int(np.clip(middle - WINDOW // 2, 0, end - begin - WINDOW))
                best = slice(begin + start, begin + start + WINDOW)
    return best
