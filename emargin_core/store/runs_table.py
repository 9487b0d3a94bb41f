"""Stored runs as one table, so that their metrics can be studied against each other."""

import json
from collections.abc import Iterable
from typing import Any, Protocol

import pandas as pd

from emargin_core.config import METHODS, make_config
from emargin_core.evaluation.metric_table import METRICS
from emargin_core.store.result import Metrics
from emargin_core.text.errors import InputError

COLUMNS = (
    "run_id",
    "method",
    "config_key",
    "fold",
    "seed",
    "dataset",
    "dataset_title",
    "collapsed",
)
TRAINED = ["config_key", "seed"]
"""What names a row of `over_folds`."""


class MeasuredRun(Protocol):
    """As much of a run as the table reads: a `Result`, or an entry of the gallery.

    data: at least fingerprint and title of the data set.
    """

    @property
    def run_id(self) -> str:
        """Name of the run."""

    @property
    def config(self) -> dict[str, Any]:
        """Canonical settings."""

    @property
    def metrics(self) -> Metrics:
        """Group -> name -> value, None where undefined."""

    @property
    def data(self) -> dict[str, Any]:
        """What it was evaluated on."""

    @property
    def collapsed(self) -> bool:
        """Whether the embedding collapsed."""


def runs_table(
    results: Iterable[MeasuredRun],
    *,
    dataset: str | None = None,
    evaluate_on: str = "test",
    with_label_readers: bool = False,
) -> pd.DataFrame:
    """Return one row for each comparable run, a column for each metric path, NaN = undefined.

    Comparable are runs evaluated on the same part of the data by the present version of the code;
    others are left out. Further columns: run_id, method, config_key (the settings without fold,
    seed and data set, as JSON), fold, seed, dataset (fingerprint), dataset_title, collapsed.

    Args:
        results: any runs, such as those of `RunStore`; of a run that comes twice the last counts.
        dataset: fingerprint of the only data set wanted; all if None.
        evaluate_on: 'test' or 'validation'.
        with_label_readers: keep methods that train on labels (supcon); a label-free metric that
            does well on them says nothing about choosing without labels.
    """
    chosen = {
        result.run_id: result
        for result in results
        if result.config["evaluate_on"] == evaluate_on
        and (dataset is None or result.data["fingerprint"] == dataset)
        and (with_label_readers or not _reads_labels(result))
        and _is_current(result)
    }
    table = pd.DataFrame([_row(result) for result in chosen.values()])
    metrics = sorted(set(METRICS) | set(table.columns) - set(COLUMNS))
    return table.reindex(columns=[*COLUMNS, *metrics]).astype(dict.fromkeys(metrics, "float64"))


def over_folds(runs: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each setting and seed, its metrics averaged over the same folds for all.

    Folds hold out other groups, some of them harder than others, so runs of different folds must
    not be ordered together. Taken are the folds that most settings have in common; settings
    without one of them are left out. A metric that a fold leaves undefined is undefined.

    Args:
        runs: a table of `runs_table`, of one data set.
    """
    if runs.empty:
        return runs
    folds, common = _folds(runs), common_folds(runs)
    have = folds[folds.map(common.issubset)].index
    kept = runs[runs["fold"].isin(common)]
    kept = kept[pd.MultiIndex.from_frame(kept[TRAINED]).isin(have)]
    groups = kept.groupby(TRAINED, sort=False)
    metrics = [name for name in runs.columns if name not in COLUMNS]
    means = groups[metrics].mean().where(groups[metrics].count().eq(groups.size(), axis=0))
    apart = [name for name in COLUMNS if name not in (*TRAINED, "collapsed")]
    table = pd.concat([groups[apart].first(), groups["collapsed"].any(), means], axis=1)
    return table.reset_index()[list(runs.columns)]


def common_folds(runs: pd.DataFrame) -> frozenset[int]:
    """The folds that most settings have in common, over which `over_folds` averages."""
    counts = _folds(runs).value_counts()
    return max(counts.index, key=lambda found: (counts[found], len(found)), default=frozenset())


def _folds(runs: pd.DataFrame) -> "pd.Series[Any]":
    """The folds that each setting has with each seed."""
    return runs.groupby(TRAINED)["fold"].agg(frozenset)


def config_key(config: dict[str, Any]) -> str:
    """Name the settings apart from fold, seed and data set: equal keys differ by chance alone."""
    apart = ("seed", "fold", "dataset")
    kept = {
        name: value for name, value in config.items() if name not in apart and value is not None
    }
    return json.dumps(kept, sort_keys=True)


def _row(result: MeasuredRun) -> dict[str, Any]:
    metrics = {
        f"{group}.{name}": value
        for group, values in result.metrics.items()
        for name, value in values.items()
    }
    return {
        "run_id": result.run_id,
        "method": result.config["method"],
        "config_key": config_key(result.config),
        "fold": result.config.get("fold") or 0,
        "seed": result.config["seed"],
        "dataset": result.data["fingerprint"],
        "dataset_title": result.data["title"],
        "collapsed": result.collapsed,
        **metrics,
    }


def _reads_labels(result: MeasuredRun) -> bool:
    method = METHODS.get(result.config["method"])
    return method is not None and method.reads_labels


def _is_current(result: MeasuredRun) -> bool:
    """Whether the same settings would have the same name today; if not, other code made it."""
    try:
        config = make_config(**{k: v for k, v in result.config.items() if v is not None})
    except InputError:
        return False
    return config.run_id(result.data["fingerprint"]) == result.run_id
