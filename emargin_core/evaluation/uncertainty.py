"""How sure a number is: resampled recordings within a run, spread over seeds between runs.

Frames of one recording resemble each other, so whole recordings are drawn, not frames. Every run
on the same held-out recordings draws the same ones (`resampling_counts`), which makes differences
between two runs paired: what is hard about a recording is hard for both.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

N_REPLICATES = 200
LEVEL = 0.95
MIN_DEFINED_SHARE = 0.9

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Estimate:
    """A mean with its interval; the bounds are None where no uncertainty can be stated."""

    mean: float
    low: float | None
    high: float | None

    @property
    def sign(self) -> int:
        """+1 or -1 where the whole interval lies on one side of zero, else 0."""
        if self.low is None or self.high is None:
            return 0
        return 1 if self.low > 0 else -1 if self.high < 0 else 0


def resampling_counts(n_recordings: int, n_replicates: int = N_REPLICATES, seed: int = 0) -> Ints:
    """How often each recording is drawn, (n_replicates, n_recordings); rows sum to n_recordings."""
    rng = np.random.default_rng(seed)
    shares = np.full(n_recordings, 1.0 / n_recordings)
    return np.asarray(rng.multinomial(n_recordings, shares, size=n_replicates), dtype=np.int64)


def estimate(values: Floats, replicates: Floats, n_recordings: int) -> Estimate:
    """Mean over seeds with a 95 % interval that counts recordings and seeds.

    values: (n_seeds,) the metric, or a paired difference, of each seed; replicates: (n_seeds,
    n_replicates) the same on resampled recordings, NaN where undefined.

    The variance is that of the seeds' mean over replicates, times R / (R - 1) because R recordings
    are drawn from the R at hand, plus the seeds' variance / n_seeds. The interval is Student's,
    its degrees of freedom by Welch and Satterthwaite. One seed says nothing about other seeds: the
    interval then speaks of recordings alone. One recording: no interval.
    """
    mean = float(values.mean())
    parts = variance_parts(values, replicates, n_recordings)
    if parts is None:
        return Estimate(mean, None, None)
    variance = sum(part for part, _ in parts)
    if variance == 0.0:
        return Estimate(mean, mean, mean)
    freedom = variance**2 / sum(part**2 / df for part, df in parts)
    half = float(stats.t.ppf(0.5 + LEVEL / 2, freedom)) * variance**0.5
    return Estimate(mean, mean - half, mean + half)


def variance_parts(
    values: Floats, replicates: Floats, n_recordings: int
) -> list[tuple[float, int]] | None:
    """What an interval is made of, each variance with its degrees of freedom; see `estimate`.

    The first is over recordings; the second, with several seeds only, over seeds. None where no
    uncertainty can be stated.
    """
    if n_recordings < 2:
        return None
    over_seeds = replicates.mean(axis=0)
    defined = over_seeds[np.isfinite(over_seeds)]
    if len(defined) < MIN_DEFINED_SHARE * replicates.shape[1]:
        return None
    n_seeds = len(values)
    correction = n_recordings / (n_recordings - 1)
    parts = [(float(defined.var()) * correction, n_recordings - 1)]
    if n_seeds > 1:
        parts.append((float(values.var(ddof=1)) / n_seeds, n_seeds - 1))
    return parts


def paired_difference(
    baseline: Sequence[float | None],
    candidate: Sequence[float | None],
    baseline_replicates: Floats,
    candidate_replicates: Floats,
    n_recordings: int,
) -> Estimate | None:
    """Candidate minus baseline, paired by seed and by recording; None where one is undefined."""
    if any(value is None for value in (*baseline, *candidate)):
        return None
    values = np.array(candidate, dtype=float) - np.array(baseline, dtype=float)
    return estimate(values, candidate_replicates - baseline_replicates, n_recordings)
