"""Stored runs as one zip file, and back: everything is checked before anything is kept."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError

from emargin_core import __version__
from emargin_core.store.annotations import (
    MAX_NAME,
    MAX_NOTE,
    Annotation,
    make_annotation,
    read_annotation,
    write_annotation,
)
from emargin_core.store.archive.run_check import checked_run
from emargin_core.store.gallery.gallery import Gallery, run_file
from emargin_core.store.result import Result
from emargin_core.store.result_files import FILES, ORIGIN, SNAPSHOTS, provenance_file, to_files
from emargin_core.store.run_list import find_run
from emargin_core.store.run_schema import RunId, Strict, first_fault
from emargin_core.store.run_store import RunStore
from emargin_core.store.trash import Trash
from emargin_core.store.zip_pack import read_pack, write_pack
from emargin_core.text.errors import InputError, StoreError
from emargin_core.text.plain_text import listed, quoted, shown

FORMAT = 1
INDEX = "archive.json"
ALLOWED = (*FILES, SNAPSHOTS)
"""Files of a run; the last one may be absent."""
MAX_RUNS = 500
MAX_BYTES = 256 * 2**20
"""Of an archive, and of all that is in it, unpacked."""


class _Run(Strict):
    run_id: RunId
    sha256: dict[str, str]
    name: Annotated[str, StringConstraints(max_length=MAX_NAME)]
    note: Annotated[str, StringConstraints(max_length=MAX_NOTE)]


class _Index(Strict):
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
        raise InputError("no run is given; give at least one")
    if len(names) > MAX_RUNS:
        raise InputError(
            "{names:,} runs are given; an archive holds at most {max_runs}",
            names=len(names),
            max_runs=MAX_RUNS,
        )
    shipped = [
        name for name in names if gallery and name in gallery.entries and store.get(name) is None
    ]
    if shipped:
        raise InputError(
            "{shipped} come with the program, so everyone has them; export others",
            shipped=listed(shipped),
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
                "these runs are larger than {max_bytes:,} bytes; export fewer at once",
                max_bytes=MAX_BYTES,
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
        raise InputError("{error}; nothing was imported", error=error) from None
    present = {name for name in results if store.get(name) is not None}
    fresh = [result for name, result in results.items() if name not in present]
    beside = {ORIGIN: provenance_file(called or path.name)}
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
    files = read_pack(path, max_bytes=MAX_BYTES, max_files=1 + MAX_RUNS * len(ALLOWED))
    index = _index(path, files)
    names = [run.run_id for run in index.runs]
    if len(set(names)) < len(names):
        raise InputError("{name} lists a run twice", name=path.name)
    wanted = {INDEX, *(run_file(name, file) for name in names for file in FILES)}
    allowed = wanted | {run_file(name, SNAPSHOTS) for name in names}
    strange, lost = sorted(set(files) - allowed), sorted(wanted - set(files))
    if strange or lost:
        raise (
            InputError(
                "{name} contains {strange}, which does not belong in it",
                name=path.name,
                strange=shown(strange[0]),
            )
            if strange
            else InputError("{name} lacks the required {lost}", name=path.name, lost=lost[0])
        )
    results = {}
    for run in index.runs:
        own = {
            file: content
            for file in ALLOWED
            if (content := files.get(run_file(run.run_id, file))) is not None
        }
        if run.sha256 != {file: _digest(content) for file, content in own.items()}:
            raise InputError("run {run_id} is damaged: its checksums differ", run_id=run.run_id)
        results[run.run_id] = checked_run(own, run.run_id)
    return index, results


def _index(path: Path, files: dict[str, bytes]) -> _Index:
    if INDEX not in files:
        raise InputError(
            "{name} is not an archive of runs: it contains no {index}", name=path.name, index=INDEX
        )
    try:
        document: Any = json.loads(files[INDEX])
        index = _Index.model_validate(document)
    except ValidationError as error:
        raise InputError(
            "{name}: {index}: {error}", name=path.name, index=INDEX, error=first_fault(error)
        ) from None
    except (ValueError, RecursionError) as error:
        raise InputError(
            "{name}: {index} cannot be read: {error}",
            name=path.name,
            index=INDEX,
            error=quoted(error, 120),
        ) from None
    if index.format != FORMAT:
        raise InputError(
            "{name} has format {format}; this version reads {format2}",
            name=path.name,
            format=index.format,
            format2=FORMAT,
        )
    return index


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
