"""The signal of a table, written to disk recording by recording, never held whole in memory.

Cells become numbers, times become rates and gaps, holes are filled or left out. What cannot be is
collected as problems, with column and row.
"""

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from emargin_core.datasets.base import UNLABELLED
from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.convert import faults
from emargin_core.datasets.tables.convert.holes import fill_short_holes
from emargin_core.datasets.tables.convert.intervals import label_rows, read_intervals
from emargin_core.datasets.tables.convert.on_disk import Aside, Npy
from emargin_core.datasets.tables.convert.query import row_query
from emargin_core.datasets.tables.convert.rows import ColumnFacts, Part, Rows
from emargin_core.datasets.tables.convert.stamps import Stamps, read_stamps
from emargin_core.datasets.tables.read.table import Table
from emargin_core.datasets.tables.recognise.parts import MAX_CLASSES
from emargin_core.datasets.tables.recognise.plan import Plan
from emargin_core.datasets.tables.recognise.sample import coded, last_given

INTERPOLATED_SECONDS = 0.2
"""Longer holes are dropped instead."""
MAX_RECORDINGS = 100_000
WRITTEN_ROWS = 1_000_000

Signal = NDArray[np.float32]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def write_rows(table: Table, plan: Plan, choices: Choices, folder: Path) -> Rows:
    """Write 'signal.npy' (n, c) float32 and 'labels.npy' (n,) int64 into a folder.

    Problems are in what is returned; the files then mean nothing.

    Raises:
        InputError: the file cannot be read to its end.
    """
    return _Writing(table, plan, choices, folder).run()


