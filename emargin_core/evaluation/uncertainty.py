"""How sure a number is: intervals over folds and trainings, or over units of a fixed held-out part.

Subject cross-validation makes the fold the unit of the interval: every fold holds out other groups
and trains anew. The folds share most of their training groups, which correlates their values; for
these the variance is corrected (Nadeau and Bengio 2003, doi:10.1023/A:1024068626366). In a paired
difference both sides share them, and what they share cancels: there the folds are as good as
independent. Both were measured, see docs/verdict.md. Where the held-out part is fixed (published,
or the end of a lone group), whole units are resampled within each run, and several trainings add
their variance.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, stdtrit

N_REPLICATES = 200
LEVEL = 0.95
MIN_DEFINED_SHARE = 0.9
MIN_UNITS = 5
"""With fewer units no interval is given: its coverage cannot be vouched for."""
MIN_FOLDS = 3
MIN_TRAININGS = 3
"""Trainings that settle a comparison whose held-out part is fixed."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Range = tuple[float, float]
UNBOUNDED: Range = (-math.inf, math.inf)


@dataclass(frozen=True)
class HeldOut:
    """What the runs of one side were measured on.

    folds: (n_runs,) the fold of each run; n_folds: folds that hold out each unit once, 1 where the
    held-out part is fixed, None for runs of the first protocol, which knew no folds; n_units: units
    held out by these folds together.
    """

    folds: tuple[int, ...]
    n_folds: int | None
    n_units: int

    @property
    def settled(self) -> bool:
        """Whether there are enough folds, or trainings, and units for an interval and a verdict."""
        if self.n_folds is None or self.n_units < MIN_UNITS:
            return False
        if self.n_folds == 1:
            return len(set(self.folds)) == 1 and len(self.folds) >= MIN_TRAININGS
        return len(set(self.folds)) >= MIN_FOLDS


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

    def within(self, margin: float) -> bool:
        """Whether the whole interval lies within `margin` of zero, ends included."""
        return (
            self.low is not None
            and self.high is not None
            and -margin <= self.low
            and self.high <= margin
        )


def resampling_counts(n_units: int, n_replicates: int = N_REPLICATES, seed: int = 0) -> Ints:
    """How often each unit is drawn, (n_replicates, n_units); rows sum to n_units."""
    rng = np.random.default_rng(seed)
    shares = np.full(n_units, 1.0 / n_units)
    return np.asarray(rng.multinomial(n_units, shares, size=n_replicates), dtype=np.int64)


def estimate(
    values: Floats,
    held_out: HeldOut,
    replicates: Floats | None = None,
    bounds: Range = UNBOUNDED,
    *,
    paired: bool = False,
) -> Estimate:
    """Mean over folds and trainings with its 95 % interval; no interval in a first look.

    With folds: the mean over the folds' means, each over its trainings; Student's interval with
    J - 1 degrees of freedom for J folds of K, and the variance of the J means times 1 / J for
    paired differences, else times 1 / J + 1 / (K - 1), the second term being held-out over training
    groups. With a fixed held-out
    part: the variance of the trainings' mean over replicates, times U / (U - 1) because U units are
    drawn from the U at hand, plus the trainings' variance / n_runs, with degrees of freedom by
    Welch and Satterthwaite. The ends stay inside `bounds`: the interval is symmetric on the scale
    of a logit (both bounds finite) or a logarithm (one), by the delta method.

    Args:
        values: (n_runs,) the metric, or a paired difference, of each run of `held_out`.
        held_out: what the runs were measured on.
        replicates: (n_runs, n_replicates) the same on resampled units, NaN where undefined; needed
            where the held-out part is fixed.
        bounds: lowest and highest possible value, infinite where there is none.
        paired: the values are differences of two sides with the same training groups.
    """
    folds = np.array(held_out.folds)
    fold_means = np.array([values[folds == fold].mean() for fold in np.unique(folds)])
    mean = float(fold_means.mean())
    if not held_out.settled:
        return Estimate(mean, None, None)
    if held_out.n_folds != 1:
        parts = [fold_variance(fold_means, held_out, paired)]
    else:
        found = variance_parts(values, replicates, held_out.n_units)
        if found is None:
            return Estimate(mean, None, None)
        parts = found
    variance = sum(part for part, _ in parts)
    if variance == 0.0:
        exact = None if values.any() else mean  # runs that are all the same differ by nothing
        return Estimate(mean, exact, exact)
    freedom = variance**2 / sum(part**2 / df for part, df in parts)
    half = float(stdtrit(freedom, 0.5 + LEVEL / 2)) * variance**0.5
    return Estimate(mean, *_inside(mean, half, bounds))


def difference_range(bounds: Range) -> Range:
    """Lowest and highest possible difference of two values within `bounds`."""
    width = bounds[1] - bounds[0]
    return (-width, width) if math.isfinite(width) else UNBOUNDED


def fold_variance(fold_means: Floats, held_out: HeldOut, paired: bool) -> tuple[float, int]:
    """Variance of the mean over folds that share training groups, with its degrees of freedom."""
    assert held_out.n_folds is not None
    n = len(fold_means)
    shared = 0.0 if paired else 1 / (held_out.n_folds - 1)
    return float(fold_means.var(ddof=1)) * (1 / n + shared), n - 1


def variance_parts(
    values: Floats, replicates: Floats | None, n_units: int
) -> list[tuple[float, int]] | None:
    """Variances over units and over trainings of a fixed held-out part, with degrees of freedom.

    The second only with several trainings. None where no uncertainty can be stated.
    """
    if replicates is None or n_units < 2:
        return None
    over_runs = replicates.mean(axis=0)
    defined = over_runs[np.isfinite(over_runs)]
    if len(defined) < MIN_DEFINED_SHARE * replicates.shape[1]:
        return None
    n_runs = len(values)
    correction = n_units / (n_units - 1)
    parts = [(float(defined.var()) * correction, n_units - 1)]
    if n_runs > 1:
        parts.append((float(values.var(ddof=1)) / n_runs, n_runs - 1))
    return parts


def paired_difference(
    baseline: Sequence[float | None],
    candidate: Sequence[float | None],
    held_out: HeldOut,
    baseline_replicates: Floats | None = None,
    candidate_replicates: Floats | None = None,
    bounds: Range = UNBOUNDED,
    *,
    cancels: bool = True,
) -> Estimate | None:
    """Candidate minus baseline, paired by fold, seed and unit; None where one is undefined.

    bounds: lowest and highest possible value of the metric itself; cancels: whether what the folds
    share cancels in the difference, as it was measured to do for accuracy, Davies-Bouldin and
    Silhouette of two trained encoders, and not for the effective rank.
    """
    if any(value is None for value in (*baseline, *candidate)):
        return None
    values = np.array(candidate, dtype=float) - np.array(baseline, dtype=float)
    replicates = None
    if baseline_replicates is not None and candidate_replicates is not None:
        replicates = candidate_replicates - baseline_replicates
    return estimate(values, held_out, replicates, difference_range(bounds), paired=cancels)


def _inside(mean: float, half: float, bounds: Range) -> tuple[float, float]:
    """Ends of an interval of this half width, symmetric on a scale without ends."""
    low, high = bounds
    if not (low < mean < high and math.isfinite(low)):
        return mean - half, mean + half
    if not math.isfinite(high):
        step = min(half / (mean - low), 100.0)
        return low + (mean - low) * math.exp(-step), low + (mean - low) * math.exp(step)
    width = high - low
    place, step = logit((mean - low) / width), half * width / ((mean - low) * (high - mean))
    return low + width * float(expit(place - step)), low + width * float(expit(place + step))
