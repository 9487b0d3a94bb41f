"""The signal of a table, written to disk recording by recording, never held whole in memory.

Cells become numbers, times become rates and gaps, holes are filled or left out. What cannot be is
collected as problems, with column and row.
"""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from emargin_core.datasets.base import UNLABELLED
from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.convert.aside import Aside
from emargin_core.datasets.tables.convert.holes import fill_short_holes
from emargin_core.datasets.tables.convert.intervals import label_rows, read_intervals
from emargin_core.datasets.tables.convert.query import Query, row_query
from emargin_core.datasets.tables.convert.stamps import Stamps, read_stamps
from emargin_core.datasets.tables.questions import Problem, change
from emargin_core.datasets.tables.read.table import Table
from emargin_core.datasets.tables.recognise.columns import MAX_CLASSES, Recognised
from emargin_core.datasets.tables.recognise.times import TimeReader
from emargin_core.text.message import Message
from emargin_core.text.plain_text import shown

INTERPOLATED_SECONDS = 0.2
"""Longer holes are dropped instead."""
MAX_RECORDINGS = 100_000
WRITTEN_ROWS = 1_000_000
ONE_RECORDING = "all"

Floats = NDArray[np.float64]
Signal = NDArray[np.float32]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Part:
    """One recording in the written rows: from `begin` to `end`, borders counted from `begin`.

    gaps: breaks in time; longest_gap: in seconds; dropped and filled: rows left out for missing
    values, and values interpolated.
    """

    id: str
    group: str
    begin: int
    end: int
    rate: float
    borders: tuple[int, ...]
    gaps: int = 0
    longest_gap: float = 0.0
    dropped: int = 0
    filled: int = 0

    def longest_stretch(self) -> int:
        """Samples of the longest stretch without a border."""
        ends = (0, *self.borders, self.end - self.begin)
        return int(max(np.diff(ends), default=0))


@dataclass
class ColumnFacts:
    """What a column of numbers holds; first_missing: the first line that is missing or infinite."""

    missing: int = 0
    infinite: int = 0
    first_missing: int | None = None
    low: float = np.inf
    high: float = -np.inf


@dataclass
class Rows:
    """What was written, and what was found on the way.

    parts: the recordings; classes: samples of each class; unlabelled: samples without; columns:
    facts of each channel; wrong: columns with cells that are no number or time, and the first such
    row; jitter: the largest spread of the steps in time, as a share of the step; spread: whether
    stamps that repeat were spread evenly; paired: whether a recording is called by its group too.
    """

    parts: list[Part] = field(default_factory=list)
    classes: dict[str, int] = field(default_factory=dict)
    unlabelled: int = 0
    columns: dict[str, ColumnFacts] = field(default_factory=dict)
    wrong: dict[str, int] = field(default_factory=dict)
    jitter: float = 0.0
    spread: bool = False
    problems: list[Problem] = field(default_factory=list)
    paired: bool = False

    @property
    def class_names(self) -> tuple[str, ...]:
        """Labels in natural order: numbers as numbers, before words."""
        return tuple(sorted(self.classes, key=natural))


def write_rows(
    table: Table, found: Recognised, time: TimeReader | None, choices: Choices, folder: Path
) -> Rows:
    """Write 'signal.npy' (n, c) float32 and 'labels.npy' (n,) int64 into a folder.

    Problems are in what is returned; the files then mean nothing.

    Raises:
        InputError: the file cannot be read to its end.
    """
    return _Writing(table, found, time, choices, folder).run()


def natural(name: str) -> tuple[int, float, str]:
    """Key that sorts numbers as numbers, before words."""
    try:
        number = float(name)
    except ValueError:
        return 1, 0.0, name
    return (0, number, name) if np.isfinite(number) else (1, 0.0, name)


