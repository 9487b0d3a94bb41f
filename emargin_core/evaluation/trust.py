"""Which label-free metric can be trusted to order models as their probe accuracy does?

Works on a table with one row for each stored run of one data set: metric paths as columns, and
`config_key` (the settings without the seed). Runs of one setting are not independent evidence, so
whole settings are resampled, never single runs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from emargin_core.evaluation.metric_table import METRICS, Better, Metric
from emargin_core.evaluation.rank_agreement import kendall, spearman
from emargin_core.evaluation.uncertainty import LEVEL, MIN_DEFINED_SHARE, Estimate, Floats, Ints
from emargin_core.language import say, say_many

ACCURACY = "probe.accuracy"
MIN_RUNS = 8
MIN_CONFIGS = 6
"""Fewer settings than this make intervals that hold the truth less often than they claim."""
N_RESAMPLES = 1_000


@dataclass(frozen=True)
class MetricTrust:
    """How a metric orders runs against their accuracy.

    rho, tau: Spearman's and Kendall's rank correlation (tau-b) of accuracy with the metric turned
    so that larger is better by the metric: +1 orders as accuracy does, -1 exactly the other way.
    A metric of which no side is better, if asked for, counts as if higher were. None where the
    metric or the accuracy is the same everywhere, or too few runs define it.
    n_runs, n_configs: runs and settings used; n_undefined: runs left out for an undefined value.
    """

    path: str
    title: str
    better: Better
    rho: Estimate | None
    tau: Estimate | None
    n_runs: int
    n_configs: int
    n_undefined: int

    @property
    def verdict(self) -> Literal["with", "against", "unclear"]:
        """Whether it orders with or against accuracy; 'unclear' if its interval holds 0."""
        if self.rho is None or self.rho.sign == 0:
            return "unclear"
        return "with" if self.rho.sign > 0 else "against"


def rank_metrics(
    runs: pd.DataFrame, metrics: Iterable[Metric] | None = None, *, seed: int = 0
) -> list[MetricTrust]:
    """Rank metrics by how well they order the runs of one data set, the most trustworthy first.

    Intervals: 95 % percentile bootstrap over settings, each drawn with all its runs; 1,000
    resamples, the same for every metric. Metrics without a correlation stand last, in the order
    given; a metric that is no column of the table is left out. Empty where `missing_runs` says
    that more are needed.

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


def missing_runs(runs: pd.DataFrame) -> str | None:
    """Say what is still needed before metrics can be ranked; None if it is enough.

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
    n_configs = defined["config_key"].nunique()
    more_runs, more_configs = MIN_RUNS - len(defined), MIN_CONFIGS - n_configs
    if more_runs <= 0 and more_configs <= 0:
        return None
    wanted = [
        *([say_many("{n} more run", "{n} more runs", more_runs)] if more_runs > 0 else []),
        *(
            [say_many("{n} more setting", "{n} more settings", more_configs)]
            if more_configs > 0
            else []
        ),
    ]
    return say(
        "{runs} of {settings} so far: {wanted} needed before metrics can be ranked",
        runs=say_many("{n} run", "{n} runs", len(defined)),
        settings=say_many("{n} setting", "{n} settings", n_configs),
        wanted=say(" and ").join(wanted),
    )


def trust_sentence(data: str, runs: pd.DataFrame, ranking: Sequence[MetricTrust]) -> str:
    """Say in plain words which metric orders models with accuracy, which against it.

    Names the clearest on each side, and counts the metrics that cannot be told from chance.

    Args:
        data: the data set's title; runs: the table that was ranked; ranking: of `rank_metrics`.
    """
    shortage = missing_runs(runs)
    if shortage is not None:
        return say("On {data}, {shortage}.", data=data, shortage=shortage)
    known = {"data": data, "runs": int(runs[ACCURACY].notna().sum())}
    ranked = sorted((m for m in ranking if m.rho is not None), key=_height)
    if not ranked:
        return say(
            "On {data}, {runs} runs: no metric, or not the accuracy, differs between them.", **known
        )
    unclear = [m for m in ranked if m.verdict == "unclear"]
    parts = []
    if ranked[0].verdict == "against":
        parts.append(
            say(
                "{metric} orders models against accuracy ({numbers})",
                metric=_term(ranked[0]),
                numbers=_numbers(ranked[0]),
            )
        )
    if ranked[-1].verdict == "with":
        parts.append(
            say(
                "{metric} orders them with it ({numbers})"
                if parts
                else "{metric} orders models with accuracy ({numbers})",
                metric=_term(ranked[-1]),
                numbers=_numbers(ranked[-1]),
            )
        )
    if not parts:
        nearest = max(unclear, key=lambda m: abs(_height(m)))
        return say(
            "On {data}, {runs} runs: no metric's order can be told from chance (nearest: {metric}, "
            "{numbers}).",
            metric=_term(nearest),
            numbers=_numbers(nearest),
            **known,
        )
    if len(unclear) == 1:
        parts.append(
            say(
                "{metric} cannot be told from chance ({numbers})",
                metric=_term(unclear[0]),
                numbers=_numbers(unclear[0]),
            )
        )
    elif unclear:
        parts.append(
            say("{n} of {all} metrics cannot be told from chance", n=len(unclear), all=len(ranked))
        )
    return say("On {data}, {runs} runs: {findings}.", findings=say("; ").join(parts), **known)


def _trust(runs: pd.DataFrame, metric: Metric, seed: int) -> MetricTrust:
    table = runs[["config_key", ACCURACY]].assign(metric=runs[metric.path])
    known = table[table["metric"].notna() & table[ACCURACY].notna()].sort_values("config_key")
    values = known["metric"].to_numpy(dtype=np.float64)
    accuracy = known[ACCURACY].to_numpy(dtype=np.float64)
    group = np.unique(known["config_key"].to_numpy(dtype=str), return_inverse=True)[1]
    n_configs = int(known["config_key"].nunique())
    rho = tau = None
    if len(known) >= MIN_RUNS and n_configs >= MIN_CONFIGS:
        oriented = -values if metric.better == "lower" else values
        once = np.ones((1, n_configs), dtype=np.int64)
        drawn = _draws(n_configs, seed)
        rho = _estimate(*(spearman(oriented, accuracy, group, c) for c in (once, drawn)))
        tau = _estimate(*(kendall(oriented, accuracy, group, c) for c in (once, drawn)))
    return MetricTrust(
        path=metric.path,
        title=metric.title,
        better=metric.better,
        rho=rho,
        tau=tau,
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


def _height(metric: MetricTrust) -> float:
    return metric.rho.mean if metric.rho is not None else 0.0


def _numbers(metric: MetricTrust) -> str:
    rho = metric.rho
    assert rho is not None
    if rho.low is None or rho.high is None:
        return say("rho {mean:.2f}, no interval", mean=rho.mean)
    return say("rho {mean:.2f}, {low:.2f} to {high:.2f}", mean=rho.mean, low=rho.low, high=rho.high)


def _term(trust: MetricTrust) -> str:
    """The field's name of a metric: the sentence is quoted among people who know it."""
    return say(METRICS[trust.path].term) if trust.path in METRICS else trust.title