class _Writing:
    def __init__(self, table: Table, plan: Plan, choices: Choices, folder: Path) -> None:
        self.table, self.plan, self.choices, self.folder = table, plan, choices, folder
        self.intervals = read_intervals(choices.labels) if choices.labels is not None else []
        self.query = row_query(table, plan, choices)
        self.rows = Rows(columns={name: ColumnFacts() for name in self.query.channels})
        # without times, nothing would tell that rows are missing in the midst of a recording
        self._can_drop = plan.time is not None or bool(plan.found.numbered)
        self._codes: dict[str, int] = {}
        self._parts: dict[tuple[str, str], Aside] = {}

    def run(self) -> Rows:
        """Read everything once, then write recording after recording."""
        query = self.query
        with (
            tempfile.TemporaryFile(dir=self.folder) as aside,
            Npy(self.folder / "signal.npy", (len(query.channels),), np.float32) as self.signal,
            Npy(self.folder / "labels.npy", (), np.int64) as self.labels,
        ):
            for batch in self.table.batches(query.sql, query.width + 6):
                self._take(batch, aside)
                if self._too_many():
                    break
            for part in self._parts.values():
                if self.plan.found.numbered:
                    self._write_windows(part)
                else:
                    self._write(part)
        self._refuse_nameless()
        self._name_recordings()
        self._order_classes()
        return self.rows

    # Rows as they come

    def _take(self, batch: Any, aside: IO[bytes]) -> None:
        """Put the rows of a batch aside, by recording."""
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        rows = columns["r"].to_numpy(zero_copy_only=False)
        seconds = columns["secs"].to_numpy(zero_copy_only=False)
        self._note_wrong(columns["bad"], rows)
        places, words = coded(columns["label"])
        labels = np.array([*map(self._code, words), UNLABELLED], dtype=np.int64)[places]
        signal = np.empty((batch.num_rows, self.query.width), dtype=np.float32)
        for place in range(self.query.width):
            signal[:, place] = columns[f"n{place}"].to_numpy(zero_copy_only=False)
        (group, groups), (name, names) = coded(columns["grp"]), coded(columns["rec"])
        named = self._named({"grp": group, "rec": name}, rows)
        if not named.any():
            return
        if not named.all():
            rows, seconds, labels, signal, group, name = (
                values[named] for values in (rows, seconds, labels, signal, group, name)
            )
        codes = group * (len(names) + 1) + name
        if len(np.unique(codes)) <= (np.diff(codes) != 0).sum():  # not all that are equal together
            order = np.argsort(codes, kind="stable")
            rows, seconds, labels, signal, group, name, codes = (
                values[order] for values in (rows, seconds, labels, signal, group, name, codes)
            )
        begins = np.flatnonzero(np.diff(codes, prepend=codes[:1] - 1) != 0)
        for begin, end in zip(begins, np.append(begins[1:], len(codes)), strict=True):
            key = ([*groups, ""][group[begin]], [*names, ""][name[begin]])
            if key not in self._parts:
                self._parts[key] = Aside(key, self.query.width, aside)
            part, some = self._parts[key], slice(begin, end)
            _hold(signal[some], self.query.held, part.last)
            self._count_holes(signal[some], rows[some])
            part.add(seconds[some], labels[some], signal[some], rows[some])

    def _code(self, word: str | None) -> int:
        if word is None:
            return UNLABELLED
        word = dict(self.choices.class_names).get(word, word)
        return self._codes.setdefault(word, len(self._codes))

    def _count_holes(self, signal: Signal, rows: Ints) -> None:
        """Count what is missing; infinite values count as missing from here on."""
        bad = ~np.isfinite(signal)
        if not bad.any():
            return
        width = self.query.per_channel
        for place, facts in enumerate(self.rows.columns.values()):
            own = slice(place * width, (place + 1) * width)
            infinite, n = int(np.isinf(signal[:, own]).sum()), int(bad[:, own].sum())
            facts.infinite += infinite
            facts.missing += n - infinite
            if n and facts.first_missing is None:
                row = rows[int(bad[:, own].any(axis=1).argmax())]
                facts.first_missing = self.table.line(int(row))
        signal[bad] = np.nan

    def _note_wrong(self, bad: Any, rows: Ints) -> None:
        if bad.null_count == len(bad):
            return
        places = bad.fill_null(-1).to_numpy(zero_copy_only=False)
        for place, first in zip(*np.unique(places, return_index=True), strict=True):
            if place >= 0:
                self.rows.wrong.setdefault(self.query.checked[place], int(rows[first]))

    def _named(self, codes: dict[str, Ints], rows: Ints) -> Flags:
        """Return which rows to keep, (n,): all whose recording and group have a name, or all."""
        kept = np.ones(len(rows), dtype=np.bool_)
        for key, column in self.query.keys.items():
            empty = np.flatnonzero(codes[key] < 0)
            if len(empty):
                n, line = self.rows.nameless.get(column, (0, self.table.line(int(rows[empty[0]]))))
                self.rows.nameless[column] = n + len(empty), line
                kept[empty] = False
        return kept if self._can_drop else np.ones_like(kept)

    def _refuse_nameless(self) -> None:
        """Say first which recordings or groups have no name, unless their rows are left out."""
        refused = {}
        for key, column in self.query.keys.items():
            n, line = self.rows.nameless.get(column, (0, 0))
            some = self._can_drop and n < self.table.n_rows
            if n and not (some and self.choices.missing != "refuse"):
                part = "group" if key == "grp" else "recording"
                refused[f"empty {column}"] = faults.is_empty(column, part, n, line, some)
        self.rows.problems = refused | self.rows.problems

    def _too_many(self) -> bool:
        mapping = self.plan.found.mapping
        if len(self._codes) > MAX_CLASSES:
            found = faults.too_many_classes(str(mapping.label), MAX_CLASSES)
        elif len(self._parts) > MAX_RECORDINGS:
            whose = mapping.recording or mapping.group or ""
            found = faults.too_many_recordings(whose, MAX_RECORDINGS)
        else:
            return False
        self.rows.problems["too many"] = found
        return True

    # Recordings, when all their rows have come

    def _write(self, part: Aside) -> None:
        """Write a recording, or several where time begins anew."""
        times = part.times() if self.plan.time is not None else None
        labels = part.labels()
        if self.choices.fill_labels:
            labels = labels[last_given(labels >= 0)]
        clock = self.plan.time is not None and self.plan.time.clock
        pieces = read_stamps(times, part.n, clock, self.choices.rate, self.choices.restarts)
        for number, stamps in enumerate(pieces, start=1):
            group, name = part.key
            name = name if len(pieces) == 1 else f"{name} {number}"
            if stamps.fallen is not None:
                row = self.table.line(part.row(stamps.begin + stamps.fallen))
                self.rows.problems.setdefault(
                    "order", faults.does_not_rise(part.key[1], row, stamps)
                )
            inside = slice(stamps.begin, stamps.end)
            if self.intervals:
                given = np.arange(part.n) / stamps.rate if times is None else times
                seconds = given[inside] - np.nanmin(given[inside])
                labels[inside] = label_rows(self.intervals, (name, group), seconds, self._code)
            self._settle(part, name, stamps, labels[inside])

    def _settle(self, part: Aside, name: str, stamps: Stamps, labels: Ints) -> None:
        """Fill and leave out holes; find the borders."""
        fill = self.choices.missing == "interpolate"
        reach = int(INTERPOLATED_SECONDS * stamps.rate) if fill else 0
        n, begin = len(labels), self.signal.n
        keep, filled = np.ones(n, dtype=np.bool_), 0
        carry, done = np.empty((0, self.query.width), dtype=np.float32), 0
        for block in part.signal(stamps.begin, stamps.end):
            block = np.concatenate([carry, block]) if len(carry) else block
            last = done + len(block) >= n
            if not np.isfinite(block).all():
                breaks = stamps.breaks[done : done + len(block)]
                filled += fill_short_holes(block, breaks, reach)
            settled = len(block) if last else max(0, len(block) - reach - 1)
            good = np.isfinite(block[:settled]).all(axis=1)
            good &= stamps.known[done : done + settled]
            keep[done : done + settled] = good
            self.signal.write(block[:settled] if good.all() else block[:settled][good])
            carry, done = block[settled:], done + settled
        self._write_labels(labels[keep])
        # a break at a row that is left out lies before the next one that is kept
        places = np.cumsum(np.append(0, keep))[:-1]
        borders = np.unique(places[np.append(False, ~keep[:-1]) | stamps.breaks | ~keep])
        borders = borders[(borders > 0) & (borders < keep.sum())]
        self.rows.jitter = max(self.rows.jitter, stamps.jitter)
        self.rows.spread |= stamps.spread
        self._add(
            part, name, begin, stamps.rate, borders,
            gaps=stamps.gaps,
            longest_gap=stamps.longest_gap,
            dropped=n - int(keep.sum()),
            filled=filled,
        )  # fmt: skip

    def _write_windows(self, part: Aside) -> None:
        """Write each row as a case of its own, with a border before it."""
        length, n_channels = self.query.per_channel, len(self.query.channels)
        begin, done, labels = self.signal.n, 0, part.labels()
        for block in part.signal(0, part.n):
            good = np.isfinite(block).all(axis=1)
            cases = block[good].reshape(-1, n_channels, length).transpose(0, 2, 1)
            self.signal.write(cases.reshape(-1, n_channels))
            self._write_labels(np.repeat(labels[done : done + len(block)][good], length))
            done += len(block)
        samples = self.signal.n - begin
        borders, dropped = range(length, samples, length), part.n - samples // length
        self._add(part, part.key[1], begin, self.choices.rate or 1.0, borders, dropped=dropped)

    def _write_labels(self, labels: Ints) -> None:
        self.labels.write(labels)
        counts = np.bincount(labels[labels >= 0], minlength=len(self._codes))
        for word, count in zip(self._codes, counts.tolist(), strict=True):
            if count:
                self.rows.classes[word] = self.rows.classes.get(word, 0) + count
        self.rows.unlabelled += int((labels < 0).sum())

    def _add(
        self, part: Aside, name: str, begin: int, rate: float, borders: Iterable[int], **facts: Any
    ) -> None:
        if self.signal.n > begin:
            edges, group = tuple(map(int, borders)), part.key[0] or name
            self.rows.parts.append(Part(name, group, begin, self.signal.n, rate, edges, **facts))

    # At the end

    def _name_recordings(self) -> None:
        """Call recordings by their group too, where several groups have one of the same name."""
        parts = self.rows.parts
        names, pairs = ({part.id for part in parts}, {(part.id, part.group) for part in parts})
        self.rows.paired = len(pairs) > len(names)
        if self.rows.paired:
            self.rows.parts = [replace(p, id=f"{p.group} / {p.id}") for p in parts]

    def _order_classes(self) -> None:
        """Number the classes on disk by their order."""
        order = {word: place for place, word in enumerate(self.rows.class_names)}
        moved = np.array([*(order.get(word, UNLABELLED) for word in self._codes), UNLABELLED])
        if np.array_equal(moved[:-1], np.arange(len(self._codes))):
            return
        stored = np.load(self.folder / "labels.npy", mmap_mode="r+")
        for begin in range(0, len(stored), WRITTEN_ROWS):
            stored[begin : begin + WRITTEN_ROWS] = moved[stored[begin : begin + WRITTEN_ROWS]]
        stored.flush()


def _hold(signal: Signal, held: Iterable[int], last: Signal) -> None:
    """Let the last value of some channels count until the next, in place."""
    for place in held:
        values = np.append(last[place], signal[:, place])
        signal[:, place] = values[last_given(np.isfinite(values))][1:]
        last[place] = signal[-1, place]
