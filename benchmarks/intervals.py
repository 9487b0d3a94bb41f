"""Ways to make a 95 % interval for a mean over cross-validation folds; `coverage` compares them.

Each takes the values of the folds, (n_folds,), and returns its two bounds.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

LEVEL = 0.95
N_DRAWS = 1_000
Floats = NDArray[np.float64]


class Bounds(NamedTuple):
    """Lower and upper bound of an interval."""

    low: float
    high: float


class Scale(NamedTuple):
    """A monotone scale: there, its slope, and back."""

    there: Callable[[float], float]
    slope: Callable[[float], float]
    back: Callable[[float], float]


LOG = Scale(np.log, lambda x: 1.0 / x, np.exp)
LOGIT = Scale(
    lambda x: np.log(x / (1.0 - x)),
    lambda x: 1.0 / (x * (1.0 - x)),
    lambda y: 1.0 / (1.0 + np.exp(-y)),
)
ATANH = Scale(np.arctanh, lambda x: 1.0 / (1.0 - x**2), np.tanh)
HALF_ATANH = Scale(
    lambda x: np.arctanh(x / 2), lambda x: 0.5 / (1.0 - x**2 / 4), lambda y: 2 * np.tanh(y)
)
"""For the difference of two values between -1 and 1."""


def fold_t(values: Floats, scale: Scale | None = None) -> Bounds:
    """Student's t with the fold as unit: variance s^2 / K, K - 1 degrees of freedom.

    With a scale g, the bounds are g^-1(g(mean) -+ t se g'(mean)), which stay inside its range.
    """
    return _around(values, 1.0 / len(values), scale)


def corrected_t(values: Floats, scale: Scale | None = None) -> Bounds:
    """Student's t with the variance of Nadeau and Bengio 2003: s^2 (1 / K + 1 / (K - 1)).

    1 / (K - 1) is the held-out share over the training share. The same as the correlated t-test of
    Corani and Benavoli 2015 (package baycomp), whose correlation is the held-out share, 1 / K.
    """
    n_folds = len(values)
    return _around(values, 1.0 / n_folds + 1.0 / (n_folds - 1), scale)


def hierarchical_bootstrap(by_machine: list[Floats], seed: int = 0) -> Bounds:
    """Percentiles of 1,000 draws of folds, and of machines within each fold drawn.

    by_machine: the values of each fold's machines; with one value a fold, folds alone are drawn.
    """
    rng = np.random.default_rng(seed)
    n_folds = len(by_machine)
    means = np.empty((n_folds, N_DRAWS, n_folds))
    for fold, values in enumerate(by_machine):
        drawn = rng.integers(len(values), size=(N_DRAWS, n_folds, len(values)))
        means[fold] = values[drawn].mean(axis=2)
    folds = rng.integers(n_folds, size=(N_DRAWS, n_folds))
    draws, places = np.indices(folds.shape)
    tails = np.array([(1.0 - LEVEL) / 2, (1.0 + LEVEL) / 2])
    return Bounds(*np.quantile(means[folds, draws, places].mean(axis=1), tails).tolist())


def expected_coverage(n_folds: int, correlation: float, *, corrected: bool) -> float:
    """Coverage of `fold_t` or `corrected_t` for normal folds that correlate equally.

    (mean - truth) / (s / sqrt K) is Student's t times sqrt((1 + (K - 1) rho) / (1 - rho)).
    """
    widening = 1.0 + n_folds / (n_folds - 1) if corrected else 1.0
    spread = max(1e-9, 1.0 + (n_folds - 1) * correlation) / (1.0 - correlation)
    reach = stdtrit(n_folds - 1, 0.5 + LEVEL / 2) * np.sqrt(widening / spread)
    return float(1.0 - 2.0 * stdtr(n_folds - 1, -reach))


def fold_correlation(values: Floats) -> float:
    """Correlation between folds of one repetition, from all (n_repetitions, n_folds) values."""
    n_folds = values.shape[1]
    within = float(values.var(axis=1, ddof=1).mean())  # v - c
    of_means = float(values.mean(axis=1).var(ddof=1))  # (v + (K - 1) c) / K
    shared = of_means - within / n_folds  # c
    return float(shared / (within + shared))


def _around(values: Floats, factor: float, scale: Scale | None) -> Bounds:
    mean = float(values.mean())
    quantile = float(stdtrit(len(values) - 1, 0.5 + LEVEL / 2))
    half = quantile * float(values.std(ddof=1)) * factor**0.5
    if scale is None:
        return Bounds(mean - half, mean + half)
    centre, half = scale.there(mean), half * scale.slope(mean)
    return Bounds(float(scale.back(centre - half)), float(scale.back(centre + half)))
