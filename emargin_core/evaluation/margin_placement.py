"""Does the margin sit where the label changes? Its marks against the true changes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TOLERANCE = 1
"""Frames by which a mark may miss a change: neighbouring frames overlap by half."""


@dataclass(frozen=True)
class MarginPlacement:
    """Counts over all recordings.

    marked: frames where the margin acted, of `frames`; changes: pairs of neighbouring frames whose
    labels differ; changes_marked and marked_at_change: those of either within TOLERANCE frames of
    one of the other.
    """

    frames: int
    marked: int
    changes: int
    changes_marked: int
    marked_at_change: int

    @property
    def precision(self) -> float | None:
        """Share of the marks that stand at a true change; None without marks."""
        return self.marked_at_change / self.marked if self.marked else None

    @property
    def recall(self) -> float | None:
        """Share of the true changes that are marked; None without changes."""
        return self.changes_marked / self.changes if self.changes else None


def margin_placement(
    marks: NDArray[np.bool_], labels: NDArray[np.int64], segment: NDArray[np.int64]
) -> MarginPlacement:
    """Count marks (n,) against changes of label (n,), never across two segments (n,).

    A change belongs to the frame before it, as the transition indicator does. A step into or out
    of unlabelled frames (-1) is no known change.
    """
    same = segment[:-1] == segment[1:]
    known = (labels[:-1] >= 0) & (labels[1:] >= 0)
    changes = np.append((labels[:-1] != labels[1:]) & same & known, False)
    return MarginPlacement(
        frames=len(labels),
        marked=int(marks.sum()),
        changes=int(changes.sum()),
        changes_marked=int((changes & _near(marks, segment)).sum()),
        marked_at_change=int((marks & _near(changes, segment)).sum()),
    )


def _near(flags: NDArray[np.bool_], segment: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Frames within TOLERANCE of a flag in the same segment."""
    near = flags.copy()
    for step in range(1, TOLERANCE + 1):
        same = segment[:-step] == segment[step:]
        near[step:] |= flags[:-step] & same
        near[:-step] |= flags[step:] & same
    return near
