"""Costs of wrong decisions per day, with and without the method, and break-even points.

A wrong decision misses its true class i and raises a false alarm for the class j that it names; it
costs miss(i) + false_alarm(j), a right one nothing. Expected cost a day = decisions a day times the
mean cost of a held-out frame: the classes are taken to occur as often as in the held-out data.
Intervals are those of every other number (`evaluation.uncertainty`).

Net benefit a day = cost of the baseline - cost of the candidate - extra running cost
- introduction / days to pay back + worth of tidier clusters (subtracted where they are untidier,
nothing where neither is known).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, field_validator

from emargin_core.analysis.comparison import held_out_of
from emargin_core.datasets.base import UNLABELLED
from emargin_core.evaluation.replicates import mean_replicates
from emargin_core.evaluation.uncertainty import (
    Estimate,
    HeldOut,
    Range,
    estimate,
    resampling_counts,
)
from emargin_core.store.result import Result
from emargin_core.text.message import Message

HIGHEST = 1e12
MAX_CLASSES = 1_000
MISS, FALSE_ALARM = 1.0, 0.0
"""Default costs of a class: every wrong decision costs 1."""

Floats = NDArray[np.float64]


class CostModel(BaseModel):
    """What mistakes and the method itself cost; all amounts in `unit`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    miss: dict[str, float] = Field(
        default_factory=dict, description="Class -> what it costs to miss it once."
    )
    false_alarm: dict[str, float] = Field(
        default_factory=dict, description="Class -> what it costs to name it wrongly once."
    )
    decisions_per_day: float = Field(
        default=1_000.0, gt=0.0, le=1e9, description="How many decisions are made a day."
    )
    introduction: float = Field(
        default=0.0, ge=0.0, le=HIGHEST, description="What it costs, once, to introduce the method."
    )
    payback_days: float = Field(
        default=365.0,
        ge=1.0,
        le=36_500.0,
        description="Days within which that must have paid back.",
    )
    extra_per_day: float = Field(
        default=0.0, ge=0.0, le=HIGHEST, description="What it costs more a day to run."
    )
    tidiness_per_day: float = Field(
        default=0.0, ge=0.0, le=HIGHEST, description="What tidier clusters are worth a day."
    )
    unit: str = Field(default="€", max_length=12, description="Unit of all amounts.")

    @field_validator("miss", "false_alarm")
    @classmethod
    def _in_bounds(cls, amounts: dict[str, float]) -> dict[str, float]:
        if len(amounts) > MAX_CLASSES:
            raise ValueError(
                Message("names more than {max_classes:,} classes", max_classes=MAX_CLASSES)
            )
        for name, amount in amounts.items():
            if not 0.0 <= amount <= HIGHEST:
                raise ValueError(
                    Message(
                        "of '{name}' must be from 0 to {highest:g}", name=name[:40], highest=HIGHEST
                    )
                )
        return amounts

    def miss_of(self, class_names: Sequence[str]) -> Floats:
        """What it costs to miss each class, (n_classes,)."""
        return np.array([self.miss.get(name, MISS) for name in class_names])

    def false_alarm_of(self, class_names: Sequence[str]) -> Floats:
        """What a false alarm of each class costs, (n_classes,)."""
        return np.array([self.false_alarm.get(name, FALSE_ALARM) for name in class_names])

    @property
    def fixed_per_day(self) -> float:
        """Fixed cost per day: running the method, and its introduction over the payback days."""
        return self.extra_per_day + self.introduction / self.payback_days


