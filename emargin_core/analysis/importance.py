"""Which parameter a metric depends on most, and how sure that is.

Functional ANOVA (Hutter et al. 2014, through Optuna): a forest is fitted to the trials, and each
parameter's share of the forest's variance is its importance. A forest on few trials says much that
is chance, so it is fitted many times to trials drawn with replacement, and the spread is told.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

REFITS = 30
TREES = 8
DRAWN_AT_MOST = 80
FEW_TRIALS = 20
LEAST_TRIALS = 4
INTERVAL = (5.0, 95.0)
"""Percentiles of the refits: nine out of ten lie between."""

Caveat = Literal["too-few-trials", "few-trials", "constant-settings", "constant-metric"]


@dataclass(frozen=True)
class Share:
    """A parameter's share of what varies, 0 to 1, with the interval of nine refits in ten."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Importance:
    """Shares by parameter, largest first; empty where nothing can be said.

    caveat: why little or nothing can be said, None if there is no reason; n_trials: how many were
    used.
    """

    shares: dict[str, Share]
    caveat: Caveat | None
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
    shares_of = _fanova(kept, varying, values)
    rng = np.random.default_rng(seed)
    refits: list[dict[str, float]] = []
    while len(refits) < REFITS:
        rows = rng.integers(len(kept), size=min(len(kept), DRAWN_AT_MOST))
        if np.ptp(values[rows]) > 0.0:
            refits.append(shares_of(rows, int(rng.integers(2**31))))
    spread = pd.DataFrame(refits, columns=list(varying)).fillna(0.0)
    shares = {
        name: Share(
            float(spread[name].mean()), *(float(np.percentile(spread[name], p)) for p in INTERVAL)
        )
        for name in spread.mean().sort_values(ascending=False).index
    }
    caveat: Caveat | None = "few-trials" if len(kept) < FEW_TRIALS else None
    return Importance(shares, caveat, len(kept))


def varying_parameters(trials: pd.DataFrame, parameters: Sequence[str]) -> tuple[str, ...]:
    """Those parameters that have more than one value among the trials, in the order given."""
    return tuple(name for name in parameters if name in trials and trials[name].nunique() > 1)


def _fanova(
    table: pd.DataFrame, names: Sequence[str], values: np.ndarray
) -> Callable[[np.ndarray, int], dict[str, float]]:
    """Return what fits a seeded forest to rows of the table and gives the parameters' shares."""
    import optuna  # a page reads an `Importance` without it
    from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution

    distributions: dict[str, BaseDistribution] = {
        name: FloatDistribution(float(table[name].min()), float(table[name].max()))
        if pd.api.types.is_float_dtype(table[name])
        else CategoricalDistribution(table[name].unique().tolist())
        for name in names
    }
    params = table[list(names)].to_dict("records")

    def shares(rows: np.ndarray, seed: int) -> dict[str, float]:
        study = optuna.create_study(storage=optuna.storages.InMemoryStorage())
        study.add_trials(
            optuna.trial.create_trial(
                params=params[row], distributions=distributions, value=float(values[row])
            )
            for row in rows
        )
        evaluator = optuna.importance.FanovaImportanceEvaluator(n_trees=TREES, seed=seed)
        found = optuna.importance.get_param_importances(study, evaluator=evaluator)
        return {name: float(share) for name, share in found.items()}

    return shares


def _nothing(n_trials: int, varying: Sequence[str]) -> Caveat:
    if n_trials < LEAST_TRIALS:
        return "too-few-trials"
    return "constant-metric" if varying else "constant-settings"
