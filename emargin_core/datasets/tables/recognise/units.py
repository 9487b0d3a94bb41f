"""The unit of a column that counts time: by its name, by its size, or asked."""

from collections.abc import Sequence

import numpy as np

from emargin_core.datasets.tables.choices import RATES, TIME_UNITS
from emargin_core.datasets.tables.questions import Problem, ask, change
from emargin_core.datasets.tables.words import plain, tokens

_UNIT_NAMES = {
    "s": "s sec secs second seconds sekunden sekunde secondes segundos 秒",
    "ms": "ms msec msecs milli millis millisecond milliseconds millisekunden ミリ秒 毫秒",
    "us": "us µs μs usec usecs micro micros microsecond microseconds 微秒",
    "ns": "ns nsec nano nanos nanosecond nanoseconds 纳秒",
    "min": "min mins minute minutes minuten 分",
    "h": "h hr hrs hour hours stunden",
    "d": "d day days tage",
}
_UNIT_OF = {word: unit for unit, words in _UNIT_NAMES.items() for word in words.split()}
_ENDS = ("seconds", "millis", "micros", "nanos", "msec", "usec", "ms", "us", "ns", "sec")
_EPOCHS = (("s", 1e9, 5e9), ("ms", 1e12, 5e12), ("us", 1e15, 5e15), ("ns", 1e18, 5e18))
"""Counts since 1970, from 2001 on."""
_DAYS = ((25_000.0, 60_000.0), (700_000.0, 760_000.0))
"""Days as Excel and MATLAB count them."""
UPTIME = 365 * 86_400.0
"""A count that begins later than this after its zero has another unit."""
EVEN_LOW, EVEN_HIGH = 0.01, 100_000.0


def unit_of_name(column: str, units_row: str = "") -> str | None:
    """Return the unit that a name, or the row of units under it, has: 'time_ms' -> 'ms'."""
    for words in (tokens(units_row), tokens(column)[1:] or tokens(column)):
        for word in reversed(words):
            if word in _UNIT_OF:
                return _UNIT_OF[word]
    squeezed = plain(column)
    ends = (unit for unit in _ENDS if squeezed.endswith(unit) and squeezed != unit[:-1])
    return next((_UNIT_OF[unit] for unit in ends), None)


def unit_of_size(first: float, step: float, whole: bool) -> tuple[str | None, str | None]:
    """Return the only unit that makes sense of a count, and a template that says so.

    first: the lowest; step: the usual one. Without unit where it is in doubt.
    """
    size = abs(first)
    for unit, low, high in _EPOCHS:
        if low <= size < high and RATES[0] <= 1 / (step * TIME_UNITS[unit]) <= RATES[1]:
            return unit, "column '{column}' is read as {unit} since 1970"
    if any(low <= size < high for low, high in _DAYS) and step < 1 and not whole:
        return "d", "column '{column}' is read as days"
    if step < 1 or (step == 1 and not whole):
        return "s", None
    likely = _likely(first, step)
    if len(likely) == 1 and size > 1e9:
        return likely[0], "column '{column}' is read as {unit}, the only unit that fits its size"
    return None, None


def ask_unit(column: str, first: float, step: float) -> Problem:
    """Return the question for the unit of a count; first and step as `unit_of_size` has them."""
    likely: Sequence[str] = _likely(first, step) or ["s"]
    best = min(likely, key=lambda unit: abs(np.log(50 * step * TIME_UNITS[unit])))
    if step == 1:
        return ask(
            "column '{column}' goes up by 1 from row to row: is it time in seconds, or does it "
            "only count the rows? Say the unit, or how many samples there are in a second",
            change(time_unit="s"),
            change(time="", rate=50.0),
            asks="time_unit",
            column=column,
        )
    return ask(
        "column '{column}' goes up by {step:g} from row to row: in which unit? As {unit} it would "
        "be {rate:g} samples a second",
        *(change(time_unit=unit) for unit in dict.fromkeys((best, *likely))),
        asks="time_unit",
        column=column,
        step=step,
        unit=best,
        rate=1 / (step * TIME_UNITS[best]),
    )


def _likely(first: float, step: float) -> list[str]:
    return [
        unit
        for unit in ("s", "ms", "us", "ns")
        if EVEN_LOW <= 1 / (step * TIME_UNITS[unit]) <= EVEN_HIGH
        and abs(first) * TIME_UNITS[unit] < UPTIME
    ]
