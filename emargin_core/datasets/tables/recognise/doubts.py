"""What the content of a table leaves open although it could be read: asked before it is used."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.mapping import PARTS
from emargin_core.datasets.tables.questions import Problem, ask, change
from emargin_core.datasets.tables.read.limits import UNREAD
from emargin_core.datasets.tables.read.numbers import EITHER
from emargin_core.datasets.tables.read.table import Table
from emargin_core.datasets.tables.recognise.columns import Recognised
from emargin_core.datasets.tables.recognise.sample import Column, Floats, Sample
from emargin_core.datasets.tables.words import NULL_CLASSES, UNSURE_WORDS, plain, tokens
from emargin_core.text.message import Message, Text
from emargin_core.text.plain_text import listed, shown

MOST_SENTINELS = 4
SENTINEL_ROWS = 3
OTHER_VALUES = 10
MOST_SENSORS = 50
SENSOR_NAMES = frozenset(
    ("sensor", "variable", "channel", "signal", "axis", "quantity", "parameter", "measurement")
)
"""Names of a column that tells which sensor a row has the value of, where it has numbers."""
SPARSE = 0.5
"""A channel or a label is sparse where more than this share of it is missing."""


def sentinels(column: Column) -> list[tuple[float, int]]:
    """Values of a column that look like codes, with their number among the sampled rows."""
    known = np.sort(column.known)
    found: list[tuple[float, int]] = []
    while len(known) > 20 and len(found) < MOST_SENTINELS:
        low, high = known[0], known[-1]
        at_low = int(np.searchsorted(known, low, side="right"))
        at_high = len(known) - int(np.searchsorted(known, high, side="left"))
        for value, n, rest in ((low, at_low, known[at_low:]), (high, at_high, known[:-at_high])):
            if n >= SENTINEL_ROWS and n < len(known) / 2 and _far(float(value), rest):
                found.append((float(value), n))
                known = rest
                break
        else:
            break
    return found


def _far(value: float, rest: Floats) -> bool:
    """Whether a value is further from all others than those are from each other."""
    if len(rest) < 2 or len(np.unique(rest[:: max(1, len(rest) // 5_000)])) < OTHER_VALUES:
        return False
    low, high = rest[0], rest[-1]
    inner_low, inner_high = np.quantile(rest, (0.01, 0.99))
    gap = low - value if value < low else value - high
    if gap > high - low:
        return True
    nines = abs(value) >= 99 and set(f"{abs(value):.0f}") == {"9"} and value == round(value)
    return bool(gap > 2 * (inner_high - inner_low) and (nines or gap > 0.5 * (high - low)))


def doubts(sample: Sample, found: Recognised, choices: Choices) -> Iterator[Problem]:
    """Yield a question for each doubt about values and labels."""
    channels = [sample[name] for name in found.mapping.channels]
    yield from _decimal_mark(sample, found)
    if choices.na is None:
        yield from _sentinels(channels)
    for column in channels:
        if (column.given & ~np.isfinite(column.numbers)).any():
            yield from wrong_cells(column)
    if found.row_is == "sample":
        yield from _long(sample, found, choices)
        yield from _slow(channels, choices)
        yield from _label_at_changes(sample, found, choices)


def warnings(sample: Sample, found: Recognised) -> Iterator[Text]:
    """Yield a sentence for each thing about the labels that need not stop the file."""
    label = found.mapping.members("label", sample.table.columns)
    words = sample[label[0]].words if len(label) == 1 else []
    for word in [word for word in words if plain(word) in NULL_CLASSES or word == "?"][:1]:
        yield Message(
            "class '{name}' looks like no class at all; --ignore-class={name} takes it so",
            name=shown(word),
        )


def wrong_cells(column: Column) -> Iterator[Problem]:
    """Yield what the cells of a column of numbers are that are none: words, or faults."""
    words = column.sample.wrong_words(column.name) if column.kind == "text" else []
    if not words:
        return
    table = column.sample.table
    word, n, row = words[0]
    all_words = tuple(cell for cell, _, _ in words)
    as_missing, leave_out = change(na=all_words, missing="drop"), change(leave_out=(column.name,))
    place: dict[str, Any] = {"column": column.name, "row": table.line(row)}
    if len(words) <= 3 and (word in UNSURE_WORDS or n > 2):
        yield ask(
            "column '{column}' has '{cell}' in {n:,} rows, the first is row {row:,}: does it stand "
            "for a missing value?",
            change(na=all_words, missing="interpolate"),
            as_missing,
            leave_out,
            asks="na",
            cell=shown(word),
            n=n,
            **place,
        )
        return
    nameable = len(words) < 20 and all(shown(cell) == cell for cell in all_words)
    remedies = (as_missing, leave_out) if nameable else (leave_out,)
    if len(words) == 1 and n == 1:
        yield ask(
            "column '{column}' has '{cell}' in row {row:,}; a number is expected",
            *remedies,
            asks="na",
            cell=shown(word),
            **place,
        )
        return
    yield ask(
        "column '{column}' has '{cell}' in row {row:,}; a number is expected. {more:,} cells are "
        "none: also {places}",
        *remedies,
        asks="na",
        cell=shown(word),
        more=sum(count for _, count, _ in words),
        places=listed([f"'{shown(cell)}' ({table.line(at):,})" for cell, _, at in words[1:]], 5),
        **place,
    )


def torn_rows(table: Table, choices: Choices) -> Iterator[Problem]:
    """Yield a problem where rows have another number of cells than the header."""
    if not table.torn or table.layout is None or choices.missing != "refuse":
        return
    n = len(table.torn)
    facts: dict[str, Any] = {"width": len(table.layout.names), "row": table.torn[0]}
    if n / (n + table.n_rows) > SPARSE:
        yield ask(
            "most rows have another number of cells than the {width} of the header, the first is "
            "row {row:,}; the header is at fault: say in which line it is, or read the file "
            "without it",
            change(header=0),
            asks="header",
            **facts,
        )
    elif n > 1:
        yield ask(
            "{n:,} rows have another number of cells than the {width} of the header, the first is "
            "row {row:,}; leave them out, or correct them",
            change(missing="drop"),
            asks="missing",
            n=n,
            **facts,
        )
    else:
        yield ask(
            "row {row:,} has another number of cells than the {width} of the header; correct that "
            "row, quote its text, or leave such rows out",
            change(missing="drop"),
            asks="missing",
            **facts,
        )


def _decimal_mark(sample: Sample, found: Recognised) -> Iterator[Problem]:
    """All numbers with a sign are like 1.234: a fraction, or thousands."""
    table = sample.table
    if table.layout is None or not table.layout.doubtful:
        return
    for name in (*found.signal, *found.mapping.members("time", table.columns)):
        cell = f"trim({table.raw(name)})"
        other = f"count(*) FILTER (NOT regexp_full_match({cell}, '{EITHER}'))"
        signed = f"regexp_matches({cell}, '[0-9][.,]|[.,][0-9]')"
        [(other, example)] = table.rows(f"SELECT {other}, min({cell}) FROM s WHERE {signed}")
        if example is None:
            continue
        if other:
            return
        marks = (",", ".") if table.layout.decimal == "," else (".", ",")
        yield ask(
            "column '{column}' has only numbers such as '{cell}': is that {fraction:g} or {whole}? "
            "Say which sign is the decimal mark",
            *(change(decimal=mark) for mark in marks),
            asks="decimal",
            column=name,
            cell=example,
            fraction=float(example.replace(",", ".")),
            whole=re.sub("[.,]", "", example),
        )
        return


def _sentinels(channels: Sequence[Column]) -> Iterator[Problem]:
    """Extreme values that repeat far outside all others: codes for a lost reading, perhaps."""
    found = [(value, n, column.name) for column in channels for value, n in sentinels(column)]
    if not found:
        return
    columns: dict[str, list[str]] = {}
    for value, _, name in found:
        short = f"{value:.10g}"
        columns.setdefault(short if float(short) == value else repr(value), []).append(name)
    values = tuple(columns)
    n = sum(n for _, n, _ in found)
    where = Message("column '{column}'", column=shown(found[0][2]))
    remedies = (
        change(na=values, missing="interpolate"),
        change(na=values, missing="drop"),
        change(na=()),
    )
    if len(values) > 1:
        yield ask(
            "{values} stand in {n:,} cells, far outside all other values of these columns: are "
            "they codes for a missing reading?",
            *remedies,
            asks="na",
            where=where,
            values=listed([f"{value} ({', '.join(names)})" for value, names in columns.items()]),
            n=n,
        )
        return
    yield ask(
        "{values} stands in {n:,} cells of {columns}, far outside all other values: is it a code "
        "for a missing reading?",
        *remedies,
        asks="na",
        where=where,
        values=values[0],
        n=n,
        columns=listed([f"'{shown(name)}'" for name in columns[values[0]]]),
    )


def _long(sample: Sample, found: Recognised, choices: Choices) -> Iterator[Problem]:
    """A row for each sensor and moment, as tidy tables have it, rather than one for each moment."""
    table, mapping = sample.table, found.mapping
    parts = {part: mapping.members(part, table.columns) for part in PARTS}
    taken = [name for names in parts.values() for name in names]
    names = [
        name
        for name in sample.columns
        if name not in (*taken, *choices.leave_out)
        and sample[name].kind not in UNREAD
        and 1 < sample[name].distinct <= MOST_SENSORS
        and (not sample[name].numeric or SENSOR_NAMES & {*tokens(name)})
    ]
    for name in names if parts["time"] else ():
        values = [channel for channel in mapping.channels if channel != name]
        if len(values) != 1:
            continue
        moment = [table.text(key) for part in ("group", "recording", "time") for key in parts[part]]
        counts = [
            f"count(DISTINCT hash({', '.join(of)}))" for of in (moment, [*moment, table.text(name)])
        ]
        [(moments, cells)] = table.rows(f"SELECT {', '.join(counts)} FROM t")
        if moments * 1.5 <= table.n_rows <= cells * 1.01:
            yield ask(
                "each row has the value of one of {n} sensors, which '{column}' names, and not "
                "those of a moment; save the table with a column for each, in pandas by "
                "table.pivot_table(index={index}, columns={name}, values={value}).reset_index()",
                column=name,
                n=sample[name].distinct,
                index=str(taken),
                name=repr(name),
                value=repr(values[0]),
            )
            return


def _slow(channels: Sequence[Column], choices: Choices) -> Iterator[Problem]:
    """A channel that is measured far less often than the others."""
    missing = {c.name: 1 - len(c.known) / max(1, len(c.numbers)) for c in channels}
    slow = [n for n, share in missing.items() if share > SPARSE and n not in choices.hold]
    rest = [share for name, share in missing.items() if name not in slow]
    if not slow or not rest or min(rest) > 0.2:
        return
    yield ask(
        "column '{column}' has a value in {share:.0f} % of the rows only, the others in nearly "
        "all: hold its last value until the next, or leave it out",
        change(hold=tuple(slow), missing="drop"),
        change(leave_out=tuple(slow)),
        asks="hold",
        column=slow[0],
        share=100 * (1 - missing[slow[0]]),
    )


def _label_at_changes(sample: Sample, found: Recognised, choices: Choices) -> Iterator[Problem]:
    """A label that stands only in the row where it changes."""
    label = found.mapping.members("label", sample.table.columns)
    if len(label) != 1 or choices.fill_labels is not None:
        return
    codes = sample[label[0]].codes
    given = codes[codes >= 0]
    if not 2 <= len(given) <= SPARSE * len(codes):
        return
    if (np.diff(given) != 0).mean() < 0.7 and len(given) > 0.05 * len(codes):
        return
    yield ask(
        "column '{column}' has a label in {n:,} of {all:,} rows only: does each count until the "
        "next, as where labels stand only where they change?",
        change(fill_labels=True),
        asks="fill_labels",
        column=label[0],
        n=len(given),
        all=len(codes),
    )
