"""The one rule that turns a pilot, its costs and a field check into adopt, do not adopt, or wait.

The first that applies gives the answer; "beyond chance" = the 95 % interval says so.

| ground | what is known | answer |
| --- | --- | --- |
| collapsed | a run of the candidate collapsed | do not adopt |
| labels | there is no accuracy: no labels of two classes | gather more data |
| field | on labels from the field it is worse, beyond chance | do not adopt |
| minimum | below the least accuracy that will do, beyond chance, here or there | do not adopt |
| cost | net benefit a day below zero, beyond chance | do not adopt |
| minimum-open | it cannot be told from the least that will do | gather more data |
| cost-open | net benefit cannot be told from zero | gather more data |
| benefit | none of these: net benefit above zero, beyond chance | adopt |

An answer holds for the costs as entered and for data like the held-out recordings.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from emargin_core.comparison import Comparison, metric_interval
from emargin_core.decide.agreement import FieldCheck
from emargin_core.decide.costs import CostComparison, CostModel, Daily, compare_costs
from emargin_core.decide.more_data import MoreData, more_data
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.result import Result
from emargin_core.verdict import ACCURACY, cluster_change

Answer = Literal["adopt", "do-not-adopt", "gather-more-data"]
Ground = Literal[
    "collapsed", "labels", "field", "minimum", "cost", "minimum-open", "cost-open", "benefit",
]  # fmt: skip
ANSWERS: dict[Ground, Answer] = {
    "collapsed": "do-not-adopt",
    "labels": "gather-more-data",
    "field": "do-not-adopt",
    "minimum": "do-not-adopt",
    "cost": "do-not-adopt",
    "minimum-open": "gather-more-data",
    "cost-open": "gather-more-data",
    "benefit": "adopt",
}


@dataclass(frozen=True, eq=False)
class Decision:
    """The answer, on which ground, and all that it rests on.

    accuracy: of the candidate on held-out recordings; minimum: the least that will do, None if none
    was asked for; more: what would settle an open question, None where there is none or it is out
    of reach; hours: mean length of a held-out recording; chosen_among: how many settings the
    candidate was the best of, on the same recordings (1: it was not chosen).
    """

    ground: Ground
    comparison: Comparison
    costs: CostModel
    money: CostComparison | None
    accuracy: Estimate | None
    minimum: float | None
    field: FieldCheck | None
    more: MoreData | None
    hours: float
    chosen_among: int

    @property
    def answer(self) -> Answer:
        """Adopt, do not adopt, or gather more data."""
        return ANSWERS[self.ground]

    @property
    def clusters(self) -> int:
        """+1 where the candidate's clusters are clearly tidier, -1 less tidy, 0 neither."""
        return cluster_change(self.comparison.differences)


def decide(
    comparison: Comparison,
    costs: CostModel,
    *,
    minimum: float | None = None,
    field: FieldCheck | None = None,
    chosen_among: int = 1,
) -> Decision:
    """Apply the rule of this module to runs on the same held-out recordings."""
    money = compare_costs(
        comparison.baseline, comparison.candidate, costs, cluster_change(comparison.differences)
    )
    accuracy = metric_interval(comparison.candidate, ACCURACY)
    ground = judge(
        collapsed=any(run.collapsed for run in comparison.candidate),
        net=None if money is None else money.net.estimate,
        accuracy=accuracy,
        minimum=minimum,
        field_difference=None if field is None else field.difference,
        field_accuracy=None if field is None else field.candidate.accuracy,
    )
    return Decision(
        ground=ground,
        comparison=comparison,
        costs=costs,
        money=money,
        accuracy=accuracy,
        minimum=minimum,
        field=field,
        more=_more(ground, money, comparison, minimum),
        hours=hours_per_recording(comparison.candidate[0]),
        chosen_among=chosen_among,
    )


def judge(
    *,
    collapsed: bool,
    net: Estimate | None,
    accuracy: Estimate | None,
    minimum: float | None,
    field_difference: Estimate | None,
    field_accuracy: Estimate | None,
) -> Ground:
    """Apply the rule of this module to what was measured."""
    if collapsed:
        return "collapsed"
    if net is None or accuracy is None:
        return "labels"
    if field_difference is not None and field_difference.sign < 0:
        return "field"
    against_minimum = [
        _side(found, minimum) for found in (accuracy, field_accuracy) if found is not None
    ]
    if -1 in against_minimum:
        return "minimum"
    if net.sign < 0:
        return "cost"
    if 0 in against_minimum:
        return "minimum-open"
    return "benefit" if net.sign > 0 else "cost-open"


def _side(found: Estimate, minimum: float | None) -> int:
    """+1 at or above the minimum beyond chance, or if there is none; -1 below it; 0 open."""
    if minimum is None:
        return 1
    if found.low is None or found.high is None:
        return 0
    return 1 if found.low >= minimum else -1 if found.high < minimum else 0


def _more(
    ground: Ground, money: CostComparison | None, comparison: Comparison, minimum: float | None
) -> MoreData | None:
    if ground == "cost-open" and money is not None:
        return more_data(money.net)
    if ground == "minimum-open" and minimum is not None:
        found = _accuracies(comparison.candidate)
        return None if found is None else more_data(found, minimum)
    return None


def _accuracies(runs: tuple[Result, ...]) -> Daily | None:
    if any(ACCURACY not in run.replicates for run in runs):
        return None
    return Daily(
        np.array([run.metric(ACCURACY) for run in runs], dtype=float),
        np.stack([run.replicates[ACCURACY] for run in runs]),
        runs[0].n_recordings,
    )


def hours_per_recording(run: Result) -> float:
    """Mean length of the held-out recordings, in hours, as their frames cover them."""
    frames = run.frames
    steps = frames.groupby("recording")["time"].diff()
    step = float(steps.median()) if steps.notna().any() else 0.0
    return len(frames) * step / run.n_recordings / 3600.0
