"""Why a column is no channel: it would tell the label, the time or the recording by other words."""

from dataclasses import dataclass

import numpy as np

from emargin_core.datasets.tables.recognise.sample import Column, Ints
from emargin_core.datasets.tables.words import COUNTERS, UNNAMED, plain
from emargin_core.text.message import Message, Text
from emargin_core.text.plain_text import shown

TELLS = 0.95
"""Share of the bouts of a class in which another column names it."""
FEW_ROWS = 20
LASTING = 50
"""Rows that a second label keeps a value at least, on average."""
LABEL_NAMES = frozenset(
    ("label", "labels", "class", "classes", "target", "category", "groundtruth", "gt", "ytrue")
)


@dataclass(frozen=True)
class Known:
    """What is known of the sampled rows: number of the recording, (n,), class, (n,), or -1."""

    blocks: Ints
    label: Ints
    label_name: str | None

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return int(self.label.max(initial=-1)) + 1


def why_left_out(column: Column, known: Known) -> Text | None:
    """Return the reason why a column is no channel; None for a channel."""
    if UNNAMED.fullmatch(column.name):
        return Message("it has no name, like an index that was saved along")
    if column.kind == "nested":
        return Message(
            "several values are in a cell; save the table with a column for each, in pandas by "
            "table.join(pandas.DataFrame(table[{name}].tolist(), index=table.index)"
            ".add_prefix({prefix})).drop(columns={name})",
            name=repr(column.name),
            prefix=repr(f"{column.name}_"),
        )
    if column.kind == "other":
        return Message("it has neither numbers nor text")
    if column.empty:
        return Message("it is empty")
    if column.kind == "date":
        return Message("it has dates")
    if not column.numeric:
        return Message("it has text")
    if len(column.known) >= FEW_ROWS and column.known.min() == column.known.max():
        return Message("it always has the same value")
    if plain(column.name) in LABEL_NAMES:
        return Message("it is called like a label, but holds measurements")
    return _clock(column, known) or _label_again(column, known) or _of_recording(column, known)


def _clock(column: Column, known: Known) -> Text | None:
    """A counter goes up by even steps, even if it begins anew; a clock always goes up."""
    steps = column.steps_within(known.blocks)
    up = steps[steps > 0]
    if len(steps) < FEW_ROWS or not len(up):
        return None
    usual = float(np.median(up))
    even = np.abs(up - usual) <= 1e-6 * abs(usual)
    falls = (steps < 0).mean()
    if column.whole and falls < 0.1 and even.mean() > 0.999 and len(up) > 0.01 * len(steps):
        rare = len(up) < 0.5 * len(steps)
        if not rare or falls == 0:
            return Message("it counts: it only goes up by even steps")
    if (steps > 0).mean() > 0.999:
        return Message("it is a clock or a counter: it only goes up")
    if plain(column.name) in COUNTERS and (steps >= 0).mean() > 0.99:
        return Message("it is called like a counter and never goes down")
    return None


def _label_again(column: Column, known: Known) -> Text | None:
    """A few values that name the class, or the class's own value, are the label once more."""
    if known.n_classes < 2 or column.distinct > 3 * known.n_classes + 2:
        return None
    rows = (known.label >= 0) & (column.codes >= 0)
    if rows.sum() < FEW_ROWS * known.n_classes:
        return None
    label, codes = known.label[rows], column.codes[rows]
    table = np.zeros((known.n_classes, column.distinct))
    np.add.at(table, (label, codes), 1)
    usual = table[table.any(axis=1)].argmax(axis=1)
    if table.max(axis=1).sum() / table.sum() > 0.999 and (usual != usual[0]).any():
        return Message("it has one value in each class of '{label}'", label=shown(known.label_name))
    if not _names_bouts(label, codes, known.n_classes):
        return None
    return Message(
        "it tells the class of '{label}' in {share:.0f} % of the rows",
        label=shown(known.label_name),
        share=100 * table.max(axis=0).sum() / table.sum(),
    )


def _names_bouts(label: Ints, codes: Ints, n_classes: int) -> bool:
    """Whether the usual value in a bout of a class is one that no other class has."""
    begins = np.flatnonzero(np.diff(label, prepend=-1) != 0)
    ends = np.append(begins[1:], len(label))
    if len(begins) < 2 * n_classes:
        return False
    usual = np.array([np.bincount(codes[b:e]).argmax() for b, e in zip(begins, ends, strict=True)])
    table = np.zeros((int(codes.max()) + 1, n_classes))
    np.add.at(table, (usual, label[begins]), 1)
    share = table.max(axis=1).sum() / table.sum()
    return bool(share >= TELLS and table.sum(axis=0).max() / table.sum() < share - 0.1)


def _of_recording(column: Column, known: Known) -> Text | None:
    """One value a recording, or one over each long stretch, tells who it is."""
    blocks = known.blocks
    if len(blocks) and (blocks != blocks[0]).any():
        order = np.argsort(blocks, kind="stable")
        values, whose = column.numbers[order], blocks[order]
        good = np.isfinite(values)
        values, whose = values[good], whose[good]
        begins = np.flatnonzero(np.diff(whose, prepend=whose[:1] - 1) != 0)
        if len(begins) > 1:
            low, high = np.minimum.reduceat(values, begins), np.maximum.reduceat(values, begins)
            if (low == high).all():
                return Message("it has one value in each recording or group")
    if column.distinct == 2 and column.whole and column.runs * LASTING <= len(blocks):
        return Message("it keeps one of two values over long stretches, as a second label does")
    if column.distinct == column.runs and 1 < column.distinct <= len(blocks) // 100:
        return Message("it keeps each of its values over one long stretch, as a name does")
    return None
