"""Rows of a table on which its columns are recognised: all of them, or stretches evenly spaced."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emargin_core.datasets.tables.read.limits import UNREAD
from emargin_core.datasets.tables.read.table import Table
from emargin_core.datasets.tables.recognise.dates import form_of
from emargin_core.datasets.tables.words import fit

MAX_SAMPLE_ROWS = 300_000
MAX_SAMPLE_CELLS = 6_000_000
STRETCH_ROWS = 2_048
MOSTLY = 0.5
"""A column is one of numbers where so many of its given cells are."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Column:
    """One column of the sampled rows.

    numbers: (n,) float64, NaN where missing or no number; given: (n,) bool, whether there is
    anything; fresh: (n,) bool, whether the row before it in the file is not in the sample.
    """

    name: str
    kind: str
    numbers: Floats
    given: Flags
    fresh: Flags
    sample: "Sample"

    @cached_property
    def known(self) -> Floats:
        """Its numbers, without what is missing."""
        found: Floats = self.numbers[np.isfinite(self.numbers)]
        return found

    @cached_property
    def numeric(self) -> bool:
        """Whether it is a column of numbers."""
        if self.kind in ("number", "flag"):
            return True
        return len(self.known) > 0 and len(self.known) >= MOSTLY * int(self.given.sum())

    @cached_property
    def empty(self) -> bool:
        """Whether nothing is in it."""
        return not self.given.any()

    @cached_property
    def whole(self) -> bool:
        """Whether all its numbers are whole."""
        return self.numeric and bool((self.known == np.round(self.known)).all())

    @cached_property
    def flag(self) -> bool:
        """Whether all its numbers are 0 or 1."""
        return self.numeric and not self.empty and bool(np.isin(self.known, (0.0, 1.0)).all())

    @cached_property
    def form(self) -> str | None:
        """How it tells time in words: 'full', 'date', 'clock', or None; see `form_of`."""
        if self.kind == "date":
            return "full"
        perhaps = not self.numeric or fit("time", self.name) is not None
        in_words = self.kind == "text" and not self.empty and perhaps
        return form_of(self.sample.first_words(self.name)) if in_words else None

    @cached_property
    def _coded(self) -> tuple[Ints, Any]:
        if not self.numeric:
            return self.sample.words(self.name)
        values, codes = np.unique(self.numbers, return_inverse=True)
        n = int(np.isfinite(values).sum())
        return np.where(codes < n, codes, -1).astype(np.int64), values[:n]

    @property
    def codes(self) -> Ints:
        """Place among its different values for each row, (n,), -1 where missing."""
        return self._coded[0]

    @cached_property
    def words(self) -> list[str]:
        """Its different values, as text."""
        values = self._coded[1]
        return [f"{value:.10g}" for value in values] if self.numeric else list(values)

    @property
    def distinct(self) -> int:
        """Number of different values."""
        return len(self._coded[1])

    @cached_property
    def runs(self) -> int:
        """Stretches of one value, not counting missing cells."""
        given = self.codes[self.codes >= 0]
        return int((np.diff(given, prepend=-1) != 0).sum())

    @cached_property
    def steps(self) -> Floats:
        """Differences from the row before, NaN where that is not in the sample."""
        found = np.diff(self.numbers, prepend=np.nan)
        found[self.fresh] = np.nan
        return found

    def steps_within(self, blocks: Ints) -> Floats:
        """Return the steps from rows of a block to the next of the same; blocks: (n,)."""
        together = np.append(False, blocks[1:] == blocks[:-1])[: len(blocks)]
        found: Floats = self.steps[together & np.isfinite(self.steps)]
        return found


class Sample:
    """Sampled rows of a table; n: their number."""

    def __init__(self, table: Table) -> None:
        self.table = table
        limit = max(STRETCH_ROWS, min(MAX_SAMPLE_ROWS, MAX_SAMPLE_CELLS // len(table.columns)))
        every = -(-table.n_rows // limit)
        where = f" WHERE (r // {STRETCH_ROWS}) % {every} = 0" if every > 1 else ""
        table.rows(f"CREATE OR REPLACE TABLE s AS SELECT * FROM t{where} ORDER BY r")
        rows = table.arrays("SELECT r FROM s")["r"]
        self.n = len(rows)
        fresh = np.diff(rows, prepend=-2) != 1
        self.columns = {
            name: self._column(name, kind, fresh)
            for name, kind in zip(table.columns, table.kinds, strict=True)
        }

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def blocks(self, keys: Iterable[str]) -> Ints:
        """Return a number for each row, (n,), that tells apart what some columns do."""
        found = np.zeros(self.n, dtype=np.int64)
        for name in keys:
            codes = self[name].codes
            found = found * (int(codes.max(initial=0)) + 2) + codes + 1
        return found

    def words(self, name: str) -> tuple[Ints, list[str]]:
        """Return a column of text as codes, (n,), in order of appearance, and its words."""
        return coded(self.table.words(f"SELECT {self.table.name(name)} FROM s"))

    def first_words(self, name: str, limit: int = 50) -> list[str]:
        """Return the first given cells of a column, as text."""
        text = self.table.text(name)
        query = f"SELECT {text} FROM s WHERE {text} IS NOT NULL LIMIT {limit}"
        return [str(row[0]) for row in self.table.rows(query)]

    def wrong_words(self, name: str) -> list[tuple[str, int, int]]:
        """Return cells of a column of numbers that are none: word, number of rows, first row."""
        table = self.table
        return table.rows(
            f"SELECT {table.text(name)}, count(*), min(r) FROM t WHERE {table.wrong(name)} "
            "GROUP BY 1 ORDER BY 2 DESC, 3 LIMIT 20"
        )

    def _column(self, name: str, kind: str, fresh: Flags) -> Column:
        if kind in UNREAD:
            nothing = np.full(self.n, np.nan)
            return Column(name, kind, nothing, np.zeros(self.n, dtype=bool), fresh, self)
        table = self.table
        given = f"{table.text(name)} IS NOT NULL"
        found = table.arrays(f"SELECT {table.number(name)} AS n, {given} AS g FROM s")
        numbers = np.where(np.isfinite(found["n"]), found["n"], np.nan)
        return Column(name, kind, numbers, found["g"], fresh, self)


def coded(cells: Any) -> tuple[Ints, list[str]]:
    """Return a pyarrow column of text as codes, -1 where missing, and its different words."""
    found = cells.dictionary_encode()
    codes = found.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return codes.astype(np.int64), found.dictionary.to_pylist()


def last_given(given: Flags) -> Ints:
    """Return the place of the last given row up to each, (n,), 0 before the first."""
    return np.maximum.accumulate(np.where(given, np.arange(len(given)), 0))