class _Writing:
    def __init__(
        self,
        table: Table,
        found: Recognised,
        time: TimeReader | None,
        choices: Choices,
        folder: Path,
    ) -> None:
        self.table, self.found, self.time, self.choices = table, found, time, choices
        self.folder = folder
        self.intervals = read_intervals(choices.labels) if choices.labels is not None else []
        self.rows = Rows()
        self._said: set[str] = set()
        self._codes: dict[str, int] = {}
        self._parts: dict[tuple[str, str], Aside] = {}
        self.query: Query = row_query(table, found, time, choices)

    def run(self) -> Rows:
        """Read everything once, then write recording after recording."""
        query = self.query
        self.rows.columns = {name: ColumnFacts() for name in query.channels}
        with (
            tempfile.TemporaryFile(dir=self.folder) as aside,
            _Npy(self.folder / "signal.npy", (len(query.channels),), np.float32) as self.signal,
            _Npy(self.folder / "labels.npy", (), np.int64) as self.labels,
        ):
            for batch in self.table.batches(query.sql, query.n_columns):
                self._take(batch, aside)
                if self._too_many():
                    break
            for part in self._parts.values():
                self._write(part)
        self._finish()
        return self.rows

    def _take(self, batch: Any, aside: IO[bytes]) -> None:
        """Put the rows of a batch aside, by recording."""
        columns = {name: batch.column(place) for place, name in enumerate(batch.schema.names)}
        rows = columns["r"].to_numpy(zero_copy_only=False)
        self._note_wrong(columns["bad"], rows)
        seconds = columns["secs"].to_numpy(zero_copy_only=False)
        words, places = _coded(columns["label"])
        labels = np.array([*map(self._code, words), UNLABELLED], dtype=np.int64)[places]
        signal = np.empty((batch.num_rows, self.query.n_signal), dtype=np.float32)
        for place in range(self.query.n_signal):
            signal[:, place] = columns[f"n{place}"].to_numpy(zero_copy_only=False)
        groups, group = _coded(columns["grp"])
        names, name = _coded(columns["rec"])
        for key, codes in (("grp", group), ("rec", name)):
            self._refuse_empty(key, codes, rows)
        codes = group * (len(names) + 1) + name
        order = slice(None) if _grouped(codes) else np.argsort(codes, kind="stable")
        begins = np.flatnonzero(np.diff(codes[order], prepend=codes[order][:1] - 1) != 0)
        for begin, end in zip(begins, np.append(begins[1:], batch.num_rows), strict=True):
            some = slice(begin, end) if isinstance(order, slice) else order[begin:end]
            first = begin if isinstance(order, slice) else order[begin]
            named = ([*groups, ""][group[first]], [*names, ""][name[first]])
            if named not in self._parts:
                self._parts[named] = Aside(named, self.query.n_signal, aside)
            part, piece = self._parts[named], signal[some]
            if len(self.query.held):
                piece = piece.copy()
                _hold(piece, self.query.held, part.last)
            self._measure(piece, rows[some])
            part.add(seconds[some], labels[some], piece, rows[some])

    def _code(self, word: str | None) -> int:
        if word is None:
            return UNLABELLED
        word = dict(self.choices.class_names).get(word, word)
        return self._codes.setdefault(word, len(self._codes))

    def _measure(self, signal: Signal, rows: Ints) -> None:
        """Count what is missing; infinite values count as missing from here on."""
        if not np.isfinite(signal).all():
            self._count_holes(signal, rows)
        if self.query.window:
            return
        for place, facts in enumerate(self.rows.columns.values()):
            values = signal[:, place]
            facts.low = float(np.fmin(facts.low, np.fmin.reduce(values)))
            facts.high = float(np.fmax(facts.high, np.fmax.reduce(values)))

    def _count_holes(self, signal: Signal, rows: Ints) -> None:
        width = max(1, self.query.n_signal // max(1, len(self.rows.columns)))
        for place, facts in enumerate(self.rows.columns.values()):
            values = signal[:, place * width : (place + 1) * width]
            bad = ~np.isfinite(values)
            if bad.any():
                infinite = int(np.isinf(values).sum())
                facts.infinite += infinite
                facts.missing += int(bad.sum()) - infinite
                if facts.first_missing is None:
                    row = rows[int(bad.any(axis=1).argmax())]
                    facts.first_missing = self.table.line(int(row))
        signal[~np.isfinite(signal)] = np.nan

    def _write(self, part: Aside) -> None:
        """Write a recording whose rows have all come."""
        if self.query.window:
            self._write_windows(part)
            return
        times = part.times() if self.time is not None else None
        labels = part.labels()
        if self.query.fill_labels:
            last = np.maximum.accumulate(np.where(labels >= 0, np.arange(len(labels)), 0))
            labels = labels[last]
        clock = self.time is not None and self.time.clock
        pieces = read_stamps(times, part.n, clock, self.choices.rate, self.choices.restarts)
        for number, stamps in enumerate(pieces, start=1):
            self._check_stamps(part, stamps)
            name = part.key[1] if len(pieces) == 1 else f"{part.key[1]} {number}"
            inside = slice(stamps.begin, stamps.end)
            if self.intervals:
                seconds = (
                    np.arange(part.n)[inside] / stamps.rate if times is None else times[inside]
                )
                seconds = seconds - np.nanmin(seconds)
                labels[inside] = label_rows(
                    self.intervals, (name, part.key[0]), seconds, self._code
                )
            self._settle(part, name, stamps, labels)

    def _settle(self, part: Aside, name: str, stamps: Stamps, labels: Ints) -> None:
        """Fill and leave out holes; find the borders."""
        fill = self.choices.missing == "interpolate"
        reach = int(INTERPOLATED_SECONDS * stamps.rate) if fill else 0
        n = stamps.end - stamps.begin
        keep, filled, begin = np.ones(n, dtype=np.bool_), 0, self.signal.n
        carry, done = np.empty((0, self.query.n_signal), dtype=np.float32), 0
        for block in part.signal(stamps.begin, stamps.end):
            block = np.concatenate([carry, block]) if len(carry) else block
            last = done + len(block) >= n
            inside = slice(done, done + len(block))
            if not np.isfinite(block).all():
                filled += fill_short_holes(block, stamps.breaks[inside], reach, (0, len(block)))
            settled = len(block) if last else max(0, len(block) - reach - 1)
            good = np.isfinite(block[:settled]).all(axis=1)
            good &= stamps.known[done : done + settled]
            keep[done : done + settled] = good
            self.signal.write(block[:settled] if good.all() else block[:settled][good])
            carry, done = block[settled:], done + settled
        kept = labels[stamps.begin : stamps.end][keep]
        self.labels.write(kept)
        after = np.append(False, ~keep[:-1]) | stamps.breaks
        places = np.cumsum(np.append(0, keep))[:-1]
        # a break at a row that is left out lies before the next one that is kept
        borders = np.unique(places[after | ~keep])
        borders = borders[(borders > 0) & (borders < len(kept))]
        self._count_labels(kept)
        self.rows.jitter = max(self.rows.jitter, stamps.jitter)
        self.rows.spread |= stamps.spread
        self.rows.parts.append(
            Part(
                name,
                part.key[0] or name,
                begin,
                self.signal.n,
                stamps.rate,
                tuple(borders.tolist()),
                stamps.gaps,
                stamps.longest_gap,
                n - len(kept),
                filled,
            )
        )

    def _write_windows(self, part: Aside) -> None:
        """Write each row as a case of its own, with a border before it."""
        blocks, begin, done, dropped = len(self.query.window), self.signal.n, 0, 0
        length, labels = self.query.n_signal // blocks, part.labels()
        for block in part.signal(0, part.n):
            good = np.isfinite(block).all(axis=1)
            cases = block[good].reshape(-1, blocks, length).transpose(0, 2, 1)
            self.signal.write(cases.reshape(-1, blocks))
            kept = np.repeat(labels[done : done + len(block)][good], length)
            self.labels.write(kept)
            self._count_labels(kept)
            dropped, done = dropped + int((~good).sum()), done + len(block)
        borders = tuple(range(length, self.signal.n - begin, length))
        name, rate = part.key[1] or ONE_RECORDING, self.choices.rate or 1.0
        self.rows.parts.append(
            Part(name, part.key[0] or name, begin, self.signal.n, rate, borders, dropped=dropped)
        )

    def _count_labels(self, labels: Ints) -> None:
        words = list(self._codes)
        counts = np.bincount(labels[labels >= 0], minlength=len(words))
        for word, count in zip(words, counts, strict=True):
            if count:
                self.rows.classes[word] = self.rows.classes.get(word, 0) + int(count)
        self.rows.unlabelled += int((labels < 0).sum())

    # What is wrong

    def _note_wrong(self, bad: Any, rows: Ints) -> None:
        if bad.null_count == len(bad):
            return
        places = bad.fill_null(-1).to_numpy(zero_copy_only=False)
        for place in np.unique(places[places >= 0]):
            name = self.query.checked[int(place)]
            first = int(rows[int((places == place).argmax())])
            self.rows.wrong.setdefault(name, first)

    def _refuse_empty(self, key: str, codes: Ints, rows: Any) -> None:
        column = self.query.keys.get(key)
        empty = np.flatnonzero(codes < 0)
        if column is not None and len(empty):
            line = self.table.line(int(rows[int(empty[0])]))
            self._problem(
                f"empty {column}",
                Message(
                    "column '{column}' is empty in row {first_row:,}",
                    column=shown(column),
                    first_row=line,
                ),
                Message("column '{column}', row {row:,}", column=shown(column), row=line),
                (change(**{"group" if key == "grp" else "recording": ""}),),
            )

    def _check_stamps(self, part: Aside, stamps: Stamps) -> None:
        if stamps.fallen is None:
            return
        row = self.table.line(part.row(stamps.begin + stamps.fallen))
        name = shown(part.key[1] or ONE_RECORDING)
        rate = stamps.rate_guess
        without = change(time="", rate=rate)
        if stamps.repeats:
            words = Message(
                "recording '{name}': time does not rise, row {row:,} repeats the time before; "
                "leave the time out and give a rate, or correct the time stamps",
                name=name,
                row=row,
            )
            remedies: tuple[Any, ...] = (without,)
        elif stamps.restarts_look:
            words = Message(
                "recording '{name}': time does not rise, row {row:,} goes back; choose the column "
                "that tells recordings apart, or begin a new recording wherever it goes back",
                name=name,
                row=row,
            )
            remedies = (change(restarts=True), without)
        else:
            words = Message(
                "recording '{name}': time does not rise, row {row:,} goes back; sort the rows by "
                "time, choose the column that tells recordings apart, or leave the time out",
                name=name,
                row=row,
            )
            remedies = (change(sort=True), without)
        where = Message("recording '{name}', row {row:,}", name=name, row=row)
        self._problem("order", words, where, remedies)

    def _too_many(self) -> bool:
        if len(self._codes) > MAX_CLASSES:
            label = shown(self.found.mapping.label)
            self._problem(
                "classes",
                Message(
                    "column '{label}' has more than {max_classes} different labels; choose a "
                    "column of classes, or none",
                    label=label,
                    max_classes=MAX_CLASSES,
                ),
                Message("column '{column}'", column=label),
                (change(label="", leave_out=(str(self.found.mapping.label),)),),
            )
            return True
        if len(self._parts) > MAX_RECORDINGS:
            whose = self.found.mapping.recording or self.found.mapping.group or ""
            self._problem(
                "recordings",
                Message(
                    "column '{whose}' names more than {max_recordings:,} recordings; choose a "
                    "column that is the same throughout a recording",
                    whose=shown(whose),
                    max_recordings=MAX_RECORDINGS,
                ),
                Message("column '{column}'", column=shown(whose)),
                (change(recording="", group=""),),
            )
            return True
        return False

    def _finish(self) -> None:
        """Give recordings their names; bring the classes into order on disk."""
        by_name: dict[str, set[str]] = {}
        for part in self.rows.parts:
            by_name.setdefault(part.id, set()).add(part.group)
        self.rows.paired = any(len(groups) > 1 for groups in by_name.values())
        if self.rows.paired:
            self.rows.parts = [
                Part(**(vars(part) | {"id": f"{part.group} / {part.id}"}))
                for part in self.rows.parts
            ]
        self.rows.parts = [part for part in self.rows.parts if part.end > part.begin]
        order = {word: place for place, word in enumerate(self.rows.class_names)}
        moved = np.array([*(order.get(word, UNLABELLED) for word in self._codes), UNLABELLED])
        if not np.array_equal(moved[:-1], np.arange(len(self._codes))):
            stored = np.load(self.folder / "labels.npy", mmap_mode="r+")
            for begin in range(0, len(stored), WRITTEN_ROWS):
                stored[begin : begin + WRITTEN_ROWS] = moved[stored[begin : begin + WRITTEN_ROWS]]
            stored.flush()

    def _problem(
        self, key: str, what: Message, where: Message, remedies: tuple[Any, ...] = ()
    ) -> None:
        if key not in self._said:
            self._said.add(key)
            self.rows.problems.append(Problem(what, where, remedies))


class _Npy:
    """An .npy file that grows; a context manager."""

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: Any) -> None:
        self.path, self.shape, self.dtype, self.n = path, shape, np.dtype(dtype), 0

    def __enter__(self) -> "_Npy":
        self._file = self.path.open("w+b")
        self._header()
        return self

    def __exit__(self, *_: object) -> None:
        self._file.seek(0)
        self._header()
        self._file.close()

    def write(self, rows: NDArray[Any]) -> None:
        """Append rows."""
        if len(rows):
            self._file.write(np.ascontiguousarray(rows, dtype=self.dtype).data)
            self.n += len(rows)

    def _header(self) -> None:
        """NumPy leaves room in the header for the number of rows to grow."""
        header = {"descr": self.dtype.str, "fortran_order": False, "shape": (self.n, *self.shape)}
        np.lib.format.write_array_header_1_0(self._file, header)  # type: ignore[no-untyped-call]


def _coded(cells: Any) -> tuple[list[str], Ints]:
    """Different texts of a pyarrow column, and the place of each row's, -1 if missing."""
    coded = cells.dictionary_encode()
    places = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return coded.dictionary.to_pylist(), places.astype(np.int64)


def _grouped(codes: Ints) -> bool:
    """Whether equal codes stand together."""
    runs = int((np.diff(codes) != 0).sum()) + 1
    return runs == len(np.unique(codes))


def _hold(signal: Signal, held: Ints, last: Signal) -> None:
    """Let the last value of some channels count until the next, in place."""
    for place in held:
        values = np.append(last[place], signal[:, place])
        known = np.maximum.accumulate(np.where(np.isfinite(values), np.arange(len(values)), 0))
        signal[:, place] = values[known][1:]
        last[place] = signal[-1, place]
