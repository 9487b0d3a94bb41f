"""What a user's file holds and what is wrong with it, for the page and the command line."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from emargin_core.datasets.base import Dataset
from emargin_core.datasets.conversion import ASSUMED_RATE
from emargin_core.datasets.long_format import check_missing, guess, load_parts
from emargin_core.datasets.mapping import ColumnMapping
from emargin_core.datasets.table_scan import ColumnFacts, Missing, Problem, Scan, scan_table
from emargin_core.datasets.tables import Table, open_table, sample, user_path
from emargin_core.errors import InputError
from emargin_core.language import told
from emargin_core.plain_text import listed, shown

EXAMPLES = 3
PREVIEW_ROWS = 100
PREVIEW_CHARACTERS = 200


@dataclass(frozen=True)
class ColumnReport:
    """A column: number, text, date, flag or other; its part in the mapping; what it holds.

    role: recording, group, time, label, channel, or 'left out'. missing, infinite and constant
    are known for channels and time alone, else 0 and False. first_missing_row: the header is row 1.
    """

    name: str
    kind: str
    role: str
    examples: tuple[str, ...]
    missing: int = 0
    infinite: int = 0
    first_missing_row: int | None = None
    constant: bool = False


@dataclass(frozen=True)
class RecordingReport:
    """A recording; seconds, rate (Hz), gaps and longest_gap (s) are None if it cannot be loaded."""

    id: str
    group: str
    samples: int
    seconds: float | None
    rate: float | None
    gaps: int | None
    longest_gap: float | None


@dataclass(frozen=True)
class ClassReport:
    """A class; seconds are None where the rate is not known."""

    name: str
    samples: int
    seconds: float | None


@dataclass(frozen=True)
class FileReport:
    """Everything there is to say about a file under a mapping.

    problems stop it from being loaded, warnings do not; preview: the first rows as text;
    dataset: what was loaded, None where there are problems.
    """

    path: Path
    size: int
    n_rows: int | None
    columns: tuple[ColumnReport, ...]
    mapping: ColumnMapping
    guessed: bool
    missing: Missing
    recordings: tuple[RecordingReport, ...]
    classes: tuple[ClassReport, ...]
    unlabelled_samples: int
    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    preview: pd.DataFrame
    dataset: Dataset | None

    @property
    def usable(self) -> bool:
        """Whether the file can be loaded as it is mapped."""
        return self.dataset is not None

    def to_json(self) -> dict[str, Any]:
        """Return the report without preview and signal, fit for JSON."""
        return {
            "file": self.path.name,
            "size": self.size,
            "usable": self.usable,
            "rows": self.n_rows,
            "mapping": asdict(self.mapping),
            "guessed": self.guessed,
            "missing": self.missing,
            "columns": [asdict(column) for column in self.columns],
            "recordings": [asdict(recording) for recording in self.recordings],
            "classes": [asdict(found) for found in self.classes],
            "unlabelled_samples": self.unlabelled_samples,
            "problems": [asdict(problem) for problem in self.problems],
            "warnings": list(self.warnings),
            "notes": list(self.notes),
        }


def inspect_file(
    path: Path | str, mapping: ColumnMapping | None = None, missing: Missing = "refuse"
) -> FileReport:
    """Read a whole file and report on it; a mapping that does not fit is reported, not raised.

    A big file is converted into the cache on the way, so that loading it next takes no time.

    Raises:
        InputError: it is no table at all, so that there are no columns to speak of.
    """
    path = user_path(path)
    check_missing(missing)
    table = open_table(path)
    rows = sample(table)
    used = mapping or guess(table, rows)
    scan = scan_table(table, used, missing)
    problems, dataset, recordings = list(scan.problems), None, _unloaded(scan)
    notes = table.notes
    if not problems:
        try:
            dataset, parts = load_parts(path, used, missing)
        except InputError as error:
            problems.append(Problem(str(error), ("mapping", "rate")))
        else:
            notes = dataset.notes
            recordings = tuple(
                RecordingReport(
                    part.id, part.group, part.end - part.begin,
                    (part.end - part.begin) / part.rate, part.rate, part.gaps, part.longest_gap,
                )
                for part in parts
            )  # fmt: skip
    columns = _columns(table, used, rows, scan)
    return FileReport(
        path=path,
        size=path.stat().st_size,
        n_rows=scan.n_rows or None,
        columns=columns,
        mapping=used,
        guessed=mapping is None,
        missing=missing,
        recordings=recordings,
        classes=_classes(scan, dataset),
        unlabelled_samples=scan.unlabelled,
        problems=tuple(problems),
        warnings=tuple(_warnings(used, scan, columns, recordings)),
        notes=notes,
        preview=_preview(table, rows),
        dataset=dataset,
    )


def _columns(
    table: Table, mapping: ColumnMapping, rows: Sequence[Sequence[object]], scan: Scan
) -> tuple[ColumnReport, ...]:
    roles = {name: "channel" for name in mapping.channels}
    roles |= {column: part for part, column in mapping.named}
    numeric = set(guess(table, rows).channels) if rows else set()
    found = []
    for place, name in enumerate(table.columns):
        given = [row[place] for row in rows if row[place] is not None]
        facts = scan.columns.get(name, ColumnFacts())
        found.append(
            ColumnReport(
                name=name,
                kind=table.kinds[place] or ("number" if name in numeric else _kind(given)),
                role=roles.get(name, "left out"),
                examples=tuple(shown(cell) for cell in dict.fromkeys(map(str, given)))[:EXAMPLES],
                missing=facts.missing,
                infinite=facts.infinite,
                first_missing_row=facts.first_missing,
                constant=facts.constant,
            )
        )
    return tuple(found)


def _kind(cells: Sequence[object]) -> str:
    numbers = pd.to_numeric(pd.Series(list(map(str, cells)), dtype=object), errors="coerce")
    return "number" if len(cells) and bool(np.isfinite(numbers).all()) else "text"


def _unloaded(scan: Scan) -> tuple[RecordingReport, ...]:
    return tuple(
        RecordingReport(name, scan.groups.get(name, name), count, None, None, None, None)
        for name, count in scan.recordings.items()
    )


def _classes(scan: Scan, dataset: Dataset | None) -> tuple[ClassReport, ...]:
    rate = dataset.recordings[0].sampling_rate if dataset is not None else None
    return tuple(
        ClassReport(name, scan.classes[name], None if rate is None else scan.classes[name] / rate)
        for name in scan.class_names
    )


def _warnings(
    mapping: ColumnMapping,
    scan: Scan,
    columns: Sequence[ColumnReport],
    recordings: Sequence[RecordingReport],
) -> list[str]:
    found = []
    constant = [column.name for column in columns if column.constant and column.role == "channel"]
    if constant:
        found.append(told(f"always the same value in {listed(constant)}; it adds nothing"))
    aside = [column.name for column in columns if column.role == "left out"]
    if aside:
        found.append(told(f"left out: {listed(aside)}"))
    if not scan.classes:
        found.append(told("no labels: clusters and geometry only, no probes and no accuracy"))
    elif len(scan.classes) == 1:
        found.append(
            told(
                f"one class only ('{shown(scan.class_names[0])}'): clusters and geometry, no probes"
            )
        )
    elif scan.unlabelled:
        share = 100 * scan.unlabelled / scan.n_rows
        found.append(told(f"{scan.unlabelled:,} samples ({share:.0f} %) have no label"))
    if len({recording.group for recording in recordings}) == 1:
        found.append(
            told("one group only: the end of each recording is held out, not other recordings")
        )
    left_out = len(scan.recordings) - len(recordings)
    if left_out:
        found.append(
            told(f"{left_out:,} recordings are too short for a frame of 1 s and are left out")
        )
    if mapping.time is None and mapping.rate is None:
        found.append(
            told(f"no time: {ASSUMED_RATE:g} samples a second assumed; give the rate if not")
        )
    gaps = sum(recording.gaps or 0 for recording in recordings)
    if gaps:
        longest = max(recording.longest_gap or 0.0 for recording in recordings)
        found.append(
            told(f"{gaps:,} gaps in time, the longest {longest:.3g} s; no frame crosses one")
        )
    return found


def _preview(table: Table, rows: Sequence[Sequence[object]]) -> pd.DataFrame:
    cells = [
        ["" if cell is None else shown(cell, PREVIEW_CHARACTERS) for cell in row]
        for row in rows[:PREVIEW_ROWS]
    ]
    return pd.DataFrame(cells, columns=list(table.columns), dtype=object)
