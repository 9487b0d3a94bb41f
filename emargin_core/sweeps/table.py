"""Trials of a sweep as tables: one row a trial, or one row a setting with mean, sd and count.

A setting's runs differ in fold and seed alone.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from emargin_core.analysis.dominance import FoldUnits
from emargin_core.analysis.pareto import Measured, Point, point_of
from emargin_core.evaluation.metric_table import EFFECTIVE_RANK, METRICS
from emargin_core.store.runs_table import config_key
from emargin_core.sweeps.space import ERROR, OBJECTIVES, ORIGIN, RUN, TRAININGS, VARIABLE, SweepSpec
from emargin_core.text.message import restored

if TYPE_CHECKING:  # the page reads these tables without Optuna
    from optuna.trial import FrozenTrial

STATES = {"COMPLETE": "done", "FAIL": "failed", "RUNNING": "open", "WAITING": "open"}
"""Optuna's name of a trial's state -> ours."""
HELD_OUT = ("n_folds", "noun", "n_units", "n_units_in_all")
"""What a run was measured on: see `FoldUnits`; n_units are those that its fold holds out."""
COLUMNS = (
    "number",
    "run_id",
    "state",
    "setting",
    *VARIABLE,
    *HELD_OUT,
    "collapsed",
    "collapse_reason",
    "error",
    "origin",
    "cached",
    "seconds",
)


def trial_rows(trials: "Iterable[FrozenTrial]", spec: SweepSpec) -> list[dict[str, Any]]:
    """Return each trial as the command line prints it; what is not known yet is None.

    origin: the data set that a trial of a head start comes from, None for any other.
    state: done, failed, or open (under way, or to be taken up again). metrics: as in `Result`.
    """
    return [_row(trial, spec) for trial in trials]


def trials_table(trials: "Iterable[FrozenTrial]", spec: SweepSpec) -> pd.DataFrame:
    """Return one row a trial, also for those without a result yet.

    Columns: `COLUMNS`, then one for each metric path (NaN = undefined). The parameters are those
    that were asked for, also where the method does not read them; trials that came to the same run
    have one run_id. `setting` names what the run depends on apart from its fold and seed, None
    until it is done. collapsed is None where there is no result.
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
            | (row["held_out"] or {})
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
    """Group finished trials that differ in nothing but fold and seed; none is averaged unseen.

    Returns one row a setting: `setting`, its parameters, `seeds`, `folds` and `run_ids` (tuples,
    one entry a run), `count`, `collapsed` (whether any run did), and for each metric
    `<path>.mean`, `<path>.sd` (over the runs, NaN for one) and `<path>.count`. A metric that any
    run leaves undefined has no mean. A run that several trials came to counts once.
    """
    finished = _finished(trials)
    groups = finished.groupby("setting", sort=False)
    fixed = [name for name in VARIABLE if name not in TRAININGS]
    table = groups[fixed].first()
    for name in TRAININGS:
        table[f"{name}s"] = [tuple(int(value) for value in column) for _, column in groups[name]]
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


def origin_of(trials: pd.DataFrame) -> dict[str, str]:
    """Setting -> the data set that it comes from, for those of a head start that are done."""
    if "origin" not in trials:  # of the gallery
        return {}
    there = _finished(trials).dropna(subset=["origin"])
    return dict(zip(there["setting"], there["origin"], strict=True))


def setting_points(trials: pd.DataFrame) -> list[Point]:
    """Settings of a table of trials as points, by their means; the key is `setting`."""
    return [
        point_of(
            str(setting),
            {
                (int(row["fold"]), int(row["seed"])): _measured(row)
                for row in rows.to_dict("records")
            },
        )
        for setting, rows in _finished(trials).groupby("setting", sort=False)
    ]


def fold_units(trials: pd.DataFrame) -> FoldUnits | None:
    """What the folds of these trials hold out; None without a run, or of the first protocol."""
    rows = _finished(trials).dropna(subset=["n_folds"])
    if rows.empty:
        return None
    first = rows.iloc[0]
    by_fold = {int(fold): int(n) for fold, n in zip(rows["fold"], rows["n_units"], strict=True)}
    return FoldUnits(
        int(first["n_folds"]), by_fold, str(first["noun"]), int(first["n_units_in_all"])
    )


def _finished(trials: pd.DataFrame) -> pd.DataFrame:
    return trials[trials["state"] == "done"].drop_duplicates("run_id")


def _measured(row: dict[Any, Any]) -> Measured:
    accuracy, overlap, separation = (_number(row[path]) for path in OBJECTIVES)
    return Measured(
        accuracy, overlap, separation, _number(row[EFFECTIVE_RANK]), bool(row["collapsed"])
    )


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def _row(trial: "FrozenTrial", spec: SweepSpec) -> dict[str, Any]:
    finished = trial.state.name == "COMPLETE" and RUN in trial.user_attrs
    found: dict[str, Any] = trial.user_attrs[RUN] if finished else {}
    reason = restored(found.get("collapse_reason"))
    return {
        "number": trial.number,
        "run_id": found.get("run_id"),
        "params": dict(trial.params),
        "config": found.get("config"),
        "state": STATES.get(trial.state.name, "failed"),
        "metrics": found.get("metrics"),
        "held_out": found.get("held_out"),
        "collapsed": None if not finished else reason is not None,
        "collapse_reason": reason,
        "cached": found.get("cached"),
        "seconds": found.get("seconds"),
        "error": restored(trial.user_attrs.get(ERROR)),
        "origin": trial.user_attrs.get(ORIGIN),
    }
