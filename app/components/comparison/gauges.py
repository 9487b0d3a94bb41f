"""Gauges: one row a metric, every bar running so that right is better.

A row shows the everyday word with the field's term, the bar with its interval, on the candidate a
tick where the baseline stands, and in words what may be said of the difference. Where the settings
were changed and nothing is measured yet, the earlier bar fades, and a hollow tick in a dashed band
shows what stored runs let expect.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from emargin_core.analysis.comparison import Comparison, metric_interval
from emargin_core.analysis.forecast.forecast import Expectation
from emargin_core.evaluation.metric_table import (
    ACCURACY,
    DAVIES_BOULDIN,
    EFFECTIVE_RANK,
    SILHOUETTE,
    Headline,
)
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.report.figures.palette import BASELINE, BETTER, FORECAST, WORSE
from emargin_core.text.language import gettext as _
from emargin_core.text.message import lazy_gettext
from emargin_core.text.numbers import signed

BETTER_BY, WORSE_BY = lazy_gettext("better by {size}"), lazy_gettext("worse by {size}")
CHANGES = {EFFECTIVE_RANK: (lazy_gettext("more by {size}"), lazy_gettext("fewer by {size}"))}
"""Words for a metric of which more is not simply better."""


@dataclass(frozen=True)
class Reading:
    """A metric's value with its interval, and for a candidate what it is compared with.

    equal_within: difference that does not matter, where such a margin is set for this metric.
    """

    value: Estimate | None
    baseline: Estimate | None = None
    difference: Estimate | None = None
    collapsed: bool = False
    settled: bool = False
    equal_within: float | None = None


def reading(comparison: Comparison, side: str, gauge: Headline) -> Reading:
    """What a gauge shows of one side of a comparison."""
    before = metric_interval(comparison.baseline, gauge.path)
    if side == "baseline":
        return Reading(before)
    return Reading(
        metric_interval(comparison.candidate, gauge.path),
        before,
        comparison.differences[gauge.path],
        any(run.collapsed for run in comparison.candidate),
        comparison.settled,
        comparison.judgement.equal_within if gauge.path == ACCURACY else None,
    )


def gauge_card(
    rows: Sequence[tuple[Headline, Reading]], expected: Expectation | None = None
) -> None:
    """Draw the rows of one card; expected: of the settings asked for, if the rows are of others."""
    st.html(gauge_html(rows, expected))


def gauge_html(
    rows: Sequence[tuple[Headline, Reading]], expected: Expectation | None = None
) -> str:
    """The rows of one card as HTML with its style; every text in it is escaped."""
    if expected is None:
        return STYLE + "<div class='gauges'>" + "".join(_row(g, r) for g, r in rows) + "</div>"
    known = expected if expected.values else None
    drawn = "".join(_row(gauge, reading, known) for gauge, reading in rows)
    drawn += f"<div class='note'>{html.escape(_expected_words(expected))}</div>"
    kind = "expecting known" if known else "expecting"
    return f"{STYLE}{_HOLLOW}<div class='gauges {kind}'>{drawn}</div>"


def _expected_words(expected: Expectation) -> str:
    if expected.may_collapse:
        return _("May collapse: the nearest stored setting did, and its scores mean nothing.")
    if not expected.values:
        return _("No idea yet what to expect: too few stored runs are near these settings.")
    return _(
        "Hollow: expected, from {n} runs; mean of all folds, 90 % interval. Not measured.",
        n=expected.n_runs,
    )


def _row(gauge: Headline, reading: Reading, expected: Expectation | None = None) -> str:
    value = reading.value
    number = "n/a" if value is None else gauge.text(value.mean)
    words, colour = _judgement(gauge, reading)
    bar = "" if value is None else _bar(gauge, value, reading.baseline, colour)
    title, note = str(gauge.label), str(gauge.note)
    spoken = _("{title}: {number}. {words}", title=title, number=number, words=words)
    if expected is not None:
        found = expected.values.get(gauge.path)
        words = _("no idea yet")
        if found is not None:
            words = _("expected {number}", number=gauge.text(found.mean))
            bar += _hollow(gauge, found)
        spoken = _spoken(gauge, number, found, expected.n_runs)
    spoken = html.escape(spoken)
    return (
        "<div class='gauge'>"
        f"<div class='name'><b>{html.escape(title)}</b>"
        f"<span>{html.escape(note)}</span></div>"
        f"<div class='track' role='img' aria-label='{spoken}'>{bar}</div>"
        f"<div class='number'><b>{number}</b><span>{html.escape(words)}</span></div></div>"
    )


def _bar(gauge: Headline, value: Estimate, baseline: Estimate | None, colour: str) -> str:
    parts = [f"<i class='fill' style='width:{_width(bar_share(gauge, value.mean))};"]
    parts.append(f"background:{colour}'></i>")
    if value.low is not None and value.high is not None:
        left, right = sorted((bar_share(gauge, value.low), bar_share(gauge, value.high)))
        parts.append(f"<i class='span' style='left:{_width(left)};")
        parts.append(f"width:{_width(right - left)}'></i>")
    if baseline is not None:
        at = _width(bar_share(gauge, baseline.mean))
        parts.append(f"<i class='tick' style='left:{at}'></i>")
    return "".join(parts)


def _hollow(gauge: Headline, expected: Estimate) -> str:
    assert expected.low is not None
    assert expected.high is not None
    left, right = sorted((bar_share(gauge, expected.low), bar_share(gauge, expected.high)))
    at = _width(bar_share(gauge, expected.mean))
    return (
        f"<i class='band' style='left:{_width(left)};width:{_width(right - left)}'></i>"
        f"<i class='hollow' style='left:{at}'></i>"
    )


def _spoken(gauge: Headline, number: str, expected: Estimate | None, n_runs: int) -> str:
    """A row for who cannot see it, while its settings are not measured."""
    title = str(gauge.label)
    if expected is None:
        return _(
            "{title}: {number} in the earlier comparison; no idea yet for the new settings.",
            title=title,
            number=number,
        )
    return _(
        "{title}: {number} in the earlier comparison; {mean} expected with the new settings, 90 % "
        "interval {interval}, from {n} runs, not measured.",
        title=title,
        number=number,
        mean=gauge.text(expected.mean),
        interval=_interval(gauge, expected),
        n=n_runs,
    )


def _judgement(gauge: Headline, reading: Reading) -> tuple[str, str]:
    """The words under the number, and the bar's colour: never colour alone, never inside noise."""
    value, difference = reading.value, reading.difference
    if value is None:
        return _("undefined here"), BASELINE
    if reading.baseline is None and difference is None:
        return _interval(gauge, value), BASELINE
    if reading.collapsed and gauge.path in (DAVIES_BOULDIN, SILHOUETTE):
        return _("collapsed: not meaningful"), BASELINE
    if difference is None:
        return _("baseline undefined"), BASELINE
    if not reading.settled:
        return _("first look: {change}", change=_signed(gauge, difference.mean)), BASELINE
    if reading.equal_within is not None and difference.within(reading.equal_within):
        margin = f"{100 * reading.equal_within:g}"
        return _("equal within {margin} points", margin=margin), BASELINE
    if difference.sign == 0:
        return _("cannot be told"), BASELINE
    better = (difference.mean < 0) == gauge.lower_is_better
    change = _change(gauge, abs(difference.mean))
    more, less = CHANGES.get(gauge.path, (BETTER_BY, WORSE_BY))
    if better:
        return str(more.format(size=change)), BASELINE if reading.collapsed else BETTER
    return str(less.format(size=change)), WORSE


