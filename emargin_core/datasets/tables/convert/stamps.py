"""The time stamps of one recording: its rate, its gaps, and whether they rise."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

GAP_STEPS = 1.5
"""A step in time longer than so many usual ones is a gap, unless steps differ much anyway."""
JITTER_STEPS = 6.0
"""Standard deviations of the steps that a gap is longer than the usual step."""
ORDINARY = 5.0
"""Steps of up to so many medians count for the usual one."""
EVEN_COUNTS = 0.8
HALF_DAY = 43_200.0
NEARLY = 5e-4
"""A rate that differs by less than this share from a round one is taken as round."""

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Stamps:
    """Rows from `begin` to `end` of a recording.

    breaks: (n,), whether time breaks off before a row; known: (n,), whether the row's own time is
    known; fallen: the first row whose time is not later than the one before, None where all rise;
    repeats: it is the same; restarts_look: time goes back rarely, as where something new begins;
    jitter: standard deviation of the steps as a share of the usual one; spread: whether stamps that
    repeat were spread evenly.
    """

    begin: int
    end: int
    rate: float
    breaks: Flags
    known: Flags
    gaps: int = 0
    longest_gap: float = 0.0
    fallen: int | None = None
    repeats: bool = False
    restarts_look: bool = False
    rate_guess: float = 50.0
    jitter: float = 0.0
    spread: bool = False


def read_stamps(
    times: Floats | None, n: int, clock: bool, rate: float | None, restarts: bool
) -> list[Stamps]:
    """Read the times, (n,) seconds, of one recording; without times the rate is what is given.

    clock: whether they are times of day; restarts: whether a new recording begins wherever they go
    back, so that several are returned.
    """
    if times is None:
        return [Stamps(0, n, rate or 1.0, np.zeros(n, np.bool_), np.ones(n, np.bool_))]
    if clock:
        steps = np.nan_to_num(np.diff(times, prepend=times[:1]))
        times = times + 2 * HALF_DAY * np.cumsum(steps < -HALF_DAY)
    back = np.flatnonzero(np.diff(times) < 0) + 1 if restarts else np.zeros(0, np.int64)
    ends = [0, *back.tolist(), n]
    return [_read(times[a:b], a, b) for a, b in pairwise(ends) if b > a]


def _read(times: Floats, begin: int, end: int) -> Stamps:
    known = np.isfinite(times)
    given = times[known] if not known.all() else times
    spread = _spread(given)
    steps = np.diff(given if spread is None else spread)
    wrong = np.flatnonzero(steps <= 0)
    breaks = np.zeros(len(times), dtype=np.bool_)
    if len(wrong):
        rising = steps[steps > 0]
        mostly = len(wrong) < 0.5 * len(steps)
        return Stamps(
            begin, end, 1.0, breaks, known,
            fallen=int(np.flatnonzero(known)[wrong[0] + 1]),
            repeats=bool(steps[wrong[0]] == 0),
            restarts_look=bool((steps < 0).sum() <= max(3, 0.01 * len(steps))),
            rate_guess=_round(1.0 / float(np.median(rising))) if mostly else 50.0,
        )  # fmt: skip
    if not len(steps):
        return Stamps(begin, end, 1.0, breaks, known)
    usual, deviation = _usual(steps)
    limit = max(GAP_STEPS * usual, usual + JITTER_STEPS * deviation)
    long = steps > limit
    inside = steps[~long]
    rate = len(inside) / float(inside.sum()) if len(inside) else 1.0 / usual
    breaks[np.flatnonzero(known)[1:][long]] = True
    return Stamps(
        begin, end, _round(rate), breaks, known,
        gaps=int(long.sum()),
        longest_gap=float(steps[long].max(initial=0.0)),
        jitter=deviation / usual,
        spread=spread is not None,
    )  # fmt: skip


def _usual(steps: Floats) -> tuple[float, float]:
    """Mean and standard deviation of the ordinary steps."""
    middle = float(np.median(steps))
    ordinary = steps[steps <= ORDINARY * middle]
    tight = ordinary[ordinary <= GAP_STEPS * middle]
    if len(tight) >= 0.95 * len(ordinary):
        ordinary = tight  # a few are gaps, and no jitter
    return float(ordinary.mean()), float(ordinary.std())


def _spread(times: Floats) -> Floats | None:
    """Stamps of whole seconds, each on about as many rows, spread evenly; None for any others."""
    steps = np.diff(times)
    if len(steps) < 4 or (steps == 0).mean() < 0.3 or (steps < 0).any():
        return None
    begins = np.append(0, np.flatnonzero(steps > 0) + 1)
    counts = np.diff(np.append(begins, len(times)))
    if len(begins) < 3:
        return None
    resolution = float(np.median(np.diff(times[begins])))
    inner = counts[1:-1]
    usual = float(np.median(inner))
    if (np.abs(inner - usual) <= max(1.0, 0.1 * usual)).mean() < EVEN_COUNTS:
        return None
    places = np.arange(len(times)) - np.repeat(begins, counts)
    share = np.repeat(np.maximum(counts, usual * (counts < 0.9 * usual)), counts)
    spread = times + resolution * places / share
    first = counts[0]
    if first < usual:  # begins within a second
        spread[:first] = times[0] + resolution * (usual - first + np.arange(first)) / usual
    return np.asarray(spread)


def _round(rate: float) -> float:
    near = round(rate, 1)
    return near if near > 0 and abs(rate - near) <= NEARLY * rate else float(f"{rate:.8g}")
