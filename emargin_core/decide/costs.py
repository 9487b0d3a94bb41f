"""What wrong decisions cost a day, with and without the method, and where the two are equal.

A wrong decision misses its true class i and raises a false alarm for the class j that it names; it
costs miss(i) + false_alarm(j), a right one nothing. Expected cost a day = decisions a day times the
mean cost of a held-out frame: the classes are taken to occur as often as in the held-out
recordings. Intervals come from whole recordings, resampled alike for both sides, and from seeds
(`evaluation.uncertainty`).

Net benefit a day = cost of the baseline - cost of the candidate - extra running cost
- introduction / days to pay back + worth of tidier clusters (subtracted where they are untidier,
nothing where they are about the same).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, field_validator

from emargin_core.datasets.base import UNLABELLED
from emargin_core.evaluation.replicates import mean_replicates
from emargin_core.evaluation.uncertainty import Estimate, estimate, resampling_counts
from emargin_core.language import told
from emargin_core.result import Result

HIGHEST = 1e12
MAX_CLASSES = 1_000
MISS, FALSE_ALARM = 1.0, 0.0
"""What a class costs until something else is entered: every wrong decision costs one."""

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
        default=0.0, ge=0.0, le=HIGHEST, description="What clearly tidier clusters are worth a day."
    )
    unit: str = Field(default="€", max_length=12, description="Unit of all amounts.")

    @field_validator("miss", "false_alarm")
    @classmethod
    def _in_bounds(cls, amounts: dict[str, float]) -> dict[str, float]:
        if len(amounts) > MAX_CLASSES:
            raise ValueError(told(f"names more than {MAX_CLASSES:,} classes"))
        for name, amount in amounts.items():
            if not 0.0 <= amount <= HIGHEST:
                raise ValueError(told(f"of '{name[:40]}' must be from 0 to {HIGHEST:g}"))
        return amounts

    def miss_of(self, class_names: Sequence[str]) -> Floats:
        """What it costs to miss each class, (n_classes,)."""
        return np.array([self.miss.get(name, MISS) for name in class_names])

    def false_alarm_of(self, class_names: Sequence[str]) -> Floats:
        """What a false alarm of each class costs, (n_classes,)."""
        return np.array([self.false_alarm.get(name, FALSE_ALARM) for name in class_names])

    @property
    def fixed_per_day(self) -> float:
        """What the method costs a day whatever it decides: running it, and paying it back."""
        return self.extra_per_day + self.introduction / self.payback_days


@dataclass(frozen=True, eq=False)
class Daily:
    """An amount a day: of each seed (n_seeds,), and on resampled recordings (n_seeds, n)."""

    values: Floats
    replicates: Floats
    n_recordings: int

    def __add__(self, other: "Daily") -> "Daily":
        return Daily(
            self.values + other.values, self.replicates + other.replicates, self.n_recordings
        )

    def __sub__(self, other: "Daily") -> "Daily":
        return self + other.times(-1.0)

    def times(self, factor: float) -> "Daily":
        """The same amount, so many times over."""
        return Daily(factor * self.values, factor * self.replicates, self.n_recordings)

    def plus(self, constant: float) -> "Daily":
        """The same amount and a sum that is certain."""
        return Daily(self.values + constant, self.replicates + constant, self.n_recordings)

    @property
    def estimate(self) -> Estimate:
        """Mean over seeds with its 95 % interval."""
        return estimate(self.values, self.replicates, self.n_recordings)


@dataclass(frozen=True, eq=False)
class CostComparison:
    """Costs a day of both sides, paired by seed and recording.

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
        """Net benefit a day: above zero, the candidate pays."""
        return self.saving.plus(self.certain)

    def net_at(self, ratio: float) -> Daily:
        """Net benefit if every miss cost `ratio` times what was entered."""
        return (self.misses.times(ratio) + self.false_alarms).plus(self.certain)


def compare_costs(
    baseline: Sequence[Result], candidate: Sequence[Result], costs: CostModel, cluster_change: int
) -> CostComparison | None:
    """Compare what runs on the same held-out recordings cost; None without labels of two classes.

    cluster_change: +1 where the candidate's clusters are clearly tidier, -1 untidier, else 0.
    """
    if any(_known(run) is None for run in (*baseline, *candidate)):
        return None
    names = candidate[0].data["class_names"]
    miss, alarm = costs.miss_of(names), costs.false_alarm_of(names)
    zero = np.zeros(len(names))
    before = {part: _daily(baseline, costs, *amounts)
              for part, amounts in (("miss", (miss, zero)), ("alarm", (zero, alarm)))}  # fmt: skip
    after = {part: _daily(candidate, costs, *amounts)
             for part, amounts in (("miss", (miss, zero)), ("alarm", (zero, alarm)))}  # fmt: skip
    fewer = np.mean(
        [_misses(b, costs) - _misses(c, costs) for b, c in zip(baseline, candidate, strict=True)],
        axis=0,
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
        frames = run.frames[_known(run)]
        each = costs.decisions_per_day * decision_costs(
            frames["label"].to_numpy(), frames["predicted"].to_numpy(), miss, alarm
        )
        counts = resampling_counts(run.n_recordings)
        values.append(float(each.mean()))
        drawn.append(mean_replicates(each, frames["recording"].to_numpy(), counts))
    return Daily(np.array(values), np.stack(drawn), runs[0].n_recordings)


def _misses(run: Result, costs: CostModel) -> Floats:
    """Misses of each class a day, (n_classes,)."""
    frames = run.frames[_known(run)]
    wrong = frames.loc[frames["label"] != frames["predicted"], "label"]
    found = np.bincount(wrong, minlength=len(run.data["class_names"]))
    return np.asarray(found * costs.decisions_per_day / len(frames))


def break_even_ratio(found: CostComparison) -> float | None:
    """How many times what was entered a miss must cost for both sides to be equal.

    None where no such number above zero exists: the answer is the same whatever misses cost.
    """
    slope = found.misses.values.mean()
    rest = found.false_alarms.values.mean() + found.certain
    return _positive(-rest, slope)


def break_even_misses(found: CostComparison, miss: Mapping[str, float]) -> dict[str, float]:
    """Class -> what missing it must cost, all else as entered, for both sides to be equal.

    miss: what it costs as entered. Classes for which no such cost of 0 or more exists are left out.
    """
    net = float(found.net.values.mean())
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
    daily = float(found.net.values.mean()) + costs.introduction / costs.payback_days
    return _positive(costs.introduction, daily)


def _positive(top: float, bottom: float) -> float | None:
    if bottom == 0.0:
        return None
    value = float(top / bottom)
    return value if 0.0 < value < HIGHEST else None
