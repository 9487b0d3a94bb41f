"""What many runs say together: settings over their seeds, the baseline, and what to try next."""

from dataclasses import dataclass

import pandas as pd

from emargin_core.comparison import mean_metric, metric_interval
from emargin_core.dominance import BaselineLevels
from emargin_core.recommendation import Recommendation, recommend
from emargin_core.result import Result
from emargin_core.sweep_study import OBJECTIVES
from emargin_core.sweep_table import by_setting, setting_points


@dataclass(frozen=True, eq=False)
class Findings:
    """Trials of a sweep or of the gallery, judged.

    trials, settings: the tables of `sweep_table`; baseline: one result a seed, empty until all are
    there; levels: what they set to be beaten; recommendation: of settings, by their means.
    """

    trials: pd.DataFrame
    settings: pd.DataFrame
    baseline: tuple[Result, ...]
    levels: BaselineLevels | None
    recommendation: Recommendation


def findings(trials: pd.DataFrame, baseline: tuple[Result, ...]) -> Findings:
    """Judge what is there, finished or not."""
    settings = by_setting(trials)
    levels = baseline_levels(baseline) if baseline else None
    return Findings(trials, settings, baseline, levels, recommend(setting_points(settings), levels))


def baseline_levels(baseline: tuple[Result, ...]) -> BaselineLevels:
    """What has to be beaten; nothing can beat a baseline of which a run collapsed."""
    if any(result.collapsed for result in baseline):
        return BaselineLevels(None, None, None)
    accuracy, overlap, tidiness = OBJECTIVES
    return BaselineLevels(
        metric_interval(baseline, accuracy),
        mean_metric(baseline, overlap),
        mean_metric(baseline, tidiness),
    )
