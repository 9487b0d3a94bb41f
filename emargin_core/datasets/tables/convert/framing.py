"""The rate that all recordings have, and the frames that are proposed for it."""

from collections.abc import Iterator, Sequence

import numpy as np

from emargin_core.datasets.base import Framing
from emargin_core.datasets.frames import make_framing
from emargin_core.datasets.tables.choices import RATES, Choices
from emargin_core.datasets.tables.convert.rows import Part, Rows
from emargin_core.datasets.tables.questions import Problem, ask, change
from emargin_core.datasets.tables.recognise.columns import Recognised
from emargin_core.text.lengths import parse_length
from emargin_core.text.message import Message, Text
from emargin_core.text.plain_text import shown

SAME_RATE = 0.01
"""Rates of recordings that differ by less than this share are taken as one."""
JITTER_SAID = 0.05
FRAME_SAMPLES = 16
"""A proposed frame has at least so many samples."""
WINDOW_FRAME = (8, 256)
"""Fewest and most samples of a frame where a row is a window; else a tenth of the window."""


def one_rate(parts: Sequence[Part], rows: Rows) -> tuple[float, list[Text]] | Problem:
    """Return the rate in Hz where they nearly agree, and what to say about it.

    A recording of one sample, such as a row of means at the end, has none.
    """
    parts = [part for part in parts if part.samples > 1] or parts
    rates = np.array([part.rate for part in parts])
    lengths = [part.samples for part in parts]
    rate = float(f"{np.median(rates):.8g}")
    if not RATES[0] <= rate <= RATES[1]:
        return ask(
            "there is a sample every {step:.3g} s; from {high:g} to {low:g} s is taken, so check "
            "the unit of the time",
            *(change(time_unit=unit) for unit in ("ms", "us", "ns", "s")),
            asks="time_unit",
            step=1 / rate,
            high=1 / RATES[1],
            low=1 / RATES[0],
        )
    tolerance = max(SAME_RATE, 4 * rows.jitter / np.sqrt(max(1, min(lengths))))
    if np.abs(rates / rate - 1.0).max() > tolerance:
        low, high = parts[int(rates.argmin())], parts[int(rates.argmax())]
        return ask(
            "recordings with different sampling rates, from {min:g} Hz ('{id}') to {max:g} Hz "
            "('{id2}'); resample them to one rate",
            change(resample=float(f"{low.rate:.3g}")),
            asks="resample",
            where=Message("recording '{recording}'", recording=shown(high.id)),
            min=low.rate,
            id=shown(low.id),
            max=high.rate,
            id2=shown(high.id),
        )
    error = rows.jitter / np.sqrt(sum(lengths))
    if round(rate) and abs(rate - round(rate)) <= 2 * error * rate:
        rate = float(round(rate))
    if rows.jitter > JITTER_SAID:
        return rate, [
            Message(
                "steps in time jitter by {share:.0f} %; the rate is that of whole stretches, "
                "{rate:g} Hz",
                share=100 * rows.jitter,
                rate=rate,
            )
        ]
    if rates.min() == rates.max():
        return rate, []
    return rate, [
        Message(
            "rates from {low:g} to {high:g} Hz are taken as one, {rate:g} Hz",
            low=rates.min(),
            high=rates.max(),
            rate=rate,
        )
    ]


def choose_framing(found: Recognised, rate: float, choices: Choices) -> Framing:
    """Return it as chosen; else a second, or as many samples as a spectrum needs, half overlapping.

    Raises:
        InputError: such frames cannot be cut.
    """
    proposed, samples = Framing(), FRAME_SAMPLES
    if found.numbered:
        length = len(found.numbered[0].columns)
        samples = min(length, int(np.clip(round(length / 10), *WINDOW_FRAME)))
    if found.numbered or rate < FRAME_SAMPLES:
        proposed = Framing(samples / rate, samples / rate / 2)
    frame, hop = (parse_length(text) if text else None for text in (choices.frame, choices.hop))
    return make_framing(proposed, frame, hop, rate)


def long_enough(
    parts: Sequence[Part], framing: Framing, rate: float
) -> tuple[list[Part], list[Text]] | Problem:
    """Return the recordings with a frame in one stretch, and what to say of those without."""
    least = max(2, round(framing.seconds * rate))
    kept = [part for part in parts if part.longest_stretch >= least]
    if not kept:
        longest = max(part.longest_stretch for part in parts)
        return ask(
            "no recording has {least:g} s without a break, the longest stretch is {longest:.2g} s; "
            "check the time or the rate, and the column that tells recordings apart, or take "
            "shorter frames",
            *([change(frame=f"{longest // 4} samples")] if longest >= 8 else []),
            asks="frame",
            least=framing.seconds,
            longest=longest / rate,
        )
    short = [part.id for part in parts if part.longest_stretch < least]
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


def framing_notes(framing: Framing, rate: float) -> Iterator[Text]:
    """Yield what to say of frames that are not the usual ones."""
    if framing != Framing():
        yield Message(
            "a frame has {frame:g} s ({n:,} samples), the next begins {hop:g} s later",
            frame=framing.seconds,
            n=round(framing.seconds * rate),
            hop=framing.hop_seconds,
        )
