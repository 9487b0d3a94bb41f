"""The first reading of a user's table: what is in it, and everything that is wrong with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from emargin_core.datasets.cells import names, numbers
from emargin_core.datasets.mapping import ColumnMapping, check_mapping
from emargin_core.datasets.tables import MAX_FIELD, Block, Table, reading
from emargin_core.datasets.time_stamps import TimeReader, read_time
from emargin_core.language import told
from emargin_core.plain_text import listed, shown

Missing = Literal["refuse", "drop", "interpolate"]
MISSING_CHOICES: tuple[Missing, ...] = get_args(Missing)
MAX_RECORDINGS = 100_000
MAX_CLASSES = 200
ONE_RECORDING = "all"
"""Name of the recording where no column says which row belongs to which."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Problem:
    """What stops a file from being loaded, and which choices would mend it.

    mends: of 'drop' and 'interpolate' (how missing values are treated), 'mapping' (what the columns
    mean) and 'rate'; empty where the file itself must be changed.
    """

    text: str
    mends: tuple[str, ...] = ()


@dataclass
class ColumnFacts:
    """What a column of numbers holds; first_missing: the first row that is missing or infinite."""

    missing: int = 0
    infinite: int = 0
    first_missing: int | None = None
    low: float = np.inf
    high: float = -np.inf

    @property
    def constant(self) -> bool:
        """Whether all its values are the same."""
        return self.low == self.high


