"""Columns that name recordings, and the groups that they belong to."""

from collections.abc import Sequence

import numpy as np

from emargin_core.datasets.tables.recognise.draft import CONTENT, Draft
from emargin_core.datasets.tables.recognise.sample import Column
from emargin_core.datasets.tables.words import COUNTERS, plain

REPEATS = 10
"""A value of a column that names things stands in so many rows at least, on average."""


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
        if (
            lasting
            and _names_things(column)
            and column.given.all()
            and _restarts(draft, column, free)
        ):
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
