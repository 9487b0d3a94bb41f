"""What a data set holds, in figures: classes, lengths, and what its split makes of it."""

from dataclasses import dataclass

import numpy as np

from emargin_core.datasets.base import UNLABELLED, Dataset
from emargin_core.datasets.splits import make_split
from emargin_core.text.errors import InputError
from emargin_core.text.message import Text


@dataclass(frozen=True)
class Summary:
    """Figures of a data set.

    class_seconds: length of each class, in the order of the class names; unlabelled_seconds: the
    rest. frames: training and held-out frames, None where the data cannot be split; split: how, or
    why not.
    """

    n_recordings: int
    n_groups: int
    seconds: float
    rates: tuple[float, ...]
    n_borders: int
    class_seconds: tuple[float, ...]
    unlabelled_seconds: float
    frames: tuple[int, int] | None
    split: Text


def summarise(dataset: Dataset) -> Summary:
    """Count what a data set holds."""
    seconds = np.zeros(len(dataset.class_names) + 1)
    for recording in dataset.recordings:
        counts = np.bincount(recording.labels - UNLABELLED, minlength=len(dataset.class_names) + 1)
        seconds += counts / recording.sampling_rate
    try:
        split = make_split(dataset)
        frames, note = (len(split.train), len(split.test)), split.note
    except InputError as error:
        frames, note = None, error.message
    return Summary(
        n_recordings=len(dataset.recordings),
        n_groups=len({recording.group for recording in dataset.recordings}),
        seconds=dataset.seconds,
        rates=tuple(sorted({recording.sampling_rate for recording in dataset.recordings})),
        n_borders=sum(len(recording.borders) for recording in dataset.recordings),
        class_seconds=tuple(float(value) for value in seconds[1:]),
        unlabelled_seconds=float(seconds[0]),
        frames=frames,
        split=note,
    )
