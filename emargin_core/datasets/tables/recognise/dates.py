"""Dates and times of day in words: how they are recognised, and SQL that makes seconds of them."""

import re
from collections.abc import Sequence

from emargin_core.datasets.tables.read.sql import quote

_MONTHS = [
    *("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    *("jan", "feb", "mär", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez"),
    *("-", "-", "mrz"),
]
"""Beginnings of the names of months, in twelves."""
_MONTH = f"(?i:{'|'.join(dict.fromkeys(_MONTHS))})[a-zA-Z]*"
DATE = (
    rf"^(?:[A-Za-z]{{2,9}}\.?,?\s+)?(\d{{1,4}}|{_MONTH})[-/. ]+(\d{{1,2}}|{_MONTH})[-/., ]+"
    r"(\d{2,4})(?:[T ,;_-]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,:](\d{1,9}))?)?)?"
    r"\s*(?:([AaPp])\.?[Mm]\.?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?(?:\s*[A-Z]{2,5})?$"
)
COMPACT = r"^((?:19|20)\d{2})(\d{2})(\d{2})[T _-]?(\d{2})(\d{2})(\d{2})(?:[.,]?(\d{1,9}))?()(Z)?$"
CLOCK = r"^()()()(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,:](\d{1,9}))?)?\s*(?:([AaPp])\.?[Mm]\.?)?()$"
ORDERS = ("ymd", "dmy", "mdy")

_FIELDS = "['a','b','c','h','mi','s','f','ap','z']"
_PLAINER = (
    (r"\s*[\[(][^\])]*[\])]\s*$", ""),  # names of zones
    (r"[年月]", "-"), (r"日", " "), (r"[時时分]", ":"), (r"秒", ""),
    (r"^\s+|\s+$", ""),
    (r"^(\d{1,2})\.(\d{2})\.(\d{2})$", r"\1:\2:\3"),  # points between the parts of a time of day
)  # fmt: skip


def form_of(words: Sequence[str]) -> str | None:
    """Return how cells tell time: 'full', 'date' (a day alone), 'clock', or None."""
    plain = [_plainer(word) for word in words]
    patterns = {"date": DATE, "full": COMPACT, "clock": CLOCK}
    found = {form: [re.match(p, word) for word in plain] for form, p in patterns.items()}
    best = max(found, key=lambda form: sum(map(bool, found[form])))
    if not plain or sum(map(bool, found[best])) < 0.8 * len(plain):
        return None
    return "full" if best == "date" and any(m and m[4] for m in found[best]) else best


def plainer_sql(text: str) -> str:
    """Return SQL for text with plain signs in its dates, and without names of zones."""
    for pattern, instead in _PLAINER:
        text = f"regexp_replace({text}, '{pattern}', '{instead}', 'g')"
    return text


def match_sql(words: str, pattern: str) -> str:
    """Return SQL that takes a date apart into the fields that `seconds_sql` reads."""
    return f"regexp_extract({words}, {quote(pattern)}, {_FIELDS})"


def clock_sql() -> str:
    """Return SQL for the seconds of a time of day whose fields are in `m`."""
    return f"CASE WHEN m.h = '' THEN NULL ELSE {_of_day()} END"


def seconds_sql(order: str) -> str:
    """Return SQL for the seconds since 2000 of a date whose fields are in `m`.

    order: of ORDERS, what the first three fields are.
    """
    fields = dict(zip(order, "abc", strict=True))
    word = f"lower(left(m.{fields['m']}, 3))"
    named = f"(list_position({_MONTHS}, {word})::INT - 1) % 12 + 1"
    month = f"coalesce(TRY_CAST(m.{fields['m']} AS INT), {named})"
    year = f"TRY_CAST(m.{fields['y']} AS INT)"
    year = f"CASE WHEN {year} < 100 THEN {year} + 2000 ELSE {year} END"
    day = f"TRY_CAST(m.{fields['d']} AS INT)"
    days = f"(TRY(make_date({year}, {month}, {day})) - DATE '2000-01-01')"
    zone = (
        "coalesce(TRY_CAST(left(m.z, 1) || '1' AS INT) * (TRY_CAST(substr(m.z, 2, 2) AS INT) * "
        "3600 + CASE WHEN length(m.z) > 3 THEN right(m.z, 2)::INT * 60 ELSE 0 END), 0)"
    )
    return f"({days} * 86400.0 + {_of_day()} - {zone})"


def _of_day() -> str:
    hour, minute, second = (f"coalesce(TRY_CAST(m.{f} AS INT), 0)" for f in ("h", "mi", "s"))
    return (
        f"(CASE lower(m.ap) WHEN 'p' THEN {hour} % 12 + 12 WHEN 'a' THEN {hour} % 12 ELSE {hour} "
        f"END) * 3600 + {minute} * 60 + {second} + coalesce(TRY_CAST('0.' || m.f AS DOUBLE), 0)"
    )


def _plainer(word: str) -> str:
    for pattern, instead in _PLAINER:
        word = re.sub(pattern, instead, word)
    return word
