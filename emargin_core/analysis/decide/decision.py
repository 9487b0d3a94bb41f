"""The rule that turns a pilot, its costs and a check of its labels into an answer.

The first row that applies gives the answer. Better, worse and equal are those of
`analysis.verdict`; an amount is above or below another where its whole 95 % interval is.

| reason_code | what is known | answer |
| --- | --- | --- |
| collapsed | a run of the candidate collapsed | do not adopt |
| labels | no accuracy: there are no labels of two classes | gather more data |
| first-look | the comparison is not settled | gather more data |
| independent-labels | less accurate than the baseline on independent labels | do not adopt |
| minimum | accuracy below the minimum, on the data's or on independent labels | do not adopt |
| cost | net benefit per day below zero | do not adopt |
| minimum-open | the accuracy's interval contains the minimum, or there is none | gather more data |
| cost-open | the net benefit's interval contains zero, or there is none | gather more data |
| unconfirmed | chosen among several settings, and not confirmed | gather more data |
| benefit | none of these: net benefit above zero | adopt |

An answer holds for the costs as entered and for data like the held-out data. Accuracy that is equal
within the margin may still cost or save money: the costs decide.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from emargin_core.analysis.comparison import Comparison, held_out_of, metric_interval, metric_range
from emargin_core.analysis.decide.agreement import LabelCheck
from emargin_core.analysis.decide.costs import CostComparison, CostModel, Daily, compare_costs
from emargin_core.analysis.decide.more_data import MoreData, more_data
from emargin_core.analysis.verdict import Change
from emargin_core.analysis.verdict import judge as judge_differences
from emargin_core.evaluation.metric_table import ACCURACY
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.store.reference_scores import ReferenceScores
from emargin_core.store.result import Result

Answer = Literal["adopt", "do-not-adopt", "gather-more-data"]
ReasonCode = Literal[
    "collapsed",
    "labels",
    "first-look",
    "independent-labels",
    "minimum",
    "cost",
    "minimum-open",
    "cost-open",
    "unconfirmed",
    "benefit",
]
ANSWERS: dict[ReasonCode, Answer] = {
    "collapsed": "do-not-adopt",
    "labels": "gather-more-data",
    "first-look": "gather-more-data",
    "independent-labels": "do-not-adopt",
    "minimum": "do-not-adopt",
    "cost": "do-not-adopt",
    "minimum-open": "gather-more-data",
    "cost-open": "gather-more-data",
    "unconfirmed": "gather-more-data",
    "benefit": "adopt",
}


@dataclass(frozen=True, eq=False)
class Decision:
    """The answer, its reason code, and what it was derived from.

    accuracy: of the candidate on held-out data; minimum: the minimum accuracy, None if none was
    set; label_check: against independent labels, None without them; more: what would settle an open
    question, None where there is none or it is out of reach; hours: mean length of a held-out unit;
    chosen_among: how many settings the candidate was the best of (1: it was not chosen); confirmed:
    whether it is compared here on groups that had no part in the choice; reference_scores: None if
    they have not been measured.
    """

    reason_code: ReasonCode
    comparison: Comparison
    costs: CostModel
    money: CostComparison | None
    accuracy: Estimate | None
    minimum: float | None
    label_check: LabelCheck | None
    more: MoreData | None
    hours: float
    chosen_among: int
    confirmed: bool
    reference_scores: ReferenceScores | None

    @property
    def answer(self) -> Answer:
        """Adopt, do not adopt, or gather more data."""
        return ANSWERS[self.reason_code]

    @property
    def settled(self) -> bool:
        """Whether anything may be claimed, a collapse apart."""
        return self.comparison.settled

    @property
    def clusters(self) -> int:
        """+1 where the candidate's clusters are better, -1 worse, 0 where neither is known."""
        return cluster_change(self.comparison)

    @property
    def label_change(self) -> Change:
        """What changed on the independent labels; 'unmeasured' without them."""
        return _label_change(self.label_check, self.comparison.judgement.equal_within)


