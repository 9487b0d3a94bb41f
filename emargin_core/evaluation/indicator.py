"""What the margin's indicator would do with a data set, before anything is trained."""

import numpy as np
from numpy.typing import NDArray

from emargin_core.datasets.base import Dataset
from emargin_core.datasets.splits import make_split


def adjacent_cosines(dataset: Dataset) -> NDArray[np.float64]:
    """Cosine of each standardised training frame with the next, (n_frames,), in [-1, 1].

    The same numbers that the margin's threshold is held against in training, except that a window
    of training may end between two frames.

    Raises:
        InputError: the data set cannot be split.
    """
    frames = make_split(dataset).train
    return neighbour_cosines(frames.inputs, frames.segment)


def neighbour_cosines(
    inputs: NDArray[np.floating], segment: NDArray[np.integer] | None = None
) -> NDArray[np.float64]:
    """Cosine with the successor in the segment, else the predecessor, else 1: (n_frames,).

    As `emargin_core.losses.transitions.neighbour_cosines`, without torch. A zero frame has cosine 0
    with everything.

    Args:
        inputs: (n_frames, n_features), the standardised frames.
        segment: (n_frames,) numbers of the segments; None means one segment.
    """
    n_frames = len(inputs)
    if n_frames < 2:
        return np.ones(n_frames)
    linked = np.full(n_frames - 1, True) if segment is None else segment[1:] == segment[:-1]
    lengths = np.linalg.norm(inputs, axis=1)
    products = np.maximum(lengths[:-1] * lengths[1:], np.finfo(inputs.dtype).tiny)
    cosines = np.einsum("nf,nf->n", inputs[:-1], inputs[1:]) / products
    cosines = np.where(linked, np.clip(cosines, -1.0, 1.0), 1.0).astype(np.float64)
    return np.where(np.append(linked, False), np.append(cosines, 1.0), np.append(1.0, cosines))


def share_marked(cosines: NDArray[np.float64], threshold: float) -> float | None:
    """Share of frames on which the margin acts at this threshold; None without frames."""
    return float((cosines <= threshold).mean()) if len(cosines) else None
