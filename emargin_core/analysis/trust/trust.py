"""Which label-free metric can be trusted to order models as their probe accuracy does?

Works on a table with one row for each stored run of one data set: metric paths as columns, and
`config_key` (the settings without the seed). Runs of one setting are not independent evidence, so
whole settings are resampled, never single runs.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from emargin_core.analysis.trust.rank_agreement import spearman
from emargin_core.evaluation.metric_table import ACCURACY, METRICS, Better, Metric
from emargin_core.evaluation.uncertainty import LEVEL, MIN_DEFINED_SHARE, Estimate, Floats, Ints
from emargin_core.text.message import Message

MIN_RUNS = 8
MIN_CONFIGS = 6
"""Fewer settings than this make intervals that hold the truth less often than they claim."""
N_RESAMPLES = 1_000


@dataclass(frozen=True)
class MetricTrust:
    """How a metric orders runs against their accuracy.

    rho: Spearman's rank correlation of accuracy with the metric turned so that larger is better
    by the metric: +1 orders as accuracy does, -1 exactly the other way.
    A metric of which no side is better, if asked for, counts as if higher were. None where the
    metric or the accuracy is the same everywhere, or too few runs define it.
    n_runs, n_configs: runs and settings used; n_undefined: runs left out for an undefined value.
    """

    path: str
    title: Message
    better: Better
    rho: Estimate | None
    n_runs: int
    n_configs: int
    n_undefined: int

    @property
    def verdict(self) -> Literal["with", "against", "unclear"]:
        """Whether it orders with or against accuracy; 'unclear' if its interval holds 0."""
        if self.rho is None or self.rho.sign == 0:
            return "unclear"
        return "with" if self.rho.sign > 0 else "against"


@dataclass(frozen=True)
class Missing:
    """Too few runs to rank metrics: how many runs, and settings, there are."""

    n_runs: int
    n_configs: int

    @property
    def more_runs(self) -> int:
        """How many runs are missing."""
        return max(0, MIN_RUNS - self.n_runs)

    @property
    def more_configs(self) -> int:
        """How many different settings are missing."""
        return max(0, MIN_CONFIGS - self.n_configs)


def rank_metrics(
    runs: pd.DataFrame, metrics: Iterable[Metric] | None = None, *, seed: int = 0
) -> list[MetricTrust]:
    """Rank metrics by how well they order the runs of one data set, the most trustworthy first.

    Intervals: 95 % percentile bootstrap over settings, each drawn with all its runs; 1,000
    resamples, the same for every metric. Metrics without a correlation stand last, in the order
    given; a metric that is no column of the table is left out. Empty where `missing_runs` counts
    too few.

    Args:
        runs: (n_runs, ...) columns `config_key`, `dataset`, 'probe.accuracy' and metric paths;
            NaN or None where undefined.
        metrics: what to rank; every label-free metric with a better direction if None.
        seed: of the resampling.

    Raises:
        ValueError: a column is missing, or the runs are of several data sets.
    """
    if missing_runs(runs) is not None:
        return []
    if metrics is None:
        metrics = [m for m in METRICS.values() if m.label_free and m.better != "none"]
    found = [_trust(runs, metric, seed) for metric in metrics if metric.path in runs]
    return sorted(found, key=lambda m: -m.rho.mean if m.rho else np.inf)


def missing_runs(runs: pd.DataFrame) -> Missing | None:
    """Count what is still needed before metrics can be ranked; None if it is enough.

    Counted are runs with a defined accuracy: at least 8, of at least 6 different settings.

    Raises:
        ValueError: as for `rank_metrics`.
    """
    absent = {"config_key", "dataset", ACCURACY} - set(runs.columns)
    if absent:
        raise ValueError(f"the table of runs has no column {', '.join(sorted(absent))}")
    if runs["dataset"].nunique() > 1:
        raise ValueError("runs of several data sets cannot be ordered together; take one")
    defined = runs[runs[ACCURACY].notna()]
    found = Missing(len(defined), int(defined["config_key"].nunique()))
    return found if found.more_runs or found.more_configs else None


def _trust(runs: pd.DataFrame, metric: Metric, seed: int) -> MetricTrust:
    table = runs[["config_key", ACCURACY]].assign(metric=runs[metric.path])
    known = table[table["metric"].notna() & table[ACCURACY].notna()].sort_values("config_key")
    values = known["metric"].to_numpy(dtype=np.float64)
    accuracy = known[ACCURACY].to_numpy(dtype=np.float64)
    group = np.unique(known["config_key"].to_numpy(dtype=str), return_inverse=True)[1]
    n_configs = int(known["config_key"].nunique())
    rho = None
    if len(known) >= MIN_RUNS and n_configs >= MIN_CONFIGS:
        oriented = -values if metric.better == "lower" else values
        once = np.ones((1, n_configs), dtype=np.int64)
        drawn = _draws(n_configs, seed)
        rho = _estimate(*(spearman(oriented, accuracy, group, c) for c in (once, drawn)))
    return MetricTrust(
        path=metric.path,
        title=metric.title,
        better=metric.better,
        rho=rho,
        n_runs=len(known),
        n_configs=n_configs,
        n_undefined=len(table) - len(known),
    )


def _draws(n_configs: int, seed: int) -> Ints:
    """How often each setting is drawn, (n_resamples, n_configs)."""
    shares = np.full(n_configs, 1.0 / n_configs)
    counts = np.random.default_rng(seed).multinomial(n_configs, shares, size=N_RESAMPLES)
    return np.asarray(counts, dtype=np.int64)


def _estimate(whole: Floats, resampled: Floats) -> Estimate | None:
    if not np.isfinite(whole[0]):
        return None
    defined = resampled[np.isfinite(resampled)]
    if len(defined) < MIN_DEFINED_SHARE * len(resampled):
        return Estimate(float(whole[0]), None, None)
    low, high = np.quantile(defined, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
    return Estimate(float(whole[0]), float(low), float(high))
