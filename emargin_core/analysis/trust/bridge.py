"""Can accuracy be predicted without labels? A ridge regression from label-free metrics.

The unit is a setting on a data set: metrics and accuracy averaged over its seeds, so that many
seeds of one setting do not pass for much evidence. Errors are those of runs whose setting (or
data set) was left out of the fit, beside those of predicting the mean accuracy of the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emargin_core.analysis.trust.bridge_errors import SplitError, compare_errors
from emargin_core.evaluation.checks import Floats, Ints
from emargin_core.evaluation.metric_table import ACCURACY, METRICS

LABEL_FREE = tuple(metric.path for metric in METRICS.values() if metric.label_free)
MIN_CONFIGS = 12
MIN_DEFINED = 0.8
"""A metric undefined in more than a fifth of the runs is not used."""
PENALTIES = np.logspace(-2, 5, 29)
PREDICTION_LEVEL = 0.9


@dataclass(frozen=True)
class Prediction:
    """Predicted accuracy of a run with the interval that holds it in about 90 % of new settings."""

    accuracy: float
    low: float
    high: float


@dataclass(frozen=True)
class MissingSettings:
    """Too few settings with defined metrics, or no metric that differs between the runs."""

    n_configs: int
    n_metrics: int


@dataclass(frozen=True, eq=False)
class Linear:
    """accuracy = intercept + coefficients . (metrics - mean) / spread; arrays (n_metrics,)."""

    mean: Floats
    spread: Floats
    coefficients: Floats
    intercept: float
    penalty: float

    def predict(self, metrics: Floats) -> Floats:
        """Predict (n,) from (n, n_metrics), not yet clipped to [0, 1]."""
        scaled = (metrics - self.mean) / self.spread
        return np.asarray(self.intercept + scaled @ self.coefficients)


@dataclass(frozen=True, eq=False)
class Bridge:
    """A fitted bridge and what it is worth.

    coefficients: metric path -> change of accuracy for one standard deviation of the metric, the
    others held; penalty: ridge's alpha; by_config, by_dataset: errors on what was left out
    (by_dataset None with one data set); n_left_out: runs with an undefined value.
    """

    coefficients: dict[str, float]
    penalty: float
    by_config: SplitError
    by_dataset: SplitError | None
    n_runs: int
    n_configs: int
    n_left_out: int
    _whole: Linear
    _folds: tuple[Linear, ...]
    _fold: Ints
    _residuals: Floats

    @property
    def useful(self) -> bool:
        """Whether it is better than predicting the mean, beyond chance, for a new setting."""
        return self.by_config.gain.sign > 0

    def predict(self, metrics: Mapping[str, float | None]) -> Prediction | None:
        """Predict the accuracy of a run from its metrics; None where one it needs is undefined.

        Interval: jackknife+ with settings left out, each setting's residuals sharing one vote.
        At least 80 % of new settings like the stored ones fall in, typically 90 %. Clipped to
        [0, 1]. Source: Barber et al. 2021, arXiv 1905.02928.
        """
        values = [metrics.get(path) for path in self.coefficients]
        point = np.array([[np.nan if value is None else value for value in values]], dtype=float)
        if not np.isfinite(point).all():
            return None
        centres = np.array([fold.predict(point)[0] for fold in self._folds])[self._fold]
        votes = 1.0 / np.bincount(self._fold)[self._fold]
        low = -_weighted_quantile(self._residuals - centres, votes)
        high = _weighted_quantile(centres + self._residuals, votes)
        accuracy = float(np.clip(self._whole.predict(point)[0], 0.0, 1.0))
        low, high = (float(np.clip(bound, 0.0, 1.0)) for bound in (low, high))
        return Prediction(accuracy, min(low, accuracy), max(high, accuracy))


def fit_bridge(
    runs: pd.DataFrame, metrics: Sequence[str] = LABEL_FREE, *, seed: int = 0
) -> Bridge | None:
    """Fit ridge on standardised metrics; None where `missing_settings` says what is needed.

    The penalty is chosen by generalised leave-one-out among 29 values from 0.01 to 100,000, anew
    in every fit, so the settings left out have no part in it. Metrics undefined in over 20 % of
    the runs, or the same everywhere, are not used; then runs with an undefined value are left out.

    Args:
        runs: (n_runs, ...) columns `config_key`, `dataset`, 'probe.accuracy' and metric paths.
        metrics: paths, by default of every label-free metric; those that are no column are passed
            over.
        seed: of the bootstrap of the gain.

    Raises:
        ValueError: a column other than a metric is missing.
    """
    table, used = _usable(runs, metrics)
    if _shortage(table, used) is not None:
        return None
    points = table[used].to_numpy(dtype=np.float64)
    accuracy = table[ACCURACY].to_numpy(dtype=np.float64)
    unit = _codes(table["config_key"] + "\n" + table["dataset"])
    config, dataset = _codes(table["config_key"]), _codes(table["dataset"])
    folds = _left_out_fits(points, accuracy, unit, config)
    errors = compare_errors(accuracy, _predicted(folds, points, config), config, unit, config, seed)
    by_dataset = None
    if dataset.max() > 0:
        elsewhere = _predicted(_left_out_fits(points, accuracy, unit, dataset), points, dataset)
        by_dataset = compare_errors(accuracy, elsewhere, dataset, unit, dataset, seed)
    whole = _fit(points, accuracy, unit)
    return Bridge(
        coefficients=dict(zip(used, whole.coefficients.tolist(), strict=True)),
        penalty=whole.penalty,
        by_config=errors,
        by_dataset=by_dataset,
        n_runs=len(table),
        n_configs=int(config.max()) + 1,
        n_left_out=len(runs) - len(table),
        _whole=whole,
        _folds=folds,
        _fold=config,
        _residuals=np.abs(accuracy - _predicted(folds, points, config)),
    )


def missing_settings(
    runs: pd.DataFrame, metrics: Sequence[str] = LABEL_FREE
) -> MissingSettings | None:
    """Count what a bridge would be fitted to; None if it is enough.

    Raises:
        ValueError: as for `fit_bridge`.
    """
    return _shortage(*_usable(runs, metrics))


def _shortage(table: pd.DataFrame, used: list[str]) -> MissingSettings | None:
    found = MissingSettings(int(table["config_key"].nunique()), len(used))
    return found if found.n_configs < MIN_CONFIGS or not used else None


def _usable(runs: pd.DataFrame, metrics: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """Rows with every value defined, and the metrics that are used."""
    absent = {"config_key", "dataset", ACCURACY} - set(runs.columns)
    if absent:
        raise ValueError(f"the table of runs has no column {', '.join(sorted(absent))}")
    known = runs[runs[ACCURACY].notna()]
    used = [
        path
        for path in metrics
        if path in known and path != ACCURACY and known[path].notna().mean() >= MIN_DEFINED
    ]
    table = known[known[used].notna().all(axis=1)]
    return table, [path for path in used if table[path].nunique() > 1]


def _codes(column: "pd.Series[str]") -> Ints:
    codes = np.unique(column.to_numpy(dtype=str), return_inverse=True)[1]
    return np.asarray(codes, dtype=np.int64)


def _fit(points: Floats, accuracy: Floats, unit: Ints) -> Linear:
    """Ridge on the means of each unit's runs."""
    from sklearn.linear_model import RidgeCV  # takes a second to import

    means, targets = _unit_means(points, unit), _unit_means(accuracy[:, None], unit)[:, 0]
    mean, spread = means.mean(axis=0), means.std(axis=0)
    spread[spread <= 1e-12 * np.maximum(1.0, np.abs(mean))] = 1.0
    model = RidgeCV(alphas=PENALTIES).fit((means - mean) / spread, targets)
    return Linear(mean, spread, model.coef_, float(model.intercept_), float(model.alpha_))


