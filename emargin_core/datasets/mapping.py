"""What the columns of a user's table mean: given, or guessed from names and a few rows."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from emargin_core.language import told
from emargin_core.plain_text import listed, shown

MISSING_WORDS = frozenset({"", "NA", "N/A", "nan", "NaN", "<NA>"})
"""What spreadsheets, pandas and R write where there is no value."""
RATES = (1e-3, 1e6)
"""Lowest and highest sampling rate that is believed, in Hz."""

SYNONYMS: dict[str, tuple[str, ...]] = {
    "recording": (
        "recording", "recordingid", "rec", "session", "sessionid", "trial", "trialid", "series",
        "seriesid", "sequence", "sequenceid", "file", "filename", "record", "recordid", "run",
        "runid", "id",
    ),
    "group": (
        "group", "groupid", "subject", "subjectid", "subj", "user", "userid", "participant",
        "participantid", "person", "personid", "patient", "patientid", "machine", "machineid",
        "device", "deviceid", "unit", "unitid", "id",
    ),
    "time": (
        "time", "timestamp", "timestamps", "datetime", "date", "t", "ts", "seconds", "sec",
        "elapsed", "times", "timems", "timeus", "timens", "timesec", "timeseconds", "timestampms",
        "timestampus", "timestampns", "epoch", "unixtime",
    ),
    "label": (
        "label", "labels", "class", "classname", "classid", "classlabel", "activity",
        "activityid", "activityname", "state", "target", "category", "event", "annotation",
        "gesture",
    ),
}  # fmt: skip
"""Names that a column of each part may have, in order of preference, without case and signs."""

_UNNAMED = re.compile(r"(unnamed:? ?\d*|__index_level_\d+__|\(column \d+\))", re.IGNORECASE)
_UNIQUE_ROWS = 10


@dataclass(frozen=True)
class ColumnMapping:
    """Which column is what.

    recording: None makes each group one recording, or all rows one; group: None makes each
    recording its own group; time: seconds, dates, or a count of s, ms, us or ns since 1970; None
    takes `rate` (Hz), or 50 Hz if that is None as well; label: None leaves all samples without.
    """

    channels: tuple[str, ...]
    recording: str | None = None
    group: str | None = None
    time: str | None = None
    label: str | None = None
    rate: float | None = None

    @property
    def named(self) -> tuple[tuple[str, str], ...]:
        """Part and column of everything but the channels, where there is one."""
        parts = (
            ("recording", self.recording),
            ("group", self.group),
            ("time", self.time),
            ("label", self.label),
        )
        return tuple((part, column) for part, column in parts if column is not None)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are read, each once."""
        return tuple(dict.fromkeys([*(column for _, column in self.named), *self.channels]))


def guess_mapping(columns: Sequence[str], sample_rows: Sequence[Sequence[object]]) -> ColumnMapping:
    """Guess from the names of the columns and from some of the first rows.

    The exact names recording, group, time and label come first, then their synonyms, whatever
    their case. Of the rest, each column of numbers is a channel; one without a name is left out.
    """
    cells = {
        column: [row[place] for row in sample_rows if place < len(row)]
        for place, column in enumerate(columns)
    }
    free = [column for column in columns if not _UNNAMED.fullmatch(column.strip())]
    found: dict[str, str] = {part: part for part in SYNONYMS if part in free}
    counting = [column for column in free if _counts_rows(column, cells[column])]
    for part in ("time", "label", "group", "recording"):
        if part not in found:
            column = _by_synonym(part, [c for c in free if c not in found.values()], counting)
            if column is not None:
                found[part] = column
    left_out = {*found.values(), *counting}
    return ColumnMapping(
        channels=tuple(c for c in free if c not in left_out and _mostly_numbers(cells[c])),
        recording=found.get("recording"),
        group=found.get("group"),
        time=found.get("time"),
        label=found.get("label"),
    )


def check_mapping(mapping: ColumnMapping, columns: Sequence[str]) -> tuple[str, ...]:
    """Say what is wrong with a mapping for a table with these columns; nothing if it can be used.

    One sentence for each fault.
    """
    faults = []
    for part, column in (*mapping.named, *(("channel", channel) for channel in mapping.channels)):
        if column not in columns:
            faults.append(
                told(
                    f"column '{shown(column)}' ({part}) is not in the table; "
                    f"it has {listed(columns)}"
                )
            )
    used = [column for _, column in mapping.named] + list(mapping.channels)
    for column in dict.fromkeys(used):
        if used.count(column) > 1:
            faults.append(told(f"column '{shown(column)}' is used twice; give it one part only"))
    if not mapping.channels:
        faults.append(told("no channel; choose at least one numeric column"))
    low, high = RATES
    if mapping.rate is not None and not (
        math.isfinite(mapping.rate) and low <= mapping.rate <= high
    ):
        faults.append(told(f"rate is {mapping.rate:g} Hz; use a value from {low:g} to {high:g}"))
    return tuple(faults)


def _by_synonym(part: str, free: Sequence[str], counting: Sequence[str]) -> str | None:
    for synonym in SYNONYMS[part]:
        for column in free:
            if column not in counting and _plain(column) == synonym:
                return column
    return None


def _plain(column: str) -> str:
    return re.sub(r"[\W_]+", "", column.casefold())


def _counts_rows(column: str, cells: Sequence[object]) -> bool:
    """Whether a column called id or index is a number of the row, and so says nothing."""
    if _plain(column) not in ("id", "index", "row", "rowid", "rownumber"):
        return False
    words = [str(cell) for cell in cells]
    return len(words) >= _UNIQUE_ROWS and len(set(words)) == len(words)


def _mostly_numbers(cells: Sequence[object]) -> bool:
    given = [cell for cell in cells if str(cell).strip() not in MISSING_WORDS and cell is not None]
    return sum(_is_number(cell) for cell in given) >= max(1, len(given) / 2)


def _is_number(cell: object) -> bool:
    if isinstance(cell, bool):
        return False
    if isinstance(cell, int | float):
        return True
    words = str(cell).strip()
    if re.fullmatch(r"[-+]?\d+,\d+", words):
        words = words.replace(",", ".")
    try:
        float(words)
    except ValueError:
        return False
    return "_" not in words
