"""The second reading of a user's table: rows sorted by recording, gaps found, holes mended.

Everything goes through a few blocks at a time, so that the raw signal need never be in memory.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emargin_core.datasets.base import Framing
from emargin_core.datasets.cells import numbers
from emargin_core.datasets.holes import fill_short_holes
from emargin_core.datasets.mapping import RATES, ColumnMapping
from emargin_core.datasets.row_store import RowStore
from emargin_core.datasets.table_scan import Missing, Scan, by_recording, read_keys
from emargin_core.datasets.tables import Table, reading
from emargin_core.errors import InputError
from emargin_core.language import mark, told
from emargin_core.plain_text import shown

ASSUMED_RATE = 50.0
GAP_STEPS = 1.5
"""A step in time longer than so many median steps is a gap."""
INTERPOLATED_SECONDS = 0.2
"""Longer holes are dropped instead."""
SAME_RATE = 0.01
"""Rates of recordings that differ by less than this share are taken as one."""
MEDIAN_STEPS = 1_000_000
WINDOW_ROWS = 1_000_000

MakeRows = Callable[[str, tuple[int, ...], Any], RowStore]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Part:
    """One recording in the converted rows: from `begin` to `end`, borders counted from `begin`.

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

    def longest_stretch(self) -> float:
        """Seconds of the longest stretch without a border."""
        ends = (0, *self.borders, self.end - self.begin)
        return float(max(np.diff(ends), default=0)) / self.rate


def convert(
    table: Table, mapping: ColumnMapping, missing: Missing, scan: Scan, make_rows: MakeRows
) -> tuple[tuple[Part, ...], tuple[str, ...]]:
    """Write 'signal' (n, c) float32 and 'labels' (n,) int64; return the recordings and notes.

    make_rows(name, shape, dtype) gives the place for 'signal', 'labels' and, on the way, 'time'.
    Recordings too short for one frame are left out of what is returned.

    Raises:
        InputError: the file changed, rates differ, or no recording is long enough.
    """
    with ExitStack() as stack:

        def rows(name: str, width: tuple[int, ...], dtype: Any) -> RowStore:
            found = make_rows(name, (scan.n_rows, *width), dtype)
            stack.callback(found.close)
            return found

        signal = rows("signal", (len(mapping.channels),), np.float32)
        labels = rows("labels", (), np.int64)
        times = rows("time", (), np.float64) if mapping.time is not None else None
        _arrange(table, mapping, scan, signal, labels, times)
        parts = _Settling(table, mapping, missing, scan, signal, labels, times).parts()
        end = parts[-1].end if parts else 0
        signal.finish(end)
        labels.finish(end)
    kept, notes = _kept(parts, table.path.name)
    return kept, (*table.notes, *_notes(mapping, missing, scan, parts), *notes)


def _arrange(
    table: Table,
    mapping: ColumnMapping,
    scan: Scan,
    signal: RowStore,
    labels: RowStore,
    times: RowStore | None,
) -> None:
    """Write each row after the last one of its recording."""
    counts = list(scan.recordings.values())
    begins = np.cumsum([0, *counts])[:-1]
    cursor = dict(zip(scan.recordings, begins.tolist(), strict=True))
    ends = {name: cursor[name] + count for name, count in scan.recordings.items()}
    code = {name: place for place, name in enumerate(scan.class_names)}
    changed = InputError(told(f"{shown(table.path.name)} changed while it was read; try again"))
    for block in table.blocks(mapping.columns):
        with reading(table.path):
            keys = read_keys(block, mapping)
            columns = [numbers(block.column(c), table.decimal)[0] for c in mapping.channels]
            seconds = None
            if scan.time is not None and mapping.time is not None:
                seconds, _ = scan.time.seconds(block.column(mapping.time))
            with np.errstate(over="ignore", invalid="ignore"):
                values = np.stack(columns, axis=1).astype(np.float32)
            values[~np.isfinite(values)] = np.nan
        if not set(keys.label_names) <= set(code) or not set(keys.recording_names) <= set(cursor):
            raise changed
        codes = np.array([*(code[name] for name in keys.label_names), -1], dtype=np.int64)
        for place, rows in by_recording(keys.recording):
            name = keys.recording_names[place]
            begin, end = cursor[name], cursor[name] + len(values[rows])
            if end > ends[name]:
                raise changed
            signal.write(begin, values[rows])
            labels.write(begin, codes[keys.label[rows]])
            if times is not None and seconds is not None:
                times.write(begin, seconds[rows])
            cursor[name] = end
    if cursor != ends:
        raise changed


