"""How many units and trainings would settle a difference that cannot be told yet.

In subject cross-validation the interval is Student's over K folds, and the variance v of the mean
falls with the number of units that the folds hold out. Wanted is the smallest number n with

    (t(0.975, K - 1) + t(0.8, K - 1)) * sqrt(v * U / n) <= |difference|

for the U units at hand. Where the held-out part is fixed, the variance over units falls as
1 / units and that over trainings as 1 / trainings:

    (t(0.975) + t(0.8)) * sqrt(v_units * U / n + v_trainings) <= |difference|

with degrees of freedom by Welch and Satterthwaite. If the true difference is the one measured, the
95 % interval then leaves zero about four times out of five.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from emargin_core.analysis.decide.costs import Daily
from emargin_core.evaluation.uncertainty import LEVEL, fold_variance, variance_parts

POWER = 0.8
MOST_UNITS = 1_000
MOST_TRAININGS = 20


@dataclass(frozen=True)
class MoreData:
    """Held-out units needed in total, and trainings of each method on the same part."""

    units: int
    trainings: int


def more_data(found: Daily, aim: float = 0.0) -> MoreData | None:
    """Return what would tell a mean from `aim`; None if it cannot be said, or is out of reach.

    Never less than what is at hand. Trainings are added only where the held-out part is fixed and
    no number of units would do.
    """
    distance = abs(found.mean - aim)
    if not found.held_out.settled or distance == 0.0:
        return None
    if found.held_out.n_folds == 1:
        return _of_a_fixed_part(found, distance)
    return _over_folds(found, distance)


def _over_folds(found: Daily, distance: float) -> MoreData | None:
    held_out, folds = found.held_out, np.array(found.held_out.folds)
    means = np.array([found.values[folds == fold].mean() for fold in np.unique(folds)])
    variance, freedom = fold_variance(means, held_out, found.paired)
    quantiles = sum(stdtrit(freedom, share) for share in (0.5 + LEVEL / 2, POWER))
    needed = math.ceil(variance * held_out.n_units * (quantiles / distance) ** 2)
    if needed > max(MOST_UNITS, held_out.n_units):
        return None
    trainings = round(len(folds) / len(means))
    return MoreData(max(needed, held_out.n_units), trainings)


def _of_a_fixed_part(found: Daily, distance: float) -> MoreData | None:
    n_units, n_runs = found.held_out.n_units, len(found.values)
    parts = variance_parts(found.values, found.replicates, n_units)
    if parts is None:
        return None
    over_units = parts[0][0] * n_units
    over_trainings = parts[1][0] * n_runs
    for trainings in range(n_runs, max(MOST_TRAININGS, n_runs) + 1):
        units = _fewest(distance, over_units, over_trainings / trainings, trainings, n_units)
        if units is not None:
            return MoreData(units, trainings)
    return None


def _fewest(
    distance: float, over_units: float, by_training: float, trainings: int, at_least: int
) -> int | None:
    numbers = np.arange(at_least, max(at_least, MOST_UNITS) + 1)
    by_unit = over_units / numbers
    variance = by_unit + by_training
    if variance[0] == 0.0:
        return at_least
    freedom = variance**2 / (by_unit**2 / (numbers - 1) + by_training**2 / (trainings - 1))
    quantiles = stdtrit(freedom, 0.5 + LEVEL / 2) + stdtrit(freedom, POWER)
    enough = np.flatnonzero(quantiles * np.sqrt(variance) <= distance)
    return int(numbers[enough[0]]) if len(enough) else None
