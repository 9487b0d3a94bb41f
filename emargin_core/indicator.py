"""What the margin's indicator would do with a data set, before anything is trained."""

import numpy as np
import torch
from numpy.typing import NDArray

from emargin_core.datasets.base import Dataset
from emargin_core.losses.transitions import neighbour_cosines
from emargin_core.splits import make_split


def adjacent_cosines(dataset: Dataset) -> NDArray[np.float64]:
    """Cosine of each standardised training frame with the next, (n_frames,), in [-1, 1].

    The same numbers that the margin's threshold is held against in training, except that a window
    of training may end between two frames.

    Raises:
        InputError: the data set cannot be split.
    """
    frames = make_split(dataset).train
    cosines = neighbour_cosines(torch.from_numpy(frames.inputs), torch.from_numpy(frames.segment))
    return np.asarray(cosines.numpy(), dtype=np.float64)


def share_marked(cosines: NDArray[np.float64], threshold: float) -> float | None:
    """Share of frames on which the margin acts at this threshold; None without frames."""
    return float((cosines <= threshold).mean()) if len(cosines) else None
