"""A column of time as seconds: dates in any order, times of day, or counts of a unit.

What the content does not settle is asked: the unit of a count, the order of day and month.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emargin_core.datasets.tables.choices import RATES, TIME_UNITS, Choices
from emargin_core.datasets.tables.questions import Problem, ask, change
from emargin_core.datasets.tables.read.sql import quote
from emargin_core.datasets.tables.read.table import Table
from emargin_core.datasets.tables.recognise import dates
from emargin_core.datasets.tables.recognise.sample import Ints, Sample
from emargin_core.datasets.tables.words import plain, tokens
from emargin_core.text.message import Message, Text
from emargin_core.text.plain_text import shown

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
SHUFFLED = 0.2
"""Rows are in no order of time where more than this share of the steps goes back."""
EITHER = "either"
"""Day and month may change places without a difference within any recording."""
DOUBTFUL = "doubtful"
_SAID = {"dmy": Message("day before month"), "mdy": Message("month before day")}


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


@dataclass(frozen=True)
class TimeReader:
    """How a column tells time.

    sql: gives seconds, NULL where missing; wrong: true where a cell is no time, given `secs`;
    both may use `m`, which `parsed` gives; clock: whether it is a time of day, which begins anew at
    midnight.
    """

    sql: str
    wrong: str
    parsed: str = "NULL"
    clock: bool = False
    notes: tuple[Text, ...] = ()


def read_time(
    sample: Sample, columns: Sequence[str], blocks: Ints, choices: Choices
) -> TimeReader | Problem:
    """Find out how one column, or a date and a time of day, tell time.

    blocks: (n,) number of the recording of each sampled row.
    """
    table, first = sample.table, columns[0]
    alone = len(columns) == 1
    if alone and table.kind(first) == "date":
        stamps = f"epoch_ns({table.raw(first)}::TIMESTAMP_NS)"
        [(origin,)] = table.rows(f"SELECT min({stamps}) FROM s")
        return TimeReader(f"({stamps} - {int(origin or 0)})::DOUBLE / 1e9", "FALSE")
    text = " || ' ' || ".join(table.text(column) for column in columns)
    if choices.time_format is not None and choices.time_format not in dates.ORDERS:
        sql = f"epoch_us(TRY_STRPTIME({text}, {quote(choices.time_format)})) / 1e6"
        return TimeReader(sql, f"secs IS NULL AND ({text}) IS NOT NULL")
    counts = alone and sample[first].numeric and choices.time_format is None
    if counts and (choices.time_unit or dates.form_of(sample.first_words(first)) != "full"):
        return _count(sample, first, blocks, choices)
    return _dates(table, text, " + ".join(columns), blocks, choices)


def _count(sample: Sample, name: str, blocks: Ints, choices: Choices) -> TimeReader | Problem:
    """Counts: the unit as given, as named, as the size tells, or a question."""
    table, column = sample.table, sample[name]
    known, steps = column.known, column.steps_within(blocks)
    if np.count_nonzero(steps < 0) > SHUFFLED * len(steps):
        order = np.lexsort((column.numbers, blocks))
        steps = np.diff(column.numbers[order])[np.diff(blocks[order]) == 0]
    steps = steps[steps > 0]
    step = float(np.median(steps)) if len(steps) else 1.0
    first = float(known.min()) if len(known) else 0.0
    says: str | None = "column '{column}' is read as {unit}"
    units = table.layout.units if table.layout is not None else {}
    unit = choices.time_unit or unit_of_name(name, units.get(name, ""))
    if unit is None and len(known):
        unit, says = unit_of_size(first, step, column.whole)
    elif unit == "s":
        says = None
    if unit is None:
        return ask_unit(name, first, step)
    number = f"({table.number(name)} - {first!r}::DOUBLE)"
    if column.whole and len(known) and np.abs(known).max() >= 2**50:
        exact = f"TRY_CAST({table.text(name)} AS HUGEINT)"
        [(origin,)] = table.rows(f"SELECT min({exact}) FROM s")
        number = f"({exact} - {int(origin or 0)}::HUGEINT)::DOUBLE"
    notes = (Message(says, column=shown(name), unit=unit),) if says is not None else ()
    return TimeReader(f"{number} * {TIME_UNITS[unit]!r}", table.wrong(name), notes=notes)


def _dates(
    table: Table, text: str, name: str, blocks: Ints, choices: Choices
) -> TimeReader | Problem:
    """Dates and times of day in words."""
    words = dates.plainer_sql(text)
    query = f"SELECT {words} FROM s WHERE {words} IS NOT NULL LIMIT 200"
    first = [row[0] for row in table.rows(query)]
    matches = {
        p: sum(bool(re.match(p, word)) for word in first)
        for p in (dates.CLOCK, dates.DATE, dates.COMPACT)
    }
    pattern = max(matches, key=lambda p: matches[p])
    if not matches[pattern]:
        return ask(
            "column '{column}' has '{cell}', which is neither a number nor a date; say how the "
            "time is written, such as --time-format '%d.%m.%Y %H:%M:%S', or leave it out and give "
            "a rate",
            change(time="", rate=50.0),
            asks="time_format",
            column=name,
            cell=shown(first[0] if first else ""),
        )
    match, wrong = dates.match_sql(words, pattern), f"({text}) IS NOT NULL AND secs IS NULL"
    read = Message("column '{column}' is read as dates", column=shown(name))
    if pattern is dates.CLOCK:
        return TimeReader(dates.clock_sql(), wrong, match, clock=True, notes=(read,))
    order = "ymd" if pattern is dates.COMPACT else choices.time_format
    order = order or _find_order(table, match, blocks)
    if order == DOUBTFUL:
        return ask(
            "column '{column}': is the day first, or the month? Both can be read",
            change(time_format="dmy"),
            change(time_format="mdy"),
            asks="time_format",
            column=name,
        )
    if order in _SAID:
        read = Message(
            "column '{column}' is read as dates, {order}", column=shown(name), order=_SAID[order]
        )
    seconds = dates.seconds_sql("dmy" if order == EITHER else order)
    if order == "ymd" and pattern is dates.DATE:
        fast = f"(epoch_us(TRY_CAST({words} AS TIMESTAMP)) / 1e6 - 10957 * 86400)"
        zone = f"({words} LIKE '%:%+%' OR {words} LIKE '%:%-%')"  # which such a cast drops
        seconds = f"COALESCE(CASE WHEN {zone} THEN NULL ELSE {fast} END, {seconds})"
    return TimeReader(seconds, wrong, match, notes=(read,))


def _find_order(table: Table, match: str, blocks: Ints) -> str:
    """Which of the three numbers is the day; DOUBTFUL where that would make a difference."""
    found = table.arrays(
        "SELECT m.a AS a, TRY_CAST(m.a AS INT) AS x, TRY_CAST(m.b AS INT) AS y, "
        f"{dates.seconds_sql('dmy')} AS dmy, {dates.seconds_sql('mdy')} AS mdy "
        f"FROM (SELECT {match} AS m, r FROM s) ORDER BY r"
    )
    given = found["a"] != ""
    first, second = found["x"][given], found["y"][given]
    if not len(first) or (first > 31).mean() > 0.5:
        return "ymd"
    if (first < 0).mean() > 0.5:  # in words
        return "mdy"
    if (second < 0).mean() > 0.5 or (first > 12).any():
        return "dmy"
    if (second > 12).any():
        return "mdy"
    together = np.append(False, blocks[1:] == blocks[:-1])
    steps = {o: np.diff(found[o], prepend=np.nan)[together] for o in ("dmy", "mdy")}
    if np.allclose(steps["dmy"], steps["mdy"], equal_nan=True):
        return EITHER
    even = {order: _evenness(taken) for order, taken in steps.items()}
    for order, other in (("dmy", "mdy"), ("mdy", "dmy")):
        if even[order] >= 0.999 and even[other] < even[order] - 1e-9:
            return order
    return DOUBTFUL


def _evenness(steps: NDArray[np.float64]) -> float:
    """Share of the steps that rise and are no longer than some usual ones."""
    known = steps[np.isfinite(steps)]
    if not len(known):
        return 0.0
    usual = float(np.median(known[known > 0])) if (known > 0).any() else 1.0
    return float(((known >= 0) & (known <= 5 * usual)).mean())
