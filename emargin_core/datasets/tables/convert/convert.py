"""From a table to recordings on disk: written, checked, brought to one rate, framed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from emargin_core.datasets.base import Framing
from emargin_core.datasets.frames import make_framing
from emargin_core.datasets.tables.choices import RATES, Choices
from emargin_core.datasets.tables.convert.resample import resample
from emargin_core.datasets.tables.convert.rows import INTERPOLATED_SECONDS, Part, Rows, write_rows
from emargin_core.datasets.tables.mapping import ColumnMapping
from emargin_core.datasets.tables.questions import Problem, change
from emargin_core.datasets.tables.read.table import Table
from emargin_core.datasets.tables.recognise.doubts import wrong_cells
from emargin_core.datasets.tables.recognise.plan import Plan
from emargin_core.datasets.tables.recognise.sample import Sample
from emargin_core.text.lengths import parse_length
from emargin_core.text.message import Message, Text, lazy_gettext
from emargin_core.text.plain_text import listed, shown

SAME_RATE = 0.01
"""Rates of recordings that differ by less than this share are taken as one."""
JITTER_SAID = 0.05
FRAME_SAMPLES = 16
"""A proposed frame has at least so many samples."""
WINDOW_FRAME = (8, 256)
"""Fewest and most samples of a frame where a row is a window; else a tenth of the window."""


@dataclass(frozen=True)
class Converted:
    """What lies in a folder; with problems, nothing that could be used."""

    rows: Rows
    parts: tuple[Part, ...]
    mapping: ColumnMapping
    channels: tuple[str, ...]
    framing: Framing
    notes: tuple[Text, ...]
    problems: tuple[Problem, ...]


def convert(table: Table, plan: Plan, sample: Sample, choices: Choices, folder: Path) -> Converted:
    """Write 'signal.npy' and 'labels.npy' into a folder.

    Raises:
        InputError: the file cannot be read to its end, or a frame's length cannot be.
    """
    rows = write_rows(table, plan.found, plan.time, choices, folder)
    mapping = plan.found.mapping
    signal = [*mapping.channels, *(name for block in plan.found.numbered for name in block.columns)]
    wrong = list(_wrong(table, sample, rows, signal))
    problems = [*rows.problems, *wrong, *(() if wrong else _missing(rows, choices))]
    parts, framing = list(rows.parts), Framing()
    if not problems and not parts:
        problems.append(
            Problem(Message("has no number in any channel"), None, (change(missing="refuse"),))
        )
    notes: list[Text] = list(_notes(table, plan, rows, choices))
    if not problems and choices.resample is not None:
        parts = resample(folder, parts, choices.resample)
        notes.append(Message("all recordings are resampled to {rate:g} Hz", rate=choices.resample))
    if not problems:
        rate, problem, says = _one_rate(parts, rows.jitter)
        notes += says
        problems += [problem] if problem is not None else []
        if problem is None:
            framing = _framing(plan, rate, choices)
            parts = [replace(part, rate=rate) for part in parts]
            kept, more = _long_enough(parts, framing, rate)
            mapping = replace(mapping, rate=rate)
            notes += _says_framing(framing, rate)
            if kept:
                parts, notes = kept, [*notes, *more]
            else:
                problems.append(_too_short(parts, framing, rate))
    channels = tuple(rows.columns)
    return Converted(rows, tuple(parts), mapping, channels, framing, tuple(notes), tuple(problems))


def _wrong(
    table: Table, sample: Sample, rows: Rows, plan_channels: Sequence[str]
) -> Iterator[Problem]:
    """Cells that are neither numbers nor times, by column."""
    for name, row in rows.wrong.items():
        if name in sample.columns and name in plan_channels:
            yield from wrong_cells(sample, sample[name], everywhere=True)
            continue
        columns = (
            [part.strip() for part in name.split(" + ")] if name not in table.columns else [name]
        )
        cell = table.rows(
            f"SELECT {', '.join(table.text(column) for column in columns)} FROM t WHERE r = {row}"
        )
        word = " ".join(str(part) for part in cell[0]) if cell else ""
        line = table.line(row)
        yield Problem(
            Message(
                "column '{column}' has '{cell}' in row {first_row:,}; {wanted} is expected",
                column=shown(name),
                cell=shown(word),
                first_row=line,
                wanted=Message("a number of seconds or a date such as 2024-05-31T12:00"),
            ),
            Message("column '{column}', row {row:,}", column=shown(name), row=line),
            (change(na=(word,), missing="drop"),)
            if shown(word) == word
            else (change(time="", rate=50.0),),
            "time_format",
        )


def _missing(rows: Rows, choices: Choices) -> Iterator[Problem]:
    if choices.missing != "refuse":
        return
    for name, facts in rows.columns.items():
        if facts.first_missing is None:
            continue
        missing, infinite = f"{facts.missing:,}", f"{facts.infinite:,}"
        found = (
            Message("{missing} missing", missing=missing)
            if facts.missing
            else Message("{infinite} infinite", infinite=infinite)
        )
        if facts.missing and facts.infinite:
            found = Message(
                "{missing} missing and {infinite} infinite", missing=missing, infinite=infinite
            )
        yield Problem(
            Message(
                "column '{column}' has {found} values, the first in row {first_missing:,}; fill "
                "them, drop those rows, or interpolate short gaps",
                column=shown(name),
                found=found,
                first_missing=facts.first_missing,
            ),
            Message("column '{column}', row {row:,}", column=shown(name), row=facts.first_missing),
            (change(missing="interpolate"), change(missing="drop")),
            "missing",
        )


def _one_rate(parts: Sequence[Part], jitter: float) -> tuple[float, Problem | None, list[Text]]:
    """The rate of all recordings, where they nearly agree."""
    rates = np.array([part.rate for part in parts])
    rate = float(f"{np.median(rates):.8g}")
    if not RATES[0] <= rate <= RATES[1]:
        return (
            rate,
            Problem(
                Message(
                    "there is a sample every {step:.3g} s; from {high:g} to {low:g} s is taken, so "
                    "check the unit of the time",
                    step=1 / rate,
                    high=1 / RATES[1],
                    low=1 / RATES[0],
                ),
                None,
                tuple(change(time_unit=unit) for unit in ("ms", "us", "ns", "s")),
                "time_unit",
            ),
            [],
        )
    shortest = min(part.end - part.begin for part in parts)
    tolerance = max(SAME_RATE, 4 * jitter / np.sqrt(max(1, shortest)))
    if np.abs(rates / rate - 1.0).max() > tolerance:
        low, high = parts[int(rates.argmin())], parts[int(rates.argmax())]
        return (
            rate,
            Problem(
                Message(
                    "recordings with different sampling rates, from {min:g} Hz ('{id}') to {max:g} "
                    "Hz ('{id2}'); resample them to one rate",
                    min=low.rate,
                    id=shown(low.id),
                    max=high.rate,
                    id2=shown(high.id),
                ),
                Message("recording '{name}'", name=shown(high.id)),
                (change(resample=float(f"{low.rate:.3g}")),),
                "resample",
            ),
            [],
        )
    notes: list[Text] = []
    error = jitter / np.sqrt(sum(part.end - part.begin for part in parts))
    if round(rate) and abs(rate - round(rate)) <= 2 * error * rate:
        rate = float(round(rate))
    if jitter > JITTER_SAID:
        notes.append(
            Message(
                "steps in time jitter by {share:.0f} %; the rate is that of whole stretches, "
                "{rate:g} Hz",
                share=100 * jitter,
                rate=rate,
            )
        )
    elif rates.min() < rates.max():
        notes.append(
            Message(
                "rates from {low:g} to {high:g} Hz are taken as one, {rate:g} Hz",
                low=rates.min(),
                high=rates.max(),
                rate=rate,
            )
        )
    return rate, None, notes


def _framing(plan: Plan, rate: float, choices: Choices) -> Framing:
    """As chosen; else a second, or as many samples as a spectrum needs, half overlapping."""
    if plan.found.row_is == "window":
        length = len(plan.found.numbered[0].columns)
        low, high = WINDOW_FRAME
        frame = min(length, int(np.clip(round(length / 10), low, high)))
        proposed = Framing(frame / rate, frame / rate / 2)
    elif rate >= FRAME_SAMPLES:
        proposed = Framing()
    else:
        proposed = Framing(FRAME_SAMPLES / rate, FRAME_SAMPLES / rate / 2)
    frame_length = parse_length(choices.frame) if choices.frame else None
    hop = parse_length(choices.hop) if choices.hop else None
    return make_framing(proposed, frame_length, hop, rate)


def _says_framing(framing: Framing, rate: float) -> list[Text]:
    if framing == Framing():
        return []
    return [
        Message(
            "a frame has {frame:g} s ({n:,} samples), the next begins {hop:g} s later",
            frame=framing.seconds,
            n=round(framing.seconds * rate),
            hop=framing.hop_seconds,
        )
    ]


def _long_enough(
    parts: Sequence[Part], framing: Framing, rate: float
) -> tuple[list[Part], list[Text]]:
    """Recordings with a frame in one stretch; those without are said."""
    least = max(2, round(framing.seconds * rate))
    kept = [part for part in parts if part.longest_stretch() >= least]
    short = [part.id for part in parts if part.longest_stretch() < least]
    if not short:
        return kept, []
    return kept, [
        Message(
            "{n:,} recordings without {least:g} s in one stretch are left out, such as '{example}'",
            n=len(short),
            least=framing.seconds,
            example=shown(short[0]),
        )
    ]


def _too_short(parts: Sequence[Part], framing: Framing, rate: float) -> Problem:
    longest = max(part.longest_stretch() for part in parts)
    remedies = (change(frame=f"{max(2, longest // 4)} samples"),) if longest >= 8 else ()
    return Problem(
        Message(
            "no recording has {least:g} s without a break, the longest stretch is {longest:.2g} s; "
            "check the time or the rate, and the column that tells recordings apart, or take "
            "shorter frames",
            least=framing.seconds,
            longest=longest / rate,
        ),
        None,
        remedies,
        "frame",
    )


def _notes(table: Table, plan: Plan, rows: Rows, choices: Choices) -> Iterator[Text]:
    mapping = plan.found.mapping
    yield from table.notes
    if plan.time is not None:
        yield from plan.time.notes
        if choices.rate is not None:
            yield Message(
                "the rate is taken from the time, not from the {rate:g} Hz given", rate=choices.rate
            )
    if plan.found.row_is == "window":
        yield Message(
            "each row is a window of {n} samples; no frame crosses two",
            n=len(plan.found.numbered[0].columns),
        )
    if mapping.recording is None and mapping.group is None and plan.found.row_is == "window":
        yield lazy_gettext(
            "no column says whose window a row is: rows are dealt into recordings, so that windows "
            "of one source may stand on both sides"
        )
    elif mapping.recording is None:
        yield (
            lazy_gettext("no column 'recording': all rows are one recording")
            if mapping.group is None
            else lazy_gettext("no column 'recording': each group is one recording")
        )
    elif mapping.group is None:
        yield lazy_gettext("no column 'group': each recording is its own group")
    if rows.paired:
        yield Message(
            "'{recording}' begins anew in each '{group}': both together name a recording",
            recording=shown(mapping.recording),
            group=shown(mapping.group),
        )
    if not rows.classes:
        yield lazy_gettext("no column 'label': clusters and geometry only, no probes")
    elif rows.unlabelled:
        total = rows.unlabelled + sum(rows.classes.values())
        yield Message("{n:,} of {all:,} samples have no label", n=rows.unlabelled, all=total)
    if rows.spread:
        yield lazy_gettext("time stamps that repeat are spread evenly between one and the next")
    if choices.hold:
        yield Message("held until the next value: {columns}", columns=listed(choices.hold))
    if table.torn:
        yield Message("{n:,} torn rows are left out", n=len(table.torn))
    gaps = sum(part.gaps for part in rows.parts)
    if gaps:
        yield Message(
            "{n:,} gaps in time, the longest {longest:.3g} s; no frame crosses one",
            n=gaps,
            longest=max(part.longest_gap for part in rows.parts),
        )
    filled, dropped = (sum(getattr(p, what) for p in rows.parts) for what in ("filled", "dropped"))
    if filled:
        yield Message(
            "{n:,} missing values interpolated, in gaps up to {longest:g} s",
            n=filled,
            longest=INTERPOLATED_SECONDS,
        )
    if dropped:
        yield Message(
            "{n:,} rows with missing values dropped ({how}); no frame crosses them",
            n=dropped,
            how=choices.missing,
        )
