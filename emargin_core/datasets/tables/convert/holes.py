"""Short holes in a signal, filled by straight lines."""

import numpy as np
from numpy.typing import NDArray


def fill_short_holes(signal: NDArray[np.float32], breaks: NDArray[np.bool_], longest: int) -> int:
    """Fill runs of up to `longest` NaN in each channel linearly, in place.

    signal: (n, c); breaks: (n,), where time breaks off before a sample: no line crosses a break.
    A run at the begin or end has no line. Returns the number of values filled.
    """
    broken = np.cumsum(breaks)
    filled = 0
    for channel in signal.T:
        missing = np.isnan(channel)
        if not missing.any():
            continue
        edges = np.diff(np.concatenate([[0], missing.astype(np.int8), [0]]))
        begins, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
        inner = (begins > 0) & (ends < len(channel)) & (ends - begins <= longest)
        begins, ends = begins[inner], ends[inner]
        whole = broken[ends] == broken[begins - 1]
        marks = np.zeros(len(channel) + 1, dtype=np.int64)
        marks[begins[whole]] += 1
        marks[ends[whole]] -= 1
        holes = np.flatnonzero(np.cumsum(marks[:-1]))
        if not len(holes):
            continue
        known = np.flatnonzero(~missing)
        channel[holes] = np.interp(holes, known, channel[known])
        filled += len(holes)
    return filled
