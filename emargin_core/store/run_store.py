"""Results on disk: one folder a run, written whole or not at all; JSON, Parquet, safetensors."""

import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import safetensors
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from emargin_core.config import default_home, make_home
from emargin_core.datasets.drafts import PREFIX, new_folder
from emargin_core.store.result import Result
from emargin_core.store.result_files import (
    DOCUMENT,
    FILES,
    UNREADABLE,
    from_files,
    read_document,
    read_provenance,
    read_snapshots,
    to_files,
)
from emargin_core.text.errors import StoreError
from emargin_core.text.message import Message, Text

log = logging.getLogger(__name__)


class RunStore:
    """Reads and writes finished runs under `home`.

    A run is written to a temporary folder and renamed, so a reader sees it whole or not at all. A
    malformed or foreign folder is skipped with a warning, and replaced when its run is made again.
    """

    def __init__(self, home: Path | None = None) -> None:
        self.home = home or default_home()
        self._runs = self.home / "runs"
        self._maps = self.home / "maps"

    def check_writable(self) -> None:
        """Fail before the work rather than after it.

        Raises:
            StoreError: nothing can be written under `home`; the message says why.
        """
        make_home(self.home)
        with self._writing(Message("the run store")):
            self._runs.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.home) as probe:
                probe.write(b"\0" * 65_536)
                probe.flush()

    def get(self, run_id: str) -> Result | None:
        """Read a run; None if it is absent or unreadable."""
        folder = self._runs / run_id
        if not (folder / DOCUMENT).is_file():
            return None
        try:
            return _read_run(folder, run_id)
        except UNREADABLE as error:
            log.warning("run %s is unreadable and will be made again: %s", run_id, error)
            return None

    def put(self, result: Result, beside: Mapping[str, bytes] | None = None) -> None:
        """Write a run, and other files beside it by name; an existing readable one is kept.

        Raises:
            StoreError: it could not be written; nothing half-written stays behind.
        """
        if self.get(result.run_id) is None:
            self._put_folder(
                self._runs / result.run_id,
                lambda folder: _write_run(folder, result, beside or {}),
                lambda: self.get(result.run_id) is not None,
            )

    def has_preliminary(self, run_id: str) -> bool:
        """Whether there is a first look at a run that is not measured whole yet."""
        return (self._preliminary(run_id) / DOCUMENT).is_file()

    def get_preliminary(self, run_id: str) -> Result | None:
        """Read the first look at a run that is not measured whole yet; None if there is none."""
        folder = self._preliminary(run_id)
        if not self.has_preliminary(run_id):
            return None
        try:
            return replace(_read_run(folder, run_id), preliminary=True)
        except UNREADABLE:  # it has just ended
            return None

    def put_preliminary(self, result: Result) -> None:
        """Write the first look at a run, which stays until `drop_preliminary`.

        Raises:
            StoreError: it could not be written.
        """
        self._put_folder(
            self._preliminary(result.run_id),
            lambda folder: _write_run(folder, result, {}),
            lambda: self.get_preliminary(result.run_id) is not None,
        )

    def drop_preliminary(self, run_id: str) -> None:
        """Forget the first look at a run: it is whole now, was cancelled, or failed."""
        shutil.rmtree(self._preliminary(run_id), ignore_errors=True)

    def document(self, run_id: str) -> dict[str, Any] | None:
        """Read what a run says of itself, without its frames; None if absent or unreadable."""
        try:
            return read_document((self._runs / run_id / DOCUMENT).read_bytes(), run_id)
        except UNREADABLE:
            return None

    def ids(self) -> list[str]:
        """Names of all runs that look whole, newest first."""
        if not self._runs.is_dir():
            return []
        whole = [
            path.parent
            for path in self._runs.glob(f"*/{DOCUMENT}")
            if not path.parent.name.startswith(".")
        ]
        return [path.name for path in sorted(whole, key=lambda p: -p.stat().st_mtime_ns)]

    def get_map(self, candidate: str, baseline: str) -> NDArray[np.float64] | None:
        """Read the candidate's map as aligned to the baseline's, (n_frames, 2), NaN = unsampled."""
        path = self._maps / f"{candidate}-{baseline}" / "map.safetensors"
        if not path.is_file():
            return None
        try:
            return np.asarray(load_file(path)["map"], dtype=np.float64)
        except UNREADABLE as error:
            log.warning("map %s is unreadable and will be made again: %s", path, error)
            return None

    def put_map(self, candidate: str, baseline: str, layout: NDArray[np.float64]) -> None:
        """Write the candidate's map as aligned to the baseline's."""
        self._put_folder(
            self._maps / f"{candidate}-{baseline}",
            lambda folder: save_file(
                {"map": np.ascontiguousarray(layout)}, folder / "map.safetensors"
            ),
            lambda: self.get_map(candidate, baseline) is not None,
        )

    def _preliminary(self, run_id: str) -> Path:
        """Named as a draft: no reader of runs looks at it, and one left behind is swept up."""
        return self._runs / f"{PREFIX}preliminary-{run_id}"

    def _put_folder(
        self, folder: Path, write: Callable[[Path], object], whole: Callable[[], bool]
    ) -> None:
        """Write a folder; one in its place that is `whole` stays."""
        make_home(self.home)
        with (
            self._writing(Message("the run {name}", name=folder.name)),
            new_folder(folder, whole) as draft,
        ):
            write(draft)

    @contextmanager
    def _writing(self, what: Text) -> Iterator[None]:
        try:
            yield
        except (OSError, safetensors.SafetensorError, pyarrow.ArrowException) as error:
            raise StoreError(
                "{what} could not be written under {home}: {reason}; free some space or set "
                "EMARGIN_HOME to a folder that can be written",
                what=what,
                home=self.home,
                reason=error,
            ) from error


def _write_run(folder: Path, result: Result, beside: Mapping[str, bytes]) -> None:
    for name, content in {**beside, **to_files(result)}.items():
        with (folder / name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


def _read_run(folder: Path, run_id: str) -> Result:
    files = {name: (folder / name).read_bytes() for name in FILES}
    result = from_files(files, run_id)
    return replace(
        result,
        snapshots=read_snapshots(folder, len(result.data["class_names"])),
        imported=read_provenance(folder),
    )
