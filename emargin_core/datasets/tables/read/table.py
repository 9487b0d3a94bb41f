"""Open a user's table, text, Parquet or workbook, for reading alone, through DuckDB.

The database is in memory, of bounded size, and can reach nothing but the given file: files are
opened by a link of ours, so that no sign in a name means anything.
"""

import bisect
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.read.encoding import (
    MAX_LINE,
    find_encoding,
    first_lines,
    write_plain,
)
from emargin_core.datasets.tables.read.layout import THOUSANDS, Layout, find_layout
from emargin_core.datasets.tables.read.workbook import WORKBOOKS, write_sheet
from emargin_core.datasets.tables.words import MISSING_WORDS, NO_NUMBER
from emargin_core.text.errors import InputError
from emargin_core.text.message import Message, Text
from emargin_core.text.plain_text import quoted, shown

TEXTS = (".csv", ".tsv", ".txt", ".tab", ".dat", ".data", ".asc")
SUFFIXES = (*TEXTS, ".parquet", *WORKBOOKS)
MAX_UPLOAD_BYTES = 200 * 1024**2
"""The largest file that the page takes; larger ones are given by their path."""
MAX_BYTES = 32 * 1024**3
MAX_ROWS = 1_000_000_000
MAX_COLUMNS = 2_000
MAX_FIELD = 10_000
"""Characters in one cell or column name."""
MAX_UNPACKED_BYTES = 64 * 1024**3
TEXT_ROWS = 65_536
MAX_TORN = 10_000
BATCH_CELLS = 2_000_000
MEMORY, THREADS = "768MB", 2
FILE_COLUMN = "file"

READ_ERRORS = (
    OSError, ValueError, TypeError, KeyError, IndexError, OverflowError, MemoryError,
    NotImplementedError, duckdb.Error, pa.ArrowException, RuntimeError,
)  # fmt: skip
"""What a damaged file can make the readers raise."""
_NUMBERS = ("INT", "FLOAT", "DOUBLE", "DECIMAL", "REAL")
_DATES = ("TIMESTAMP", "DATE")
_BLANKS = "E' \\t\\r\u00a0\"'"
"""SQL for the signs that are taken off both ends of a cell."""
_TEXT_KINDS = ("VARCHAR", "ENUM", "TIME", "UUID", "NULL")