@dataclass(frozen=True, eq=False)
class Daily:
    """An amount per day, of every run.

    values: (n_runs,); held_out: what the runs were measured on; bounds: lowest and highest possible
    amount; replicates: (n_runs, n_replicates) on resampled units, None but for a fixed held-out
    part; paired: whether it is the difference of two sides.
    """

    values: Floats
    held_out: HeldOut
    bounds: Range
    replicates: Floats | None = None
    paired: bool = False

    def __add__(self, other: "Daily") -> "Daily":
        drawn = None
        if self.replicates is not None and other.replicates is not None:
            drawn = self.replicates + other.replicates
        bounds = (self.bounds[0] + other.bounds[0], self.bounds[1] + other.bounds[1])
        paired = self.paired and other.paired
        return Daily(self.values + other.values, self.held_out, bounds, drawn, paired)

    def __sub__(self, other: "Daily") -> "Daily":
        return replace(self + other.times(-1.0), paired=True)

    def times(self, factor: float) -> "Daily":
        """The amount multiplied by a factor."""
        low, high = sorted((factor * self.bounds[0], factor * self.bounds[1]))
        drawn = None if self.replicates is None else factor * self.replicates
        return Daily(factor * self.values, self.held_out, (low, high), drawn, self.paired)

    def plus(self, constant: float) -> "Daily":
        """The amount plus a constant without uncertainty."""
        bounds = (self.bounds[0] + constant, self.bounds[1] + constant)
        drawn = None if self.replicates is None else self.replicates + constant
        return Daily(self.values + constant, self.held_out, bounds, drawn, self.paired)

    @property
    def estimate(self) -> Estimate:
        """Mean over folds and trainings with its 95 % interval."""
        return estimate(
            self.values, self.held_out, self.replicates, self.bounds, paired=self.paired
        )

    @property
    def mean(self) -> float:
        """Mean over folds of their trainings' means."""
        return self.estimate.mean


@dataclass(frozen=True, eq=False)
class CostComparison:
    """Costs per day of both sides, paired by fold, seed and unit.

    misses, false_alarms: what the candidate saves of each, so that their sum is the saving;
    certain: what is added to the saving to make the net benefit; class_misses: class -> how many
    fewer misses of it a day.
    """

    baseline: Daily
    candidate: Daily
    misses: Daily
    false_alarms: Daily
    certain: float
    class_misses: dict[str, float]

    @property
    def saving(self) -> Daily:
        """Cost of the baseline minus that of the candidate, from decisions alone."""
        return self.misses + self.false_alarms

    @property
    def net(self) -> Daily:
        """Net benefit per day; above zero, the candidate saves money."""
        return self.saving.plus(self.certain)

    def net_at(self, ratio: float) -> Daily:
        """Net benefit if every miss cost `ratio` times what was entered."""
        return (self.misses.times(ratio) + self.false_alarms).plus(self.certain)


def compare_costs(
    baseline: Sequence[Result], candidate: Sequence[Result], costs: CostModel, cluster_change: int
) -> CostComparison | None:
    """Compare what runs on the same held-out units cost; None without labels of two classes.

    cluster_change: +1 where the candidate's clusters are better, -1 worse, 0 where neither is
    known.
    """
    if any(_known(run) is None for run in (*baseline, *candidate)):
        return None
    names = candidate[0].data["class_names"]
    miss, alarm = costs.miss_of(names), costs.false_alarm_of(names)
    zero = np.zeros(len(names))
    before = {
        part: _daily(baseline, costs, *amounts)
        for part, amounts in (("miss", (miss, zero)), ("alarm", (zero, alarm)))
    }
    after = {
        part: _daily(candidate, costs, *amounts)
        for part, amounts in (("miss", (miss, zero)), ("alarm", (zero, alarm)))
    }
    fewer = _over_folds(
        [_misses(b, costs) - _misses(c, costs) for b, c in zip(baseline, candidate, strict=True)],
        held_out_of(candidate),
    )
    return CostComparison(
        baseline=before["miss"] + before["alarm"],
        candidate=after["miss"] + after["alarm"],
        misses=before["miss"] - after["miss"],
        false_alarms=before["alarm"] - after["alarm"],
        certain=cluster_change * costs.tidiness_per_day - costs.fixed_per_day,
        class_misses=dict(zip(names, map(float, fewer), strict=True)),
    )


