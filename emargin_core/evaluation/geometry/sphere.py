"""How an embedding lies on the unit sphere, where the losses see it."""

import numpy as np
from numpy.typing import NDArray

from emargin_core.evaluation.checks import FLOAT32_ROUNDING, sample_rows, unit_rows

SHARPNESS = 2.0
MAX_PAIRED_POINTS = 6_000
"""Above this many points, uniformity is measured on a seeded sample of so many."""


def alignment(embeddings: NDArray[np.floating], pairs: NDArray[np.integer]) -> float | None:
    """Mean |z_i - z_j|^2 over positive pairs, z the normalised rows of (n, D).

    Range 0 to 4, lower keeps positives closer; a zero row is at distance 1 from any direction.

    Args:
        embeddings: (n, D).
        pairs: (m, 2) row numbers; here, frames that follow each other in a recording.

    Undefined (None): no pairs, a value that is not finite, or all rows in one direction, where
    the score would be perfect without meaning anything.

    Source: Wang and Isola 2020, arXiv 2005.10242 (their exponent alpha = 2).
    """
    units = unit_rows(embeddings)
    if units is None or len(pairs) == 0:
        return None
    if np.abs(units - units[0]).max() <= FLOAT32_ROUNDING:
        return None
    steps = units[pairs[:, 0]] - units[pairs[:, 1]]
    return float(np.einsum("md,md->m", steps, steps).mean())


def uniformity(embeddings: NDArray[np.floating], seed: int = 0) -> float | None:
    """log mean_{i<j} exp(-2 |z_i - z_j|^2), z the normalised rows of (n, D).

    Range -8 (two opposite points) to 0 (all in one direction), lower is more evenly spread. Above
    6,000 points on a seeded sample of 6,000.

    Undefined (None): fewer than two points, all rows zero, a value that is not finite.

    Source: Wang and Isola 2020, arXiv 2005.10242 (t = 2).
    """
    units = unit_rows(embeddings)
    if units is None or len(units) < 2:
        return None
    units = units[sample_rows(len(units), MAX_PAIRED_POINTS, seed)]
    lengths = (units**2).sum(axis=1)
    squares = np.maximum(lengths[:, None] + lengths[None] - 2.0 * units @ units.T, 0.0)
    potential = np.exp(-SHARPNESS * squares)
    n_points = len(units)
    return float(np.log((potential.sum() - np.trace(potential)) / (n_points * (n_points - 1))))


def self_clustering(embeddings: NDArray[np.floating]) -> float | None:
    """How far mean squared cosine similarity exceeds that of random directions, scaled to 1.

    (d |Z Z^T|_F^2 - n (d + n - 1)) / ((d - 1) (n - 1) n), Z the normalised rows of (n, d). About 0
    for random directions, 1 where all lie on one line, lower is more spread; at least -1 / (n - 1).

    Undefined (None): fewer than two rows that are not zero, or one dimension.

    Source: Tsitsulin, Munkhoeva and Perozzi 2023, arXiv 2305.16562.
    """
    units = unit_rows(embeddings)
    if units is None:
        return None
    directed = units[units.any(axis=1)]
    n_rows, size = directed.shape
    if n_rows < 2 or size < 2:
        return None
    squares = float(((directed.T @ directed) ** 2).sum())  # |Z Z^T|_F = |Z^T Z|_F
    excess = size * squares - n_rows * (size + n_rows - 1)
    return float(excess / ((size - 1) * (n_rows - 1) * n_rows))
