"""What a data set is: recordings of a signal with a label for every sample."""

import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emargin_core.datasets.fetch.download import OnBytes
from emargin_core.datasets.fetch.mapped_pages import release_pages
from emargin_core.text.message import Text

UNLABELLED = -1
HASHED_ROWS = 1_000_000


@dataclass(frozen=True)
class Framing:
    """How recordings are cut into frames.

    A frame is `seconds` long and the next begins `hop_seconds` later. Its features are magnitude
    spectra of Hann windows of `window_seconds`, half overlapping and averaged over the frame
    (Welch 1967); None means one window as long as the frame.
    """

    seconds: float = 1.0
    hop_seconds: float = 0.5
    window_seconds: float | None = None


@dataclass(frozen=True)
class Recording:
    """Signal from one source, in time order.

    signal: (n_samples, n_channels) float32, in memory or mapped from disk; labels: (n_samples,)
    int64, index into the data set's class names or UNLABELLED; group: what must not stand on both
    sides of a split, such as the subject; sampling_rate in Hz; borders: samples at which something
    new begins (after a gap, or the next of several joined cases), which no frame crosses.
    """

    id: str
    group: str
    signal: NDArray[np.float32]
    labels: NDArray[np.int64]
    sampling_rate: float
    borders: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.signal.ndim != 2 or len(self.signal) != len(self.labels):
            raise ValueError(
                f"recording {self.id}: signal {self.signal.shape} and labels "
                f"{self.labels.shape} must be (n_samples, n_channels) and (n_samples,)"
            )
        ends = (0, *self.borders, len(self.signal))
        if any(begin >= end for begin, end in pairwise(ends)) and len(self.signal):
            raise ValueError(
                f"recording {self.id}: borders must rise, between 1 and {len(self.signal) - 1}"
            )

    @property
    def segments(self) -> tuple[tuple[int, int], ...]:
        """Begin and end of each unbroken stretch, in samples."""
        return tuple(pairwise((0, *self.borders, len(self.signal))))


@dataclass(frozen=True)
class Dataset:
    """Recordings with the names and the origin that make them readable.

    unit: what a group is, one of `emargin_core.text.units.NOUNS`; held_out: the groups to test on,
    where the publisher has fixed them; else each is held out once, see
    `emargin_core.datasets.splits`.
    """

    name: str
    title: Text
    recordings: tuple[Recording, ...]
    class_names: tuple[str, ...]
    channel_names: tuple[str, ...]
    source: str
    citation: str
    licence: Text
    description: Text = ""
    notes: tuple[Text, ...] = ()
    framing: Framing = Framing()
    unit: str = "group"
    held_out: tuple[str, ...] = ()

    @cached_property
    def fingerprint(self) -> str:
        """Hash of the content: names, rates, borders, and each array's type, shape and bytes."""
        digest = hashlib.sha256()
        digest.update(repr((self.class_names, self.channel_names)).encode())
        if self.framing != Framing() or self.held_out:
            digest.update(repr((self.framing, self.held_out)).encode())
        for recording in self.recordings:
            digest.update(repr((recording.id, recording.group, recording.sampling_rate)).encode())
            if recording.borders:
                digest.update(repr(recording.borders).encode())
            for array in (recording.signal, recording.labels):
                digest.update(f"{array.dtype.str}{array.shape}".encode())
                for begin in range(0, len(array), HASHED_ROWS):
                    digest.update(np.ascontiguousarray(array[begin : begin + HASHED_ROWS]).data)
                    release_pages(array)
        return digest.hexdigest()[:16]

    @property
    def seconds(self) -> float:
        """Total length of all recordings in seconds."""
        return sum(len(r.signal) / r.sampling_rate for r in self.recordings)

    @property
    def labelled(self) -> bool:
        """Whether at least two classes are known, so that a decision can be right or wrong."""
        return len(self.class_names) > 1

    @property
    def only_class(self) -> str | None:
        """The class that all labels name; None where there is none, or more than one."""
        return self.class_names[0] if len(self.class_names) == 1 else None


def always_there() -> None:
    """Answer for a source that needs nothing first."""


def never_changes() -> Hashable:
    """Answer for a source whose files stay the same while the program runs."""
    return None


@dataclass(frozen=True)
class Source:
    """A registered data set before it is loaded.

    missing: one sentence that says what to do before `load` can work, None where nothing is; it
    answers at once, without the network. stamp: changes whenever `load` would read other files.
    fetch: brings the files into a folder of that source under the one given, of so many subjects
    (None: the source's own choice), and says in a few words what was done.
    """

    name: str
    title: Text
    description: Text
    citation: str
    licence: Text
    size: str
    origin: str
    load: Callable[[], Dataset]
    missing: Callable[[], Text | None] = always_there
    stamp: Callable[[], Hashable] = never_changes
    fetch: Callable[[Path, int | None, OnBytes], str] | None = None
