"""CSV as people save it: any usual delimiter, decimal comma, and encoding."""

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv

from emargin_core.datasets.mapping import MISSING_WORDS
from emargin_core.datasets.tables import MAX_ROWS, Block, block_rows, column_names, reading
from emargin_core.errors import InputError
from emargin_core.language import told
from emargin_core.plain_text import shown

DELIMITERS = {",": told("comma"), ";": told("semicolon"), "\t": told("tab"), "|": told("bar")}
ENCODINGS = {"cp1252": "Windows-1252", "latin-1": "Latin-1"}
"""Tried in this order where a file is not UTF-8."""
MAX_LINE_BYTES = 1024**2
READ_BYTES = 4 * 1024**2
HEAD_BYTES = 256 * 1024
SAMPLE_LINES = 50

_PACKED = {
    b"\x1f\x8b": "gzip", b"PK\x03\x04": told("zip (as Excel workbooks are)"), b"PAR1": "Parquet",
    b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd", b"\xd0\xcf\x11\xe0": "Excel",
}  # fmt: skip
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class CsvTable:
    """A CSV file; every cell is text, None where it is missing. See `tables.Table`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._encoding, notes = _find_encoding(path)
        lines, self._skipped = _first_lines(path, self._encoding)
        self._delimiter = _find_delimiter(lines)
        rows = list(csv.reader(lines, delimiter=self._delimiter))
        self.columns = column_names(rows[0], path)
        _check_header(self.columns, rows, self._delimiter, path)
        self.kinds: tuple[str | None, ...] = (None,) * len(self.columns)
        self.decimal = _find_decimal(rows[1:], self._delimiter)
        if self._delimiter != ",":
            notes.append(told(f"columns are parted by {DELIMITERS[self._delimiter]}"))
        if self.decimal == ",":
            notes.append(told("numbers have a decimal comma"))
        self.notes = tuple(notes)

    def blocks(self, columns: Sequence[str], limit: int | None = None) -> Iterator[Block]:
        """Read some columns; see `tables.Table.blocks`."""
        torn: list[Any] = []

        def on_torn(row: Any) -> str:
            torn.append(row)
            return "error"

        n_rows, size = 0, block_rows(len(columns))
        try:
            with reading(self.path), self._open(columns, on_torn, small=limit is not None) as found:
                for batch in found:
                    for begin in range(0, batch.num_rows, size):
                        rows = batch.slice(begin, size)
                        if limit is not None:
                            rows = rows.slice(0, limit - n_rows)
                        if rows.num_rows:
                            yield Block(rows, n_rows + 2)
                        n_rows += rows.num_rows
                        if limit is not None and n_rows >= limit:
                            return
                    if n_rows > MAX_ROWS:
                        raise InputError(
                            f"{shown(self.path.name)} has more than {MAX_ROWS:,} rows; split it up"
                        )
        except InputError:
            if torn:
                raise InputError(self._torn(torn[0])) from None
            raise

    def _open(self, columns: Sequence[str], on_torn: Any, small: bool) -> Any:
        return pyarrow.csv.open_csv(
            self.path,
            read_options=pyarrow.csv.ReadOptions(
                use_threads=False,
                block_size=2 * MAX_LINE_BYTES if small else 2 * READ_BYTES,
                column_names=list(self.columns),
                skip_rows=self._skipped + 1,
                encoding="utf8" if self._encoding.startswith("utf-8") else self._encoding,
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=self._delimiter,
                newlines_in_values=True,
                ignore_empty_lines=len(self.columns) > 1,
                invalid_row_handler=on_torn,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(self.columns, pa.string()),
                include_columns=list(columns),
                null_values=sorted(MISSING_WORDS),
                strings_can_be_null=True,
            ),
        )

    def _torn(self, row: Any) -> str:
        number = None if row.number is None else f"{row.number - self._skipped:,}"
        return told(
            f"{shown(self.path.name)}: {'a row' if number is None else f'row {number}'} has "
            f"{row.actual_columns:,} cells where the header has {row.expected_columns:,}; mend "
            "that row, or quote its text"
        )


def _find_encoding(path: Path) -> tuple[str, list[str]]:
    """Read the whole file once: its encoding, and what to say about it.

    Raises:
        InputError: packed, binary, or with a line too long to be a table's.
    """
    with path.open("rb") as file:
        head = file.read(16)
    for magic, what in _PACKED.items():
        if head.startswith(magic):
            raise InputError(f"{shown(path.name)} is no text but {what}; unpack or save it as CSV")
    for bom, encoding in _BOMS.items():
        if head.startswith(bom):
            if not _decodes(path, encoding):
                name = "UTF-8" if encoding == "utf-8-sig" else "UTF-16"
                raise InputError(f"{shown(path.name)} is marked {name} and is not; save it again")
            return encoding, [told("read as UTF-16 text")] if encoding == "utf-16" else []
    if _decodes(path, "utf-8"):
        return "utf-8", []
    encoding = next(name for name in ENCODINGS if _decodes(path, name))
    return encoding, [
        told(
            f"not UTF-8, read as {ENCODINGS[encoding]}: check names and labels, or save it as UTF-8"
        )
    ]


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    since_end = 0
    with path.open("rb") as file:
        while block := file.read(READ_BYTES):
            since_end = _check_lines(block, since_end, encoding, path)
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                return False
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _check_lines(block: bytes, since_end: int, encoding: str, path: Path) -> int:
    """Refuse what is no text or has endless lines; bytes since the last end of a line."""
    if encoding != "utf-16" and b"\0" in block:
        raise InputError(f"{shown(path.name)} is not text: it holds NUL bytes; save it as CSV")
    place = -since_end
    while len(block) - place > MAX_LINE_BYTES:
        begin, end = max(0, place), place + MAX_LINE_BYTES
        found = max(block.rfind(b"\n", begin, end), block.rfind(b"\r", begin, end))
        if found < 0:
            raise InputError(
                f"{shown(path.name)} has a line longer than {MAX_LINE_BYTES // 1024**2} MB; "
                "a table has one row a line"
            )
        place = found + 1
    last = max(block.rfind(b"\n"), block.rfind(b"\r"))
    return len(block) - last - 1 if last >= 0 else since_end + len(block)


def _first_lines(path: Path, encoding: str) -> tuple[list[str], int]:
    """Header and some lines after it, and how many empty lines stand above."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        text = decoder.decode(file.read(2 * MAX_LINE_BYTES))
    text = text.removeprefix("\ufeff")
    whole = len(text) < HEAD_BYTES and path.stat().st_size <= 2 * MAX_LINE_BYTES
    lines = re.split(r"\r\n|\n|\r", text)
    if not whole and len(lines) > 2:
        lines = lines[:-1]
    skipped = next((place for place, line in enumerate(lines) if line.strip()), len(lines))
    lines = lines[skipped : skipped + SAMPLE_LINES]
    if not lines:
        raise InputError(
            f"{shown(path.name)} has no rows; a header and at least one row are wanted"
        )
    return lines, skipped


