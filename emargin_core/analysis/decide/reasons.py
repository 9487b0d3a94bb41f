"""The findings that a decision rests on, one sentence each, in the order of its stages.

Of clusters and accuracy they say what the verdict says, see `analysis.verdict_words`. Names of
classes and the unit of money are the user's own: escape what is said here where it is shown.
"""

from dataclasses import dataclass

from emargin_core.analysis.comparison import mean_metric
from emargin_core.analysis.decide.amounts import (
    amount_words,
    interval_words,
    share_interval,
    two_shares,
)
from emargin_core.analysis.decide.decision import Decision
from emargin_core.analysis.verdict import Change
from emargin_core.analysis.verdict_words import how_sure
from emargin_core.evaluation.metric_table import DAVIES_BOULDIN, SILHOUETTE
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.text.language import gettext as _
from emargin_core.text.language import sentences
from emargin_core.text.message import lazy_gettext
from emargin_core.text.numbers import percent

POINTING = {
    1: lazy_gettext("Groups: it points to tidier ones ({numbers})."),
    -1: lazy_gettext("Groups: it points to less tidy ones ({numbers})."),
    0: lazy_gettext("Groups: it points neither way ({numbers})."),
}
"""Which way the cluster scores of a first look point."""
FAIR_KAPPA = 0.6
"""Below this, two ways of labelling agree at best moderately (Landis and Koch 1977)."""


@dataclass(frozen=True)
class Reason:
    """One finding; speaks_for: True for the method, False against it, None open."""

    text: str
    speaks_for: bool | None


def reasons(decision: Decision) -> list[Reason]:
    """The findings, in the order of the three stages."""
    found = [_clusters(decision), _accuracy(decision), *_money(decision), _minimum(decision)]
    found += [_labels(decision), _label_quality(decision)]
    return [reason for reason in found if reason is not None]


def _clusters(decision: Decision) -> Reason:
    comparison = decision.comparison
    if decision.reason_code == "collapsed":
        return Reason(_("Groups: the scores of a collapsed embedding mean nothing."), False)
    values = [
        _number(mean_metric(side, path))
        for path in (DAVIES_BOULDIN, SILHOUETTE)
        for side in (comparison.candidate, comparison.baseline)
    ]
    numbers = _(
        "Davies–Bouldin {a} instead of {b}, Silhouette {c} instead of {d}",
        **dict(zip("abcd", values, strict=True)),
    )
    judgement = comparison.judgement
    if not judgement.settled:
        return Reason(str(POINTING[judgement.toward[0]].format(numbers=numbers)), None)
    if judgement.clusters == "better":
        return Reason(_("Groups: tidier ({numbers}).", numbers=numbers), True)
    if judgement.clusters == "worse":
        return Reason(_("Groups: less tidy ({numbers}).", numbers=numbers), False)
    return Reason(
        _("Groups: whether they are tidier cannot be told ({numbers}).", numbers=numbers), None
    )


def _accuracy(decision: Decision) -> Reason:
    comparison = decision.comparison
    before, after = comparison.evidence.accuracies
    if before is None or after is None:
        return Reason(
            _("Decisions: unknown, because there are no labels of two or more classes."), None
        )
    judgement = comparison.judgement
    shares = two_shares(after, before)
    said = _("Decisions: accuracy {after} instead of {before}.", **shares)
    if not judgement.settled:
        return Reason(sentences(said, _("A first look claims nothing.")), None)
    sure = how_sure(judgement, comparison.evidence) or _("Whether it differs cannot be told.")
    return Reason(sentences(said, sure), _speaks_for(judgement.accuracy))


def _speaks_for(change: Change) -> bool | None:
    return {"better": True, "worse": False}.get(change)


def _money(decision: Decision) -> list[Reason]:
    money, costs = decision.money, decision.costs
    if money is None:
        return [Reason(_("Costs: unknown, because labels are missing."), None)]
    unit = costs.unit
    saving, net = money.saving.estimate, money.net.estimate
    found = [
        Reason(
            _(
                "Wrong decisions would cost {after} per day instead of {before}; "
                "savings {mean} ({interval}).",
                after=amount_words(money.candidate.estimate.mean, unit),
                before=amount_words(money.baseline.estimate.mean, unit),
                mean=amount_words(saving.mean, unit),
                interval=interval_words(saving, unit),
            ),
            _sign(saving),
        )
    ]
    if money.certain:
        found.append(
            Reason(
                _(
                    "Including the cost of the method and the value of tidier groups,"
                    " the net benefit is {mean} per day ({interval}).",
                    mean=amount_words(net.mean, unit),
                    interval=interval_words(net, unit),
                ),
                _sign(net),
            )
        )
    return found


def _sign(found: Estimate) -> bool | None:
    return None if found.sign == 0 else found.sign > 0


def _minimum(decision: Decision) -> Reason | None:
    found = decision.accuracy
    if decision.minimum is None or found is None:
        return None
    least = percent(decision.minimum)
    if found.low is None or found.high is None:
        return Reason(_("Minimum accuracy {least}: unknown.", least=least), None)
    interval = share_interval(found)
    if found.low >= decision.minimum:
        return Reason(
            _("Minimum accuracy {least}: reached ({interval}).", least=least, interval=interval),
            True,
        )
    if found.high < decision.minimum:
        return Reason(
            _(
                "Minimum accuracy {least}: not reached ({interval}).",
                least=least,
                interval=interval,
            ),
            False,
        )
    return Reason(
        _(
            "Minimum accuracy {least}: whether it is reached cannot be told ({interval}).",
            least=least,
            interval=interval,
        ),
        None,
    )


def _labels(decision: Decision) -> Reason | None:
    check = decision.label_check
    if check is None:
        return Reason(_("Independent labels: not checked yet, there are none."), None)
    words = two_shares(check.candidate.accuracy.mean, check.baseline.accuracy.mean)
    words |= {"n": f"{check.matched.count:,}"}
    if decision.label_change == "better":
        text = _(
            "Independent labels: accuracy {after} on {n} labels instead of {before}, better.",
            **words,
        )
    elif decision.label_change == "worse":
        text = _(
            "Independent labels: accuracy {after} on {n} labels instead of {before}, worse.",
            **words,
        )
    elif decision.label_change == "equal":
        text = _(
            "Independent labels: accuracy {after} on {n} labels instead of {before}, equal within "
            "{margin} points.",
            **words,
            margin=f"{100 * decision.comparison.judgement.equal_within:g}",
        )
    else:
        text = _(
            "Independent labels: accuracy {after} on {n} labels instead of {before}; whether it "
            "differs cannot be told.",
            **words,
        )
    return Reason(text, _speaks_for(decision.label_change))


def _label_quality(decision: Decision) -> Reason | None:
    """Warn where independent labels and the data's own labels mean different things."""
    check = decision.label_check
    if check is None or check.own_kappa is None or check.own_kappa >= FAIR_KAPPA:
        return None
    return Reason(
        _(
            "The independent labels and the labels of the data agree poorly (kappa "
            "{kappa}): first find out which are right.",
            kappa=f"{check.own_kappa:.2f}",
        ),
        None,
    )


def _number(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.2f}"
