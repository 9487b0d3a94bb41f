"""A column of time as seconds: dates in any order, times of day, or counts of a unit.

What the content does not settle is asked: the unit of a count, the order of day and month.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emargin_core.datasets.tables.choices import RATES, TIME_UNITS, Choices
from emargin_core.datasets.tables.questions import Problem, change
from emargin_core.datasets.tables.read.table import Table
from emargin_core.datasets.tables.recognise.sample import Sample
from emargin_core.datasets.tables.words import plain, tokens
from emargin_core.text.message import Message, Text
from emargin_core.text.plain_text import shown

_MONTHS = "jan|feb|mar|mär|mrz|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez"
DATE = (
    r"^(?:[A-Za-z]{2,9}\.?,?\s+)?(\d{1,4}|(?i:" + _MONTHS + r")[a-zA-Z]*)[-/. ]+"
    r"(\d{1,2}|(?i:" + _MONTHS + r")[a-zA-Z]*)[-/., ]+(\d{2,4})"
    r"(?:[T ,;_-]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,:](\d{1,9}))?)?)?"
    r"\s*(?:([AaPp])\.?[Mm]\.?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?(?:\s*[A-Z]{2,5})?$"
)
COMPACT = r"^((?:19|20)\d{2})(\d{2})(\d{2})[T _-]?(\d{2})(\d{2})(\d{2})(?:[.,]?(\d{1,9}))?()(Z)?$"
CLOCK = r"^()()()(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,:](\d{1,9}))?)?\s*(?:([AaPp])\.?[Mm]\.?)?()$"
DOTTED = r"^(\d{1,2})\.(\d{2})\.(\d{2})$"
"""A time of day with points between its parts."""
_EAST_ASIAN = (("[年月]", "-"), ("日", " "), ("[時时分]", ":"), ("秒", ""))
_FIELDS = "['a','b','c','h','mi','s','f','ap','z']"
ORDERS = ("ymd", "dmy", "mdy")
EITHER = "either"
"""Day and month may change places without a difference within any recording."""
DAY = 86_400.0

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
_EPOCHS = (("s", 1e9, 5e9), ("ms", 1e12, 5e12), ("us", 1e15, 5e15), ("ns", 1e18, 5e18))
"""Counts since 1970, from 2001 on."""
_DAYS = ((25_000.0, 60_000.0), (700_000.0, 760_000.0))
"""Days as Excel and MATLAB count them."""
UPTIME = 365 * DAY
"""A count that begins later than this after its zero has another unit."""
EVEN_LOW, EVEN_HIGH = 0.01, 100_000.0


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


def form_of(words: Sequence[str]) -> str | None:
    """Return how cells tell time: 'full', 'date' (a day alone), 'clock', or None."""
    cleaned = [_cleaned(word) for word in words]
    if not cleaned:
        return None
    found = {
        name: sum(re.match(pattern, word) is not None for word in cleaned)
        for name, pattern in (("date", DATE), ("compact", COMPACT), ("clock", CLOCK))
    }
    best = max(found, key=lambda name: found[name])
    if found[best] < 0.8 * len(cleaned):
        return None
    if best == "clock":
        return "clock"
    if best == "compact":
        return "full"
    times = [re.match(DATE, word) for word in cleaned]
    return "full" if any(match and match[4] for match in times) else "date"


def read_time(
    table: Table,
    sample: Sample,
    columns: Sequence[str],
    recording: NDArray[np.int64],
    choices: Choices,
) -> TimeReader | Problem:
    """Find out how one column, or a date and a time of day, tell time.

    recording: (n,) of the sampled rows, -1 where unknown.
    """
    kinds = [table.kind(column) for column in columns]
    if len(columns) == 1 and kinds[0] == "date":
        return _native(table, columns[0])
    text = " || ' ' || ".join(table.text(column) for column in columns)
    if choices.time_format is not None and choices.time_format not in ORDERS:
        sql = f"epoch_us(TRY_STRPTIME({text}, {_quote(choices.time_format)})) / 1e6"
        return TimeReader(sql, f"secs IS NULL AND ({text}) IS NOT NULL")
    whole = sample[columns[0]]
    counts = len(columns) == 1 and whole.numeric and choices.time_format is None
    if counts and (choices.time_unit or form_of(sample.first_words(columns[0])) != "full"):
        return _count(table, sample, columns[0], recording, choices)
    return _dates(table, text, columns, recording, choices)


def unit_of_name(column: str, units_row: str = "") -> str | None:
    """Return the unit that a name, or the row of units under it, has: 'time_ms' -> 'ms'."""
    for words in (tokens(units_row), tokens(column)[1:] or tokens(column)):
        for word in reversed(words):
            if word in _UNIT_OF:
                return _UNIT_OF[word]
    squeezed = plain(column)
    for unit in ("seconds", "millis", "micros", "nanos", "msec", "usec", "ms", "us", "ns", "sec"):
        if squeezed.endswith(unit) and squeezed != unit[:-1]:
            return _UNIT_OF.get(unit, unit)
    return None


def _native(table: Table, column: str) -> TimeReader:
    raw = f"c{table.columns.index(column)}"
    [(origin,)] = table.rows(f"SELECT min(epoch_ns({raw}::TIMESTAMP_NS)) FROM s")
    sql = f"(epoch_ns({raw}::TIMESTAMP_NS) - {int(origin or 0)})::DOUBLE / 1e9"
    return TimeReader(sql, "FALSE")


def _count(
    table: Table, sample: Sample, column: str, recording: NDArray[np.int64], choices: Choices
) -> TimeReader | Problem:
    """Counts: the unit as given, as named, as the size tells, or a question."""
    cells = sample[column]
    known = cells.numbers[np.isfinite(cells.numbers)]
    steps = cells.steps[np.append(False, recording[1:] == recording[:-1])]
    steps = steps[np.isfinite(steps) & (steps > 0)]
    step = float(np.median(steps)) if len(steps) else 1.0
    unit = choices.time_unit or unit_of_name(column, table.units.get(column, ""))
    notes: tuple[Text, ...] = ()
    if unit is None and len(known):
        unit, says = _unit_of_size(float(known.min()), step, cells.whole)
        if says is not None:
            notes = (Message(says, column=shown(column), unit=unit),)
    elif unit not in (None, "s"):
        notes = (Message("column '{column}' is read as {named}", column=shown(column), named=unit),)
    if unit is None:
        return _ask_unit(column, step, float(known.min()) if len(known) else 0.0)
    scale = TIME_UNITS[unit]
    number = table.number(column)
    if cells.whole and len(known) and np.abs(known).max() >= 2**50:
        exact = f"TRY_CAST({table.text(column)} AS HUGEINT)"
        [(origin,)] = table.rows(f"SELECT min({exact}) FROM s")
        number = f"({exact} - {int(origin or 0)}::HUGEINT)::DOUBLE"
    elif len(known):
        number = f"({number} - {float(known.min())!r}::DOUBLE)"
    return TimeReader(f"{number} * {scale!r}", table.wrong(column), notes=notes)


def _unit_of_size(first: float, step: float, whole: bool) -> tuple[str | None, str | None]:
    """The only unit that makes sense of a count, and a template that says so; None if in doubt."""
    size = abs(first)
    for unit, low, high in _EPOCHS:
        if low <= size < high and RATES[0] <= 1 / (step * TIME_UNITS[unit]) <= RATES[1]:
            return unit, "column '{column}' is read as {unit} since 1970"
    if any(low <= size < high for low, high in _DAYS) and step < 1 and not whole:
        return "d", "column '{column}' is read as days"
    if step < 1 or (step == 1 and not whole):
        return "s", None
    likely = _likely_units(first, step)
    if len(likely) == 1 and size > 1e9:
        return likely[0], "column '{column}' is read as {unit}, the only unit that fits its size"
    return None, None


def _likely_units(first: float, step: float) -> list[str]:
    return [
        unit
        for unit in ("s", "ms", "us", "ns")
        if EVEN_LOW <= 1 / (step * TIME_UNITS[unit]) <= EVEN_HIGH
        and abs(first) * TIME_UNITS[unit] < UPTIME
    ]


def _ask_unit(column: str, step: float, first: float) -> Problem:
    likely = _likely_units(first, step) or ["s"]
    best = min(likely, key=lambda unit: abs(np.log(50 * step * TIME_UNITS[unit])))
    order = [best, *(unit for unit in likely if unit != best)]
    if step == 1:
        return Problem(
            Message(
                "column '{column}' goes up by 1 from row to row: is it time in seconds, or does it "
                "only count the rows? Say the unit, or how many samples there are in a second",
                column=shown(column),
            ),
            Message("column '{column}'", column=shown(column)),
            (change(time_unit="s"), change(time="", rate=50.0)),
            "time_unit",
        )
    return Problem(
        Message(
            "column '{column}' goes up by {step:g} from row to row: in which unit? As {unit} it "
            "would be {rate:g} samples a second",
            column=shown(column),
            step=step,
            unit=best,
            rate=1 / (step * TIME_UNITS[best]),
        ),
        Message("column '{column}'", column=shown(column)),
        tuple(change(time_unit=unit) for unit in order),
        "time_unit",
    )


def _dates(
    table: Table, text: str, columns: Sequence[str], recording: NDArray[np.int64], choices: Choices
) -> TimeReader | Problem:
    """Dates and times of day in words."""
    words = _clean_sql(text)
    name = " + ".join(columns)
    first = [
        row[0] for row in table.rows(f"SELECT {words} FROM s WHERE {words} IS NOT NULL LIMIT 200")
    ]
    clock = all(re.match(CLOCK, word) for word in first)
    pattern = CLOCK if clock else DATE
    if sum(re.match(pattern, word) is not None for word in first) < 0.5 * len(first):
        pattern = COMPACT
    if not any(re.match(pattern, word) for word in first):
        return Problem(
            Message(
                "column '{column}' has '{cell}', which is neither a number nor a date; say how the "
                "time is written, such as --time-format '%d.%m.%Y %H:%M:%S', or leave it out and "
                "give a rate",
                column=shown(name),
                cell=shown(first[0] if first else ""),
            ),
            Message("column '{column}'", column=shown(name)),
            (change(time="", rate=50.0),),
            "time_format",
        )
    order = "ymd" if clock or pattern is COMPACT else choices.time_format
    match = f"regexp_extract({words}, {_quote(pattern)}, {_FIELDS})"
    if order is None:
        found = _find_order(table, match, recording, name)
        if isinstance(found, Problem):
            return found
        order = found
    said = order
    order = "dmy" if order == EITHER else order
    seconds = _seconds_sql(order, clock)
    notes: tuple[Text, ...] = (Message("column '{column}' is read as dates", column=shown(name)),)
    if said in ("dmy", "mdy"):
        orders = {"dmy": Message("day before month"), "mdy": Message("month before day")}
        notes = (
            Message(
                "column '{column}' is read as dates, {order}",
                column=shown(name),
                order=orders[order],
            ),
        )
    if order == "ymd" and not clock and pattern is DATE:
        fast = f"(epoch_us(TRY_CAST({words} AS TIMESTAMP)) / 1e6 - 10957 * 86400)"
        seconds = f"COALESCE({fast}, {seconds})"
    wrong = f"({text}) IS NOT NULL AND secs IS NULL"
    return TimeReader(seconds, wrong, match, clock, notes)


def _find_order(table: Table, match: str, recording: NDArray[np.int64], name: str) -> str | Problem:
    """Which of the three numbers is the day; a question where that would make a difference."""
    found = table.arrays(
        f"SELECT m.a AS a, m.b AS b, TRY_CAST(m.a AS INT) AS x, TRY_CAST(m.b AS INT) AS y FROM "
        f"(SELECT {match} AS m, r FROM s ORDER BY r)"
    )
    first, second = (_integers(found[key]) for key in ("x", "y"))
    given = np.array([bool(word) for word in np.ma.filled(found["a"], "")], dtype=bool)
    if not given.any():
        return "ymd"
    if (first[given] > 31).mean() > 0.5:
        return "ymd"
    if (first[given] < 0).mean() > 0.5:
        return "mdy"
    if (second[given] < 0).mean() > 0.5 or (first[given] > 12).any():
        return "dmy"
    if (second[given] > 12).any():
        return "mdy"
    times = {}
    for order in ("dmy", "mdy"):
        sql = _seconds_sql(order, False)
        values = table.arrays(f"SELECT {sql} AS t FROM (SELECT {match} AS m, r FROM s) ORDER BY r")[
            "t"
        ]
        times[order] = _filled(values, np.float64, np.nan)
    together = np.append(False, recording[1:] == recording[:-1])
    steps = {order: np.diff(t, prepend=np.nan)[together] for order, t in times.items()}
    if np.allclose(steps["dmy"], steps["mdy"], equal_nan=True):
        return EITHER
    even = {order: _evenness(found) for order, found in steps.items()}
    for order, other in (("dmy", "mdy"), ("mdy", "dmy")):
        if even[order] >= 0.999 and even[other] < even[order] - 1e-9 and even[other] < 1:
            return order
    return Problem(
        Message(
            "column '{column}': is the day first, or the month? Both can be read",
            column=shown(name),
        ),
        Message("column '{column}'", column=shown(name)),
        (change(time_format="dmy"), change(time_format="mdy")),
        "time_format",
    )


def _evenness(steps: NDArray[np.float64]) -> float:
    """Share of the steps that rise and are no longer than some usual ones."""
    known = steps[np.isfinite(steps)]
    if not len(known):
        return 0.0
    usual = float(np.median(known[known > 0])) if (known > 0).any() else 1.0
    return float(((known >= 0) & (known <= 5 * usual)).mean())


def _seconds_sql(order: str, clock: bool) -> str:
    """Seconds of the fields of a match `m`: days since 2000, time of day, zone."""
    m = "m"
    hour = (
        f"CASE lower({m}.ap) WHEN 'p' THEN {m}.h::INT % 12 + 12 WHEN 'a' THEN {m}.h::INT % 12 "
        f"ELSE coalesce(TRY_CAST({m}.h AS INT), 0) END"
    )
    fraction = f"coalesce(TRY_CAST('0.' || {m}.f AS DOUBLE), 0)"
    of_day = (
        f"({hour}) * 3600 + coalesce(TRY_CAST({m}.mi AS INT), 0) * 60 + "
        f"coalesce(TRY_CAST({m}.s AS INT), 0) + {fraction}"
    )
    if clock:
        return f"CASE WHEN {m}.h = '' THEN NULL ELSE {of_day} END"
    fields = dict(zip(order, "abc", strict=True))
    month = f"{m}.{fields['m']}"
    names = "['jan','feb','mar','apr','may','jun','jul','aug','sep','oct','nov','dec']"
    word = (
        f"replace(replace(replace(replace(replace(lower(left({month}, 3)), 'mär', 'mar'), 'mrz', "
        "'mar'), 'mai', 'may'), 'okt', 'oct'), 'dez', 'dec')"
    )
    month = f"coalesce(TRY_CAST({month} AS INT), list_position({names}, {word})::INT)"
    year = f"TRY_CAST({m}.{fields['y']} AS INT)"
    year = f"CASE WHEN {year} < 100 THEN {year} + 2000 ELSE {year} END"
    day = f"TRY_CAST({m}.{fields['d']} AS INT)"
    days = f"(TRY(make_date({year}, {month}, {day})) - DATE '2000-01-01')"
    zone = (
        f"CASE WHEN left({m}.z, 1) IN ('+', '-') THEN (CASE left({m}.z, 1) WHEN '-' THEN -1 ELSE "
        f"1 END)"
        f" * (substr({m}.z, 2, 2)::INT * 3600 + coalesce(TRY_CAST(right({m}.z, 2) AS INT), 0) * "
        f"60 * "
        f"(length({m}.z) > 3)::INT) ELSE 0 END"
    )
    return f"({days} * 86400.0 + {of_day} - {zone})"


def _clean_sql(text: str) -> str:
    """Without zone names in brackets, and with signs where East Asia writes year, month and day."""
    plain_text = f"regexp_replace({text}, '\\s*[\\[(][^\\])]*[\\])]\\s*$', '')"
    for signs, instead in _EAST_ASIAN:
        plain_text = f"regexp_replace({plain_text}, '{signs}', '{instead}', 'g')"
    return f"regexp_replace(trim({plain_text}), '{DOTTED}', '\\1:\\2:\\3')"


def _cleaned(word: str) -> str:
    found = re.sub(r"\s*[\[(][^\])]*[\])]\s*$", "", word)
    for signs, instead in _EAST_ASIAN:
        found = re.sub(signs, instead, found)
    return re.sub(DOTTED, r"\1:\2:\3", found.strip())


def _filled(values: Any, dtype: Any, instead: float) -> NDArray[Any]:
    if isinstance(values, np.ma.MaskedArray):
        values = values.filled(instead)
    return np.asarray(values, dtype=dtype)


def _integers(values: Any) -> NDArray[np.int64]:
    return _filled(values, np.int64, -1)


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
