"""A decision in plain words: headline, meaning, reasons, and what would change it.

Names of classes and the unit of money are the user's own: escape what is said here where it is
shown. Nothing of it is kept, so a change of language changes all of it.
"""

import math
from dataclasses import dataclass

from emargin_core.comparison import mean_metric
from emargin_core.decide.costs import (
    affordable_introduction,
    break_even_misses,
    break_even_ratio,
    days_to_pay_back,
)
from emargin_core.decide.decision import Decision
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.language import mark, say
from emargin_core.verdict import ACCURACY, DAVIES_BOULDIN, SILHOUETTE

HEADLINES = {
    "adopt": mark("Adopt it."),
    "do-not-adopt": mark("Do not adopt it."),
    "gather-more-data": mark("Gather more data first."),
}
FAIR_KAPPA = 0.6
"""Below this, two ways of labelling agree at best moderately (Landis and Koch 1977)."""


@dataclass(frozen=True)
class Reason:
    """One thing that was looked at: speaks_for is True, False, or None where it is open."""

    text: str
    speaks_for: bool | None


def headline(decision: Decision) -> str:
    """The answer in a few words."""
    if decision.answer == "gather-more-data" and _out_of_reach(decision):
        return say("Too close to call: keep the baseline for now.")
    return say(HEADLINES[decision.answer])


def meaning(decision: Decision) -> str:
    """Why, in one or two sentences."""
    ground, money = decision.ground, decision.money
    if ground == "collapsed":
        return say("Its embedding collapsed: nearly all moments look alike to it, and none of its "
                   "scores means anything.")  # fmt: skip
    if ground == "labels" or money is None:
        return say("There are no labels of two or more classes, so nobody can say how good the "
                   "decisions are, nor what they cost.")  # fmt: skip
    if ground == "field":
        return say("On the labels from the field it decides worse than the baseline, by more than "
                   "chance.")  # fmt: skip
    if ground in ("minimum", "minimum-open"):
        least = percent(decision.minimum or 0.0)
        if ground == "minimum":
            return say("It is right less often than the {least} that you ask for.", least=least)
        return say("Whether it is right the {least} of the time that you ask for cannot be told "
                   "yet.", least=least)  # fmt: skip
    net, unit = money.net.estimate, decision.costs.unit
    amount = amount_words(abs(net.mean), unit)
    if net.low is None or net.high is None:
        return say("One recording alone cannot show whether a difference is more than chance.")
    interval = range_words(net.low, net.high, unit)
    if ground == "cost":
        return say("All in all it would cost about {amount} more a day; even the best end of the "
                   "95 % interval ({interval}) is a loss.",
                   amount=amount, interval=interval)  # fmt: skip
    if ground == "cost-open":
        return say("The net benefit a day, {mean}, may be chance: the 95 % interval goes from "
                   "{interval}.", mean=amount_words(net.mean, unit), interval=interval)  # fmt: skip
    return say("All in all it would save about {amount} a day; even the worst end of the 95 % "
               "interval ({interval}) is a gain.", amount=amount, interval=interval)  # fmt: skip


def reasons(decision: Decision) -> list[Reason]:
    """All that was looked at, in the order of the three stages."""
    found = [_clusters(decision), _accuracy(decision), *_money(decision), _minimum(decision)]
    found += [_field(decision), _field_labels(decision)]
    return [reason for reason in found if reason is not None]


def changes(decision: Decision) -> list[str]:
    """What would change the answer, or settle it."""
    found = [_more_data(decision), *_break_evens(decision)]
    if decision.ground == "collapsed":
        found.append(say("Give it some spread (the repair) or a weaker margin, and run the pilot "
                         "again."))  # fmt: skip
    if decision.ground == "labels":
        found.append(say("Label some minutes of every class in every recording."))
    if decision.field is None and decision.ground not in ("collapsed", "labels"):
        found.append(say("It has not been checked with labels from the field: if it is clearly "
                         "worse there, the answer is no."))  # fmt: skip
    if decision.chosen_among > 1:
        found.append(
            say("It is the best of {n} settings on the very recordings that judge it here, and so "
                "in part lucky: labels from the field, or new recordings, would show it.",
                n=decision.chosen_among)
        )  # fmt: skip
    return [sentence for sentence in found if sentence]


def limits(decision: Decision) -> list[str]:
    """What the answer takes for granted."""
    first = decision.comparison.candidate[0]
    seeds = len(decision.comparison.candidate)
    return [
        say("Classes are taken to occur as often in a day as in the {n} held-out recordings, and "
            "days to be like them.", n=first.n_recordings),
        say("One training alone was looked at: how much chance in training matters is not in the "
            "intervals.")
        if seeds == 1
        else say("Intervals count recordings and {n} repeats of the training.", n=seeds),
    ]  # fmt: skip


