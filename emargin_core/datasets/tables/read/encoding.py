"""The text of a file: its encoding, its first lines, and a plainer copy where it needs one."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from charset_normalizer import from_bytes

from emargin_core.datasets.tables.read.layout import Layout
from emargin_core.datasets.tables.read.lines import COMMENTS
from emargin_core.text.errors import InputError
from emargin_core.text.message import Message, Text
from emargin_core.text.plain_text import shown

MAX_LINE = 1024**2
HEAD_LINES = 300
HEAD_CHARACTERS = 512 * 1024
READ_BYTES = 4 * 1024**2
LOOKED_AT = 64 * 1024

_PACKED: dict[bytes, str | Message] = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": Message("zip (as Excel workbooks are)"),
    b"PAR1": "Parquet",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xd0\xcf\x11\xe0": "Excel",
}
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_FOREIGN = re.compile(rb"[^\s,;\"]*[\x80-\xff][^\s,;\"]*")
"""Words with signs beyond ASCII: the rest of a table would only dilute what they tell."""
_LIKELY = ["cp1252", "cp932", "euc_jp", "gb18030", "big5", "euc_kr", "cp1251", "koi8_r", "cp1250"]


def find_encoding(path: Path, given: str | None = None) -> tuple[str, tuple[Text, ...]]:
    """Read a file once: its encoding, and what to say about it.

    Raises:
        InputError: packed, binary, unknown encoding, or not written in the one it claims.
    """
    name = shown(path.name)
    with path.open("rb") as file:
        head = file.read(LOOKED_AT)
    for magic, what in _PACKED.items():
        if head.startswith(magic):
            raise InputError(
                "{name} is not text but {what}; unpack it or save it as CSV", name=name, what=what
            )
    if given is not None:
        try:
            codecs.lookup(given)
        except LookupError:
            raise InputError("encoding '{given}' is not known", given=shown(given)) from None
        if _first_wrong(path, given) is not None:
            raise InputError("{name} is not written in {given}", name=name, given=shown(given))
        return given, ()
    claimed = next((known for bom, known in _BOMS.items() if head.startswith(bom)), None)
    if claimed is None and head[1::2].count(0) > 0.4 * len(head[1::2]) > 0:
        claimed = "utf-16-le"
    wrong = _first_wrong(path, claimed or "utf-8")
    if wrong is None:
        is_wide = claimed is not None and "16" in claimed
        return claimed or "utf-8", (Message("read as UTF-16 text"),) if is_wide else ()
    if claimed is not None:
        raise InputError(
            "{name} is marked as {name2} but is not; save it again",
            name=name,
            name2="UTF-8" if claimed == "utf-8-sig" else "UTF-16",
        )
    found = _likeliest(path, wrong)
    known = {"cp1252": "Windows-1252", "cp932": "Shift-JIS", "latin-1": "Latin-1"}
    return found, (
        Message(
            "not UTF-8, read as {encodings}: check names and labels, or save it as UTF-8",
            encodings=known.get(found, found),
        ),
    )


def overlong(file: str) -> InputError:
    """Return the error that a line is too long to be a table's."""
    return InputError(
        "{name} has a line longer than {max_line_bytes} MB; a table has one row a line",
        name=file,
        max_line_bytes=MAX_LINE // 1024**2,
    )


def first_lines(path: Path, encoding: str) -> list[str]:
    """Return the first lines without their ends.

    Raises:
        InputError: the first is too long to be a table's.
    """
    with path.open("rb") as file:
        text = codecs.getincrementaldecoder(encoding)("replace").decode(file.read(2 * MAX_LINE))
    whole = path.stat().st_size <= 2 * MAX_LINE
    lines = re.split(r"\r\n|\n|\r", text.removeprefix("\ufeff"))
    if max(map(len, lines)) > MAX_LINE:
        raise overlong(shown(path.name))
    if not whole and len(lines) > 1:
        lines = lines[:-1]
    kept, size = [], 0
    for line in lines[:HEAD_LINES]:
        kept.append(line)
        size += len(line)
        if size > HEAD_CHARACTERS:
            break
    return kept


def write_plain(path: Path, encoding: str, layout: Layout, target: Path) -> None:
    """Copy a file as UTF-8 whose rows are parted by one sign each and end where they end.

    Lines keep their numbers, except that comments within the table are left out.
    """
    with target.open("w", encoding="utf-8", newline="") as out:
        for n, line in enumerate(_lines(path, encoding), start=1):
            if layout.comment and n > layout.skip and line.lstrip().startswith(COMMENTS):
                continue
            if layout.end:
                line = line.rstrip().removesuffix(layout.end)
            if layout.separator == " ":
                line = "\t".join(line.split())
            out.write(line + "\n")


def _lines(path: Path, encoding: str) -> Iterator[str]:
    with path.open(encoding=encoding, errors="replace", newline=None) as file:
        while line := file.readline(MAX_LINE):
            yield line.rstrip("\n").removeprefix("\ufeff")


def _likeliest(path: Path, place: int) -> str:
    """The likeliest encoding of what is no UTF-8 at a place."""
    with path.open("rb") as file:
        file.seek(max(0, place - LOOKED_AT // 2))
        around = b" ".join(dict.fromkeys(_FOREIGN.findall(file.read(LOOKED_AT))))
    best = from_bytes(around, cp_isolation=_LIKELY).best()
    found = best.encoding if best is not None else "latin-1"
    western = around.decode("cp1252", "replace") == around.decode(found, "replace")
    found = "cp1252" if western else found
    return found if _first_wrong(path, found) is None else "latin-1"


def _first_wrong(path: Path, encoding: str) -> int | None:
    """Place of the first block that is not of an encoding.

    Raises:
        InputError: it is no text.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    place = 0
    with path.open("rb") as file:
        while True:
            block = file.read(READ_BYTES)
            if b"\0" in block and "16" not in encoding and "32" not in encoding:
                raise InputError(
                    "{name} is not text: it holds NUL bytes; save it as CSV", name=shown(path.name)
                )
            try:
                decoder.decode(block, final=not block)
            except UnicodeError as error:
                return place + int(getattr(error, "start", 0))
            if not block:
                return None
            place += len(block)
