"""The errors of a bridge on what it was not fitted on, beside those of predicting the mean."""

from dataclasses import dataclass

import numpy as np

from emargin_core.evaluation.checks import Floats, Ints
from emargin_core.evaluation.uncertainty import LEVEL, Estimate

MIN_BLOCKS = 6
"""An interval over fewer settings (or data sets) than this would claim more than it knows."""
N_RESAMPLES = 2_000


@dataclass(frozen=True)
class SplitError:
    """Errors in accuracy, 0 to 1, of runs whose fold was left out of the fit.

    rmse, mae: of the bridge; mean_rmse, mean_mae: of the mean accuracy of the other folds; gain:
    how much smaller the bridge's absolute error is, paired, with a 95 % bootstrap interval over
    blocks (bounds None below 6 of them); n_folds: how many parts were left out in turn.
    """

    rmse: float
    mae: float
    mean_rmse: float
    mean_mae: float
    gain: Estimate
    n_folds: int


def compare_errors(
    accuracy: Floats, predicted: Floats, fold: Ints, unit: Ints, block: Ints, seed: int
) -> SplitError:
    """Compare left-out predictions with the mean under the same folds.

    Runs of one unit (a setting on a data set) share one vote in every error.

    Args:
        accuracy, predicted: (n_runs,); fold: (n_runs,) what was left out together, from 0;
        unit: (n_runs,) the unit of each run, from 0; block: (n_runs,) what is resampled whole,
        from 0; seed: of the bootstrap.
    """
    votes = 1.0 / np.bincount(unit)[unit]
    ours, mean = predicted - accuracy, _mean_of_others(accuracy, votes, fold) - accuracy
    gains = _sums(votes * (np.abs(mean) - np.abs(ours)), block)
    return SplitError(
        rmse=float(np.sqrt(np.average(ours**2, weights=votes))),
        mae=float(np.average(np.abs(ours), weights=votes)),
        mean_rmse=float(np.sqrt(np.average(mean**2, weights=votes))),
        mean_mae=float(np.average(np.abs(mean), weights=votes)),
        gain=_bootstrapped(gains, _sums(votes, block), seed),
        n_folds=int(fold.max()) + 1,
    )


def _mean_of_others(accuracy: Floats, votes: Floats, fold: Ints) -> Floats:
    sums, sizes = _sums(votes * accuracy, fold), _sums(votes, fold)
    return np.asarray(((sums.sum() - sums) / (sizes.sum() - sizes))[fold])


def _sums(values: Floats, part: Ints) -> Floats:
    """Sum of the values of each part, (n_parts,)."""
    return np.bincount(part, weights=values).astype(np.float64)


def _bootstrapped(gains: Floats, sizes: Floats, seed: int) -> Estimate:
    """Sum of gains over sum of sizes, with whole blocks resampled."""
    mean, n_blocks = float(gains.sum() / sizes.sum()), len(gains)
    if n_blocks < MIN_BLOCKS:
        return Estimate(mean, None, None)
    shares = np.full(n_blocks, 1.0 / n_blocks)
    counts = np.random.default_rng(seed).multinomial(n_blocks, shares, size=N_RESAMPLES)
    low, high = np.quantile((counts @ gains) / (counts @ sizes), [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
    return Estimate(mean, float(low), float(high))
