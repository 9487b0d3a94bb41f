"""The columns that name recordings and groups, tell the time, and have the classes."""

from collections.abc import Iterator, Sequence

import numpy as np

from emargin_core.datasets.tables.choices import RowIs
from emargin_core.datasets.tables.questions import ask, change
from emargin_core.datasets.tables.recognise.draft import CONTENT, NAMED, Draft
from emargin_core.datasets.tables.recognise.sample import Column, Floats, Ints, last_given
from emargin_core.datasets.tables.words import COUNTERS, fit, plain
from emargin_core.text.message import Message

REPEATS = 10
"""A value of a column that names things stands in so many rows at least, on average."""
MAX_CLASSES = 200
_CORE_TIMES = frozenset(["time", "timestamp", "timestamps", "datetime", "date", "t", "ts"])


def find_keys(draft: Draft, free: Sequence[str]) -> None:
    """Find group and recording by their names."""
    for part in ("group", "recording"):
        if draft.is_open(part):
            draft.find_by_name(part, free, _names_things)


def find_keys_by_content(draft: Draft, free: Sequence[str]) -> None:
    """Take a column that keeps one value over long stretches, each once, for the recordings."""
    if not (draft.is_open("group") and draft.is_open("recording")):
        return
    for name in draft.left(free):
        column = draft.sample[name]
        lasting = 1 < column.distinct == column.runs <= draft.sample.n // 20
        named = lasting and _names_things(column) and bool(column.given.all())
        if named and _restarts(draft, column, free):
            draft.take("group" if column.numeric else "recording", [name], CONTENT)
            return


def _names_things(column: Column) -> bool:
    """Whether a column could name recordings or groups."""
    if column.empty or (column.numeric and not column.whole) or column.kind == "date":
        return False
    n = column.sample.n
    if plain(column.name) in COUNTERS and column.runs > 0.9 * n:
        return False
    return column.distinct * REPEATS <= n or column.distinct == 1


def _restarts(draft: Draft, column: Column, free: Sequence[str]) -> bool:
    """Whether a clock begins anew, or jumps, where the column changes; words need none."""
    if not column.numeric:
        return True
    changes = np.append(False, np.diff(column.codes) != 0) & ~column.fresh
    time = draft.parts["time"]
    for name in [time] if time in draft.names else free:
        clock = draft.sample[str(name)]
        if not clock.numeric or name == column.name:
            continue
        inside = clock.steps[~changes & np.isfinite(clock.steps)]
        across = clock.steps[changes & np.isfinite(clock.steps)]
        if len(inside) > 5 and len(across) and (inside > 0).mean() > 0.999:
            usual = float(np.median(inside))
            if ((across <= 0) | (across > 20 * usual)).mean() > 0.8:
                return True
    return False


def has_time(draft: Draft) -> bool:
    """Whether some column that is called time rises."""
    named = (name for name in draft.free() if fit("time", name) is not None)
    return bool(draft.parts["time"]) or any(_rises(draft.sample[name]) for name in named)


def find_time(draft: Draft, free: Sequence[str]) -> None:
    """Find the time by its name; else by cells that are dates, or seconds since 1970."""
    free = draft.left(free)
    columns = {name: draft.sample[name] for name in free}
    named = [name for _, name in draft.ranked("time", free)]
    forms = {columns[name].form: name for name in reversed(named)}
    if "date" in forms and "clock" in forms and "full" not in forms:
        draft.take("time", (forms["date"], forms["clock"]), NAMED)
        return
    good = [
        name
        for name in named
        if _rises(columns[name]) or (plain(name) in _CORE_TIMES and columns[name].numeric)
    ] or [
        name
        for name, column in columns.items()
        if (plain(name) == "epoch" and np.nanmedian(column.numbers) > 1e9)
        or column.form in ("full", "date")
    ]
    if good:
        draft.take("time", good[:1], NAMED if named else CONTENT)


def find_time_by_content(draft: Draft, free: Sequence[str]) -> None:
    """Take a column that always goes up within a recording, and does not only count."""
    if not draft.is_open("time"):
        return
    for name in draft.left(free):
        column = draft.sample[name]
        if plain(name) in COUNTERS or not column.numeric:
            continue
        steps = column.steps_within(draft.blocks())
        if len(steps) < 5 or (steps > 0).mean() < 0.999:
            continue
        if not (column.whole and (steps == 1).mean() > 0.99):
            draft.take("time", [name], Message("it always goes up"))
            return


def _rises(column: Column) -> bool:
    """Whether a column goes up, but for a few places where another recording may begin."""
    if column.form is not None:
        return True
    steps = column.steps[np.isfinite(column.steps)]
    if not column.numeric or not len(steps):
        return False
    return bool((steps >= 0).mean() >= 0.9 and (steps > 0).mean() > 0.01)


def find_label(draft: Draft, free: Sequence[str], flags: Sequence[str]) -> None:
    """Find the label by its name, or take the 0/1 columns that `find_flags` gave."""
    if draft.is_open("label"):
        draft.find_by_name("label", free, _could_be_classes)
    if draft.is_open("label") and flags:
        draft.take("label", flags, Message("0/1 columns of which each row marks one: one a class"))


def find_flags(draft: Draft, free: Sequence[str]) -> list[str]:
    """Return 0/1 columns, beside each other but for some that do not belong, of which each row
    marks one.
    """
    runs: list[list[str]] = [[]]
    possible = {name for name in free if draft.sample[name].flag}
    for name in draft.names:
        if name in draft.choices.leave_out:
            continue
        if name in possible:
            runs[-1].append(name)
        elif runs[-1]:
            runs.append([])
    for run in runs:
        marks = np.array([np.nan_to_num(draft.sample[name].numbers) for name in run])
        several = [p for p in (list(range(len(run))), *_exclusive(marks)) if len(p) > 1]
        shares = [(marks[places].sum(axis=0) == 1).mean() for places in several]
        if shares and max(shares) > 0.99:
            return [run[place] for place in several[int(np.argmax(shares))]]
    return []


def _exclusive(marks: Floats) -> Iterator[list[int]]:
    """Yield places of rows of 0 and 1, from each on, that hardly ever mark the same as each other.

    marks: (k, n).
    """
    together = marks @ marks.T
    for first in range(len(marks)):
        chosen, marked, both = [first], together[first, first], together[first].copy()
        for place in range(first + 1, len(marks)):
            if both[place] <= 0.01 * min(marked, together[place, place]):
                chosen.append(place)
                marked += together[place, place]
                both += together[place]
        if marked >= 0.99 * marks.shape[1]:
            yield chosen


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
