"""Gauges: one row a metric, every bar running so that right is better.

A row shows the everyday word with the field's term, the bar with its interval, on the candidate a
tick where the baseline stands, and in words whether the difference is beyond chance.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from app.palette import BASELINE, BETTER, WORSE
from emargin_core.comparison import Comparison, metric_interval
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.language import mark, say


@dataclass(frozen=True)
class Gauge:
    """How one metric is drawn: its names, the values at the bar's empty and full end.

    title, note, more and less are messages; the note may name its `size`.
    """

    path: str
    title: str
    note: str
    empty: float
    full: float
    percent: bool = False
    decimals: int = 2
    more: str = mark("better by {size}")
    less: str = mark("worse by {size}")
    size: int | None = None

    @property
    def lower_is_better(self) -> bool:
        """Whether the bar is reversed."""
        return self.full < self.empty

    def share(self, value: float) -> float:
        """Where a value lies along the bar, 0 to 1."""
        return min(1.0, max(0.0, (value - self.empty) / (self.full - self.empty)))

    def text(self, value: float) -> str:
        """Write a value as this metric is read."""
        return f"{100 * value:.0f} %" if self.percent else f"{value:.{self.decimals}f}"

    def change(self, size: float) -> str:
        """Write the size of a difference."""
        if self.percent:
            return say("{n:.0f} points", n=100 * size)
        return f"{size:.{self.decimals}f}"


@dataclass(frozen=True)
class Reading:
    """A metric's value with its interval, and for a candidate what it is compared with."""

    value: Estimate | None
    baseline: Estimate | None = None
    difference: Estimate | None = None
    collapsed: bool = False


def reading(comparison: Comparison, side: str, gauge: Gauge) -> Reading:
    """What a gauge shows of one side of a comparison."""
    before = metric_interval(comparison.baseline, gauge.path)
    if side == "baseline":
        return Reading(before)
    return Reading(
        metric_interval(comparison.candidate, gauge.path),
        before,
        comparison.differences[gauge.path],
        any(run.collapsed for run in comparison.candidate),
    )


def gauge_card(rows: Sequence[tuple[Gauge, Reading]]) -> None:
    """Draw the rows of one card."""
    st.html(gauge_html(rows))


def gauge_html(rows: Sequence[tuple[Gauge, Reading]]) -> str:
    """The rows of one card as HTML with its style; every text in it is escaped."""
    return _STYLE + "<div class='gauges'>" + "".join(_row(g, r) for g, r in rows) + "</div>"


def _row(gauge: Gauge, reading: Reading) -> str:
    value = reading.value
    number = "n/a" if value is None else gauge.text(value.mean)
    words, colour = _judgement(gauge, reading)
    bar = "" if value is None else _bar(gauge, value, reading.baseline, colour)
    title = say(gauge.title)
    note = say(gauge.note) if gauge.size is None else say(gauge.note, size=gauge.size)
    spoken = html.escape(say("{title}: {number}. {words}", title=title, number=number, words=words))
    return (
        "<div class='gauge'>"
        f"<div class='name'><b>{html.escape(title)}</b>"
        f"<span>{html.escape(note)}</span></div>"
        f"<div class='track' role='img' aria-label='{spoken}'>{bar}</div>"
        f"<div class='number'><b>{number}</b><span>{html.escape(words)}</span></div></div>"
    )


def _bar(gauge: Gauge, value: Estimate, baseline: Estimate | None, colour: str) -> str:
    parts = [f"<i class='fill' style='width:{_percent(gauge.share(value.mean))};"]
    parts.append(f"background:{colour}'></i>")
    if value.low is not None and value.high is not None:
        left, right = sorted((gauge.share(value.low), gauge.share(value.high)))
        parts.append(f"<i class='span' style='left:{_percent(left)};")
        parts.append(f"width:{_percent(right - left)}'></i>")
    if baseline is not None:
        parts.append(f"<i class='tick' style='left:{_percent(gauge.share(baseline.mean))}'></i>")
    return "".join(parts)


def _judgement(gauge: Gauge, reading: Reading) -> tuple[str, str]:
    """The words under the number, and the bar's colour: never colour alone, never inside noise."""
    value, difference = reading.value, reading.difference
    if value is None:
        return say("undefined here"), BASELINE
    if reading.baseline is None and difference is None:
        return _interval(gauge, value), BASELINE
    if reading.collapsed:
        return say("collapsed: means nothing"), BASELINE
    if difference is None:
        return say("baseline undefined"), BASELINE
    if difference.low is None:
        return say("chance unknown"), BASELINE
    if difference.sign == 0:
        return say("within chance"), BASELINE
    better = (difference.mean < 0) == gauge.lower_is_better
    change = gauge.change(abs(difference.mean))
    if better:
        return say(gauge.more, size=change), BETTER
    return say(gauge.less, size=change), WORSE


def _interval(gauge: Gauge, value: Estimate) -> str:
    if value.low is None or value.high is None:
        return ""
    if gauge.percent:
        return say("{low:.0f} to {high:.0f} %", low=100 * value.low, high=100 * value.high)
    return say("{low} to {high}", low=gauge.text(value.low), high=gauge.text(value.high))


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"


_STYLE = """<style>
.gauges{font-variant-numeric:tabular-nums}
.gauge{display:grid;grid-template-columns:minmax(9.6rem,1.1fr) minmax(4rem,1.2fr) 7.6rem;
 gap:.9rem;align-items:center;padding:.2rem 0;
 border-top:1px solid color-mix(in srgb,currentColor 14%,transparent)}
.gauge .name b,.gauge .number b{display:block;line-height:1.15}
.gauge .name span,.gauge .number span{font-size:.8rem;opacity:.78;line-height:1.15;display:block}
.gauge .number{text-align:right;white-space:nowrap}
.gauge .track{position:relative;height:.85rem;border-radius:3px;
 background:color-mix(in srgb,currentColor 10%,transparent)}
.gauge .fill{position:absolute;inset:0 auto 0 0;border-radius:3px}
.gauge .span{position:absolute;top:calc(50% - 1px);height:2px;background:currentColor}
.gauge .tick{position:absolute;top:-.3rem;bottom:-.3rem;width:2px;margin-left:-1px;
 background:currentColor}
@media (max-width:640px){.gauge{grid-template-columns:7.6rem 1fr 7.2rem;gap:.6rem}}
</style>"""