def decision_costs(
    labels: NDArray[np.int64], predicted: NDArray[np.int64], miss: Floats, false_alarm: Floats
) -> Floats:
    """Cost of each decision, (n,); labels and predicted are codes into the other two."""
    return np.where(labels == predicted, 0.0, miss[labels] + false_alarm[predicted])


def _known(run: Result) -> NDArray[np.bool_] | None:
    """Frames with a label and a decision; None where there are none."""
    labels, predicted = run.frames["label"].to_numpy(), run.frames["predicted"].to_numpy()
    known = (labels != UNLABELLED) & (predicted != UNLABELLED)
    return known if known.any() and run.metric("probe.accuracy") is not None else None


def _daily(runs: Sequence[Result], costs: CostModel, miss: Floats, alarm: Floats) -> Daily:
    values, drawn = [], []
    for run in runs:
        known = _known(run)
        frames = run.frames[known]
        each = costs.decisions_per_day * decision_costs(
            frames["label"].to_numpy(), frames["predicted"].to_numpy(), miss, alarm
        )
        values.append(float(each.mean()))
        if run.n_folds == 1:
            counts = resampling_counts(len(run.unit.names))
            drawn.append(mean_replicates(each, run.unit_of_frame[known], counts))
    highest = costs.decisions_per_day * float(miss.max() + alarm.max())
    replicates = np.stack(drawn) if len(drawn) == len(values) else None
    return Daily(np.array(values), held_out_of(runs), (0.0, highest), replicates)


def _over_folds(values: Sequence[Floats], held_out: HeldOut) -> Floats:
    """Mean over folds of their trainings' means, of values of shape (n_classes,) for each run."""
    folds, stacked = np.array(held_out.folds), np.stack(values)
    means = [stacked[folds == fold].mean(axis=0) for fold in np.unique(folds)]
    return np.asarray(np.mean(means, axis=0))


def _misses(run: Result, costs: CostModel) -> Floats:
    """Misses of each class a day, (n_classes,)."""
    frames = run.frames[_known(run)]
    wrong = frames.loc[frames["label"] != frames["predicted"], "label"]
    found = np.bincount(wrong, minlength=len(run.data["class_names"]))
    return np.asarray(found * costs.decisions_per_day / len(frames))


def break_even_ratio(found: CostComparison) -> float | None:
    """The factor on all entered costs of a miss at which both sides cost the same.

    None where no such factor above zero exists: the answer does not depend on the cost of a miss.
    """
    slope = found.misses.mean
    rest = found.false_alarms.mean + found.certain
    return _positive(-rest, slope)


def break_even_misses(found: CostComparison, miss: Mapping[str, float]) -> dict[str, float]:
    """Class -> cost of a miss at which both sides cost the same, all else as entered.

    miss: what it costs as entered. Classes for which no such cost of 0 or more exists are left out.
    """
    net = found.net.mean
    found_at = {}
    for name, fewer in found.class_misses.items():
        if fewer != 0.0:
            amount = miss.get(name, MISS) - net / fewer
            if np.isfinite(amount) and 0.0 <= amount <= HIGHEST:
                found_at[name] = amount
    return found_at


def affordable_introduction(found: CostComparison, costs: CostModel) -> Estimate:
    """The highest one-off cost that pays back in time, with its interval; below zero: none."""
    return (
        found.net.plus(costs.introduction / costs.payback_days).times(costs.payback_days).estimate
    )


def days_to_pay_back(found: CostComparison, costs: CostModel) -> float | None:
    """Days until the introduction has paid back; None if it never does or costs nothing."""
    daily = found.net.mean + costs.introduction / costs.payback_days
    return _positive(costs.introduction, daily)


def _positive(top: float, bottom: float) -> float | None:
    if bottom == 0.0:
        return None
    value = float(top / bottom)
    return value if 0.0 < value < HIGHEST else None