def decide(
    comparison: Comparison,
    costs: CostModel,
    *,
    minimum: float | None = None,
    label_check: LabelCheck | None = None,
    chosen_among: int = 1,
    confirmed: bool = False,
    reference_scores: ReferenceScores | None = None,
) -> Decision:
    """Apply the rule of this module to runs on the same held-out units."""
    judgement = comparison.judgement
    money = compare_costs(
        comparison.baseline, comparison.candidate, costs, cluster_change(comparison)
    )
    accuracy = metric_interval(comparison.candidate, ACCURACY)
    reason_code = judge(
        collapsed=judgement.kind == "collapsed",
        settled=judgement.settled,
        net=None if money is None else money.net.estimate,
        accuracy=accuracy,
        minimum=minimum,
        label_change=_label_change(label_check, judgement.equal_within),
        label_accuracy=None if label_check is None else label_check.candidate.accuracy,
        confirmed=confirmed or chosen_among <= 1,
    )
    return Decision(
        reason_code=reason_code,
        comparison=comparison,
        costs=costs,
        money=money,
        accuracy=accuracy,
        minimum=minimum,
        label_check=label_check,
        more=_more(reason_code, money, comparison, minimum),
        hours=hours_per_unit(comparison.candidate),
        chosen_among=chosen_among,
        confirmed=confirmed,
        reference_scores=reference_scores,
    )


def judge(
    *,
    collapsed: bool,
    settled: bool,
    net: Estimate | None,
    accuracy: Estimate | None,
    minimum: float | None,
    label_change: Change,
    label_accuracy: Estimate | None,
    confirmed: bool,
) -> ReasonCode:
    """Apply the rule of this module to what was measured."""
    if collapsed:
        return "collapsed"
    if net is None or accuracy is None:
        return "labels"
    if not settled:
        return "first-look"
    if label_change == "worse":
        return "independent-labels"
    against_minimum = [
        _side(found, minimum) for found in (accuracy, label_accuracy) if found is not None
    ]
    if -1 in against_minimum:
        return "minimum"
    if net.sign < 0:
        return "cost"
    if 0 in against_minimum:
        return "minimum-open"
    if net.sign == 0:
        return "cost-open"
    return "benefit" if confirmed else "unconfirmed"


def cluster_change(comparison: Comparison) -> int:
    """+1 where the candidate's clusters are better, -1 worse, 0 where neither is known."""
    judgement = comparison.judgement
    if judgement.kind == "collapsed":
        return 0
    return {"better": 1, "worse": -1}.get(judgement.clusters, 0)


def _label_change(check: LabelCheck | None, equal_within: float) -> Change:
    """What changed on independent labels, by the rule of every other accuracy."""
    if check is None:
        return "unmeasured"
    return judge_differences(
        {ACCURACY: check.difference}, settled=check.held_out.settled, equal_within=equal_within
    ).accuracy


def _side(found: Estimate, minimum: float | None) -> int:
    """+1 with all of the interval at or above the minimum, or without one; -1 below; 0 open."""
    if minimum is None:
        return 1
    if found.low is None or found.high is None:
        return 0
    return 1 if found.low >= minimum else -1 if found.high < minimum else 0


def _more(
    reason_code: ReasonCode,
    money: CostComparison | None,
    comparison: Comparison,
    minimum: float | None,
) -> MoreData | None:
    if reason_code == "cost-open" and money is not None:
        return more_data(money.net)
    if reason_code == "minimum-open" and minimum is not None:
        return more_data(_accuracies(comparison.candidate), minimum)
    return None


def _accuracies(runs: tuple[Result, ...]) -> Daily:
    drawn = None
    if all(ACCURACY in run.replicates for run in runs):
        drawn = np.stack([run.replicates[ACCURACY] for run in runs])
    values = np.array([run.metric(ACCURACY) for run in runs], dtype=float)
    return Daily(values, held_out_of(runs), metric_range(ACCURACY), drawn)


def hours_per_unit(runs: tuple[Result, ...]) -> float:
    """Mean length of what is held out of a unit, in hours, as the frames of one side cover it."""
    one_a_fold = {run.fold: run for run in runs}.values()
    n_units = sum(len(run.unit.names) for run in one_a_fold)
    return sum(_hours(run) for run in one_a_fold) / n_units


def _hours(run: Result) -> float:
    steps = run.frames.groupby("recording")["time"].diff()
    step = float(steps.median()) if steps.notna().any() else 0.0
    return len(run.frames) * step / 3600.0
