"""Named files in one zip file: the same content gives the same bytes; read with limits."""

import stat
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from emargin_core.datasets.drafts import new_file
from emargin_core.text.errors import InputError, StoreError
from emargin_core.text.plain_text import shown

_EPOCH = (1980, 1, 1, 0, 0, 0)
_PLAIN_FILE = 0o644 << 16
_UNIX = 3
_ENCRYPTED = 0x1
_MAX_RATIO = 100
_ANY_RATIO = 2**20
"""Bytes up to which a file may unpack to any number of times its size."""


def write_pack(path: Path, files: Mapping[str, bytes], *, max_bytes: int) -> None:
    """Write files by name, sorted, without the time.

    Raises:
        StoreError: it could not be written, or would be larger than `max_bytes`; what was there
            before then stays.
    """
    try:
        with new_file(path, mode=0o644) as target:
            with zipfile.ZipFile(target, "w") as pack:
                for name in sorted(files):
                    entry = zipfile.ZipInfo(name, _EPOCH)
                    entry.create_system, entry.external_attr = _UNIX, _PLAIN_FILE
                    pack.writestr(entry, files[name], zipfile.ZIP_DEFLATED, compresslevel=9)
            size = target.tell()
            if size > max_bytes:
                raise StoreError(
                    "{path} would have {size:,} bytes; at most {max_bytes:,} are allowed",
                    path=path,
                    size=size,
                    max_bytes=max_bytes,
                )
    except StoreError:
        raise
    except OSError as error:
        raise StoreError("{path} could not be written: {error}", path=path, error=error) from error


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
                "{path} is larger than {max_bytes:,} bytes, which is the most allowed",
                path=path,
                max_bytes=max_bytes,
            )
        with zipfile.ZipFile(path) as pack:
            _check(path, pack.infolist(), max_bytes, max_files)
            return {entry.filename: _content(pack, entry) for entry in pack.infolist()}
    except InputError:
        raise
    except (
        OSError,
        EOFError,
        ValueError,
        NotImplementedError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise InputError(
            "{path} cannot be read as a zip file: {error}", path=path, error=error
        ) from error


def _check(path: Path, entries: list[zipfile.ZipInfo], max_bytes: int, max_files: int) -> None:
    if len(entries) > max_files:
        raise InputError(
            "{path} contains {entries:,} files; at most {max_files:,} are allowed",
            path=path,
            entries=len(entries),
            max_files=max_files,
        )
    if len({entry.filename for entry in entries}) < len(entries):
        raise InputError("{path} contains two files of the same name", path=path)
    size = sum(entry.file_size for entry in entries)
    if size > max_bytes:
        raise InputError(
            "{path} unpacks to {size:,} bytes; at most {max_bytes:,} are allowed",
            path=path,
            size=size,
            max_bytes=max_bytes,
        )
    for entry in entries:
        _check_entry(path, entry)
        if entry.flag_bits & _ENCRYPTED:
            raise InputError("{path} is encrypted", path=path)
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise InputError(
                "{path} uses a compression that is not supported; use deflate", path=path
            )


def _check_entry(path: Path, entry: zipfile.ZipInfo) -> None:
    """No link, no way out of a folder, and no small file that unpacks to a huge one."""
    name = shown(entry.filename)
    nameless = not entry.filename  # zipfile's is_dir looks at the last letter
    if (
        nameless
        or entry.is_dir()
        or stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG)
    ):
        raise InputError(
            "{path} contains {name}, which is not a regular file", path=path, name=name
        )
    parts = entry.filename.split("/")
    if "\\" in entry.filename or ":" in entry.filename or {"", ".", ".."} & set(parts):
        raise InputError(
            "{path} contains {name}, whose path leads outside the archive", path=path, name=name
        )
    if entry.file_size > _ANY_RATIO and entry.file_size > _MAX_RATIO * entry.compress_size:
        raise InputError(
            "{path} contains {name}, which unpacks to more than {max_ratio} times its size",
            path=path,
            name=name,
            max_ratio=_MAX_RATIO,
        )


def _content(pack: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Contents of one file, no more of them than it says it has."""
    with pack.open(entry) as file:
        content = file.read(entry.file_size)
        if len(content) < entry.file_size or file.read(1):
            raise InputError(
                "{filename} does not have the size that it declares", filename=entry.filename
            )
        return content
