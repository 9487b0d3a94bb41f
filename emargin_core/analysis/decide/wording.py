"""The sentences of a decision: headline, meaning, what would change it, limits.

Names of classes and the unit of money are the user's own: escape them where this is shown.
Nothing of it is kept, so a change of language changes all of it.
"""

import math

from emargin_core.analysis.decide.amounts import amount_words, hours_words, range_words
from emargin_core.analysis.decide.costs import (
    affordable_introduction,
    break_even_misses,
    break_even_ratio,
    days_to_pay_back,
)
from emargin_core.analysis.decide.decision import Decision
from emargin_core.analysis.explanation import against_raw
from emargin_core.text.language import gettext as _
from emargin_core.text.language import ngettext, sentences
from emargin_core.text.message import lazy_gettext
from emargin_core.text.numbers import percent
from emargin_core.text.units import counted, plural

HEADLINES = {
    "adopt": lazy_gettext("Adopt it."),
    "do-not-adopt": lazy_gettext("Do not adopt it."),
    "gather-more-data": lazy_gettext("Gather more data first."),
}


def headline(decision: Decision) -> str:
    """The answer in a few words; in a first look, what the verdict says."""
    if decision.reason_code == "first-look":
        return decision.comparison.verdict.headline
    if decision.answer == "gather-more-data" and _out_of_reach(decision):
        return _("Too close to call: keep the baseline for now.")
    return str(HEADLINES[decision.answer])


def meaning(decision: Decision) -> str:
    """Why, in one or two sentences, and whether the plain spectra do as well."""
    raw = against_raw(decision.comparison, decision.reference_scores)
    return sentences(_ground(decision), raw)


def _ground(decision: Decision) -> str:
    reason_code, money = decision.reason_code, decision.money
    if reason_code == "collapsed":
        return _(
            "Its embedding collapsed: nearly all moments look alike to it, so its "
            "scores mean nothing."
        )
    if reason_code == "labels" or money is None:
        return _(
            "There are no labels of two or more classes, so the accuracy and the cost"
            " of decisions are unknown."
        )
    if reason_code == "first-look":
        return decision.comparison.verdict.advice
    if reason_code == "independent-labels":
        return _("On the independent labels it is less accurate than the baseline.")
    if reason_code in ("minimum", "minimum-open"):
        least = percent(decision.minimum or 0.0)
        if reason_code == "minimum":
            return _("Its accuracy is below your minimum of {least}.", least=least)
        return _("Whether it reaches your minimum accuracy of {least} cannot be told.", least=least)
    return _net(decision)


def _net(decision: Decision) -> str:
    """What the net benefit says, with its interval."""
    assert decision.money is not None
    net, unit = decision.money.net.estimate, decision.costs.unit
    if net.low is None or net.high is None:
        return _(
            "Whether it saves or costs money cannot be told: the net benefit of {mean} per day "
            "has no interval.",
            mean=amount_words(net.mean, unit),
        )
    amount = amount_words(abs(net.mean), unit)
    interval = range_words(net.low, net.high, unit)
    if decision.reason_code == "cost":
        return _(
            "Overall it would cost about {amount} more per day; even the best end of "
            "the 95 % interval ({interval}) is a loss.",
            amount=amount,
            interval=interval,
        )
    if decision.reason_code == "cost-open":
        return _(
            "Whether it saves or costs money cannot be told: the net benefit is {mean} per day, "
            "95 % interval {interval}.",
            mean=amount_words(net.mean, unit),
            interval=interval,
        )
    saves = _(
        "Overall it would save about {amount} per day; even the worst end of the 95 %"
        " interval ({interval}) is a gain.",
        amount=amount,
        interval=interval,
    )
    if decision.reason_code == "unconfirmed":
        return sentences(saves, _("But it is the best of several settings and not confirmed yet."))
    return saves


def changes(decision: Decision) -> list[str]:
    """What would change the answer, or settle it."""
    found = [_more_data(decision), *_break_evens(decision)]
    if decision.reason_code == "collapsed":
        found.append(
            _("Raise the uniformity weight or weaken the margin, and run the pilot again.")
        )
    if decision.reason_code == "labels":
        found.append(_("Label a few minutes of every class in every recording."))
    if decision.label_check is None and decision.reason_code not in ("collapsed", "labels"):
        found.append(
            _(
                "It has not been checked with independent labels yet. If it is worse on them, do "
                "not adopt it."
            )
        )
    if decision.chosen_among > 1 and not decision.confirmed:
        found.append(
            _(
                "It was chosen as the best of {n} settings, so part of its result may be luck. "
                "Confirm it on the page Sensitivity, on {units} that had no part in the choice; it "
                "is confirmed if every fold chooses it without them.",
                n=decision.chosen_among,
                units=plural(decision.comparison.evidence.noun),
            )
        )
    return [sentence for sentence in found if sentence]


