"""What a data set is: recordings of a signal with a label for every sample."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

UNLABELLED = -1


@dataclass(frozen=True)
class Recording:
    """One uninterrupted stretch of signal from one source.

    signal: (n_samples, n_channels) float32; labels: (n_samples,) int64, index into the data
    set's class names or UNLABELLED; group: what must not stand on both sides of a split, such
    as the subject; sampling_rate in Hz.
    """

    id: str
    group: str
    signal: NDArray[np.float32]
    labels: NDArray[np.int64]
    sampling_rate: float

    def __post_init__(self) -> None:
        if self.signal.ndim != 2 or len(self.signal) != len(self.labels):
            raise ValueError(
                f"recording {self.id}: signal {self.signal.shape} and labels "
                f"{self.labels.shape} must be (n_samples, n_channels) and (n_samples,)"
            )


@dataclass(frozen=True)
class Dataset:
    """Recordings with the names and the origin that make them readable."""

    name: str
    title: str
    recordings: tuple[Recording, ...]
    class_names: tuple[str, ...]
    channel_names: tuple[str, ...]
    source: str
    citation: str
    licence: str
    description: str = ""
    notes: tuple[str, ...] = field(default=())

    @cached_property
    def fingerprint(self) -> str:
        """Hash of the content: names, rates, and each array's type, shape and bytes."""
        digest = hashlib.sha256()
        digest.update(repr((self.class_names, self.channel_names)).encode())
        for recording in self.recordings:
            digest.update(repr((recording.id, recording.group, recording.sampling_rate)).encode())
            for array in (recording.signal, recording.labels):
                digest.update(f"{array.dtype.str}{array.shape}".encode())
                digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()[:16]

    @property
    def seconds(self) -> float:
        """Total length of all recordings in seconds."""
        return sum(len(r.signal) / r.sampling_rate for r in self.recordings)


@dataclass(frozen=True)
class Source:
    """A registered data set before it is loaded."""

    name: str
    title: str
    description: str
    citation: str
    licence: str
    size: str
    origin: str
    load: Callable[[], Dataset]
