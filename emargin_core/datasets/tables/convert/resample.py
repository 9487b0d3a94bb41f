"""Recordings of different rates, brought to one by a polyphase filter."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np

from emargin_core.datasets.fetch.mapped_pages import release_pages
from emargin_core.datasets.tables.convert.rows import Part

LARGEST = 1_000
"""Rates are brought together by a ratio of whole numbers of at most this size."""


def resample(folder: Path, parts: list[Part], rate: float) -> list[Part]:
    """Bring 'signal.npy' and 'labels.npy' in a folder to a rate in Hz, stretch by stretch.

    No sample of one stretch, from border to border, has a part in another's. A label is that of the
    nearest sample.
    """
    from scipy.signal import resample_poly

    signal = np.load(folder / "signal.npy", mmap_mode="r")
    labels = np.load(folder / "labels.npy", mmap_mode="r")
    sizes = [[_length(b - a, part, rate) for a, b in _stretches(part)] for part in parts]
    total = sum(map(sum, sizes))
    wide = np.lib.format.open_memmap(  # type: ignore[no-untyped-call]
        folder / "new-signal.npy", mode="w+", dtype=np.float32, shape=(total, signal.shape[1])
    )
    marks = np.lib.format.open_memmap(  # type: ignore[no-untyped-call]
        folder / "new-labels.npy", mode="w+", dtype=np.int64, shape=(total,)
    )
    place, moved = 0, []
    for part, lengths in zip(parts, sizes, strict=True):
        ratio = _ratio(part, rate)
        begin, borders = place, []
        for (first, last), length in zip(_stretches(part), lengths, strict=True):
            old = slice(part.begin + first, part.begin + last)
            new = slice(place, place + length)
            for channel in range(signal.shape[1]):
                values = np.asarray(signal[old, channel], dtype=np.float64)
                middle = values.mean() if len(values) else 0.0
                found = resample_poly(values - middle, ratio.numerator, ratio.denominator)
                wide[new, channel] = found[:length] + middle
            nearest = np.minimum(np.round(np.arange(length) / float(ratio)), last - first - 1)
            marks[new] = labels[old][nearest.astype(np.int64)]
            place += length
            borders.append(place - begin)
        moved.append(replace(part, begin=begin, end=place, rate=rate, borders=tuple(borders[:-1])))
        release_pages(signal)
    wide.flush()
    marks.flush()
    del wide, marks, signal, labels
    for name in ("signal.npy", "labels.npy"):
        (folder / f"new-{name}").replace(folder / name)
    return moved


def _stretches(part: Part) -> list[tuple[int, int]]:
    ends = (0, *part.borders, part.end - part.begin)
    return list(pairwise(ends))


def _ratio(part: Part, rate: float) -> Fraction:
    return Fraction(rate / part.rate).limit_denominator(LARGEST)


def _length(n: int, part: Part, rate: float) -> int:
    ratio = _ratio(part, rate)
    return -(-n * ratio.numerator // ratio.denominator)
