"""Codes for a lost reading, such as -9999: extreme values that repeat far outside all others."""

import numpy as np

from emargin_core.datasets.tables.recognise.sample import Column, Floats

MOST_SENTINELS = 4
SENTINEL_ROWS = 3
OTHER_VALUES = 10


def sentinels(column: Column) -> list[tuple[float, int]]:
    """Values of a column that look like codes, with their number among the sampled rows."""
    known = np.sort(column.known)
    found: list[tuple[float, int]] = []
    while len(known) > 20 and len(found) < MOST_SENTINELS:
        low, high = known[0], known[-1]
        at_low = int(np.searchsorted(known, low, side="right"))
        at_high = len(known) - int(np.searchsorted(known, high, side="left"))
        for value, n, rest in ((low, at_low, known[at_low:]), (high, at_high, known[:-at_high])):
            if n >= SENTINEL_ROWS and n < len(known) / 2 and _far(float(value), rest):
                found.append((float(value), n))
                known = rest
                break
        else:
            break
    return found


def _far(value: float, rest: Floats) -> bool:
    """Whether a value is further from all others than those are from each other."""
    if len(rest) < 2 or len(np.unique(rest[:: max(1, len(rest) // 5_000)])) < OTHER_VALUES:
        return False
    low, high = rest[0], rest[-1]
    inner_low, inner_high = np.quantile(rest, (0.01, 0.99))
    gap = low - value if value < low else value - high
    if gap > high - low:
        return True
    nines = abs(value) >= 99 and set(f"{abs(value):.0f}") == {"9"} and value == round(value)
    return bool(gap > 2 * (inner_high - inner_low) and (nines or gap > 0.5 * (high - low)))
