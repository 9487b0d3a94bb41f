"""Missing samples: where they are, and straight lines across them."""

import numpy as np
from numpy.typing import NDArray

from emargin_core.text.message import Message


def interpolated(signal: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Fill what is not finite, channel by channel, with straight lines; ends take the nearest.

    Returns the signal (n_samples, n_channels) and which samples were missing, same shape.

    Raises:
        ValueError: a channel has no value at all; the message names it, counted from 1.
    """
    missing = ~np.isfinite(signal)
    if not missing.any():
        return signal, missing
    filled = signal.copy()
    positions = np.arange(len(signal))
    for channel in np.flatnonzero(missing.any(axis=0)):
        gaps = missing[:, channel]
        if gaps.all():
            raise ValueError(Message("channel {channel} has no value at all", channel=channel + 1))
        filled[gaps, channel] = np.interp(positions[gaps], positions[~gaps], signal[~gaps, channel])
    return filled, missing