class _Settling:
    """Goes through the arranged rows, recording by recording, and moves up what is kept."""

    def __init__(
        self,
        table: Table,
        mapping: ColumnMapping,
        missing: Missing,
        scan: Scan,
        signal: RowStore,
        labels: RowStore,
        times: RowStore | None,
    ) -> None:
        self.table, self.mapping, self.missing, self.scan = table, mapping, missing, scan
        self.signal, self.labels, self.times = signal, labels, times
        self.holes = any(facts.first_missing is not None for facts in scan.columns.values())

    def parts(self) -> list[Part]:
        """Settle all recordings and bring their rates together."""
        found, begin, kept = [], 0, 0
        for name, count in self.scan.recordings.items():
            part = self._settle(name, begin, begin + count, kept)
            found.append(part)
            begin, kept = begin + count, part.end
        return found

    def _settle(self, name: str, begin: int, end: int, kept: int) -> Part:
        """Mend, drop and move up the rows of one recording; they now begin at `kept`."""
        rate, step = self._rate(name, begin, end)
        reach = int(INTERPOLATED_SECONDS * rate) if self.missing == "interpolate" else 0
        borders: list[int] = []
        gaps, longest, filled, target, broken = 0, 0.0, 0, kept, False
        before = np.empty((0, len(self.mapping.channels)), dtype=np.float32)
        for first, stop in _windows(begin, end):
            low, high = max(begin, first - reach - 1), min(end, stop + reach + 1)
            inside = slice(first - low, stop - low)
            steps, good = self._steps(low, high)
            breaks = steps > GAP_STEPS * (step or np.inf)
            good = good[inside]
            gaps += int(breaks[inside].sum())
            longest = max(longest, float(steps[inside][breaks[inside]].max(initial=0.0)))
            signal = None
            if self.holes:
                wide = np.concatenate([before, self.signal.read(first, high)])
                filled += fill_short_holes(wide, breaks, reach, (inside.start, inside.stop))
                signal, before = wide[inside], wide[: inside.stop][-reach - 1 :]
                good &= np.isfinite(signal).all(axis=1)
            keep = np.flatnonzero(good)
            begun = breaks[inside] | np.concatenate([[broken], ~good[:-1]])
            borders += (np.flatnonzero(begun[keep]) + target - kept).tolist()
            broken = not good[-1]
            self._move(first, stop, target, keep, signal)
            target += len(keep)
        return Part(
            name, self.scan.groups[name], kept, target, rate,
            tuple(border for border in borders if border > 0),
            gaps, longest, (end - begin) - (target - kept), filled,
        )  # fmt: skip

    def _steps(self, low: int, high: int) -> tuple[Floats, NDArray[np.bool_]]:
        """Time from the row before, NaN where unknown, and whether the row's own time is known."""
        if self.times is None:
            return np.full(high - low, np.nan), np.ones(high - low, dtype=np.bool_)
        times = self.times.read(low, high)
        return np.diff(times, prepend=np.nan), np.isfinite(times)

    def _move(
        self,
        first: int,
        stop: int,
        target: int,
        keep: NDArray[np.int64],
        signal: NDArray[np.float32] | None,
    ) -> None:
        whole = target == first and len(keep) == stop - first
        if not whole or signal is not None:
            rows = self.signal.read(first, stop) if signal is None else signal
            self.signal.write(target, rows[keep])
        if not whole:
            self.labels.write(target, self.labels.read(first, stop)[keep])

    def _rate(self, name: str, begin: int, end: int) -> tuple[float, float | None]:
        """Sampling rate, and the median step; without time what was given or is assumed."""
        if self.times is None:
            return self.mapping.rate or ASSUMED_RATE, None
        stride = max(1, (end - begin) // MEDIAN_STEPS)
        steps = [
            np.diff(self.times.read(first, min(end, stop + 1)))[::stride]
            for first, stop in _windows(begin, end)
        ]
        all_steps = np.concatenate(steps) if steps else np.empty(0)
        all_steps = all_steps[np.isfinite(all_steps)]
        if not len(all_steps):
            return ASSUMED_RATE, None
        step = float(np.median(all_steps))
        low, high = RATES
        if not low <= 1.0 / step <= high:
            raise InputError(
                f"{shown(self.table.path.name)}: recording '{shown(name)}' has a sample every "
                f"{step:.3g} s; from {1 / high:g} to {1 / low:g} s is taken, so check the unit of "
                "the time"
            )
        return round(1.0 / step, 6), step


def _windows(begin: int, end: int) -> Iterator[tuple[int, int]]:
    for first in range(begin, end, WINDOW_ROWS):
        yield first, min(end, first + WINDOW_ROWS)


def _kept(parts: Sequence[Part], file: str) -> tuple[tuple[Part, ...], list[str]]:
    """Leave out recordings without a frame; give all one rate where they nearly agree."""
    least = Framing().seconds
    long = [part for part in parts if part.longest_stretch() >= least]
    if not long:
        longest = max((part.longest_stretch() for part in parts), default=0.0)
        raise InputError(
            f"{shown(file)}: no recording has {least:g} s without a break, the longest stretch is "
            f"{longest:.2g} s; check the time or the rate, and the column that tells recordings "
            "apart"
        )
    notes = []
    left_out = [part.id for part in parts if part.longest_stretch() < least]
    if left_out:
        notes.append(
            mark(
                "{n:,} recordings without {least:g} s in one stretch are left out, such as "
                "'{example}'"
            ).format(n=len(left_out), least=least, example=shown(left_out[0]))
        )
    rates = np.array([part.rate for part in long])
    rate = round(float(np.median(rates)), 6)
    if np.abs(rates / rate - 1.0).max() > SAME_RATE:
        raise InputError(
            f"{shown(file)}: recordings with different sampling rates, from {rates.min():g} Hz "
            f"('{shown(long[int(rates.argmin())].id)}') to {rates.max():g} Hz "
            f"('{shown(long[int(rates.argmax())].id)}'); bring them to one"
        )
    if rates.min() < rates.max():
        notes.append(
            mark("rates from {low:g} to {high:g} Hz are taken as one, {rate:g} Hz").format(
                low=rates.min(), high=rates.max(), rate=rate
            )
        )
    return tuple(_at_rate(part, rate) for part in long), notes


def _at_rate(part: Part, rate: float) -> Part:
    return Part(**(vars(part) | {"rate": rate}))


def _notes(
    mapping: ColumnMapping, missing: Missing, scan: Scan, parts: Sequence[Part]
) -> Iterator[str]:
    if scan.time is not None and scan.time.note:
        yield scan.time.note
    if mapping.time is not None and mapping.rate is not None:
        yield mark("the rate is taken from the time, not from the {rate:g} Hz given").format(
            rate=mapping.rate
        )
    if mapping.time is None and mapping.rate is None:
        yield mark("no column 'time': {rate:g} samples a second assumed").format(rate=ASSUMED_RATE)
    if mapping.recording is None:
        yield (
            mark("no column 'recording': all rows are one recording")
            if mapping.group is None
            else mark("no column 'recording': each group is one recording")
        )
    elif mapping.group is None:
        yield mark("no column 'group': each recording is its own group")
    if mapping.label is None:
        yield mark("no column 'label': clusters and geometry only, no probes")
    elif scan.unlabelled:
        yield mark("{n:,} of {all:,} samples have no label").format(
            n=scan.unlabelled, all=scan.n_rows
        )
    gaps = sum(part.gaps for part in parts)
    if gaps:
        longest = max(part.longest_gap for part in parts)
        yield mark("{n:,} gaps in time, the longest {longest:.3g} s; no frame crosses one").format(
            n=gaps, longest=longest
        )
    filled, dropped = (sum(getattr(part, what) for part in parts) for what in ("filled", "dropped"))
    if filled:
        yield mark("{n:,} missing values interpolated, in gaps up to {longest:g} s").format(
            n=filled, longest=INTERPOLATED_SECONDS
        )
    if dropped:
        yield mark("{n:,} rows with missing values dropped ({how}); no frame crosses them").format(
            n=dropped, how=missing
        )
