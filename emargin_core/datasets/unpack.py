"""A zip from the network: fetched, checked, unpacked beside its place, and only then put there."""

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

from filelock import FileLock, Timeout

from emargin_core.datasets.download import OnBytes, download
from emargin_core.errors import InputError

MAX_DOWNLOAD = 4 * 10**9
MAX_UNPACKED = 8 * 10**9
MAX_FILES = 2_000
WAIT_SECONDS = 30.0
"""How long to wait for another process that fetches the same."""
RECORD = "fetched.json"


def fetch_zip(url: str, folder: Path, inner: str, suffix: str, tell: OnBytes) -> bool:
    """Put the files of a zip that end in `suffix` into `folder / inner`; False: they are there.

    The checksums of the zip and of its files are written down at the first fetch; later fetches
    must agree with them. Folders inside the zip are left out.

    Raises:
        InputError: it cannot be fetched, is not a zip, is unsafe, or has no such file.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock", timeout=WAIT_SECONDS):
            zip_path, record = folder / f"{inner}.zip", _read_record(folder)
            if record and _intact(folder / inner, record["files"]):
                return False
            known = record.get("sha256") if record else None
            sha256 = download(url, zip_path, known, tell, MAX_DOWNLOAD)
            files = _place(zip_path, folder / inner, suffix)
            _write_record(folder, {"url": url, "sha256": sha256, "files": files})
            zip_path.unlink()
    except Timeout:
        raise InputError(f"another fetch is at work in {folder}; wait until it is done") from None
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror or error}") from None
    except InputError:
        _remove_if_empty(folder)
        raise
    return True


def _remove_if_empty(folder: Path) -> None:
    if [path.name for path in folder.iterdir()] in ([], [".lock"]):
        shutil.rmtree(folder)


def _read_record(folder: Path) -> dict[str, Any] | None:
    path = folder / RECORD
    if not path.is_file():
        return None
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return {"sha256": str(record["sha256"]), "files": dict(record["files"])}
    except (ValueError, TypeError, KeyError, RecursionError):
        raise InputError(f"{path} is damaged; delete it and fetch again") from None


def _write_record(folder: Path, record: dict[str, Any]) -> None:
    temporary = folder / f".{RECORD}.{os.getpid()}"
    temporary.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    os.replace(temporary, folder / RECORD)


def _intact(place: Path, checksums: dict[str, str]) -> bool:
    return all(
        (place / name).is_file() and _sha256(place / name) == checksum
        for name, checksum in checksums.items()
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _place(zip_path: Path, place: Path, suffix: str) -> dict[str, str]:
    """Unpack beside the place, then swap it in as a whole; returns the files' checksums."""
    temporary = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=place.parent))
    try:
        unpack(zip_path, temporary, suffix)
        checksums = {path.name: _sha256(path) for path in sorted(temporary.iterdir())}
        temporary.chmod(0o755)
        if place.exists():
            os.replace(place, temporary.with_name(temporary.name + "-old"))
        os.replace(temporary, place)
        return checksums
    except InputError:
        zip_path.unlink(missing_ok=True)
        raise
    finally:
        for left in place.parent.glob(f"{temporary.name}*"):
            shutil.rmtree(left)


def unpack(zip_path: Path, folder: Path, suffix: str) -> None:
    """Write each file of a zip whose name ends in `suffix` into `folder`, under its bare name.

    Raises:
        InputError: not a zip, damaged, too large, or with names or links that lead elsewhere.
    """
    try:
        with zipfile.ZipFile(zip_path) as archive:
            members = archive.infolist()
            _check(zip_path, members)
            wanted = {
                PurePosixPath(member.filename).name: member
                for member in members
                if member.filename.endswith(suffix) and not _hidden(member.filename)
            }
            if not wanted:
                raise InputError(f"{zip_path.name} has no file that ends in {suffix}")
            left = MAX_UNPACKED
            for name, member in wanted.items():
                left = _write(archive, member, folder / name, left)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise InputError(
            f"{zip_path.name} is not a zip that can be unpacked ({error}); fetch it again"
        ) from None


def _hidden(name: str) -> bool:
    """Files that some systems add, such as __MACOSX/._name."""
    return any(part.startswith((".", "__")) for part in PurePosixPath(name).parts)


def _check(zip_path: Path, members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_FILES:
        raise InputError(f"{zip_path.name} has {len(members):,} files, more than {MAX_FILES:,}")
    size = sum(member.file_size for member in members)
    if size > MAX_UNPACKED:
        raise _too_large(zip_path.name)
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        link = (member.external_attr >> 16) & 0o170000 == 0o120000
        if path.is_absolute() or ".." in path.parts or ":" in member.filename or link:
            raise InputError(
                f"{zip_path.name} has an unsafe entry '{member.filename}', which leads out of its "
                "folder; nothing was unpacked"
            )


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, left: int) -> int:
    """Copy at most `left` bytes, whatever the entry says of its size; returns what is left."""
    with archive.open(member) as source, path.open("wb") as target:
        while chunk := source.read(1 << 20):
            left -= len(chunk)
            if left < 0:
                raise _too_large(Path(str(archive.filename)).name)
            target.write(chunk)
    return left


def _too_large(name: str) -> InputError:
    return InputError(
        f"{name} would unpack to more than {MAX_UNPACKED / 1e9:g} GB; nothing was unpacked"
    )
