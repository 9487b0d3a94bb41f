"""What the content of a table leaves open although it could be read: asked before it is used."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.mapping import members
from emargin_core.datasets.tables.questions import Problem, change
from emargin_core.datasets.tables.read.table import Table
from emargin_core.datasets.tables.recognise.columns import Recognised
from emargin_core.datasets.tables.recognise.sample import Column, Sample
from emargin_core.datasets.tables.words import NULL_CLASSES, UNSURE_WORDS, plain
from emargin_core.text.message import Message, Text
from emargin_core.text.plain_text import listed, shown

MOST_SENTINELS = 4
SENTINEL_ROWS = 3
OTHER_VALUES = 10
SPARSE = 0.5
"""A channel or a label is sparse where more than this share of it is missing."""


def doubts(sample: Sample, found: Recognised, choices: Choices) -> Iterator[Problem]:
    """Yield a question for each doubt about values and labels."""
    channels = [sample[name] for name in found.mapping.channels]
    if choices.na is None:
        yield from _sentinels(channels)
    for column in channels:
        yield from wrong_cells(sample, column)
    if found.row_is == "sample":
        yield from _slow(channels, choices)
        yield from _label_at_changes(sample, found, choices)


def warnings(sample: Sample, found: Recognised) -> Iterator[Text]:
    """Yield a sentence for each thing about the labels that need not stop the file."""
    label = members(found.mapping.label, sample.table.columns)
    if len(label) == 1:
        null = [
            word for word in sample[label[0]].words if plain(word) in NULL_CLASSES or word == "?"
        ]
        if null:
            yield Message(
                "class '{name}' looks like no class at all; --ignore-class={name} takes it so",
                name=shown(null[0]),
            )


def wrong_cells(sample: Sample, column: Column, everywhere: bool = False) -> Iterator[Problem]:
    """Cells of a column of numbers that are none: words for a missing value, or faults.

    everywhere: look for them where the sampled rows have none.
    """
    sampled = bool((column.given & ~np.isfinite(column.numbers)).any())
    if column.kind != "text" or not (sampled or everywhere):
        return
    words = sample.wrong_words(column.name)
    if not words:
        return
    table, name = sample.table, shown(column.name)
    word, n, row = words[0]
    line = table.line(row)
    where = Message("column '{column}', row {row:,}", column=name, row=line)
    all_words = tuple(cell for cell, _, _ in words)
    mend = change(na=all_words, missing="drop")
    if len(words) <= 3 and (word in UNSURE_WORDS or n > 2):
        yield Problem(
            Message(
                "column '{column}' has '{cell}' in {n:,} rows, the first is row {row:,}: does it "
                "stand for a missing value?",
                column=name,
                cell=shown(word),
                n=n,
                row=line,
            ),
            where,
            (change(na=all_words, missing="interpolate"), mend, change(leave_out=(column.name,))),
            "na",
        )
        return
    places = listed([f"'{shown(cell)}' ({table.line(at):,})" for cell, _, at in words[1:]], 5)
    more = sum(count for _, count, _ in words)
    yield Problem(
        Message(
            "column '{column}' has '{cell}' in row {first_row:,}; a number is expected",
            column=name,
            cell=shown(word),
            first_row=line,
        )
        if len(words) == 1 and n == 1
        else Message(
            "column '{column}' has '{cell}' in row {first_row:,}; a number is expected. {more:,} "
            "cells are none: also {places}",
            column=name,
            cell=shown(word),
            first_row=line,
            more=more,
            places=places,
        ),
        where,
        (mend, change(leave_out=(column.name,)))
        if len(words) < 20 and all(shown(cell) == cell for cell in all_words)
        else (change(leave_out=(column.name,)),),
        "na",
    )


def torn_rows(table: Table, choices: Choices) -> Iterator[Problem]:
    """Yield a problem where rows have another number of cells than the header."""
    if not table.torn or choices.missing != "refuse":
        return
    n, line = len(table.torn), table.torn[0]
    share = n / (n + table.n_rows)
    width = len(table.layouts[0].names)
    words = Message(
        "row {row:,} has another number of cells than the {width} of the header; correct that row, "
        "quote its text, or leave such rows out",
        row=line,
        width=width,
    )
    if n > 1:
        words = Message(
            "{n:,} rows have another number of cells than the {width} of the header, the first is "
            "row {row:,}; leave them out, or correct them",
            n=n,
            width=width,
            row=line,
        )
    if share > SPARSE:
        words = Message(
            "most rows have another number of cells than the {width} of the header, the first is "
            "row "
            "{row:,}; the header is at fault: say in which line it is, or read the file without it",
            width=width,
            row=line,
        )
        yield Problem(words, Message("row {row:,}", row=line), (change(header=0),), "header")
        return
    yield Problem(words, Message("row {row:,}", row=line), (change(missing="drop"),), "missing")


def _sentinels(channels: list[Column]) -> Iterator[Problem]:
    """Extreme values that repeat far outside all others: codes for a lost reading, perhaps."""
    found: dict[float, list[str]] = {}
    counts: dict[float, int] = {}
    for column in channels:
        for value, n in sentinels(column):
            found.setdefault(value, []).append(column.name)
            counts[value] = counts.get(value, 0) + n
    if not found:
        return
    values = tuple(f"{value:.10g}" for value in found)
    first = next(iter(found))
    yield Problem(
        Message(
            "{values} stands in {n:,} cells of {columns}, far outside all other values: is it a "
            "code for a missing reading?",
            values=listed(values),
            n=sum(counts.values()),
            columns=listed([f"'{shown(name)}'" for name in found[first]]),
        ),
        Message("column '{column}'", column=shown(found[first][0])),
        (
            change(na=values, missing="interpolate"),
            change(na=values, missing="drop"),
            change(na=()),
        ),
        "na",
    )


def sentinels(column: Column) -> list[tuple[float, int]]:
    """Values of a column that look like codes, with their number among the sampled rows."""
    known = np.sort(column.numbers[np.isfinite(column.numbers)])
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


def _far(value: float, rest: NDArray[np.float64]) -> bool:
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


def _slow(channels: list[Column], choices: Choices) -> Iterator[Problem]:
    """A channel that is measured far less often than the others."""
    if len(channels) < 2 or not len(channels[0].numbers):
        return
    missing = {c.name: float((~np.isfinite(c.numbers)).mean()) for c in channels}
    slow = [n for n, share in missing.items() if share > SPARSE and n not in choices.hold]
    if not slow or len(slow) == len(channels):
        return
    rest = [share for name, share in missing.items() if name not in slow]
    if min(rest) > 0.2:
        return
    yield Problem(
        Message(
            "column '{column}' has a value in {share:.0f} % of the rows only, the others in nearly "
            "all: hold its last value until the next, or leave it out",
            column=shown(slow[0]),
            share=100 * (1 - missing[slow[0]]),
        ),
        Message("column '{column}'", column=shown(slow[0])),
        (change(hold=tuple(slow), missing="drop"), change(leave_out=tuple(slow))),
        "hold",
    )


def _label_at_changes(sample: Sample, found: Recognised, choices: Choices) -> Iterator[Problem]:
    """A label that stands only in the row where it changes."""
    label = members(found.mapping.label, sample.table.columns)
    if len(label) != 1 or choices.fill_labels is not None:
        return
    codes = sample[label[0]].codes
    given = codes[codes >= 0]
    if not len(given) or len(given) > SPARSE * len(codes) or len(given) < 2:
        return
    if (np.diff(given) != 0).mean() < 0.7 and len(given) > 0.05 * len(codes):
        return
    yield Problem(
        Message(
            "column '{column}' has a label in {n:,} of {all:,} rows only: does each count until "
            "the next, as where labels stand only where they change?",
            column=shown(label[0]),
            n=len(given),
            all=len(codes),
        ),
        Message("column '{column}'", column=shown(label[0])),
        (change(fill_labels=True),),
        "fill_labels",
    )