def _clusters(decision: Decision) -> Reason:
    comparison = decision.comparison
    if decision.ground == "collapsed":
        return Reason(say("Groups: the scores of a collapsed embedding mean nothing."), False)
    values = [
        _number(mean_metric(side, path))
        for path in (DAVIES_BOULDIN, SILHOUETTE)
        for side in (comparison.candidate, comparison.baseline)
    ]
    numbers = say("Davies–Bouldin {a} instead of {b}, Silhouette {c} instead of {d}",
                  **dict(zip("abcd", values, strict=True)))  # fmt: skip
    if decision.clusters > 0:
        return Reason(say("Groups: clearly tidier ({numbers}).", numbers=numbers), True)
    if decision.clusters < 0:
        return Reason(say("Groups: clearly less tidy ({numbers}).", numbers=numbers), False)
    return Reason(say("Groups: no clear difference ({numbers}).", numbers=numbers), None)


def _accuracy(decision: Decision) -> Reason:
    comparison = decision.comparison
    before, after = (mean_metric(side, ACCURACY)
                     for side in (comparison.baseline, comparison.candidate))  # fmt: skip
    difference = comparison.differences.get(ACCURACY)
    if before is None or after is None or difference is None:
        return Reason(say("Decisions: n/a, there are no labels of two or more classes."), None)
    shares = two_shares(after, before)
    if difference.sign > 0:
        return Reason(say("Decisions: right {after} of the time instead of {before}, more than "
                          "chance.", **shares), True)  # fmt: skip
    if difference.sign < 0:
        return Reason(say("Decisions: right {after} of the time instead of {before}, worse by more "
                          "than chance.", **shares), False)  # fmt: skip
    return Reason(say("Decisions: right {after} of the time instead of {before}; the difference "
                      "may be chance.", **shares), None)  # fmt: skip


def _money(decision: Decision) -> list[Reason]:
    money, costs = decision.money, decision.costs
    if money is None:
        return [Reason(say("Costs: n/a, for want of labels."), None)]
    unit = costs.unit
    saving, net = money.saving.estimate, money.net.estimate
    found = [
        Reason(
            say("Wrong decisions would cost {after} a day instead of {before}; saving {mean} "
                "({interval}).",
                after=amount_words(money.candidate.estimate.mean, unit),
                before=amount_words(money.baseline.estimate.mean, unit),
                mean=amount_words(saving.mean, unit), interval=interval_words(saving, unit)),
            _sign(saving),
        )
    ]  # fmt: skip
    if money.certain:
        found.append(
            Reason(
                say("With what the method itself costs, and what tidier groups are worth, the net "
                    "benefit is {mean} a day ({interval}).",
                    mean=amount_words(net.mean, unit), interval=interval_words(net, unit)),
                _sign(net),
            )
        )  # fmt: skip
    return found


def _minimum(decision: Decision) -> Reason | None:
    found = decision.accuracy
    if decision.minimum is None or found is None:
        return None
    least = percent(decision.minimum)
    if found.low is None or found.high is None:
        return Reason(say("Least accuracy asked for, {least}: cannot be told.", least=least), None)
    interval = share_interval(found)
    if found.low >= decision.minimum:
        return Reason(say("At least the {least} that you ask for ({interval}).", least=least,
                          interval=interval), True)  # fmt: skip
    if found.high < decision.minimum:
        return Reason(say("Less than the {least} that you ask for ({interval}).", least=least,
                          interval=interval), False)  # fmt: skip
    return Reason(say("It may be above or below the {least} that you ask for ({interval}).",
                      least=least, interval=interval), None)  # fmt: skip


def _field(decision: Decision) -> Reason | None:
    check = decision.field
    if check is None:
        return Reason(say("Field: not checked yet, there are no labels from the field."), None)
    shares = two_shares(check.candidate.accuracy.mean, check.baseline.accuracy.mean)
    words = shares | {"n": f"{len(check.matched.frames):,}"}
    if check.difference.sign > 0:
        return Reason(say("Field: right on {after} of {n} labels instead of {before}, more than "
                          "chance.", **words), True)  # fmt: skip
    if check.difference.sign < 0:
        return Reason(say("Field: right on {after} of {n} labels instead of {before}, worse by "
                          "more than chance.", **words), False)  # fmt: skip
    return Reason(say("Field: right on {after} of {n} labels instead of {before}; the difference "
                      "may be chance.", **words), None)  # fmt: skip


def _field_labels(decision: Decision) -> Reason | None:
    """Warn where the field and the data's own labels mean different things."""
    check = decision.field
    if check is None or check.own_kappa is None or check.own_kappa >= FAIR_KAPPA:
        return None
    return Reason(
        say("The labels from the field and those of the data agree little (kappa {kappa}): first "
            "find out which are right.", kappa=f"{check.own_kappa:.2f}"),
        None,
    )  # fmt: skip


def _out_of_reach(decision: Decision) -> bool:
    """Whether a question is open that no reasonable amount of data would settle."""
    is_open = decision.ground in ("cost-open", "minimum-open")
    several = decision.comparison.candidate[0].n_recordings > 1
    return is_open and several and decision.more is None


