"""Amounts, shares and lengths of time in words, with their intervals."""

from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.text.language import gettext as _
from emargin_core.text.numbers import percent


def amount_words(amount: float, unit: str, beside: float = 0.0) -> str:
    """An amount of money: whole where it, or what stands beside it, is large, else two digits."""
    digits = 0 if max(abs(amount), abs(beside)) >= 100 else 2
    text = f"{amount:,.{digits}f}".replace("-", "−").removesuffix(".00")
    return f"{'0' if text == '−0' else text} {unit}".strip()


def range_words(low: float, high: float, unit: str) -> str:
    """From one amount to another, with as many digits."""
    return _(
        "{low} to {high}",
        low=amount_words(low, unit, beside=high),
        high=amount_words(high, unit, beside=low),
    )


def interval_words(found: Estimate, unit: str) -> str:
    """A 95 % interval of money."""
    if found.low is None or found.high is None:
        return _("no interval available")
    return _("95 % interval {range}", range=range_words(found.low, found.high, unit))


def share_interval(found: Estimate) -> str:
    """A 95 % interval of a share, within 0 and 100 %."""
    if found.low is None or found.high is None:
        return _("no interval available")
    low, high = (percent(min(max(end, 0.0), 1.0)) for end in (found.low, found.high))
    return _("95 % interval {low} to {high}", low=low, high=high)


def hours_words(hours: float) -> str:
    """A length of time, in minutes below two hours."""
    if hours < 2.0:
        return _("{n} minutes", n=f"{60 * hours:.0f}")
    return _("{n} hours", n=f"{hours:,.1f}" if hours < 10.0 else f"{hours:,.0f}")


def two_shares(after: float, before: float) -> dict[str, str]:
    """Two shares to be read beside each other, with a digit more where they would look alike."""
    digits = 1 if percent(after) == percent(before) else 0
    return {"after": percent(after, digits), "before": percent(before, digits)}
