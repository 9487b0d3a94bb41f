"""What each column is, by its content before its name.

A name alone makes no column a label or a clock, and no column is a channel that tells the label,
the time or the recording in other words.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emargin_core.datasets.tables.choices import Choices, RowIs
from emargin_core.datasets.tables.mapping import AND, PARTS, ColumnMapping, check_columns, members
from emargin_core.datasets.tables.questions import Problem, change
from emargin_core.datasets.tables.read.table import FILE_COLUMN, Table
from emargin_core.datasets.tables.recognise.leaks import Known, why_left_out
from emargin_core.datasets.tables.recognise.row_kind import Numbered, find_numbered, row_kind
from emargin_core.datasets.tables.recognise.sample import Column, Sample
from emargin_core.datasets.tables.recognise.times import form_of
from emargin_core.datasets.tables.words import COUNTERS, SYNONYMS, UNNAMED, fit, plain
from emargin_core.text.message import Message, Text
from emargin_core.text.plain_text import shown

MAX_CLASSES = 200
REPEATS = 10
"""A value of a column that names things stands in so many rows at least, on average."""
_CORE_TIMES = frozenset(["time", "timestamp", "timestamps", "datetime", "date", "t", "ts"])
_NAMED, _CONTENT, _GIVEN = (
    Message("recognised by its name and content"),
    Message("recognised by its content"),
    Message("given"),
)

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Recognised:
    """What the columns are.

    why: part to the reason; left_out: columns that are no channel, with the reason; problems: what
    is in doubt; numbered: the blocks of numbered columns where a row is a window.
    """

    mapping: ColumnMapping
    row_is: RowIs
    why: dict[str, Text]
    left_out: tuple[tuple[str, Text], ...]
    problems: tuple[Problem, ...]
    numbered: tuple[Numbered, ...] = ()


def recognise(table: Table, sample: Sample, choices: Choices) -> Recognised:
    """Find out what the columns are; what is chosen is not questioned."""
    return _Recogniser(table, sample, choices).result()


class _Recogniser:
    def __init__(self, table: Table, sample: Sample, choices: Choices) -> None:
        self.table, self.sample, self.choices = table, sample, choices
        self.names = table.columns
        self.parts: dict[str, str | None] = dict.fromkeys(PARTS)
        self.why: dict[str, Text] = {}
        self.problems: list[Problem] = []
        self.aside: dict[str, Text] = {}
        self.forms: dict[str, str | None] = {}

    def result(self) -> Recognised:
        choices = self.choices
        for part in PARTS:
            chosen = getattr(choices, part)
            if chosen is not None:
                found = members(chosen, self.names)
                self.parts[part] = AND.join(found) if found else None
                self.why[part] = _GIVEN
        named = [(part, column) for part, column in self.parts.items() if column]
        given = [name.removeprefix("+") for name in choices.channels or ()]
        faults = check_columns([*named, *(("channel", name) for name in given)], self.names)
        for fault in faults:
            self.problems.append(Problem(fault, asks="channels"))
        if faults:
            return self._done("sample", (), ())
        numbered = find_numbered(self.sample, self._free())
        kind = row_kind(self.sample, numbered, self._has_time(), choices)
        if isinstance(kind, Problem):
            self.problems.append(kind)
            kind = "sample"
        wide = {name for block in numbered for name in block.columns} if kind != "sample" else set()
        self._find_parts(wide, kind)
        channels, left_out = self._channels(wide)
        if kind == "sample" and not channels:
            self.problems.append(
                Problem(Message("no channel; choose at least one numeric column"), asks="channels")
            )
        return self._done(kind, channels, left_out, numbered if kind != "sample" else ())

    def _done(
        self,
        kind: RowIs,
        channels: tuple[str, ...],
        left_out: tuple[tuple[str, Text], ...],
        numbered: tuple[Numbered, ...] = (),
    ) -> Recognised:
        mapping = ColumnMapping(channels=channels, rate=self.choices.rate, **self.parts)
        return Recognised(mapping, kind, self.why, left_out, tuple(self.problems), numbered)

    # Which parts there are

    def _find_parts(self, wide: set[str], kind: RowIs) -> None:
        free = [name for name in self._free() if name not in wide]
        flags = self._one_hot(free)
        free = [name for name in free if name not in flags]
        for part, fits in (("group", self._names_things), ("recording", self._names_things)):
            if self._open(part):
                self._by_name(part, free, fits)
        if self._open("time") and kind == "sample":
            self._find_time(free)
        if self._open("label"):
            self._by_name("label", free, self._could_be_classes)
        if self._open("label") and flags:
            self.parts["label"] = AND.join(flags)
            self.why["label"] = Message("0/1 columns of which each row marks one: one a class")
        if kind == "sample":
            self._keys_by_content(free)
            self._time_by_content(free)
        if self._open("label"):
            self._label_by_content(free, kind)

    def _open(self, part: str) -> bool:
        return self.parts[part] is None and getattr(self.choices, part) is None

    def _free(self) -> list[str]:
        taken = {m for whole in self.parts.values() for m in members(whole, self.names)}
        taken |= {name.removeprefix("+") for name in self.choices.channels or ()}
        return [name for name in self.names if name not in taken and not UNNAMED.fullmatch(name)]

    def _by_name(self, part: str, free: list[str], fits: Callable[[Column], bool]) -> None:
        free = [name for name in free if name in self._free()]
        ranked = sorted(
            (rank, self.names.index(name), name)
            for name in free
            if (rank := fit(part, name)) is not None
        )
        good = [
            (rank, name)
            for rank, _, name in ranked
            if fits(self.sample[name]) and not self._is_rather_a_label(part, rank, name)
        ]
        if ranked and not good and ranked[0][0] == 0 and part in ("label", "time"):
            good = [(0, ranked[0][2])]  # called exactly so: taken, and what is wrong is said
        if part == "recording" and FILE_COLUMN in self.names and len(self.table.paths) > 1:
            good = [(0, self.names[-1]), *good]
        if not good:
            return
        self.parts[part], self.why[part] = good[0][1], _NAMED
        for rank, name in good[1:]:
            if rank <= len(SYNONYMS[part]):
                self.aside[name] = Message(
                    "a second column for {part}, beside '{column}'",
                    part=part,
                    column=shown(good[0][1]),
                )

    def _is_rather_a_label(self, part: str, rank: int, name: str) -> bool:
        """Whether a name such as 'machine status' is that of a class, whose values come back."""
        if part == "label" or rank <= len(SYNONYMS[part]) or fit("label", name) is None:
            return False
        return self.sample[name].runs > self.sample[name].distinct

    def _names_things(self, column: Column) -> bool:
        """Whether a column could name recordings or groups."""
        if column.empty or (column.numeric and not column.whole) or column.kind == "date":
            return False
        if plain(column.name) in COUNTERS and column.runs > 0.9 * self.sample.n:
            return False
        return column.distinct * REPEATS <= self.sample.n or column.distinct == 1

    def _could_be_classes(self, column: Column) -> bool:
        if column.empty or column.kind == "date" or (column.numeric and not column.whole):
            return False
        n = int(column.given.sum())
        return column.distinct <= min(MAX_CLASSES, max(2, n // 2)) and self._form(column) is None

    def _form(self, column: Column) -> str | None:
        if column.name not in self.forms:
            form = "full" if column.kind == "date" else None
            perhaps = not column.numeric or fit("time", column.name) is not None
            if column.kind == "text" and not column.empty and perhaps:
                form = form_of(self.sample.first_words(column.name))
            self.forms[column.name] = form
        return self.forms[column.name]

    def _has_time(self) -> bool:
        """Whether some column that is called time rises."""
        return bool(self.parts["time"]) or any(
            fit("time", name) is not None and self._rises(self.sample[name])
            for name in self._free()
        )

    # Time

    def _rises(self, column: Column) -> bool:
        """Whether a column goes up, but for a few places where another recording may begin."""
        if self._form(column) is not None:
            return True
        steps = column.steps[np.isfinite(column.steps)]
        if not column.numeric or not len(steps):
            return False
        return bool((steps >= 0).mean() >= 0.9 and (steps > 0).mean() > 0.01)

    def _rises_within(self, column: Column, strictly: bool = False) -> bool:
        """Whether it never falls within a recording, as far as those are known."""
        steps = column.steps[self._together() & np.isfinite(column.steps)]
        if len(steps) < 5:
            return False
        return bool(((steps > 0) if strictly else (steps >= 0)).mean() >= 0.999)

    def _together(self) -> NDArray[np.bool_]:
        blocks = self.blocks()
        return np.append(False, blocks[1:] == blocks[:-1]) if len(blocks) else np.zeros(0, bool)

    def blocks(self) -> Ints:
        """Number of the recording of each sampled row, as far as it is known."""
        found = np.zeros(self.sample.n, dtype=np.int64)
        for part in ("group", "recording"):
            for name in members(self.parts[part], self.names):
                codes = self.sample[name].codes
                found = found * (int(codes.max(initial=0)) + 2) + codes + 1
        return found

    def _find_time(self, free: list[str]) -> None:
        free = [name for name in free if name in self._free() and name not in self.aside]
        named = sorted(
            (rank, self.names.index(name), name)
            for name in free
            if (rank := fit("time", name)) is not None
        )
        forms = {name: self._form(self.sample[name]) for *_, name in named}
        day = next((name for *_, name in named if forms[name] == "date"), None)
        clock = next((name for *_, name in named if forms[name] == "clock"), None)
        full = any(form == "full" for form in forms.values())
        if day and clock and not full:
            self.parts["time"], self.why["time"] = AND.join((day, clock)), _NAMED
            return
        good = [
            name
            for *_, name in named
            if self._rises(self.sample[name])
            or (plain(name) in _CORE_TIMES and self.sample[name].numeric)
        ]
        if not good:
            good = [
                name
                for name in free
                if (plain(name) == "epoch" and np.nanmedian(self.sample[name].numbers) > 1e9)
                or self._form(self.sample[name]) in ("full", "date")
            ]
        if good:
            self.parts["time"] = good[0]
            self.why["time"] = _NAMED if named else _CONTENT

    def _time_by_content(self, free: list[str]) -> None:
        """A column that always goes up within a recording, and does not only count."""
        if not self._open("time"):
            return
        for name in free:
            column = self.sample[name]
            if name not in self._free() or name in self.aside or plain(name) in COUNTERS:
                continue
            if column.numeric and self._rises_within(column, strictly=True):
                steps = column.steps[self._together() & np.isfinite(column.steps)]
                if not (column.whole and (steps == 1).mean() > 0.99):
                    self.parts["time"], self.why["time"] = name, Message("it always goes up")
                    return

    # Keys and labels by content

    def _keys_by_content(self, free: list[str]) -> None:
        """Columns that keep one value over long stretches, each once, are recordings."""
        if not (self._open("group") and self._open("recording")) or self.parts["recording"]:
            return
        if self.parts["group"]:
            return
        for name in free:
            column = self.sample[name]
            if name not in self._free() or name in self.aside or not self._names_things(column):
                continue
            blocks = 1 < column.distinct == column.runs <= self.sample.n // 20
            if blocks and bool(column.given.all()) and self._restarts_with(column, free):
                part = "group" if column.numeric or not self._open("recording") else "recording"
                self.parts[part], self.why[part] = name, _CONTENT
                return

    def _restarts_with(self, column: Column, free: list[str]) -> bool:
        """Whether a clock begins anew, or jumps, where the column changes; words need none."""
        changes = np.append(False, np.diff(column.codes) != 0) & ~column.fresh
        clocks = [self.parts["time"]] if self.parts["time"] in self.names else free
        for name in clocks:
            clock = self.sample[str(name)]
            if not clock.numeric or name == column.name:
                continue
            inside = clock.steps[~changes & np.isfinite(clock.steps)]
            across = clock.steps[changes & np.isfinite(clock.steps)]
            if len(inside) > 5 and len(across) and (inside > 0).mean() > 0.999:
                usual = float(np.median(inside))
                if bool(((across <= 0) | (across > 20 * usual)).mean() > 0.8):
                    return True
        return not column.numeric

    def _one_hot(self, free: list[str]) -> list[str]:
        """Neighbouring 0/1 columns of which each row marks one."""
        flags = [name for name in free if _is_flag(self.sample[name])]
        runs: list[list[str]] = []
        for name in flags:
            place = self.names.index(name)
            if runs and self.names.index(runs[-1][-1]) == place - 1:
                runs[-1].append(name)
            else:
                runs.append([name])
        for run in runs:
            total = np.nansum([self.sample[name].numbers for name in run], axis=0)
            if len(run) > 1 and (total == 1).mean() > 0.99:
                return run
        return []

    def _label_by_content(self, free: list[str], kind: RowIs) -> None:
        free = [name for name in free if name in self._free() and name not in self.aside]
        found, doubtful = [], []
        for name in free:
            column = self.sample[name]
            if not self._could_be_classes(column) or not 1 < column.distinct <= 50:
                continue
            if plain(name) in COUNTERS or self._counts(column):
                continue
            comes_back = column.runs >= 1.5 * column.distinct or kind == "window"
            lasting = column.runs <= self.sample.n / 5 or kind == "window"
            if not comes_back or not lasting:
                continue
            if not column.numeric:
                found.append(name)
            elif column.distinct <= 30:
                doubtful.append(name)
        nameless = all(name.startswith("column ") for name in self.names)
        if len(found) == 1 or (not found and len(doubtful) == 1 and (nameless or kind == "window")):
            self.parts["label"] = (found or doubtful)[0]
            self.why["label"] = _CONTENT
        elif found or doubtful:
            options = [*found, *doubtful]
            self.problems.append(
                Problem(
                    Message(
                        "is '{column}' the label? Its few values last and come back, as classes "
                        "do; say which column is the label, or that there is none",
                        column=shown(options[0]),
                    ),
                    Message("column '{column}'", column=shown(options[0])),
                    (*(change(label=name) for name in options), change(label="")),
                    "label",
                )
            )

    def _counts(self, column: Column) -> bool:
        return column.numeric and self._rises_within(column) and column.distinct > 20

    # Channels

    def _channels(self, wide: set[str]) -> tuple[tuple[str, ...], tuple[tuple[str, Text], ...]]:
        choices = self.choices
        added = [c.removeprefix("+") for c in choices.channels or () if c.startswith("+")]
        only = [c for c in choices.channels or () if not c.startswith("+")]
        taken = {m for whole in self.parts.values() for m in members(whole, self.names)}
        label = self._label_codes()
        known = Known(
            table=self.table,
            sample=self.sample,
            blocks=self.blocks(),
            label=label,
            label_name=self.parts["label"],
            n_classes=int(label.max(initial=-1)) + 1,
        )
        channels, left_out = [], []
        for name in self.names:
            if name in taken or name in wide:
                continue
            if name in added or name in only:
                channels.append(name)
                continue
            why: Text | None = _GIVEN
            if wide:
                why = Message("a row is a window: its numbered columns are the signal")
            elif not only and name not in choices.leave_out:
                why = self.aside.get(name) or why_left_out(self.sample[name], known)
            if why is None:
                channels.append(name)
            else:
                left_out.append(
                    (name, Message("not among the channels that are given") if only else why)
                )
        return tuple(channels), tuple(left_out)

    def _label_codes(self) -> Ints:
        """Class of each sampled row, -1 where unknown; one that stands at changes only is held."""
        found = members(self.parts["label"], self.names)
        if not found:
            return np.full(self.sample.n, -1, dtype=np.int64)
        if len(found) > 1:
            flags = np.stack([np.nan_to_num(self.sample[name].numbers) for name in found], axis=1)
            return np.where(flags.any(axis=1), flags.argmax(axis=1), -1).astype(np.int64)
        codes = self.sample[found[0]].codes.copy()
        if (codes < 0).mean() > 0.5:
            last = np.maximum.accumulate(np.where(codes >= 0, np.arange(len(codes)), 0))
            codes = codes[last]
        return codes


def _is_flag(column: Column) -> bool:
    if not column.numeric or column.empty:
        return False
    return bool(np.isin(column.numbers[np.isfinite(column.numbers)], (0.0, 1.0)).all())
