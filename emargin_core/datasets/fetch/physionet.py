"""Files of a PhysioNet database, each checked against the checksums that PhysioNet publishes."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from emargin_core.datasets.fetch.download import OnBytes, download, fetching_into
from emargin_core.text.errors import InputError

SUMS = "SHA256SUMS.txt"
MAX_FILE = 10**9
_LINE = re.compile(r"([0-9a-f]{64})\s+\*?(\S+)")


def fetch_files(
    base: str, folder: Path, choose: Callable[[Sequence[str]], list[str]], tell: OnBytes
) -> int:
    """Bring the files that `choose` picks from the published list; returns how many there are.

    base: the database's address, ending in '/'. A file that is there with the right checksum is
    not fetched again; each stands in `folder` under its bare name. (wfdb's own download knows no
    checksums and writes in place.)

    Raises:
        InputError: PhysioNet is not reached, or a file is not the published one.
    """
    with fetching_into(folder, 0.0):
        sums = folder / SUMS
        download(base + SUMS, sums, None, tell, MAX_FILE)
        checksums = published(sums)
        chosen = choose(sorted(checksums))
        if not chosen or not set(chosen) <= set(checksums):
            sums.unlink()
            raise InputError(
                "{sums} of {base} lacks the files that are wanted; fetch again",
                sums=SUMS,
                base=base,
            )
        for name in chosen:
            place = folder / Path(name).name
            download(base + name, place, checksums[name], tell, MAX_FILE)
            tell(place.name, place.stat().st_size, place.stat().st_size)
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
        if found is None:
            path.unlink()
            raise InputError(
                "{name}, line {number}: '{line}' is not a SHA-256 and a file name; fetch again",
                name=path.name,
                number=number,
                line=line[:60],
            )
        checksums[found[2]] = found[1]
    return checksums
