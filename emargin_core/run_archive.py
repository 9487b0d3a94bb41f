"""Stored runs as one zip file, and back: everything is checked before anything is kept."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from emargin_core import __version__
from emargin_core.annotations import (
    MAX_NAME,
    MAX_NOTE,
    Annotation,
    make_annotation,
    read_annotation,
    write_annotation,
)  # fmt: skip
from emargin_core.errors import InputError, StoreError
from emargin_core.gallery import Gallery, run_file
from emargin_core.origin import ORIGIN, origin_file
from emargin_core.plain_text import listed, shown
from emargin_core.report.subject import find_run
from emargin_core.result import Result
from emargin_core.result_files import FILES, to_files
from emargin_core.run_check import checked_run
from emargin_core.store import RunStore
from emargin_core.trash import Trash
from emargin_core.zip_pack import read_pack, write_pack

FORMAT = 1
INDEX = "archive.json"
MAX_RUNS = 500
MAX_BYTES = 256 * 2**20
"""Of an archive, and of all that is in it, unpacked."""


class _Run(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    run_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
    sha256: dict[str, str]
    name: Annotated[str, StringConstraints(max_length=MAX_NAME)]
    note: Annotated[str, StringConstraints(max_length=MAX_NOTE)]


class _Index(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    format: int
    program: Annotated[str, StringConstraints(max_length=100)]
    made: Annotated[str, StringConstraints(max_length=40)]
    runs: Annotated[list[_Run], Field(min_length=1, max_length=MAX_RUNS)]


@dataclass(frozen=True)
class Imported:
    """Names of the runs that were added, and of those that were here already and stay."""

    added: tuple[str, ...]
    present: tuple[str, ...]


def export_runs(
    run_ids: Sequence[str], path: Path, store: RunStore, gallery: Gallery | None = None
) -> None:
    """Write stored runs, with names and notes, to a zip file.

    Raises:
        InputError: no run is named, one is not here or comes with the program, or they are too
            many or too large together.
        StoreError: the file cannot be written.
    """
    names = list(dict.fromkeys(run_ids))
    if not names:
        raise InputError("no run is named; name at least one")
    if len(names) > MAX_RUNS:
        raise InputError(f"{len(names):,} runs are named; an archive holds at most {MAX_RUNS}")
    shipped = [name for name in names if gallery and name in gallery.entries
               and store.get(name) is None]  # fmt: skip
    if shipped:
        raise InputError(
            f"{listed(shipped)} come with the program, so that everyone has them; export others"
        )
    files: dict[str, bytes] = {}
    described = []
    for name in names:
        own = to_files(find_run(name, store, None))
        files |= {run_file(name, file): content for file, content in own.items()}
        annotation = read_annotation(store.home, name)
        described.append(
            {
                "run_id": name,
                "sha256": {file: _digest(content) for file, content in own.items()},
                "name": annotation.name,
                "note": annotation.note,
            }
        )
        if sum(map(len, files.values())) > MAX_BYTES - 2**20:
            raise InputError(
                f"these runs are larger than {MAX_BYTES:,} bytes; export fewer at once"
            )
    index = {
        "format": FORMAT,
        "program": f"eMargin Explorer {__version__}",
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "runs": described,
    }
    write_pack(path, files | {INDEX: json.dumps(index).encode()}, max_bytes=MAX_BYTES)


def import_runs(path: Path, store: RunStore, called: str | None = None) -> Imported:
    """Check an archive and keep its runs, marked as imported; those that are here already stay.

    Args:
        path: the zip file; called: what the user calls it, by default its own name.

    Raises:
        InputError: the file or any of its runs cannot be used; nothing was imported.
        StoreError: the store cannot be written; nothing was imported.
    """
    try:
        index, results = read_archive(path)
    except InputError as error:
        raise InputError(f"{error}; nothing was imported") from None
    present = {name for name in results if store.get(name) is not None}
    fresh = [result for name, result in results.items() if name not in present]
    beside = {ORIGIN: origin_file(called or path.name)}
    added: list[str] = []
    try:
        for result in fresh:
            store.put(result, beside)
            added.append(result.run_id)
        for run in index.runs:
            if run.run_id in added and read_annotation(store.home, run.run_id) == Annotation():
                write_annotation(store.home, run.run_id, make_annotation(run.name, run.note))
    except StoreError:
        Trash(store.home).discard(added)
        raise
    return Imported(tuple(added), tuple(sorted(present)))


def read_archive(path: Path) -> tuple[_Index, dict[str, Result]]:
    """Read and check all of an archive; nothing is written.

    Raises:
        InputError: one sentence about the first fault.
    """
    files = read_pack(path, max_bytes=MAX_BYTES, max_files=1 + MAX_RUNS * len(FILES))
    index = _index(path, files)
    names = [run.run_id for run in index.runs]
    if len(set(names)) < len(names):
        raise InputError(f"{path.name} names a run twice")
    wanted = {INDEX, *(run_file(name, file) for name in names for file in FILES)}
    strange, lost = sorted(set(files) - wanted), sorted(wanted - set(files))
    if strange or lost:
        raise InputError(
            f"{path.name} holds {shown(strange[0])}, which is no part of it"
            if strange
            else f"{path.name} lacks {lost[0]}, which belongs to it"
        )
    results = {}
    for run in index.runs:
        own = {file: files[run_file(run.run_id, file)] for file in FILES}
        if run.sha256 != {file: _digest(content) for file, content in own.items()}:
            raise InputError(f"run {run.run_id} is damaged: its checksums differ")
        results[run.run_id] = checked_run(own, run.run_id)
    return index, results


def _index(path: Path, files: dict[str, bytes]) -> _Index:
    if INDEX not in files:
        raise InputError(f"{path.name} is no archive of runs: it holds no {INDEX}")
    try:
        document: Any = json.loads(files[INDEX])
        index = _Index.model_validate(document)
    except ValidationError as error:
        part = error.errors()[0]
        place = ".".join(shown(step) for step in part["loc"])
        raise InputError(f"{path.name}: {INDEX}: {place}: {shown(part['msg'], 120)}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path.name}: {INDEX} cannot be read: {shown(error, 120)}") from None
    if index.format != FORMAT:
        raise InputError(f"{path.name} has format {index.format}; this version reads {FORMAT}")
    return index


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
