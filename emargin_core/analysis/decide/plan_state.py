"""Decisions on disk: `decisions/ID.json`, and `ID.parquet` for independent labels.

Written to a temporary file and renamed, so a reader sees it whole or not at all. A revision number
keeps two people with the same link from overwriting each other unseen.
"""

import io
import json
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyarrow
import pyarrow.parquet
from filelock import FileLock
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from emargin_core.analysis.decide.costs import CostModel
from emargin_core.analysis.decide.independent_labels import COLUMNS, MAX_ROWS, IndependentLabels
from emargin_core.analysis.decide.preference import Preference
from emargin_core.config import ExperimentConfig, default_home
from emargin_core.datasets.drafts import write_file
from emargin_core.text.errors import InputError, StoreError
from emargin_core.text.message import Message
from emargin_core.text.plain_text import quoted, refusal, shown

MAX_BYTES = 512 * 1024
MAX_SEEDS = 5
_NAME = re.compile(r"[0-9a-f]{12}")


class DecisionPlan(BaseModel):
    """The inputs of a decision, apart from runs and labels, which are stored separately.

    baseline, pilot: settings with the first fold and seed; repeats: trainings of each method on a
    fold; label_file: what the file with independent labels was called, None while there is none;
    label_empty: its rows without a label; source: the sweep that the setting is chosen from, None
    for the newest or what comes with the program.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    format: int = Field(default=1, ge=1, le=1)
    title: str = Field(default="", max_length=80)
    baseline: ExperimentConfig
    pilot: ExperimentConfig
    repeats: int = Field(default=1, ge=1, le=MAX_SEEDS)
    source: str | None = Field(default=None, max_length=200)
    preference: Preference = Preference()
    costs: CostModel = CostModel()
    label_file: str | None = Field(
        default=None, max_length=200, validation_alias=AliasChoices("label_file", "field_file")
    )
    label_empty: int = Field(
        default=0, ge=0, validation_alias=AliasChoices("label_empty", "field_empty")
    )
    revision: int = Field(default=0, ge=0)
    saved: str = Field(default="", max_length=40)


class DecisionStore:
    """Reads and writes decisions under `home`."""

    def __init__(self, home: Path | None = None) -> None:
        self.folder = (home or default_home()) / "decisions"

    def ids(self) -> list[str]:
        """Names of all decisions, the one written last first."""
        if not self.folder.is_dir():
            return []
        files = [path for path in self.folder.glob("*.json") if _NAME.fullmatch(path.stem)]
        return [path.stem for path in sorted(files, key=lambda path: -path.stat().st_mtime_ns)]

    def load(self, name: str) -> DecisionPlan:
        """Read a decision.

        Raises:
            InputError: there is none of that name, or it cannot be read; its file stays as it is.
        """
        path = self._path(name, ".json")
        if not path.is_file():
            raise InputError(
                "decision '{name}' was not found on this machine; start a new one, or"
                " open the link on the machine where it was made",
                name=shown(name),
            )
        try:
            if path.stat().st_size > MAX_BYTES:
                raise ValueError(Message("larger than {max_bytes} kB", max_bytes=MAX_BYTES // 1024))
            return DecisionPlan.model_validate(json.loads(path.read_bytes()))
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(
                "decision '{name}' cannot be read ({reason}); its file was not "
                "changed; start a new one",
                name=name,
                reason=_reason(error),
            ) from None

    def save(self, plan: DecisionPlan, name: str | None = None) -> tuple[str, DecisionPlan]:
        """Write a decision, a new one if it has no name; return its name and what was written.

        Raises:
            InputError: somebody else has written it since `plan` was read.
            StoreError: it could not be written; what was there stays.
        """
        name = name or uuid.uuid4().hex[:12]
        path = self._path(name, ".json")
        with self._writing(), FileLock(self.folder / f".{name}.lock", timeout=10):
            if path.is_file() and self.load(name).revision != plan.revision:
                raise InputError(
                    "this decision was changed elsewhere since it was opened here; open its link "
                    "again, or save yours as a new one"
                )
            now = datetime.now(UTC).isoformat(timespec="seconds")
            written = plan.model_copy(update={"revision": plan.revision + 1, "saved": now})
            content = json.dumps(written.model_dump(), allow_nan=False, indent=1).encode()
            if len(content) > MAX_BYTES:
                raise StoreError(
                    "the decision is larger than {size} kB: too many classes have costs",
                    size=MAX_BYTES // 1024,
                )
            write_file(path, content)
        return name, written

    def load_labels(self, name: str, plan: DecisionPlan) -> IndependentLabels | None:
        """Read the independent labels that were kept with a decision; None if it has none.

        Raises:
            InputError: they cannot be read.
        """
        if plan.label_file is None:
            return None
        path = self._path(name, ".parquet")
        try:
            rows = pyarrow.parquet.read_metadata(path).num_rows
            if rows > MAX_ROWS:
                raise ValueError(f"{rows:,} rows")
            return IndependentLabels(pd.read_parquet(path, columns=list(COLUMNS)), plan.label_empty)
        except (OSError, ValueError, pyarrow.ArrowException) as error:
            raise InputError(
                "the independent labels of decision '{name}' cannot be read ({reason}); upload the "
                "file again",
                name=name,
                reason=_reason(error),
            ) from None

    def save_labels(self, name: str, labels: IndependentLabels) -> None:
        """Keep independent labels with a decision; those that were there are replaced.

        Raises:
            StoreError: they could not be written; what was there stays.
        """
        table = io.BytesIO()
        labels.rows.to_parquet(table, index=False)
        with self._writing():
            write_file(self._path(name, ".parquet"), table.getvalue())

    def _path(self, name: str, suffix: str) -> Path:
        if not _NAME.fullmatch(name):
            raise InputError(
                "'{name}' is not the name of a decision; names have twelve "
                "characters, 0 to 9 and a to f",
                name=shown(name),
            )
        return self.folder / f"{name}{suffix}"

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            yield
        except StoreError:
            raise
        except OSError as error:
            raise StoreError(
                "the decision could not be written under {folder}: {reason}; free some space or "
                "set EMARGIN_HOME to a folder that can be written",
                folder=self.folder,
                reason=error,
            ) from error


def _reason(error: Exception) -> Message:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "file"
        return Message("{place}: {fault}", place=shown(place), fault=refusal(first))
    return quoted(error)
