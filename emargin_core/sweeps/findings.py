"""What many runs say together: settings over folds and seeds, beside the baseline."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from emargin_core.analysis.dominance import FoldUnits, Judged, judge_settings
from emargin_core.analysis.pareto import Measured, Point, point_of
from emargin_core.analysis.recommendation import Recommendation, recommend
from emargin_core.analysis.verdict import EQUAL_WITHIN
from emargin_core.analysis.verdict_words import Evidence
from emargin_core.evaluation.metric_table import ACCURACY, EFFECTIVE_RANK
from emargin_core.store.gallery.gallery import Gallery
from emargin_core.store.runs_table import MeasuredRun, config_key
from emargin_core.sweeps.space import OBJECTIVES
from emargin_core.sweeps.table import by_setting, fold_units, setting_points


@dataclass(frozen=True)
class Baseline:
    """The baseline's runs that are there: their settings, names and measurements."""

    config: dict[str, Any]
    run_ids: tuple[str, ...]
    point: Point


@dataclass(frozen=True, eq=False)
class Findings:
    """Trials of a sweep or of the gallery, judged.

    trials, settings: the tables of `sweeps.table`; points: the settings; units: what their folds
    hold out, None for runs of an older version; baseline: None until a run of it is there;
    judged: the settings beside it.
    """

    trials: pd.DataFrame
    settings: pd.DataFrame
    points: tuple[Point, ...]
    units: FoldUnits | None
    baseline: Baseline | None
    judged: tuple[Judged, ...]
    recommendation: Recommendation

    def judged_setting(self, setting: str) -> Judged | None:
        """A setting beside the baseline."""
        return next((found for found in self.judged if found.point.key == setting), None)

    def evidence(self, judged: Judged) -> Evidence:
        """What a judgement rests on, for its words."""
        folds = judged.held_out.folds
        seconds = self.trials["seconds"].mean()
        return Evidence(
            held_out=judged.held_out,
            noun=self.units.noun if self.units else "group",
            n_units_in_all=self.units.in_all if self.units else 0,
            accuracies=judged.accuracies,
            difference=judged.differences[ACCURACY],
            collapse_reason=_collapse_reason(self.trials, judged.point.key),
            n_seeds=max(folds.count(fold) for fold in folds),
            seconds=0.0 if np.isnan(seconds) else float(seconds),
        )


def findings(
    trials: pd.DataFrame,
    baseline: Sequence[MeasuredRun],
    equal_within: float = EQUAL_WITHIN,
    *,
    current: bool = True,
) -> Findings:
    """Judge what is there, finished or not.

    baseline: its runs so far, paired with the trials' by fold and seed; current: whether the trials
    are of this version; of others nothing is claimed.
    """
    points = tuple(setting_points(trials))
    units = fold_units(trials) if current else None
    found = _baseline(baseline) if baseline else None
    judged = (
        ()
        if found is None or units is None
        else tuple(judge_settings(points, found.point, units, equal_within))
    )
    return Findings(
        trials,
        by_setting(trials),
        points,
        units,
        found,
        judged,
        Recommendation(None, "old-protocol")
        if points and units is None
        else recommend(points, judged, None if found is None else found.point, equal_within),
    )


def gallery_findings(gallery: Gallery) -> Findings:
    """The gallery's grid beside its baseline; other settings of the baseline's method are none."""
    trials, baseline = gallery.table(), gallery.baseline_runs()
    return findings(trials[trials["method"] != baseline[0].config["method"]], baseline)


def settings_of(point: Point) -> dict[str, Any]:
    """The settings that a point's key spells out: all but fold, seed and data set."""
    settings: dict[str, Any] = json.loads(point.key)
    return settings


def _baseline(runs: Sequence[MeasuredRun]) -> Baseline:
    measured = {(int(run.config["fold"]), int(run.config["seed"])): _measured(run) for run in runs}
    return Baseline(
        runs[0].config,
        tuple(run.run_id for run in runs),
        point_of(config_key(runs[0].config), measured),
    )


def _measured(run: MeasuredRun) -> Measured:
    accuracy, overlap, separation, rank = (
        run.metrics[group].get(name)
        for group, name in (path.split(".") for path in (*OBJECTIVES, EFFECTIVE_RANK))
    )
    return Measured(accuracy, overlap, separation, rank, run.collapsed)


def _collapse_reason(trials: pd.DataFrame, setting: str) -> Any:
    reasons = trials.loc[trials["setting"] == setting, "collapse_reason"].dropna()
    return None if reasons.empty else reasons.iloc[0]