def _find_delimiter(lines: Sequence[str]) -> str:
    """The sign that parts the lines into the most columns, the same number in nearly all."""
    best, best_score = ",", (0.0, 0)
    full = [line for line in lines if line.strip()]
    for sign in DELIMITERS:
        try:
            counts = [len(row) for row in csv.reader(full, delimiter=sign)]
        except csv.Error:
            continue
        if counts and counts[0] > 1:
            score = (sum(count == counts[0] for count in counts) / len(counts), counts[0])
            if score > best_score:
                best, best_score = sign, score
    return best


def _check_header(
    columns: tuple[str, ...], rows: list[list[str]], delimiter: str, path: Path
) -> None:
    numbers = [
        name for name in columns if re.fullmatch(r"[-+]?\d*[.,]?\d+(e[-+]?\d+)?", name, re.I)
    ]
    if len(numbers) == len(columns) or (len(numbers) > len(columns) / 2 and len(columns) > 2):
        raise InputError(
            f"{shown(path.name)}: row 1 has numbers ({shown(numbers[0])}) where the names of the "
            "columns should stand; add a header"
        )
    if len(columns) == 1 and len(rows[0][0].split()) > 1 and len(rows) > 1:
        inside = rows[1][0].split() if rows[1] else []
        if len(inside) > 1:
            raise InputError(
                f"{shown(path.name)} has one column only ('{shown(columns[0])}'); part the columns "
                "by comma, semicolon, tab or |"
            )


def _find_decimal(rows: Sequence[Sequence[str]], delimiter: str) -> str:
    if delimiter == ",":
        return "."
    cells = [cell.strip() for row in rows for cell in row]
    commas = sum(
        re.fullmatch(r"[-+]?\d+,\d+(e[-+]?\d+)?", cell, re.I) is not None for cell in cells
    )
    points = sum(
        re.fullmatch(r"[-+]?\d+\.\d+(e[-+]?\d+)?", cell, re.I) is not None for cell in cells
    )
    return "," if commas > points else "."