def _left_out_fits(points: Floats, accuracy: Floats, unit: Ints, fold: Ints) -> tuple[Linear, ...]:
    return tuple(
        _fit(points[fold != left], accuracy[fold != left], unit[fold != left])
        for left in range(int(fold.max()) + 1)
    )


def _predicted(folds: tuple[Linear, ...], points: Floats, fold: Ints) -> Floats:
    predicted = np.empty(len(points))
    for left, model in enumerate(folds):
        predicted[fold == left] = model.predict(points[fold == left])
    return np.clip(predicted, 0.0, 1.0)


def _unit_means(values: Floats, unit: Ints) -> Floats:
    codes, sizes = np.unique(unit, return_inverse=True, return_counts=True)[1:]
    sums = np.zeros((len(sizes), values.shape[1]))
    np.add.at(sums, codes, values)
    return np.asarray(sums / sizes[:, None])


def _weighted_quantile(values: Floats, votes: NDArray[np.float64]) -> float:
    """Smallest value with the wanted share of all votes, one more vote standing at infinity."""
    order = np.argsort(values)
    reached = np.cumsum(votes[order])
    place = int(np.searchsorted(reached, PREDICTION_LEVEL * (votes.sum() + 1.0) - 1e-9))
    return float(values[order][place]) if place < len(values) else np.inf
