"""Fits a forecast with scikit-learn, and judges it by leaving out one setting at a time."""

import math
import warnings
from dataclasses import replace

import numpy as np
from scipy.special import stdtrit
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from emargin_core.analysis.forecast.forecast import (
    LEVEL,
    REACH,
    Curve,
    Forecast,
    bounded,
    predict,
    unbounded,
)
from emargin_core.analysis.forecast.samples import MIN_CHECKS, MIN_SETTINGS, Floats, Samples

PARTS = 12


def fit_forecast(samples: Samples) -> Forecast:
    """Fit every headline metric; what the nearest stored setting predicts as well is left out."""
    curves = {path: fit_curve(samples, path) for path in samples.values}
    return Forecast(
        samples, {path: curve for path, curve in curves.items() if curve and curve.useful}
    )


def fit_curve(samples: Samples, path: str, least: int = MIN_SETTINGS) -> Curve | None:
    """Fit one metric; None with fewer than `least` settings that define it.

    Settings are left out in `PARTS` parts, each predicted by a process fitted to the others. The
    interval is widened until it holds the 90 % quantile of their residuals (the conformal one,
    ceil(0.9 (n + 1)) of n), and never narrowed. It is `useful` where the nearest stored setting
    predicts those left out less well.
    """
    values = np.array(samples.values[path])
    rows = np.flatnonzero(np.isfinite(values))
    if len(rows) < least:
        return None
    inputs, values = np.array(samples.inputs)[rows], values[rows]
    line = unbounded(values, path)
    mean, spread = float(line.mean()), float(line.std())
    if spread == 0.0:
        return None
    line = (line - mean) / spread
    residuals, sd = _left_out(inputs, line)
    error = np.abs(bounded(mean + spread * (line - residuals), path) - values).mean()
    place = min(len(rows), math.ceil(LEVEL * (len(rows) + 1))) - 1
    widening = float(np.sort(np.abs(residuals) / sd)[place]) / REACH
    found = _fit(inputs, line).kernel_
    curve = Curve(
        rows=tuple(rows.tolist()),
        mean=mean,
        spread=spread,
        signal=float(found.k1.k1.constant_value),
        lengths=tuple(np.atleast_1d(found.k1.k2.length_scale).tolist()),
        noise=float(found.k2.noise_level),
        widening=max(1.0, widening),
        useful=bool(error < np.abs(nearest(inputs, values) - values).mean()),
    )
    return shifted(curve, samples, path)


def regressor(n_varied: int) -> GaussianProcessRegressor:
    """The process of `Curve` in scikit-learn, for values of mean 0 and spread 1."""
    curve = Matern([1.0] * n_varied, (0.2, 20.0), nu=2.5)
    kernel = ConstantKernel(1.0, (0.05, 20.0)) * curve + WhiteKernel(0.1, (0.01, 1.0))
    return GaussianProcessRegressor(kernel, alpha=0.0, random_state=0)


def nearest(inputs: Floats, values: Floats) -> Floats:
    """Value of the nearest other setting for each row, (n,); of several as near, their mean."""
    steps = np.square(inputs[:, None] - inputs[None, :]).sum(axis=2)
    np.fill_diagonal(steps, np.inf)
    tied = np.isclose(steps, steps.min(axis=1, keepdims=True))
    return np.asarray((tied * values).sum(axis=1) / tied.sum(axis=1))


def _fit(inputs: Floats, line: Floats) -> GaussianProcessRegressor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a value at its bound is an answer
        return regressor(inputs.shape[1]).fit(inputs, line)


def _left_out(inputs: Floats, line: Floats) -> tuple[Floats, Floats]:
    """Residual and standard deviation of each row, (n,), its part left out of the fit."""
    residuals, sd = np.empty(len(line)), np.empty(len(line))
    order = np.random.default_rng(0).permutation(len(line))
    for part in np.array_split(order, min(PARTS, len(line))):
        rest = np.setdiff1d(order, part)
        means, sd[part] = _fit(inputs[rest], line[rest]).predict(inputs[part], return_std=True)
        residuals[part] = line[part] - means
    return residuals, sd


def shifted(curve: Curve, samples: Samples, path: str) -> Curve | None:
    """Add what the test groups differ by: mean and spread over the settings measured there.

    shift_sd is that of one further setting, in units in which `REACH` holds as Student's quantile
    does. None with fewer than 3 such settings.
    """
    if samples.on_test:
        return curve
    there = np.array(samples.check_values[path])
    known = np.isfinite(there)
    if known.sum() < MIN_CHECKS:
        return None
    means, _ = predict(samples, path, curve, np.array(samples.checks)[known])
    steps = (unbounded(there[known], path) - curve.mean) / curve.spread - means
    student = float(stdtrit(len(steps) - 1, 0.5 + LEVEL / 2)) / REACH
    sd = float(steps.std(ddof=1)) * math.sqrt(1.0 + 1.0 / len(steps)) * student
    return replace(curve, shift=float(steps.mean()), shift_sd=sd)
