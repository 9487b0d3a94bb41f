"""Rows of a table on which its columns are recognised: all of them, or stretches evenly spaced."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emargin_core.datasets.tables.read.table import Table

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
    def numeric(self) -> bool:
        """Whether it is a column of numbers."""
        if self.kind in ("number", "flag"):
            return True
        found = int(np.isfinite(self.numbers).sum())
        return found > 0 and found >= MOSTLY * int(self.given.sum())

    @cached_property
    def empty(self) -> bool:
        """Whether nothing is in it."""
        return not self.given.any()

    @cached_property
    def whole(self) -> bool:
        """Whether all its numbers are whole."""
        known = self.numbers[np.isfinite(self.numbers)]
        return self.numeric and bool((known == np.round(known)).all())

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
        known = self.codes[self.codes >= 0]
        return int((np.diff(known, prepend=-1) != 0).sum())

    @cached_property
    def steps(self) -> Floats:
        """Differences from the row before, NaN where that is not in the sample."""
        found = np.diff(self.numbers, prepend=np.nan)
        found[self.fresh] = np.nan
        return found


class Sample:
    """Sampled rows; whole: whether they are all; rows: (n,) their numbers in the table."""

    def __init__(self, table: Table) -> None:
        self.table = table
        limit = max(STRETCH_ROWS, min(MAX_SAMPLE_ROWS, MAX_SAMPLE_CELLS // len(table.columns)))
        every = -(-table.n_rows // limit)
        self.whole = every <= 1
        where = "" if self.whole else f" WHERE (r // {STRETCH_ROWS}) % {every} = 0"
        table.rows(f"CREATE OR REPLACE TABLE s AS SELECT * FROM t{where} ORDER BY r")
        self.rows: Ints = _plain(table.arrays("SELECT r FROM s")["r"], np.int64)
        self.n = len(self.rows)
        fresh = np.diff(self.rows, prepend=-2) != 1
        self.columns = {
            name: self._column(name, kind, fresh)
            for name, kind in zip(table.columns, table.kinds, strict=True)
        }

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def words(self, name: str) -> tuple[Ints, list[str]]:
        """A column of text as codes, in order of appearance, and its words."""
        cells = self.table.words(f"SELECT {self.table.name(name)} FROM s").dictionary_encode()
        codes = cells.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        return codes, cells.dictionary.to_pylist()

    def first_words(self, name: str, limit: int = 50) -> list[str]:
        """The first given cells of a column, as text."""
        text = self.table.text(name)
        query = f"SELECT {text} FROM s WHERE {text} IS NOT NULL LIMIT {limit}"
        return [str(row[0]) for row in self.table.rows(query)]

    def wrong_words(self, name: str) -> list[tuple[str, int, int]]:
        """Cells of a column of numbers that are none: word, number of rows, first row."""
        table = self.table
        query = (
            f"SELECT {table.text(name)}, count(*), min(r) FROM t WHERE {table.wrong(name)} "
            "GROUP BY 1 ORDER BY 2 DESC, 3 LIMIT 20"
        )
        return [(str(word), int(n), int(row)) for word, n, row in table.rows(query)]

    def _column(self, name: str, kind: str, fresh: Flags) -> Column:
        table = self.table
        if kind == "other":
            nothing = np.full(self.n, np.nan)
            return Column(name, kind, nothing, np.zeros(self.n, dtype=bool), fresh, self)
        given = f"{table.text(name)} IS NOT NULL"
        found = table.arrays(f"SELECT {table.number(name)} AS n, {given} AS g FROM s")
        numbers = _plain(found["n"], np.float64)
        numbers[~np.isfinite(numbers)] = np.nan
        return Column(name, kind, numbers, _plain(found["g"], np.bool_), fresh, self)


def _plain(values: Any, dtype: Any) -> NDArray[Any]:
    if isinstance(values, np.ma.MaskedArray):
        values = values.filled(np.nan if dtype == np.float64 else 0)
    return np.array(values, dtype=dtype)
