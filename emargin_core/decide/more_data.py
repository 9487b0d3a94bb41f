"""How many recordings, and repeats, would make a difference clear that now may be chance.

The variance over recordings falls as 1 / recordings, that over seeds as 1 / seeds, so an interval's
width falls as 1 / sqrt of them. Wanted is the smallest number of recordings n with

    (t(0.975) + t(0.8)) * sqrt(v_recordings * R / n + v_seeds) <= |difference|

v: the variances of the R recordings and S seeds at hand, t: Student's quantiles with degrees of
freedom by Welch and Satterthwaite. If the true difference is the one measured, the 95 % interval
then leaves zero four times out of five.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from emargin_core.decide.costs import Daily
from emargin_core.evaluation.uncertainty import LEVEL, variance_parts

POWER = 0.8
MOST_RECORDINGS = 1_000
MOST_SEEDS = 20


@dataclass(frozen=True)
class MoreData:
    """Held-out recordings and seeds (repeats of the training) wanted in all; both count."""

    recordings: int
    seeds: int


def more_data(found: Daily, aim: float = 0.0) -> MoreData | None:
    """Return what would tell a mean from `aim`; None if it cannot be said, or is out of reach.

    Never less than what is at hand. Repeats are added only where no number of recordings would do.
    """
    parts = variance_parts(found.values, found.replicates, found.n_recordings)
    distance = abs(float(found.values.mean() - aim))
    if parts is None or distance == 0.0:
        return None
    n_seeds = len(found.values)
    over_recordings = parts[0][0] * found.n_recordings
    over_seeds = parts[1][0] * n_seeds if n_seeds > 1 else 0.0
    for seeds in range(n_seeds, (MOST_SEEDS if n_seeds > 1 else n_seeds) + 1):
        recordings = _fewest(distance, over_recordings, over_seeds, seeds, found.n_recordings)
        if recordings is not None:
            return MoreData(recordings, seeds)
    return None


def _fewest(
    distance: float, over_recordings: float, over_seeds: float, seeds: int, at_least: int
) -> int | None:
    numbers = np.arange(at_least, max(at_least, MOST_RECORDINGS) + 1)
    by_recording = over_recordings / numbers
    by_seed = over_seeds / seeds
    variance = by_recording + by_seed
    if variance[0] == 0.0:
        return at_least
    freedom = by_recording**2 / (numbers - 1) + (by_seed**2 / (seeds - 1) if by_seed else 0.0)
    freedom = variance**2 / freedom
    quantiles = stats.t.ppf(0.5 + LEVEL / 2, freedom) + stats.t.ppf(POWER, freedom)
    enough = np.flatnonzero(quantiles * np.sqrt(variance) <= distance)
    return int(numbers[enough[0]]) if len(enough) else None
