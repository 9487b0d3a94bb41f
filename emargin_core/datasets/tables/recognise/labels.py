"""The column that has the classes, or the 0/1 columns of which each is one."""

from collections.abc import Sequence

import numpy as np

from emargin_core.datasets.tables.choices import RowIs
from emargin_core.datasets.tables.questions import ask, change
from emargin_core.datasets.tables.recognise.draft import CONTENT, Draft
from emargin_core.datasets.tables.recognise.sample import Column, Ints, last_given
from emargin_core.datasets.tables.words import COUNTERS, plain
from emargin_core.text.message import Message

MAX_CLASSES = 200


def find_label(draft: Draft, free: Sequence[str], flags: Sequence[str]) -> None:
    """Find the label by its name, or take the 0/1 columns that `find_flags` gave."""
    if draft.is_open("label"):
        draft.find_by_name("label", free, _could_be_classes)
    if draft.is_open("label") and flags:
        draft.take("label", flags, Message("0/1 columns of which each row marks one: one a class"))


def find_flags(draft: Draft, free: Sequence[str]) -> list[str]:
    """Return neighbouring 0/1 columns of which each row marks one."""
    runs: list[list[str]] = []
    possible = set(free)
    for place, name in enumerate(draft.names):
        if name in possible and draft.sample[name].flag:
            if not runs or draft.names[place - 1] != runs[-1][-1]:
                runs.append([])
            runs[-1].append(name)
    for run in runs:
        total = np.nansum([draft.sample[name].numbers for name in run], axis=0)
        if len(run) > 1 and (total == 1).mean() > 0.99:
            return run
    return []


def find_label_by_content(draft: Draft, free: Sequence[str], kind: RowIs) -> None:
    """Take the only column whose few values last and come back; ask where that is in doubt."""
    if not draft.is_open("label"):
        return
    found, doubtful = [], []
    for name in draft.left(free):
        column = draft.sample[name]
        if not _could_be_classes(column) or not 1 < column.distinct <= 50:
            continue
        if plain(name) in COUNTERS or _counts(draft, column):
            continue
        comes_back = column.runs >= 1.5 * column.distinct
        lasting = column.runs <= draft.sample.n / 5
        if kind == "window" or (comes_back and lasting):
            if not column.numeric:
                found.append(name)
            elif column.distinct <= 30:
                doubtful.append(name)
    nameless = all(name.startswith("column ") for name in draft.names)
    if len(found) == 1 or (not found and len(doubtful) == 1 and (nameless or kind == "window")):
        draft.take("label", found or doubtful, CONTENT)
    elif found or doubtful:
        draft.problems.append(
            ask(
                "is '{column}' the label? Its few values last and come back, as classes do; say "
                "which column is the label, or that there is none",
                *(change(label=name) for name in (*found, *doubtful, "")),
                asks="label",
                column=(*found, *doubtful)[0],
            )
        )


def label_codes(draft: Draft) -> Ints:
    """Return the class of each sampled row, (n,), -1 where unknown.

    A label that stands at changes only is held.
    """
    found = draft.of("label")
    if not found:
        return np.full(draft.sample.n, -1, dtype=np.int64)
    if len(found) > 1:
        flags = np.stack([np.nan_to_num(draft.sample[name].numbers) for name in found], axis=1)
        return np.where(flags.any(axis=1), flags.argmax(axis=1), -1).astype(np.int64)
    codes = draft.sample[found[0]].codes
    return codes[last_given(codes >= 0)] if (codes < 0).mean() > 0.5 else codes


def _could_be_classes(column: Column) -> bool:
    if column.empty or column.kind == "date" or (column.numeric and not column.whole):
        return False
    n = int(column.given.sum())
    return column.distinct <= min(MAX_CLASSES, max(2, n // 2)) and column.form is None


def _counts(draft: Draft, column: Column) -> bool:
    if not column.numeric or column.distinct <= 20:
        return False
    steps = column.steps_within(draft.blocks())
    return len(steps) >= 5 and bool((steps >= 0).mean() >= 0.999)
