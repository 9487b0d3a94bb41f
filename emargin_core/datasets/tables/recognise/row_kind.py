"""What a row of a table is: a sample, a window of numbered columns, or an embedding."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emargin_core.datasets.tables.choices import Choices, RowIs
from emargin_core.datasets.tables.questions import Problem, ask, change
from emargin_core.datasets.tables.recognise.sample import Sample

FEWEST_COLUMNS = 8
WINDOW_COLUMNS = 16
LOOKED_AT = 400
SMOOTH, ROUGH = 0.6, 0.3
"""Correlation of neighbours: above, they follow each other; below, they do not."""

_EMBEDDING = re.compile(
    r"(dim|emb|embed|embedding|latent|z|pc|pca|component|feat|feature|umap|tsne|h)[\W_]*", re.I
)
_ONE_NAME = re.compile(r"^(.*?)[\W_]*(\d+)[\])]?$", re.DOTALL)


@dataclass(frozen=True)
class Numbered:
    """Numeric columns that are called alike and numbered on, in order."""

    stem: str
    columns: tuple[str, ...]


def find_numbered(sample: Sample, free: Sequence[str]) -> tuple[Numbered, ...]:
    """Find blocks of at least FEWEST_COLUMNS numeric columns with rising numbers."""
    stems: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for name in free:
        found = _ONE_NAME.match(name)
        if found and sample[name].numeric:
            stems[found[1]].append((int(found[2]), name))
    blocks = []
    for stem, numbered in stems.items():
        numbers = [number for number, _ in numbered]
        whole = [n for n, name in numbered if not sample[name].whole]
        if stem == "column" and whole:  # numbered by us, of a file without a header: its signal
            numbered = [(n, name) for n, name in numbered if min(whole) <= n <= max(whole)]
            numbers = [number for number, _ in numbered]
        if len(numbers) >= FEWEST_COLUMNS and (np.diff(numbers) == 1).all():
            blocks.append(Numbered(stem, tuple(name for _, name in numbered)))
    return tuple(blocks)


def row_kind(
    sample: Sample, numbered: Sequence[Numbered], has_time: bool, choices: Choices
) -> RowIs | Problem:
    """Tell what a row is; a question where it may be more than one thing."""
    alike = len({len(block.columns) for block in numbered}) == 1
    if choices.row_is not in (None, "sample") and not alike:
        return ask(
            "a row cannot be a window: that takes {n} columns or more that are called alike and "
            "numbered on, as many for each channel",
            change(row_is="sample"),
            asks="row_is",
            n=FEWEST_COLUMNS,
        )
    if choices.row_is is not None:
        return choices.row_is
    if not alike:
        return "sample"
    block = numbered[0]
    along, down = _correlations(sample, block)
    if _EMBEDDING.fullmatch(block.stem) and along < SMOOTH:
        return "embedding"
    if has_time or len(block.columns) < WINDOW_COLUMNS:
        return "sample"
    if along >= SMOOTH and down < SMOOTH:
        return "window"
    if down >= SMOOTH and along < SMOOTH:
        return "sample"
    kinds: tuple[RowIs, ...] = ("window", "sample", "embedding")
    if along < ROUGH and not block.stem:
        kinds = ("embedding", "sample", "window")
    return ask(
        "{n} numbered columns ('{first}' to '{last}'): is a row one sample of as many channels, a "
        "whole window of {n} samples, or an embedding that was computed elsewhere?",
        *(change(row_is=kind) for kind in kinds),
        asks="row_is",
        n=len(block.columns),
        first=block.columns[0],
        last=block.columns[-1],
    )


def _correlations(sample: Sample, block: Numbered) -> tuple[float, float]:
    """Correlation of neighbours within a row and down a column, the column's mean taken off."""
    first = max(0, sample.n // 2 - LOOKED_AT // 2)
    rows = slice(first, first + LOOKED_AT)
    values = np.stack([sample[name].numbers[rows] for name in block.columns], axis=1)
    values = np.nan_to_num(values)
    values -= values.mean(axis=0)
    spread = values.std(axis=0)
    even = values / np.where(spread > 0, spread, 1.0)
    return _correlation(even[:, :-1], even[:, 1:]), _correlation(values[:-1], values[1:])


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    a, b = one.ravel() - one.mean(), other.ravel() - other.mean()
    size = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum()) / size if size > 0 else 0.0
