"""Mean and 90 % interval that a Gaussian process expects at a setting; predicts in NumPy alone.

`fit` makes it, with scikit-learn. The process: a Matérn 5/2 covariance over the settings and noise,
on a scale without bounds.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.special import expit, logit

from emargin_core.analysis.forecast.samples import Floats, Samples, samples_from_json, settings_of
from emargin_core.config import ExperimentConfig
from emargin_core.evaluation.metric_table import METRICS
from emargin_core.evaluation.uncertainty import Estimate

LEVEL = 0.9
REACH = 1.6448536269514722
"""Standard deviations on either side of the mean that hold 90 % of a normal distribution."""
FAR = 0.7
"""Less certain than this share of the stored settings' spread, there is no forecast: it would
explain less than half of what settings differ by."""
EDGE = 1e-6


@dataclass(frozen=True)
class Curve:
    """The process of one metric over the `rows` of `Samples.inputs` that define it.

    mean, spread: of the values there, on the scale of `unbounded`, in units of which the rest is;
    signal: variance of the curve; lengths: (n_varied,) its length-scales; noise: variance of what a
    setting's runs differ by; widening: factor of the interval; useful: errs less than the nearest
    stored setting; shift, shift_sd: from the rows' part
    of the data to the test groups. `fit` says how they are found.
    """

    rows: tuple[int, ...]
    mean: float
    spread: float
    signal: float
    lengths: tuple[float, ...]
    noise: float
    widening: float = 1.0
    useful: bool = True
    shift: float = 0.0
    shift_sd: float = 0.0


@dataclass(frozen=True)
class Forecast:
    """Curves by path of their metric, with what they were fitted on; useless ones are left out."""

    samples: Samples
    curves: dict[str, Curve]

    def to_json(self) -> dict[str, Any]:
        """Return the object that is stored."""
        curves = {path: asdict(curve) for path, curve in self.curves.items()}
        return {"samples": self.samples.to_json(), "curves": curves}


@dataclass(frozen=True)
class Expectation:
    """What is expected at a setting on the test groups of all folds; never measured.

    n_runs: on which it rests; values: path -> mean with its 90 % interval, only where there is any
    idea; may_collapse: the nearest stored setting did, so scores would say nothing.
    """

    n_runs: int
    values: dict[str, Estimate]
    may_collapse: bool = False


NO_IDEA = Expectation(0, {})


def forecast_from_json(document: dict[str, Any]) -> Forecast:
    """Read back what `Forecast.to_json` gave.

    Raises:
        KeyError, TypeError, ValueError: it is something else.
    """
    curves = {
        path: Curve(**curve | {name: tuple(curve[name]) for name in ("rows", "lengths")})
        for path, curve in document["curves"].items()
    }
    return Forecast(samples_from_json(document["samples"]), curves)


def expect(forecast: Forecast, config: ExperimentConfig) -> Expectation:
    """Look a setting up; without values outside what was measured, or where too little is near."""
    samples = forecast.samples
    place = samples.place(settings_of(config))
    if place is None or not samples.inputs:
        return NO_IDEA
    here = np.array([place])
    distances = np.square(np.array(samples.inputs) - here).sum(axis=1)
    if np.array(samples.collapsed)[np.isclose(distances, distances.min())].any():
        return Expectation(samples.n_runs, {}, may_collapse=True)
    found = {
        path: intervals(samples, path, curve, here)[0] for path, curve in forecast.curves.items()
    }
    values = {path: interval for path, interval in found.items() if interval is not None}
    return Expectation(samples.n_runs, values) if values else NO_IDEA


def intervals(
    samples: Samples, path: str, curve: Curve, places: Floats, *, on_test: bool = True
) -> list[Estimate | None]:
    """Mean and 90 % interval of what would be measured at places; None where it is too uncertain.

    places: (n, n_varied). on_test: on the test groups, else on those of the samples' rows.
    """
    means, unsure = predict(samples, path, curve, places)
    moved = curve.shift_sd**2 if on_test else 0.0
    found: list[Estimate | None] = []
    for mean, sd in zip(means + curve.shift * on_test, unsure, strict=True):
        near = np.sqrt((curve.widening * sd) ** 2 + moved) <= FAR
        half = REACH * np.sqrt(curve.widening**2 * (sd**2 + curve.noise) + moved)
        ends = curve.mean + curve.spread * np.array([mean, mean - half, mean + half])
        found.append(Estimate(*bounded(ends, path).tolist()) if near else None)
    return found


def predict(samples: Samples, path: str, curve: Curve, places: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of the curve at places, each (n,), in units of its spread."""
    inputs = np.array(samples.inputs)[list(curve.rows)]
    values = unbounded(np.array(samples.values[path])[list(curve.rows)], path)
    inverse = np.linalg.inv(covariance(curve, inputs, inputs) + curve.noise * np.eye(len(inputs)))
    across = covariance(curve, places, inputs)
    mean = across @ inverse @ ((values - curve.mean) / curve.spread)
    explained = np.einsum("ij,jk,ik->i", across, inverse, across)
    return mean, np.sqrt(np.maximum(curve.signal - explained, 0.0))


def covariance(curve: Curve, first: Floats, second: Floats) -> Floats:
    """Matérn 5/2 between places, (n_first, n_second), without noise.

    Rasmussen and Williams 2006, equation 4.17.
    """
    steps = (first[:, None] - second[None, :]) / np.array(curve.lengths)
    far = np.sqrt(5.0 * np.square(steps).sum(axis=2))
    return np.asarray(curve.signal * (1.0 + far + np.square(far) / 3.0) * np.exp(-far))


def unbounded(values: Floats, path: str) -> Floats:
    """Values of a metric on a scale without bounds: logit where both are finite, else logarithm."""
    low, high = METRICS[path].low, METRICS[path].high
    if np.isfinite(high):
        return np.asarray(logit(np.clip((values - low) / (high - low), EDGE, 1.0 - EDGE)))
    return np.asarray(np.log(np.maximum(values - low, EDGE)))


def bounded(values: Floats, path: str) -> Floats:
    """Undo `unbounded`."""
    low, high = METRICS[path].low, METRICS[path].high
    if np.isfinite(high):
        return np.asarray(low + (high - low) * expit(values))
    return np.asarray(low + np.exp(values))