def _more_data(decision: Decision) -> str:
    if decision.ground not in ("cost-open", "minimum-open"):
        return ""
    n_recordings = decision.comparison.candidate[0].n_recordings
    if n_recordings < 2:
        return say("At least two held-out recordings, better ten, are needed for an interval.")
    if _out_of_reach(decision) or decision.more is None:
        return say("The difference is so small beside its uncertainty that no reasonable amount of "
                   "data would settle it: keep the baseline, unless something else speaks for the "
                   "method.")  # fmt: skip
    words = {
        "n": decision.more.recordings,
        "have": n_recordings,
        "hours": hours_words(decision.more.recordings * decision.hours),
    }
    seeds = len(decision.comparison.candidate)
    if decision.more.seeds > seeds:
        return say("About {n} held-out recordings instead of {have} ({hours} in all), and {seeds} "
                   "repeats of the training instead of {seeds_now}, would settle it four times out "
                   "of five, if the difference stays as it is.", **words,
                   seeds=decision.more.seeds, seeds_now=seeds)  # fmt: skip
    return say("About {n} held-out recordings instead of {have} ({hours} in all) would settle it "
               "four times out of five, if the difference stays as it is.", **words)  # fmt: skip


def _break_evens(decision: Decision) -> list[str]:
    """Where the two would be equal, one cost at a time."""
    money, costs = decision.money, decision.costs
    if money is None or decision.ground == "collapsed":
        return []
    net, unit = float(money.net.values.mean()), costs.unit
    found = []
    ratio = break_even_ratio(money)
    if ratio is not None and not math.isclose(ratio, 1.0):
        found.append(say("Both would cost the same if every miss cost {ratio} times what you "
                         "entered.", ratio=f"{ratio:.2g}"))  # fmt: skip
    classes = break_even_misses(money, costs.miss)
    if classes:
        name = min(classes, key=lambda c: _change(classes[c], costs.miss.get(c, 1.0)))
        found.append(say("Both would cost the same if missing '{name}' once cost {amount} instead "
                         "of {now}.", name=name, amount=amount_words(classes[name], unit),
                         now=amount_words(costs.miss.get(name, 1.0), unit)))  # fmt: skip
    affordable = affordable_introduction(money, costs).mean
    if affordable > 0.0 and decision.answer == "adopt":
        found.append(say("It pays back within {days} days as long as introducing it costs less "
                         "than {amount}.", days=f"{costs.payback_days:,.0f}",
                         amount=amount_words(affordable, unit)))  # fmt: skip
    days = days_to_pay_back(money, costs)
    if days is not None and decision.answer == "adopt":
        found.append(say("At the savings measured, introducing it has paid back after {days} days.",
                         days=f"{math.ceil(days):,}"))  # fmt: skip
    if net < 0.0 and decision.clusters > 0:
        found.append(say("It would pay if tidier groups were worth {amount} a day in themselves.",
                         amount=amount_words(costs.tidiness_per_day - net, unit)))  # fmt: skip
    return found


def _change(amount: float, now: float) -> float:
    """How far apart two costs are, as a ratio either way."""
    if amount <= 0.0 or now <= 0.0:
        return math.inf
    return abs(math.log(amount / now))


def _sign(found: Estimate) -> bool | None:
    return None if found.sign == 0 else found.sign > 0


def amount_words(amount: float, unit: str, beside: float = 0.0) -> str:
    """An amount of money: whole where it, or what stands beside it, is large, else two digits."""
    digits = 0 if max(abs(amount), abs(beside)) >= 100 else 2
    text = f"{amount:,.{digits}f}".replace("-", "−").removesuffix(".00")
    return f"{'0' if text == '−0' else text} {unit}".strip()


def range_words(low: float, high: float, unit: str) -> str:
    """From one amount to another, with as many digits."""
    return say("{low} to {high}", low=amount_words(low, unit, beside=high),
               high=amount_words(high, unit, beside=low))  # fmt: skip


def interval_words(found: Estimate, unit: str) -> str:
    """A 95 % interval of money."""
    if found.low is None or found.high is None:
        return say("no interval can be stated")
    return say("95 % interval {range}", range=range_words(found.low, found.high, unit))


def share_interval(found: Estimate) -> str:
    """A 95 % interval of a share, within 0 and 100 %."""
    if found.low is None or found.high is None:
        return say("no interval can be stated")
    low, high = (percent(min(max(end, 0.0), 1.0)) for end in (found.low, found.high))
    return say("95 % interval {low} to {high}", low=low, high=high)


def hours_words(hours: float) -> str:
    """A length of time, in minutes below two hours."""
    if hours < 2.0:
        return say("{n} minutes", n=f"{60 * hours:.0f}")
    return say("{n} hours", n=f"{hours:,.1f}" if hours < 10.0 else f"{hours:,.0f}")


def percent(share: float, digits: int = 0) -> str:
    """A share as it is read."""
    return f"{100 * share:.{digits}f} %"


def two_shares(after: float, before: float) -> dict[str, str]:
    """Two shares to be read beside each other, with a digit more where they would look alike."""
    digits = 1 if percent(after) == percent(before) else 0
    return {"after": percent(after, digits), "before": percent(before, digits)}


def _number(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.2f}"