class Table:
    """One file, or several with the same columns, one after the other; a context manager.

    columns: their names without blanks and quotes around them; kinds: 'number', 'text', 'date',
    'flag' or 'other' of each, as the file declares it, 'text' for all of a text file; layouts: of
    each text file; notes: what was found out; torn: lines with another number of cells than the
    header, passed over.
    """

    def __init__(self, paths: Sequence[Path], choices: Choices) -> None:
        self.paths, self.choices = tuple(paths), choices
        self.path = self.paths[0]
        self.file = shown(self.path.name)
        self.notes: tuple[Text, ...] = ()
        self.layouts: list[Layout] = []
        self.torn: list[int] = []
        self._folder = tempfile.TemporaryDirectory(prefix="emargin-table-")
        try:
            with reading(self.path):
                self._open()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Table":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End reading and delete what was written on the way."""
        database = getattr(self, "_database", None)
        if database is not None:
            database.close()
        self._folder.cleanup()

    @property
    def units(self) -> dict[str, str]:
        """What a row of units under the header says of a column."""
        return self.layouts[0].units if self.layouts else {}

    @property
    def decimal(self) -> str:
        """Sign of the decimal point in text."""
        return self.layouts[0].decimal if self.layouts else "."

    def kind(self, column: str) -> str:
        """Kind of a column."""
        return self.kinds[self.columns.index(column)]

    def text(self, column: str) -> str:
        """Return SQL for a column as text without blanks around it, NULL where it is missing."""
        raw = f"c{self.columns.index(column)}"
        if self.kind(column) == "number":
            return f"CAST({raw} AS VARCHAR)"
        if self.layouts and not any(layout.padded for layout in self.layouts):
            return f"nullif(trim({raw}), '')"  # words for a missing value are NULL already
        words = f"trim(CAST({raw} AS VARCHAR), {_BLANKS})"
        missing = sorted({*MISSING_WORDS, *(self.choices.na or ())})
        return f"CASE WHEN {words} IN ({_listed(missing)}) THEN NULL ELSE {words} END"

    def name(self, column: str) -> str:
        """Return SQL for a column as names: like `text`, with 3 for 3.0."""
        text = self.text(column)
        whole = f"regexp_replace({text}, '^(-?\\d+)\\.0+$', '\\1')"
        return f"CASE WHEN contains({text}, '.0') THEN {whole} ELSE {text} END"

    def number(self, column: str) -> str:
        """Return SQL for a column as DOUBLE, NULL where it is missing or no number."""
        kind, raw = self.kind(column), f"c{self.columns.index(column)}"
        if kind in ("number", "flag"):
            found = f"CAST({raw} AS DOUBLE)" if kind == "number" else f"CAST({raw} AS INT)::DOUBLE"
        elif kind == "text":
            found = f"TRY_CAST({raw if self.decimal == '.' else _with_point(raw)} AS DOUBLE)"
        else:
            return "NULL::DOUBLE"
        for word in filter(_is_float, self.choices.na or ()):
            found = f"nullif({found}, {_float(word)})"
        return found

    def wrong(self, column: str) -> str:
        """Return SQL that is true where a cell is neither missing nor a number."""
        if self.kind(column) != "text":
            return "FALSE"
        text = self.text(column)
        words = _listed(sorted(NO_NUMBER - MISSING_WORDS))
        return f"({self.number(column)} IS NULL AND {text} IS NOT NULL AND {text} NOT IN ({words}))"

    def perhaps_wrong(self, column: str, number: str) -> str:
        """Return SQL, quick to compute, that is true at least where `wrong` is.

        number: SQL of what `number` gave.
        """
        if self.kind(column) != "text":
            return "FALSE"
        return f"{number} IS NULL AND c{self.columns.index(column)} IS NOT NULL"

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return all rows of a query on the table `t`, whose column `r` numbers the rows from 0."""
        with reading(self.path):
            return list(self._database.execute(query).fetchall())

    def arrays(self, query: str) -> dict[str, Any]:
        """Return the columns of a query as NumPy arrays, masked where NULL."""
        with reading(self.path):
            return dict(self._database.execute(query).fetchnumpy())

    def words(self, query: str) -> Any:
        """Return the only column of a query as a pyarrow array."""
        with reading(self.path):
            return self._database.cursor().sql(query).to_arrow_table().column(0).combine_chunks()

    def batches(self, query: str, n_columns: int) -> Iterator[Any]:
        """Yield the result of a query as pyarrow batches, never all at once."""
        size = max(1, min(131_072, BATCH_CELLS // max(1, n_columns)))
        with reading(self.path):
            yield from self._database.cursor().sql(query).to_arrow_reader(size)

    def line(self, row: int) -> int:
        """Return the line of a row, counted as a text editor or a spreadsheet does from 1."""
        if not self.layouts:
            return row + 2
        line = row + self.layouts[0].skip + 1
        while (passed := bisect.bisect_right(self.torn, line)) and (
            row + self.layouts[0].skip + 1 + passed > line
        ):
            line = row + self.layouts[0].skip + 1 + passed
        return line

    def _open(self) -> None:
        sources = []
        for n, path in enumerate(self.paths):
            checked(path)
            sources.append(self._source(path, Path(self._folder.name) / f"file{n}"))
        self._database = _connect([link for link, *_ in sources])
        parts, first = [], None
        for (link, layout, raw), path in zip(sources, self.paths, strict=True):
            scan = (
                _scan_text(link, layout, self.choices.na or ())
                if layout is not None
                else f"read_parquet('{link}')"
            )
            if layout is None:
                described = self.rows(f"DESCRIBE SELECT * FROM {scan}")
                raw = [str(row[0]) for row in described]
                kinds = tuple(_kind(str(row[1])) for row in described)
                inner = ", ".join(
                    f'"{c.replace(chr(34), chr(34) * 2)}" AS c{k}' for k, c in enumerate(raw)
                )
                scan = f"(SELECT {inner} FROM {scan})"
            else:
                kinds = ("text",) * len(raw)
            names = column_names(raw, path)
            if first is None:
                self.columns, self.kinds, first = names, kinds, path
            elif set(names) != set(self.columns):
                raise InputError(
                    "{name} has other columns than {first}; files that are read together need the "
                    "same",
                    name=shown(path.name),
                    first=shown(first.name),
                )
            order = [f"c{names.index(column)} AS c{k}" for k, column in enumerate(self.columns)]
            if len(self.paths) > 1:
                order.append(f"{_quote(path.stem)} AS c{len(self.columns)}")
            parts.append(f"SELECT {', '.join(order)} FROM {scan}")
        if len(self.paths) > 1:
            name = FILE_COLUMN if FILE_COLUMN not in self.columns else "file name"
            self.columns, self.kinds = (*self.columns, name), (*self.kinds, "text")
            self.notes += (
                Message("{n} files are read together, each as a recording", n=len(parts)),
            )
        union = " UNION ALL ".join(parts)
        self._database.execute(
            f"CREATE VIEW t AS SELECT *, row_number() OVER () - 1 AS r FROM ({union})"
        )
        self._count()

    def _source(self, path: Path, link: Path) -> tuple[str, Layout | None, list[str]]:
        """A link of ours to what DuckDB reads; the layout and raw names of a text."""
        suffix = path.suffix.lower()
        if suffix == ".parquet":
            self._check_parquet(path)
            link.symlink_to(path.resolve())
            return str(link), None, []
        text, encoding = path, "utf-8"
        if suffix in WORKBOOKS:
            text = link.with_suffix(".sheet")
            self.notes += write_sheet(path, text, self.choices.sheet)
        else:
            encoding, notes = find_encoding(path, self.choices.encoding)
            self.notes += notes
        lines = first_lines(text, encoding)
        layout = find_layout(lines, self.choices, shown(path.name))
        if encoding in ("utf-8", "utf-8-sig") and layout.plain:
            link.symlink_to(text.resolve())
        else:
            write_plain(text, encoding, layout, link)
        self.layouts.append(layout)
        self.notes += tuple(note for note in layout.notes if note not in self.notes)
        return str(link), layout, list(layout.names)

    def _check_parquet(self, path: Path) -> None:
        """Refuse endless numbers of rows and endless texts, by what the file says of itself.

        A text is looked at while it is still stored once, however often it is used.
        """
        with pq.ParquetFile(path, thrift_string_size_limit=16 * 1024**2) as file:
            n_rows, schema = file.metadata.num_rows, file.schema_arrow
            groups = [file.metadata.row_group(place) for place in range(file.num_row_groups)]
            unpacked = sum(group.total_byte_size for group in groups)
        if n_rows < 0 or sum(group.num_rows for group in groups) != n_rows:
            raise InputError(
                "{name} is damaged: its parts do not have the rows it declares", name=self.file
            )
        if n_rows > MAX_ROWS:
            raise InputError(
                "{name} declares {n_rows:,} rows; at most {max_rows:,} are taken",
                name=self.file,
                n_rows=n_rows,
                max_rows=MAX_ROWS,
            )
        if unpacked > MAX_UNPACKED_BYTES:
            raise InputError(
                "{name} unpacks to {unpacked:,.0f} GB; at most {max_unpacked_bytes} GB are taken",
                name=self.file,
                unpacked=unpacked / 1024**3,
                max_unpacked_bytes=MAX_UNPACKED_BYTES // 1024**3,
            )
        for name in [field.name for field in schema if _is_text(field.type)]:
            with pq.ParquetFile(path, read_dictionary=[name], pre_buffer=False) as file:
                for batch in file.iter_batches(TEXT_ROWS, columns=[name], use_threads=False):
                    cells = batch.column(0)
                    cells = cells.dictionary if pa.types.is_dictionary(cells.type) else cells
                    longest = pc.max(pc.binary_length(cells)).as_py() or 0
                    if longest > 4 * MAX_FIELD:
                        raise InputError(
                            "{name}: column '{name2}' has a text of {longest:,} bytes; at most "
                            "{max_field:,} characters are taken",
                            name=self.file,
                            name2=shown(name),
                            longest=longest,
                            max_field=MAX_FIELD,
                        )

    def _count(self) -> None:
        """Read the file once: number of rows, torn lines."""
        [(self.n_rows,)] = self.rows("SELECT count(*) FROM t")
        if self.n_rows > MAX_ROWS:
            raise InputError(
                "{name} has more than {max_rows:,} rows; split it up",
                name=self.file,
                max_rows=MAX_ROWS,
            )
        if self.layouts:
            found = self.rows(
                "SELECT DISTINCT line, error_type::VARCHAR FROM reject_errors ORDER BY 1"
            )
            if any("LINE SIZE" in str(kind) for _, kind in found):
                raise InputError(
                    "{name} has a line longer than {max_line_bytes} MB; a table has one row a line",
                    name=self.file,
                    max_line_bytes=MAX_LINE // 1024**2,
                )
            self.torn = sorted({int(line) for line, _ in found})
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
    return Table([user_path(path) for path in several], choices)


def user_path(path: Path | str) -> Path:
    """Return a path as the user wrote it, with ~ resolved.

    Raises:
        InputError: it names the home of nobody.
    """
    try:
        return Path(path).expanduser()
    except (RuntimeError, ValueError):  # no such user, or a sign that no path may have
        raise InputError("{path}: user not found; give the full path", path=shown(path)) from None


def checked(path: Path) -> None:
    """Refuse what is no file of ours to read.

    Raises:
        InputError: no such file, another suffix, too large, or empty.
    """
    name = shown(path.name)
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(
            "{name} is not a table; use {suffixes}", name=name, suffixes=", ".join(SUFFIXES)
        )
    with reading(path):
        if not path.is_file():
            raise InputError("{name}: file not found", name=name)
        size = path.stat().st_size
    if size == 0:
        raise InputError("{name} is empty; it has no header and no rows", name=name)
    if size > MAX_BYTES:
        raise InputError(
            "{name} is larger than {max_bytes} GB; split it up",
            name=name,
            max_bytes=MAX_BYTES // 1024**3,
        )


def column_names(raw: Sequence[str], path: Path) -> tuple[str, ...]:
    """Strip names; one that is empty is called by its place, one that is there again by a number.

    Raises:
        InputError: too many columns, or a name too long.
    """
    if len(raw) > MAX_COLUMNS:
        raise InputError(
            "{name} has {raw:,} columns; at most {max_columns:,} are taken",
            name=shown(path.name),
            raw=len(raw),
            max_columns=MAX_COLUMNS,
        )
    names: list[str] = []
    for place, word in enumerate(raw):
        name = word.strip(" \t\r\n\ufeff\xa0\"'`") or f"(column {place + 1})"
        if len(name) > MAX_FIELD:
            raise InputError(
                "{name}: the name of column {place} is longer than {max_field:,} characters",
                name=shown(path.name),
                place=place + 1,
                max_field=MAX_FIELD,
            )
        again, number = name, 1
        while again in names:
            number += 1
            again = f"{name} {number}"
        names.append(again)
    return tuple(names)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever a reader raises on a damaged file into one sentence."""
    try:
        yield
    except InputError:
        raise
    except READ_ERRORS as error:
        kind = {".parquet": "Parquet"}.get(path.suffix.lower(), "CSV")
        raise InputError(
            "{name} cannot be read as {kind}: {reason}",
            name=shown(path.name),
            kind="Excel" if path.suffix.lower() in WORKBOOKS else kind,
            reason=quoted(error, 160),
        ) from None


