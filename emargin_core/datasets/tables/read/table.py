"""Open a user's table, text, Parquet or workbook, for reading alone, through DuckDB.

The database is in memory, of bounded size, and can reach nothing but the given file: files are
opened by a link of ours, so that no sign in a name means anything.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.read import limits
from emargin_core.datasets.tables.read.encoding import (
    MAX_LINE,
    find_encoding,
    first_lines,
    overlong,
    write_plain,
)
from emargin_core.datasets.tables.read.layout import Layout, find_layout
from emargin_core.datasets.tables.read.numbers import number_sql
from emargin_core.datasets.tables.read.sql import connect, listed, quote
from emargin_core.datasets.tables.read.workbook import WORKBOOKS, write_sheet
from emargin_core.datasets.tables.words import MISSING_WORDS, NO_NUMBER
from emargin_core.text.errors import InputError
from emargin_core.text.message import Message, Text
from emargin_core.text.plain_text import shown

MAX_TORN = 10_000
BATCH_CELLS = 2_000_000
FILE_COLUMN = "file"
_BLANKS = "E' \\t\\r\u00a0\"'"
"""SQL for the signs that are taken off both ends of a cell."""
_UTC = {
    "TIMESTAMP WITH TIME ZONE": "make_timestamp(epoch_us",
    "TIMESTAMPTZ_NS": "make_timestamp_ns(epoch_ns",
}
"""Stamps with a zone are read as UTC: DuckDB needs pytz to hand them out, and casts them by the
zone of the machine."""
_NOTHING: dict[str, Any] = {"f": np.nan, "i": -1, "O": ""}
"""What stands for NULL in an array of a kind."""


class Table:
    """One file, or several with the same columns, one after the other; a context manager.

    columns: their names without blanks and quotes around them; kinds: 'number', 'text', 'date',
    'flag', 'nested' or 'other' of each, as the file declares it, 'text' for all of a text file;
    layouts: of each text file; notes: what was found out; torn: lines with another number of cells
    than the header, passed over.
    """

    def __init__(self, paths: Sequence[Path], choices: Choices) -> None:
        self.paths, self.choices = tuple(paths), choices
        self.path = self.paths[0]
        self.file = shown(self.path.name)
        self.columns: tuple[str, ...] = ()
        self.kinds: tuple[str, ...] = ()
        self.notes: tuple[Text, ...] = ()
        self.layouts: list[Layout] = []
        self.torn: list[int] = []
        self._database: Any = None
        self._folder = tempfile.TemporaryDirectory(prefix="emargin-table-")
        try:
            with limits.reading(self.path):
                self._open()
                self._count()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Table":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End reading and delete what was written on the way."""
        if self._database is not None:
            self._database.close()
        self._folder.cleanup()

    @property
    def layout(self) -> Layout | None:
        """How the first file is written, where it is text."""
        return self.layouts[0] if self.layouts else None

    # A column as SQL

    def kind(self, column: str) -> str:
        """Kind of a column."""
        return self.kinds[self.columns.index(column)]

    def raw(self, column: str) -> str:
        """Return SQL for a column as it is in the file."""
        return f"c{self.columns.index(column)}"

    def text(self, column: str) -> str:
        """Return SQL for a column as text without blanks around it, NULL where it is missing."""
        raw = self.raw(column)
        words = f"trim(CAST({raw} AS VARCHAR), {_BLANKS})"
        missing = listed({*MISSING_WORDS, *(self.choices.na or ())})
        if self.kind(column) == "number":
            text = f"CAST({raw} AS VARCHAR)"
        elif self.layouts and not any(layout.padded for layout in self.layouts):
            text = f"nullif(trim({raw}), '')"  # words for a missing value are NULL already
        else:
            text = f"CASE WHEN {words} IN ({missing}) THEN NULL ELSE {words} END"
        if not self._missing_numbers or self.kind(column) not in ("number", "text"):
            return text
        codes = ", ".join(f"{quote(number)}::DOUBLE" for number in self._missing_numbers)
        code = f"coalesce({self._as_number(column)} IN ({codes}), FALSE)"
        return f"CASE WHEN {code} THEN NULL ELSE {text} END"

    def name(self, column: str) -> str:
        """Return SQL for a column as names: like `text`, with 3 for 3.0."""
        text = self.text(column)
        whole = f"regexp_replace({text}, '^(-?\\d+)\\.0+$', '\\1')"
        return f"CASE WHEN contains({text}, '.0') THEN {whole} ELSE {text} END"

    def number(self, column: str, decimal: str | None = None) -> str:
        """Return SQL for a column as DOUBLE, NULL where it is missing or no number.

        decimal: another decimal mark than what the file has.
        """
        found = self._as_number(column, decimal)
        for number in self._missing_numbers:
            found = f"nullif({found}, {quote(number)}::DOUBLE)"
        return found

    def _as_number(self, column: str, decimal: str | None = None) -> str:
        kind, found = self.kind(column), self.raw(column)
        if kind not in ("number", "flag", "text"):
            return "NULL::DOUBLE"
        if kind == "text" and self.layout is not None:
            grouped = self.layout.grouped or bool(decimal)
            found = number_sql(found, decimal or self.layout.decimal, grouped)
        return f"TRY_CAST({found} AS DOUBLE)"

    @property
    def _missing_numbers(self) -> list[float]:
        """The numbers that stand for a missing value, however they are written."""
        found = []
        for word in self.choices.na or ():
            with suppress(ValueError):
                found.append(float(word))
        return found

    def wrong(self, column: str) -> str:
        """Return SQL that is true where a cell is neither missing nor a number."""
        if self.kind(column) != "text":
            return "FALSE"
        text, words = self.text(column), listed(NO_NUMBER - MISSING_WORDS)
        return f"({self.number(column)} IS NULL AND {text} IS NOT NULL AND {text} NOT IN ({words}))"

    def perhaps_wrong(self, column: str, number: str) -> str:
        """Return SQL, quick to compute, that is true at least where `wrong` is.

        number: SQL of what `number` gave.
        """
        text = self.kind(column) == "text"
        return f"{number} IS NULL AND {self.raw(column)} IS NOT NULL" if text else "FALSE"

    # Queries on the table `t`, whose column `r` numbers the rows from 0

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        with limits.reading(self.path):
            return list(self._database.execute(query).fetchall())

    def arrays(self, query: str) -> dict[str, NDArray[Any]]:
        """Return the columns of a query as NumPy arrays; NULL is NaN, -1 or ''."""
        with limits.reading(self.path):
            found = self._database.execute(query).fetchnumpy()
        return {
            name: np.ma.filled(values, _NOTHING.get(values.dtype.kind, 0))
            for name, values in found.items()
        }

    def words(self, query: str) -> Any:
        """Return the only column of a query as a pyarrow array."""
        with limits.reading(self.path):
            return self._database.cursor().sql(query).to_arrow_table().column(0).combine_chunks()

    def batches(self, query: str, n_columns: int) -> Iterator[Any]:
        """Yield the result of a query as pyarrow batches, never all at once."""
        size = max(1, min(131_072, BATCH_CELLS // max(1, n_columns)))
        with limits.reading(self.path):
            yield from self._database.cursor().sql(query).to_arrow_reader(size)

    def line(self, row: int) -> int:
        """Return the line of a row, counted as a text editor or a spreadsheet does from 1."""
        line = row + 1 + (self.layout.skip if self.layout is not None else 1)
        for torn in self.torn:
            line += torn <= line
        return line

    # Opening

    def _open(self) -> None:
        links = [Path(self._folder.name) / f"file{n}" for n in range(len(self.paths))]
        layouts = [self._link(*pair) for pair in zip(self.paths, links, strict=True)]
        self._database = connect(links)
        parts: list[str] = []
        for path, link, layout in zip(self.paths, links, layouts, strict=True):
            raw, kinds, scan = self._scan(link, layout)
            names = limits.column_names(raw, shown(path.name))
            if not parts:
                self.columns, self.kinds = names, kinds
            elif set(names) != set(self.columns):
                raise InputError(
                    "{name} has other columns than {first}; files that are read together need the "
                    "same",
                    name=shown(path.name),
                    first=self.file,
                )
            order = [f"c{names.index(column)} AS c{k}" for k, column in enumerate(self.columns)]
            if len(self.paths) > 1:
                order.append(f"{quote(path.stem)} AS c{len(self.columns)}")
            parts.append(f"SELECT {', '.join(order)} FROM {scan}")
        if len(self.paths) > 1:
            name = FILE_COLUMN if FILE_COLUMN not in self.columns else "file name"
            self.columns, self.kinds = (*self.columns, name), (*self.kinds, "text")
            self.notes += (
                Message("{n} files are read together, each as a recording", n=len(parts)),
            )
        self._database.execute(
            "CREATE VIEW t AS SELECT *, row_number() OVER () - 1 AS r FROM "
            f"({' UNION ALL '.join(parts)})"
        )

    def _link(self, path: Path, link: Path) -> Layout | None:
        """Make what DuckDB reads, a link of ours or a plainer copy; return the layout of a text."""
        limits.checked(path)
        suffix = path.suffix.lower()
        if suffix == ".parquet":
            limits.check_parquet(path)
            link.symlink_to(path.resolve())
            return None
        text, encoding = path, "utf-8"
        if suffix in WORKBOOKS:
            text = link.with_suffix(".sheet")
            self.notes += write_sheet(path, text, self.choices.sheet)
        else:
            encoding, notes = find_encoding(path, self.choices.encoding)
            self.notes += notes
        layout = find_layout(first_lines(text, encoding), self.choices, shown(path.name))
        if encoding in ("utf-8", "utf-8-sig") and layout.plain:
            link.symlink_to(text.resolve())
        else:
            write_plain(text, encoding, layout, link)
        self.layouts.append(layout)
        self.notes += tuple(note for note in layout.notes if note not in self.notes)
        return layout

    def _scan(
        self, link: Path, layout: Layout | None
    ) -> tuple[Sequence[str], tuple[str, ...], str]:
        """Names and kinds of the columns, and SQL that reads them as c0, c1..."""
        if layout is None:
            scan = f"read_parquet({quote(link)})"
            described = self.rows(f"DESCRIBE SELECT * FROM {scan}")
            called = ", ".join(f"c{k}" for k in range(len(described)))
            kinds = tuple(limits.kind_of(row[1]) for row in described)
            scan = f"{scan} AS f({called})"
            utc = [
                f"{_UTC[row[1]]}(c{k})) AS c{k}"
                for k, row in enumerate(described)
                if row[1] in _UTC
            ]
            if utc:
                scan = f"(SELECT * REPLACE ({', '.join(utc)}) FROM {scan})"
            return [row[0] for row in described], kinds, scan
        width = len(layout.names) + layout.dropped
        columns = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(width))
        separator = "\t" if layout.separator == " " else layout.separator
        return (
            layout.names,
            ("text",) * len(layout.names),
            f"read_csv({quote(link)}, auto_detect=false, delim={quote(separator)}, quote='\"', "
            f"escape='\"', header=false, skip={layout.skip}, columns={{{columns}}}, "
            f"nullstr=[{listed({*MISSING_WORDS, *(self.choices.na or ())})}], "
            f"store_rejects=true, rejects_limit={MAX_TORN}, max_line_size={MAX_LINE})",
        )

    def _count(self) -> None:
        """Read the file once: number of rows, torn lines."""
        [(self.n_rows,)] = self.rows("SELECT count(*) FROM t")
        if self.n_rows > limits.MAX_ROWS:
            raise InputError(
                "{name} has more than {max_rows:,} rows; split it up",
                name=self.file,
                max_rows=limits.MAX_ROWS,
            )
        if self.layouts:
            found = self.rows("SELECT DISTINCT line, error_type::VARCHAR FROM reject_errors")
            if any("LINE SIZE" in kind for _, kind in found):
                raise overlong(self.file)
            self.torn = sorted({line for line, _ in found})
        if self.n_rows == 0 and not self.torn:
            raise InputError(
                "{name} has no rows; a header and at least one row are expected", name=self.file
            )


def open_table(paths: Path | Sequence[Path], choices: Choices = Choices()) -> Table:  # noqa: B008
    """Open a file, or several that have the same columns.

    Raises:
        InputError: no such file, another suffix, too large, empty, or not a table.
    """
    choices.check()
    several = [paths] if isinstance(paths, Path | str) else list(paths)
    return Table([limits.user_path(path) for path in several], choices)
