"""Snapshots of a training: a fixed sample of held-out frames after some of its steps.

They are told while a run is computed, and kept with it; no result depends on them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load, save

from emargin_core.evaluation.metric_table import HEADLINES
from emargin_core.text.message import Message

PATHS = tuple(HEADLINES)
MAX_SNAPSHOTS = 32
"""Of one training; a kilobyte holds 250 points of one of them."""
MAX_POINTS = 1_000
EXTENT = 1_000
"""Width of the square that a layout lies in."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """An encoder after `step` of `steps`, seen on a sample of the held-out frames.

    values: headline metric, by its path, on the sample; None where undefined. The accuracy is that
    of the ridge probe. layout: (n, 2) uint16, 0 to EXTENT, turned onto that of the snapshot before.
    labels: (n,) int16, classes of the frames, -1 where unknown.
    """

    step: int
    steps: int
    values: dict[str, float | None]
    layout: NDArray[np.uint16]
    labels: NDArray[np.int16]

    def to_message(self) -> dict[str, Any]:
        """Return it as plain numbers and bytes, to be sent."""
        return {
            "step": self.step,
            "steps": self.steps,
            "values": self.values,
            "layout": self.layout.tobytes(),
            "labels": self.labels.tobytes(),
        }

    @classmethod
    def from_message(cls, message: dict[str, Any]) -> "Snapshot":
        """Read back what `to_message` gave."""
        return cls(
            step=message["step"],
            steps=message["steps"],
            values=message["values"],
            layout=np.frombuffer(message["layout"], dtype=np.uint16).reshape(-1, 2),
            labels=np.frombuffer(message["labels"], dtype=np.int16),
        )


def in_square(places: NDArray[np.floating[Any]]) -> NDArray[np.uint16]:
    """Move and scale places (n, 2), in whole steps, to fill a square of width EXTENT."""
    whole: NDArray[np.uint16] = np.round(fitted(places)).astype(np.uint16)
    return whole


def fitted(places: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Move and scale places (n, 2) to fill a square of width EXTENT."""
    if len(places) == 0:
        return np.empty((0, 2))
    low, high = places.min(axis=0), places.max(axis=0)
    width = float((high - low).max()) or 1.0
    return np.asarray(EXTENT * (0.5 + (places - (low + high) / 2) / width))


def added(snapshots: Sequence[Snapshot], new: Snapshot) -> tuple[Snapshot, ...]:
    """The snapshots and a new one, every second of the older ones left out when they are too many.

    Those of a training that was begun anew take the place of the former ones.
    """
    kept = [snapshot for snapshot in snapshots if snapshot.step < new.step]
    if len(kept) == MAX_SNAPSHOTS:
        kept = kept[::2]
    return (*kept, new)


def to_bytes(snapshots: Sequence[Snapshot]) -> bytes:
    """Return the file of the snapshots of one training, of which there is at least one."""
    values = [[snapshot.values[path] for path in PATHS] for snapshot in snapshots]
    return save(
        {
            "step": np.array([snapshot.step for snapshot in snapshots], dtype=np.int32),
            "steps": np.array([snapshots[0].steps], dtype=np.int32),
            "values": np.array(values, dtype=np.float64),  # None becomes NaN
            "layouts": np.stack([snapshot.layout for snapshot in snapshots]),
            "labels": snapshots[0].labels,
        }
    )


def from_bytes(content: bytes, n_classes: int) -> tuple[Snapshot, ...]:
    """Read the file of `to_bytes`; n_classes: of the run's data.

    Raises:
        ValueError, KeyError or SafetensorError: it is malformed or out of bounds.
    """
    arrays = load(content)
    step, values, layouts, labels = (
        arrays[name] for name in ("step", "values", "layouts", "labels")
    )
    (steps,) = arrays["steps"].tolist()
    n, n_points = len(step), len(labels)
    if not (
        0 < n <= MAX_SNAPSHOTS
        and 0 < n_points <= MAX_POINTS
        and _has_form(step, np.int32, n)
        and _has_form(values, np.float64, n, len(PATHS))
        and _has_form(layouts, np.uint16, n, n_points, 2)
        and _has_form(labels, np.int16, n_points)
        and layouts.max() <= EXTENT
        and step[0] >= 0
        and (np.diff(step) > 0).all()
        and step[-1] <= steps
        and not np.isinf(values).any()
        and labels.min() >= -1
        and labels.max() < n_classes
    ):
        raise ValueError(Message("its snapshots of the training are out of bounds"))
    return tuple(
        Snapshot(
            step=int(step[i]),
            steps=steps,
            values={
                path: None if np.isnan(value) else float(value)
                for path, value in zip(PATHS, values[i], strict=True)
            },
            layout=layouts[i],
            labels=labels,
        )
        for i in range(n)
    )


def _has_form(array: NDArray[Any], kind: type[np.generic], *shape: int) -> bool:
    return array.dtype == kind and array.shape == shape
