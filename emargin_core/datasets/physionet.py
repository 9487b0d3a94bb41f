"""Files of a PhysioNet database, each checked against the checksums that PhysioNet publishes."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from emargin_core.datasets.download import OnBytes, download
from emargin_core.errors import InputError

SUMS = "SHA256SUMS.txt"
MAX_FILE = 10**9
_LINE = re.compile(r"([0-9a-f]{64})\s+\*?(\S+)")


def fetch_files(
    base: str, folder: Path, choose: Callable[[Sequence[str]], list[str]], tell: OnBytes
) -> int:
    """Bring the files that `choose` picks from the published list; returns how many there are.

    base: the database's address, ending in '/'. A file that is there with the right checksum is
    not fetched again; each stands in `folder` under its bare name.

    Raises:
        InputError: PhysioNet is not reached, or a file is not the published one.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock", timeout=0):
            if not (folder / SUMS).is_file():
                download(base + SUMS, folder / SUMS, None, tell, MAX_FILE)
            checksums = published(folder / SUMS)
            chosen = choose(sorted(checksums))
            for name in chosen:
                place = folder / Path(name).name
                download(base + name, place, checksums[name], tell, MAX_FILE)
                tell(place.name, place.stat().st_size, place.stat().st_size)
    except Timeout:
        raise InputError(f"another fetch is at work in {folder}; wait until it is done") from None
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror or error}") from None
    return len(chosen)


def published(path: Path) -> dict[str, str]:
    """Read SHA256SUMS.txt: name in the database -> checksum.

    Raises:
        InputError: a line is not a checksum and a name; the file is removed, to be fetched anew.
    """
    checksums = {}
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate(lines, start=1):
        found = _LINE.fullmatch(line.strip())
        if found is None or ".." in found[2]:
            path.unlink()
            raise InputError(
                f"{path.name}, line {number}: '{line[:60]}' is not a SHA-256 and a file name; "
                "fetch again"
            )
        checksums[found[2]] = found[1]
    return checksums