def limits(decision: Decision) -> list[str]:
    """The assumptions of the answer."""
    evidence = decision.comparison.evidence
    held_out = evidence.held_out
    units = counted(evidence.noun, held_out.n_units)
    if not held_out.settled:
        covered = _("This is a first look: it has no intervals and claims nothing.")
    elif held_out.n_folds == 1:
        covered = ngettext(
            "The intervals cover the differences between {units} and between {n} training.",
            "The intervals cover the differences between {units} and between {n} trainings.",
            len(held_out.folds),
            units=units,
        )
    else:
        covered = ngettext(
            "The intervals cover the differences between {n} fold: other {units}, other "
            "training data, other trainings.",
            "The intervals cover the differences between {n} folds: other {units}, other "
            "training data, other trainings.",
            len(set(held_out.folds)),
            units=plural(evidence.noun),
        )
    return [
        _(
            "Assumption: each class is as frequent in daily use as in the held-out data "
            "({units}), and days in use are like these.",
            units=units,
        ),
        covered,
    ]


def _out_of_reach(decision: Decision) -> bool:
    """Whether a question is open that no reasonable amount of data would settle."""
    return decision.reason_code in ("cost-open", "minimum-open") and decision.more is None


def _more_data(decision: Decision) -> str:
    if decision.reason_code not in ("cost-open", "minimum-open"):
        return ""
    if decision.more is None:
        return _(
            "The difference is so small compared with its uncertainty that no "
            "realistic amount of data would settle it. Keep the baseline unless there"
            " are other reasons for the method."
        )
    evidence = decision.comparison.evidence
    words = {
        "units": counted(evidence.noun, decision.more.units),
        "have": evidence.held_out.n_units,
        "hours": hours_words(decision.more.units * decision.hours),
    }
    if decision.more.trainings > evidence.n_seeds:
        return _(
            "About {units} instead of {have} ({hours} in all) and {trainings} trainings of each "
            "method instead of {trainings_now} would settle it four times out of five, if the "
            "difference stays the same.",
            **words,
            trainings=decision.more.trainings,
            trainings_now=evidence.n_seeds,
        )
    return _(
        "About {units} instead of {have} ({hours} in all) would settle it four times out of "
        "five, if the difference stays the same.",
        **words,
    )


def _break_evens(decision: Decision) -> list[str]:
    """Sentences on break-even costs, one cost at a time."""
    money, costs = decision.money, decision.costs
    if money is None or decision.reason_code == "collapsed":
        return []
    net, unit = money.net.mean, costs.unit
    found = []
    ratio = break_even_ratio(money)
    if ratio is not None and not math.isclose(ratio, 1.0):
        found.append(
            _(
                "Both would cost the same if every miss cost {ratio} times what you entered.",
                ratio=f"{ratio:.2g}",
            )
        )
    classes = break_even_misses(money, costs.miss)
    if classes:
        name = min(classes, key=lambda c: _change(classes[c], costs.miss.get(c, 1.0)))
        now = costs.miss.get(name, 1.0)
        found.append(
            _(
                "Both would cost the same, by the measured means, if missing '{name}' alone cost "
                "about {amount} instead of {now} and every other mistake what you entered.",
                name=name,
                amount=amount_words(_rounded(classes[name], now), unit),
                now=amount_words(now, unit),
            )
        )
    affordable = affordable_introduction(money, costs).mean
    if affordable > 0.0 and decision.answer == "adopt":
        found.append(
            _(
                "It pays for itself within {days} days if the introduction costs less"
                " than {amount}.",
                days=f"{costs.payback_days:,.0f}",
                amount=amount_words(affordable, unit),
            )
        )
    days = days_to_pay_back(money, costs)
    if days is not None and decision.answer == "adopt":
        found.append(
            _(
                "At the measured savings, the introduction pays for itself after {days} days.",
                days=f"{math.ceil(days):,}",
            )
        )
    if net < 0.0 and decision.clusters > 0:
        found.append(
            _(
                "It would pay off if tidier groups alone were worth {amount} per day.",
                amount=amount_words(costs.tidiness_per_day - net, unit),
            )
        )
    return found


def _rounded(amount: float, now: float) -> float:
    """A cost to two digits, which means without an interval do not exceed; more where it is now's.

    now: the cost beside which it stands.
    """
    rounded = float(f"{amount:.2g}")
    return amount if rounded == now else rounded


def _change(amount: float, now: float) -> float:
    """How far apart two costs are, as a ratio either way."""
    if amount <= 0.0 or now <= 0.0:
        return math.inf
    return abs(math.log(amount / now))
