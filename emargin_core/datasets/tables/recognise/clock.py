"""The column that tells the time."""

from collections.abc import Sequence

import numpy as np

from emargin_core.datasets.tables.recognise.draft import CONTENT, NAMED, Draft
from emargin_core.datasets.tables.recognise.sample import Column
from emargin_core.datasets.tables.words import COUNTERS, fit, plain
from emargin_core.text.message import Message

_CORE_TIMES = frozenset(["time", "timestamp", "timestamps", "datetime", "date", "t", "ts"])


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
