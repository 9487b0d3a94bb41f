"""Named files in one zip file: the same content gives the same bytes; read with limits."""

import os
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from emargin_core.errors import InputError, StoreError
from emargin_core.plain_text import shown

_EPOCH = (1980, 1, 1, 0, 0, 0)
_PLAIN_FILE = 0o644 << 16
_UNIX = 3
_ENCRYPTED = 0x1
_MAX_RATIO = 100
_ANY_RATIO = 2**20
"""Bytes up to which a file may unpack to any number of times its size."""


def write_pack(path: Path, files: Mapping[str, bytes], *, max_bytes: int) -> None:
    """Write files by name, sorted, without the time; to a temporary file that is then renamed.

    Raises:
        StoreError: it could not be written, or would be larger than `max_bytes`; what was there
            before then stays.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(prefix=".writing-", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as target, zipfile.ZipFile(target, "w") as pack:
                for name in sorted(files):
                    entry = zipfile.ZipInfo(name, _EPOCH)
                    entry.create_system, entry.external_attr = _UNIX, _PLAIN_FILE
                    pack.writestr(entry, files[name], zipfile.ZIP_DEFLATED, compresslevel=9)
            size = os.path.getsize(draft)
            if size > max_bytes:
                raise StoreError(f"{path} would have {size:,} bytes; it may have {max_bytes:,}")
            os.chmod(draft, 0o644)
            os.replace(draft, path)
        finally:
            Path(draft).unlink(missing_ok=True)
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(f"{path} could not be written: {error.strerror or error}") from error


def read_pack(path: Path, *, max_bytes: int, max_files: int) -> dict[str, bytes]:
    """Read all files into memory.

    Args:
        path: the zip file.
        max_bytes: of all contents together, unpacked, and of the zip file itself.
        max_files: how many files it may hold.

    Raises:
        InputError: it cannot be read, is damaged, or holds more than allowed.
    """
    try:
        if path.stat().st_size > max_bytes:
            raise InputError(
                f"{path} is larger than {max_bytes:,} bytes, which is the most allowed"
            )
        with zipfile.ZipFile(path) as pack:
            _check(path, pack.infolist(), max_bytes, max_files)
            return {entry.filename: _content(pack, entry) for entry in pack.infolist()}
    except InputError:
        raise
    except (OSError, EOFError, ValueError, NotImplementedError, zipfile.BadZipFile,
            zlib.error) as error:  # fmt: skip
        raise InputError(f"{path} cannot be read as a zip file: {error}") from error


def _check(path: Path, entries: list[zipfile.ZipInfo], max_bytes: int, max_files: int) -> None:
    if len(entries) > max_files:
        raise InputError(f"{path} holds {len(entries):,} files; at most {max_files:,} are allowed")
    if len({entry.filename for entry in entries}) < len(entries):
        raise InputError(f"{path} holds two files of one name")
    size = sum(entry.file_size for entry in entries)
    if size > max_bytes:
        raise InputError(
            f"{path} unpacks to {size:,} bytes; at most {max_bytes:,} are allowed"
        )  # fmt: skip
    for entry in entries:
        _check_entry(path, entry)
        if entry.flag_bits & _ENCRYPTED:
            raise InputError(f"{path} is encrypted")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise InputError(f"{path} is packed in a way that is not read here; use deflate")


def _check_entry(path: Path, entry: zipfile.ZipInfo) -> None:
    """No link, no way out of a folder, and no small file that unpacks to a huge one."""
    name = shown(entry.filename)
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG) or entry.is_dir():
        raise InputError(f"{path} holds {name}, which is no plain file")
    parts = entry.filename.split("/")
    if "\\" in entry.filename or ":" in entry.filename or {"", ".", ".."} & set(parts):
        raise InputError(f"{path} holds {name}, whose name leads out of it")
    if entry.file_size > _ANY_RATIO and entry.file_size > _MAX_RATIO * entry.compress_size:
        raise InputError(
            f"{path} holds {name}, which unpacks to more than {_MAX_RATIO} times its size"
        )


def _content(pack: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Contents of one file, no more of them than it says it has."""
    with pack.open(entry) as file:
        content = file.read(entry.file_size)
        if len(content) < entry.file_size or file.read(1):
            raise InputError(f"{entry.filename} has another size than it says")
        return content
