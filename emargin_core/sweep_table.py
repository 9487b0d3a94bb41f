"""Trials of a sweep as tables: one row a trial, or one row a setting with mean, sd and count."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
from optuna.trial import FrozenTrial, TrialState

from emargin_core.evaluation.metric_table import METRICS
from emargin_core.pareto import Point
from emargin_core.runs_table import config_key
from emargin_core.sweep_space import VARIABLE, SweepSpec
from emargin_core.sweep_study import ERROR, OBJECTIVES, RUN

STATES = {
    TrialState.COMPLETE: "done",
    TrialState.FAIL: "failed",
    TrialState.RUNNING: "open",
    TrialState.WAITING: "open",
}
COLUMNS = (
    "number", "run_id", "state", "setting", *VARIABLE, "collapsed", "collapse_reason", "error",
    "cached", "seconds",
)  # fmt: skip


def trial_rows(trials: Iterable[FrozenTrial], spec: SweepSpec) -> list[dict[str, Any]]:
    """Return each trial as the command line prints it; what is not known yet is None.

    state: done, failed, or open (under way, or to be taken up again). metrics: as in `Result`.
    """
    return [_row(trial, spec) for trial in trials]


def trials_table(trials: Iterable[FrozenTrial], spec: SweepSpec) -> pd.DataFrame:
    """Return one row a trial, also for those without a result yet.

    Columns: `COLUMNS`, then one for each metric path (NaN = undefined). The parameters are those
    that were asked for, also where the method does not read them; trials that came to the same run
    have one run_id. `setting` names what the run depends on apart from its seed, None until it is
    done. collapsed is None where there is no result.
    """
    rows = []
    for trial in trials:
        row = _row(trial, spec)
        asked = spec.base.model_dump() | trial.params
        if row["config"] is not None:
            asked |= {name: v for name, v in row["config"].items() if v is not None}
        metrics = row["metrics"] or {}
        rows.append(
            {name: row.get(name) for name in COLUMNS}
            | {name: asked[name] for name in VARIABLE}
            | {"setting": None if row["config"] is None else config_key(row["config"])}
            | {f"{group}.{name}": v for group, vs in metrics.items() for name, v in vs.items()}
        )
    table = pd.DataFrame(rows)
    metrics_there = sorted(set(METRICS) | set(table.columns) - set(COLUMNS))
    table = table.reindex(columns=[*COLUMNS, *metrics_there])
    floats = [*metrics_there, "threshold", "scale", "temperature", "uniformity", "seconds"]
    return table.astype(dict.fromkeys(floats, "float64"))


def by_setting(trials: pd.DataFrame, metrics: Sequence[str] = tuple(METRICS)) -> pd.DataFrame:
    """Group finished trials that differ in nothing but their seed; nothing is averaged unseen.

    Returns one row a setting: `setting`, its parameters, `seeds` (a tuple), `run_ids` (a tuple),
    `count`, `collapsed` (whether any seed did), and for each metric `<path>.mean`, `<path>.sd`
    (NaN for one seed) and `<path>.count`. A metric that any seed leaves undefined has no mean.
    A run that several trials came to counts once.
    """
    finished = trials[trials["state"] == "done"].drop_duplicates("run_id")
    groups = finished.groupby("setting", sort=False)
    fixed = [name for name in VARIABLE if name != "seed"]
    table = groups[fixed].first()
    table["seeds"] = [tuple(int(seed) for seed in seeds) for _, seeds in groups["seed"]]
    table["run_ids"] = groups["run_id"].agg(tuple)
    table["count"] = groups.size()
    table["collapsed"] = groups["collapsed"].agg(lambda marks: any(bool(mark) for mark in marks))
    chosen = list(metrics)
    counts, means = groups[chosen].count(), groups[chosen].mean()
    spreads = groups[chosen].std(ddof=1)
    whole = counts.eq(table["count"], axis=0)
    parts = {"mean": means.where(whole), "sd": spreads.where(whole), "count": counts}
    found = {f"{path}.{part}": values[path] for path in chosen for part, values in parts.items()}
    return pd.concat([table, pd.DataFrame(found, index=table.index)], axis=1).reset_index()


def trial_points(trials: pd.DataFrame) -> list[Point]:
    """Finished trials as points; the key is the run_id."""
    finished = trials[trials["state"] == "done"]
    return [_point(row, row["run_id"], "") for row in finished.to_dict("records")]


def setting_points(settings: pd.DataFrame) -> list[Point]:
    """Settings as points, by their means over seeds; the key is `setting`."""
    return [_point(row, row["setting"], ".mean") for row in settings.to_dict("records")]


def _point(row: dict[Any, Any], key: str, suffix: str) -> Point:
    values = [row[path + suffix] for path in OBJECTIVES]
    accuracy, overlap, tidiness = (None if pd.isna(v) else float(v) for v in values)
    return Point(key, accuracy, overlap, tidiness, bool(row["collapsed"]))


def _row(trial: FrozenTrial, spec: SweepSpec) -> dict[str, Any]:
    finished = trial.state == TrialState.COMPLETE and RUN in trial.user_attrs
    found: dict[str, Any] = trial.user_attrs[RUN] if finished else {}
    reason = found.get("collapse_reason")
    return {
        "number": trial.number,
        "run_id": found.get("run_id"),
        "params": dict(trial.params),
        "config": found.get("config"),
        "state": STATES.get(trial.state, "failed"),
        "metrics": found.get("metrics"),
        "collapsed": None if not finished else reason is not None,
        "collapse_reason": reason,
        "cached": found.get("cached"),
        "seconds": found.get("seconds"),
        "error": trial.user_attrs.get(ERROR),
    }