@dataclass
class Scan:
    """What a table holds under a mapping: numbers of rows by recording and class, and faults.

    recordings: rows of each; groups: group of each recording; classes: rows of each label that was
    found; unlabelled: rows without; columns: facts of each channel and of time.
    """

    n_rows: int = 0
    recordings: dict[str, int] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    classes: dict[str, int] = field(default_factory=dict)
    unlabelled: int = 0
    columns: dict[str, ColumnFacts] = field(default_factory=dict)
    time: TimeReader | None = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Labels in natural order: numbers as numbers, before words."""
        return tuple(sorted(self.classes, key=_natural))


def scan_table(table: Table, mapping: ColumnMapping, missing: Missing = "refuse") -> Scan:
    """Read a table once and collect what is in it and what is wrong with it.

    Raises:
        InputError: the file cannot be read to its end.
    """
    scanner = _Scanner(table, mapping)
    faults = check_mapping(mapping, table.columns)
    if faults:
        file = shown(table.path.name)
        scanner.scan.problems = [Problem(f"{file}: {fault}", ("mapping",)) for fault in faults]
        return scanner.scan
    scanner.check_kinds()
    if scanner.scan.problems:
        return scanner.scan
    for block in table.blocks(mapping.columns):
        with reading(table.path):
            scanner.take(block)
        if scanner.hopeless:
            break
    return scanner.finish(missing)


@dataclass(frozen=True)
class Keys:
    """Which recording, group and label each row of a block has: place in a list, -1 if missing."""

    recording: Ints
    recording_names: list[str]
    group: Ints | None
    group_names: list[str]
    label: Ints
    label_names: list[str]


def read_keys(block: Block, mapping: ColumnMapping) -> Keys:
    """Read the columns that name things; without a recording column the group names them."""
    n_rows = block.rows.num_rows
    whose = mapping.recording or mapping.group
    recording, recording_names = np.zeros(n_rows, dtype=np.int64), [ONE_RECORDING]
    if whose is not None:
        recording, recording_names = names(block.column(whose), MAX_RECORDINGS)
    group: Ints | None = None
    group_names: list[str] = []
    label_names: list[str] = []
    if mapping.group is not None:
        group, group_names = names(block.column(mapping.group), MAX_RECORDINGS)
    label = np.full(n_rows, -1, dtype=np.int64)
    if mapping.label is not None:
        label, label_names = names(block.column(mapping.label), MAX_CLASSES)
    return Keys(recording, recording_names, group, group_names, label, label_names)


def by_recording(places: Ints) -> Iterable[tuple[int, Any]]:
    """Rows of each recording in a block, in order; a slice where there is but one."""
    if len(places) and (places == places[0]).all():
        return [(int(places[0]), slice(0, len(places)))]
    order = np.argsort(places, kind="stable")
    pieces = np.split(order, np.flatnonzero(np.diff(places[order])) + 1)
    return [(int(places[rows[0]]), rows) for rows in pieces if len(rows) and places[rows[0]] >= 0]


class _Scanner:
    def __init__(self, table: Table, mapping: ColumnMapping) -> None:
        self.table, self.mapping = table, mapping
        self.file = shown(table.path.name)
        self.scan = Scan()
        self.scan.columns = {name: ColumnFacts() for name in mapping.channels}
        if mapping.time is not None:
            self.scan.columns[mapping.time] = ColumnFacts()
        self.hopeless = False
        self._last_time: dict[str, float] = {}
        self._said: set[str] = set()

    def check_kinds(self) -> None:
        """Refuse columns of types that can be neither numbers nor names."""
        kinds = dict(zip(self.table.columns, self.table.kinds, strict=True))
        for column in self.mapping.columns:
            wrong = kinds[column] == "other"
            wrong = wrong or (column in self.mapping.channels and kinds[column] == "date")
            if wrong:
                what = told("dates" if kinds[column] == "date" else "neither numbers nor text")
                self._problem(column, told(f"column '{shown(column)}' has {what}"), ("mapping",))

    def take(self, block: Block) -> None:
        """Add a block to what is known."""
        scan, mapping = self.scan, self.mapping
        scan.n_rows += block.rows.num_rows
        try:
            keys = read_keys(block, mapping)
        except OverflowError:
            keys = None
        self._count(keys, block)
        for column in mapping.channels:
            values, text = numbers(block.column(column), self.table.decimal)
            if text is not None:
                self._text(block, column, text, told("a number"))
            with np.errstate(over="ignore", invalid="ignore"):
                self._measure(column, values.astype(np.float32), block.first_row)
        if mapping.time is not None:
            self._take_time(keys, block, mapping.time)

    def finish(self, missing: Missing) -> Scan:
        """Close the scan: faults that show only once everything was read."""
        scan = self.scan
        if scan.n_rows == 0:
            self._problem("rows", told("has no rows; a header and at least one row are wanted"), ())
        if missing == "refuse":
            for column, facts in scan.columns.items():
                self._missing(column, facts)
        elif scan.n_rows and all(
            scan.columns[name].low == np.inf for name in self.mapping.channels
        ):
            self._problem("empty", told("has no number in any channel"), ("mapping",))
        return scan

    def _count(self, keys: Keys | None, block: Block) -> None:
        scan, mapping = self.scan, self.mapping
        if keys is not None:
            _add(scan.recordings, keys.recording_names, keys.recording)
            _add(scan.classes, keys.label_names, keys.label)
            scan.unlabelled += int((keys.label < 0).sum())
            self._refuse_empty(mapping.recording, keys.recording, block)
            if keys.group is not None:
                self._refuse_empty(mapping.group, keys.group, block)
                self._take_groups(keys, keys.group)
            else:
                for name in keys.recording_names:
                    scan.groups.setdefault(name, name)
            for column, found in (
                (mapping.recording or mapping.group, keys.recording_names),
                (mapping.group, keys.group_names),
                (mapping.label, keys.label_names),
            ):
                if column is not None and any(len(name) > MAX_FIELD for name in found):
                    words = told(
                        f"column '{shown(column)}' has a text of over {MAX_FIELD:,} characters"
                    )
                    self._problem(f"long {column}", words, ("mapping",))
        if keys is None or len(scan.classes) > MAX_CLASSES or len(scan.recordings) > MAX_RECORDINGS:
            self.hopeless = True
            self._too_many(keys)

    def _too_many(self, keys: Keys | None) -> None:
        label, whose = self.mapping.label, self.mapping.recording or self.mapping.group
        if label is not None and (keys is None or len(self.scan.classes) > MAX_CLASSES):
            self._problem(
                "classes",
                told(
                    f"column '{shown(label)}' has more than {MAX_CLASSES} different labels; "
                    "choose a column of classes, or none"
                ),
                ("mapping",),
            )
        elif whose is not None:
            self._problem(
                "recordings",
                told(
                    f"column '{shown(whose)}' names more than {MAX_RECORDINGS:,} recordings; "
                    "choose a column that is the same throughout a recording"
                ),
                ("mapping",),
            )

    def _refuse_empty(self, column: str | None, places: Ints, block: Block) -> None:
        empty = np.flatnonzero(places < 0)
        if column is not None and len(empty):
            words = told(f"column '{shown(column)}' is empty in row {block.first_row + empty[0]:,}")
            self._problem(f"empty {column}", words, ("mapping",))

    def _take_groups(self, keys: Keys, group: Ints) -> None:
        changes = (np.diff(keys.recording, prepend=-1) != 0) | (np.diff(group, prepend=-1) != 0)
        changes &= (keys.recording >= 0) & (group >= 0)
        for recording, place in zip(keys.recording[changes], group[changes], strict=True):
            name, found = keys.recording_names[recording], keys.group_names[place]
            if self.scan.groups.setdefault(name, found) != found:
                both = listed([self.scan.groups[name], found])
                self._problem(
                    "groups",
                    told(
                        f"recording '{shown(name)}' belongs to the groups {both}; each recording "
                        "has one group"
                    ),
                    ("mapping",),
                )

    def _measure(self, column: str, values: NDArray[Any], first_row: int) -> None:
        facts = self.scan.columns[column]
        good = np.isfinite(values)
        if good.all():
            facts.low = min(facts.low, float(values.min(initial=np.inf)))
            facts.high = max(facts.high, float(values.max(initial=-np.inf)))
            return
        facts.missing += int(np.isnan(values).sum())
        facts.infinite += int(np.isinf(values).sum())
        if facts.first_missing is None:
            facts.first_missing = first_row + int(np.argmin(good))
        facts.low = min(facts.low, float(values[good].min(initial=np.inf)))
        facts.high = max(facts.high, float(values[good].max(initial=-np.inf)))

    def _take_time(self, keys: Keys | None, block: Block, column: str) -> None:
        cells = block.column(column)
        reader = self.scan.time or read_time(column, cells, self.table.decimal)
        if reader is None:
            self._measure(column, np.full(len(cells), np.nan), block.first_row)
            return
        self.scan.time = reader
        times, bad = reader.seconds(cells)
        if bad is not None:
            wanted = told("a number of seconds or a date such as 2024-05-31T12:00")
            self._text(block, column, bad, wanted)
        self._measure(column, times, block.first_row)
        if keys is None:
            return
        for place, rows in by_recording(keys.recording):
            name = keys.recording_names[place]
            self._check_rising(name, times[rows], rows, block)

    def _check_rising(self, name: str, times: Floats, rows: Any, block: Block) -> None:
        given = np.flatnonzero(np.isfinite(times))
        if not len(given):
            return
        before = self._last_time.get(name, -np.inf)
        steps = np.diff(times[given], prepend=before)
        self._last_time[name] = float(times[given[-1]])
        fallen = np.flatnonzero(steps <= 0)
        if not len(fallen):
            return
        place = int(given[fallen[0]])
        row = block.first_row + (place if isinstance(rows, slice) else int(rows[place]))
        repeats = steps[fallen[0]] == 0
        self._problem(
            "order",
            told(
                f"recording '{shown(name)}': time does not rise, row {row:,} "
                f"{'repeats the time before' if repeats else 'goes back'}; sort the rows "
                "and remove repeated time stamps, choose the column that tells recordings apart, "
                "or leave the time out and give a rate"
            ),
            ("mapping", "rate"),
        )

    def _text(self, block: Block, column: str, place: int, wanted: str) -> None:
        cell = shown(block.column(column)[place].as_py())
        words = told(
            f"column '{shown(column)}' has '{cell}' in row {block.first_row + place:,}; {wanted} "
            "is wanted"
        )
        self._problem(f"text {column}", words, ("mapping",))

    def _missing(self, column: str, facts: ColumnFacts) -> None:
        if f"text {column}" in self._said or facts.first_missing is None:
            return
        missing, infinite = f"{facts.missing:,}", f"{facts.infinite:,}"
        found = told(f"{missing} missing" if facts.missing else f"{infinite} infinite")
        if facts.missing and facts.infinite:
            found = told(f"{missing} missing and {infinite} infinite")
        words = told(
            f"column '{shown(column)}' has {found} values, the first in row "
            f"{facts.first_missing:,}; fill them, drop those rows, or interpolate short gaps"
        )
        self._problem(f"missing {column}", words, ("drop", "interpolate"))

    def _problem(self, key: str, words: str, mends: Sequence[str]) -> None:
        if key not in self._said:
            self._said.add(key)
            self.scan.problems.append(Problem(f"{self.file}: {words}", tuple(mends)))


def _add(counts: dict[str, int], found: Sequence[str], places: Ints) -> None:
    for name, count in zip(
        found, np.bincount(places[places >= 0], minlength=len(found)), strict=True
    ):
        counts[name] = counts.get(name, 0) + int(count)


def _natural(name: str) -> tuple[int, float, str]:
    try:
        number = float(name)
    except ValueError:
        return 1, 0.0, name
    return (0, number, name) if np.isfinite(number) else (1, 0.0, name)