def _connect(links: Sequence[str]) -> Any:
    """A database that reaches these files and nothing else, for good."""
    found = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": MEMORY,
            "threads": THREADS if len(links) == 1 else 1,  # one reads the files in their order
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "temp_directory": str(Path(links[0]).parent / "spill"),
            "python_enable_replacements": False,
        },
    )
    found.execute(f"SET allowed_paths = [{', '.join(map(_quote, links))}]")
    found.execute("SET enable_external_access = false")
    found.execute("SET lock_configuration = true")
    return found


def _scan_text(link: str, layout: Layout, na: Sequence[str]) -> str:
    width = len(layout.names) + layout.dropped
    columns = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(width))
    separator = "\t" if layout.separator == " " else layout.separator
    return (
        f"read_csv({_quote(link)}, auto_detect=false, delim={_quote(separator)}, quote='\"', "
        f"escape='\"', header=false, skip={layout.skip}, columns={{{columns}}}, "
        f"nullstr=[{_listed(sorted({*MISSING_WORDS, *na}))}], store_rejects=true, "
        f" rejects_limit={MAX_TORN}, max_line_size={MAX_LINE})"
    )


def _kind(declared: str) -> str:
    if declared == "BOOLEAN":
        return "flag"
    if declared.endswith("]") or declared.startswith(("STRUCT", "MAP", "INTERVAL")):
        return "other"
    for kind, starts in (("date", _DATES), ("text", _TEXT_KINDS)):
        if declared.startswith(starts) or declared.strip('"') in starts:
            return kind
    return "number" if any(word in declared for word in _NUMBERS) else "other"


def _is_text(kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(map(_quote, words))


def _is_float(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _float(word: str) -> str:
    return f"{float(word)!r}::DOUBLE"


def _with_point(raw: str) -> str:
    """Return SQL for text with a decimal comma as text with a point, and no sign for thousands."""
    plain = f"replace({raw}, '.', '')"
    grouped = f"regexp_full_match(trim({raw}), '{THOUSANDS}')"
    return f"replace(CASE WHEN {grouped} THEN {plain} ELSE {raw} END, ',', '.')"