def _interval(gauge: Headline, value: Estimate) -> str:
    if value.low is None or value.high is None:
        return ""
    if gauge.percent:
        return _("{low:.0f} to {high:.0f} %", low=100 * value.low, high=100 * value.high)
    return _("{low} to {high}", low=gauge.text(value.low), high=gauge.text(value.high))


def bar_share(gauge: Headline, value: float) -> float:
    """Where a value lies along the bar, 0 to 1."""
    empty, full = gauge.bar
    return min(1.0, max(0.0, (value - empty) / (full - empty)))


def _change(gauge: Headline, size: float) -> str:
    """Write the size of a difference."""
    if gauge.percent:
        return _("{n:.0f} points", n=100 * size)
    return f"{size:.{gauge.decimals}f}"


def _signed(gauge: Headline, change: float) -> str:
    """Write a difference with its sign."""
    if gauge.percent:
        return _("{n} points", n=signed(100 * change))
    return signed(change, gauge.decimals)


def _width(share: float) -> str:
    return f"{100 * share:.2f}%"


STYLE = """<style>
.gauges{font-variant-numeric:tabular-nums}
.gauge{display:grid;grid-template-columns:minmax(9.6rem,1.1fr) minmax(4rem,1.2fr) 7.6rem;
 gap:.9rem;align-items:center;padding:.2rem 0;
 border-top:1px solid color-mix(in srgb,currentColor 14%,transparent)}
.gauge .name b,.gauge .number b{display:block;line-height:1.15}
.gauge .name span,.gauge .number span{font-size:.8rem;opacity:.78;line-height:1.15;display:block}
.gauge .number{text-align:right}
.gauge .number b{white-space:nowrap}
.gauge .track{position:relative;height:.85rem;border-radius:3px;
 background:color-mix(in srgb,currentColor 10%,transparent)}
.gauge .fill{position:absolute;inset:0 auto 0 0;border-radius:3px}
.gauge .span{position:absolute;top:calc(50% - 1px);height:2px;background:currentColor}
.gauge .tick{position:absolute;top:-.3rem;bottom:-.3rem;width:2px;margin-left:-1px;
 background:currentColor}
@media (max-width:640px){.gauge{grid-template-columns:7.6rem 1fr 7.2rem;gap:.6rem}}
</style>"""

_HOLLOW = f"""<style>
.expecting:not(.known) .gauge,.known .number b{{opacity:.72}}
.known .fill,.known .span,.known .tick{{opacity:.55}}
.expecting .band,.expecting .hollow{{position:absolute;box-sizing:border-box;
 border:1.5px solid {FORECAST}}}
.expecting .band{{top:-.15rem;bottom:-.15rem;border-style:dashed;border-radius:3px;min-width:3px}}
.expecting .hollow{{top:-.35rem;bottom:-.35rem;width:5px;margin-left:-2.5px;border-radius:2px}}
.expecting .note{{font-size:.8rem;opacity:.78;padding-top:.2rem}}
</style>"""
