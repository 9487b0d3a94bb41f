"""A zip from the network: fetched, checked, unpacked beside its place, and only then put there."""

import hashlib
import lzma
import os
import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ValidationError

from emargin_core.datasets.drafts import write_file
from emargin_core.datasets.fetch.download import OnBytes, download, fetching_into
from emargin_core.text.errors import InputError

MAX_DOWNLOAD = 4 * 10**9
MAX_UNPACKED = 8 * 10**9
MAX_FILES = 2_000
RECORD = "fetched.json"
WAIT_SECONDS = 30.0
"""How long to wait for another process that fetches the same."""


class Record(BaseModel):
    """What is kept of the first fetch: SHA-256 of the zip, and of each file by name."""

    url: str
    sha256: str
    files: dict[str, str]


def fetch_zip(url: str, folder: Path, inner: str, suffix: str, tell: OnBytes) -> bool:
    """Put the files of a zip that end in `suffix` into `folder / inner`; False: they are there.

    The checksums of the zip and of its files are written down at the first fetch; later fetches
    must agree with them. Folders inside the zip are left out.

    Raises:
        InputError: it cannot be fetched, is not a zip, is too large, or has no such file.
    """
    with fetching_into(folder, WAIT_SECONDS):
        zip_path, place, record = folder / f"{inner}.zip", folder / inner, _read_record(folder)
        if record and all(_sha256(place / name) == known for name, known in record.files.items()):
            return False
        download(url, zip_path, record.sha256 if record else None, tell, MAX_DOWNLOAD)
        with tempfile.TemporaryDirectory(prefix=".unpacking-", dir=folder) as temporary:
            fresh = Path(temporary) / inner
            try:
                unpack(zip_path, fresh, suffix)
            except InputError:
                zip_path.unlink()
                raise
            files = {path.name: _sha256(path) or "" for path in sorted(fresh.iterdir())}
            if place.exists():
                shutil.rmtree(place)
            os.replace(fresh, place)
        record = Record(url=url, sha256=_sha256(zip_path) or "", files=files)
        write_file(folder / RECORD, record.model_dump_json(indent=2).encode(), 0o644)
        zip_path.unlink()
    return True


def _read_record(folder: Path) -> Record | None:
    path = folder / RECORD
    if not path.is_file():
        return None
    try:
        return Record.model_validate_json(path.read_bytes())
    except ValidationError:
        raise InputError("{path} is damaged; delete it and fetch again", path=path) from None


def _sha256(path: Path) -> str | None:
    """SHA-256 of a file in hexadecimal digits, None where there is no file."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unpack(zip_path: Path, folder: Path, suffix: str) -> None:
    """Write each file of a zip whose name ends in `suffix` into `folder`, under its bare name.

    pooch's Unzip would write all files, however large, where they are to stay. `zipfile` itself
    never writes outside of `folder`, makes no links, and stops at the size that an entry states.

    Raises:
        InputError: not a zip, damaged, too large, or without such a file.
    """
    try:
        with zipfile.ZipFile(zip_path) as archive:
            wanted = [
                member
                for member in archive.infolist()
                if member.filename.endswith(suffix) and not _hidden(member.filename)
            ]
            if not wanted:
                raise InputError(
                    "{name} has no file that ends in {suffix}", name=zip_path.name, suffix=suffix
                )
            if len(wanted) > MAX_FILES:
                raise InputError(
                    "{name} has {wanted:,} files, more than {max_files:,}",
                    name=zip_path.name,
                    wanted=len(wanted),
                    max_files=MAX_FILES,
                )
            if sum(member.file_size for member in wanted) > MAX_UNPACKED:
                raise InputError(
                    "{name} would unpack to more than {max_unpacked:g} GB; nothing was unpacked",
                    name=zip_path.name,
                    max_unpacked=MAX_UNPACKED / 1e9,
                )
            for member in wanted:
                member.filename = PurePosixPath(member.filename).name
                archive.extract(member, folder)
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise InputError(
            "{name} is not a zip that can be unpacked ({error}); fetch it again",
            name=zip_path.name,
            error=error,
        ) from None


def _hidden(name: str) -> bool:
    """Files that some systems add, such as __MACOSX/._name."""
    return any(part.startswith((".", "__")) for part in PurePosixPath(name).parts)
