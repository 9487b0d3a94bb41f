"""Which parameter a metric depends on most, and how sure that is.

Functional ANOVA (Hutter et al. 2014, through Optuna): a forest is fitted to the trials, and each
parameter's share of the forest's variance is its importance. A forest on few trials says much that
is chance, so it is fitted many times to trials drawn with replacement, and the spread is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import optuna
import pandas as pd
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.importance import FanovaImportanceEvaluator

from emargin_core.language import mark

REFITS = 30
TREES = 8
DRAWN_AT_MOST = 80
FEW_TRIALS = 20
LEAST_TRIALS = 4
INTERVAL = (5.0, 95.0)
"""Percentiles of the refits: nine out of ten lie between."""


@dataclass(frozen=True)
class Share:
    """A parameter's share of what varies, 0 to 1, with the interval of nine refits in ten."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Importance:
    """Shares by parameter, largest first; empty where nothing can be said.

    warning: what to bear in mind, one sentence, '' if nothing; n_trials: how many were used.
    """

    shares: dict[str, Share]
    warning: str
    n_trials: int


def parameter_importance(
    trials: pd.DataFrame, parameters: Sequence[str], metric: str, seed: int = 0
) -> Importance:
    """Say how much each parameter that varies matters to a metric.

    trials: one row a trial, with columns `parameters` and `metric`; rows without a value of the
    metric, and collapsed ones (column `collapsed`, if there is one), are left out: what such an
    embedding scores means nothing. Takes about two seconds.
    """
    kept = trials[trials[metric].notna()]
    if "collapsed" in kept:
        kept = kept[~kept["collapsed"].astype(bool)]
    varying = varying_parameters(kept, parameters)
    values = kept[metric].to_numpy(dtype=float)
    if len(kept) < LEAST_TRIALS or not varying or np.ptp(values) == 0.0:
        return Importance({}, _nothing(len(kept), varying), len(kept))
    study = _Trials(kept, varying, values)
    rng = np.random.default_rng(seed)
    refits: list[dict[str, float]] = []
    while len(refits) < REFITS:
        rows = rng.integers(len(kept), size=min(len(kept), DRAWN_AT_MOST))
        if np.ptp(values[rows]) > 0.0:
            refits.append(study.shares(rows, int(rng.integers(2**31))))
    spread = pd.DataFrame(refits, columns=list(varying)).fillna(0.0)
    shares = {
        name: Share(
            float(spread[name].mean()), *(float(np.percentile(spread[name], p)) for p in INTERVAL)
        )
        for name in spread.mean().sort_values(ascending=False).index
    }
    return Importance(shares, _few(len(kept)), len(kept))


def varying_parameters(trials: pd.DataFrame, parameters: Sequence[str]) -> tuple[str, ...]:
    """Those parameters that have more than one value among the trials, in the order given."""
    return tuple(name for name in parameters if name in trials and trials[name].nunique() > 1)


class _Trials:
    """Trials in Optuna's form, ready to be drawn from."""

    def __init__(self, table: pd.DataFrame, names: Sequence[str], values: np.ndarray) -> None:
        self._distributions = {name: _distribution(table[name]) for name in names}
        self._params = table[list(names)].to_dict("records")
        self._values = values.tolist()

    def shares(self, rows: np.ndarray, seed: int) -> dict[str, float]:
        study = optuna.create_study(storage=optuna.storages.InMemoryStorage())
        study.add_trials(
            optuna.trial.create_trial(
                params=self._params[row],
                distributions=self._distributions,
                value=self._values[row],
            )
            for row in rows
        )
        found = optuna.importance.get_param_importances(
            study, evaluator=FanovaImportanceEvaluator(n_trees=TREES, seed=seed)
        )
        return {name: float(share) for name, share in found.items()}


def _distribution(column: "pd.Series[float] | pd.Series[str]") -> BaseDistribution:
    if pd.api.types.is_float_dtype(column):
        return FloatDistribution(float(column.min()), float(column.max()))
    return CategoricalDistribution(column.unique().tolist())


def _nothing(n_trials: int, varying: Sequence[str]) -> str:
    if n_trials < LEAST_TRIALS:
        return mark("{n} usable trials say nothing about importance; {enough} would.").format(
            n=n_trials, enough=FEW_TRIALS
        )
    if not varying:
        return mark("No parameter varies among the usable trials.")
    return mark("The metric is the same in all usable trials.")


def _few(n_trials: int) -> str:
    if n_trials >= FEW_TRIALS:
        return ""
    return mark(
        "Only {n} usable trials: the order may be chance; {enough} or more say more."
    ).format(n=n_trials, enough=FEW_TRIALS)
