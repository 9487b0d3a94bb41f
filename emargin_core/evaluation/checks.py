"""What every metric asks first: are there points, are they finite, do they differ at all?"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from emargin_core.datasets.base import UNLABELLED

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ROUNDING_STEPS = 16
"""Points that differ by fewer machine steps than this, relative to their size, are one point."""
FLOAT32_ROUNDING = ROUNDING_STEPS * float(np.finfo(np.float32).eps)
"""The same for the encoders' own type, where the type of the input is no longer known."""


def check_points(embeddings: NDArray[np.floating], *columns: NDArray[np.integer]) -> None:
    """Check for an (n, D) array and columns of length n.

    Raises:
        ValueError: another shape, or lengths that differ.
    """
    if embeddings.ndim != 2:
        raise ValueError(f"expected embeddings (n_frames, D), got shape {embeddings.shape}")
    for column in columns:
        if column.shape != embeddings.shape[:1]:
            raise ValueError(
                f"expected one value for each of {len(embeddings)} frames, got {column.shape}"
            )


def centred_cloud(embeddings: NDArray[np.floating]) -> Floats | None:
    """Return the points (n, D) in float64, mean 0, largest entry 1; None where there is no shape.

    Centring and rescaling change no metric that calls this, and keep its sums clear of underflow
    and of cancellation against a common offset. There is no shape without points, with a value
    that is not finite, or where all points are equal up to the rounding of their own type:
    what is left then is noise, and its clusters would be too.
    """
    points = _rescaled(embeddings)
    if points is None:
        return None
    points -= points.mean(axis=0)
    spread = float(max(points.max(), -points.min()))
    if spread <= ROUNDING_STEPS * _machine_step(embeddings):
        return None
    points /= spread
    return points


def unit_rows(embeddings: NDArray[np.floating]) -> Floats | None:
    """Return the rows (n, D) scaled to length 1; a zero row stays zero.

    None without points, with a value that is not finite, or where every row is zero.
    """
    points = _rescaled(embeddings)
    if points is None:
        return None
    lengths = np.linalg.norm(points, axis=1, keepdims=True)
    return np.asarray(np.divide(points, lengths, out=np.zeros_like(points), where=lengths > 0))


def _rescaled(embeddings: NDArray[np.floating]) -> Floats | None:
    """Return the points in float64, largest entry 1; None where all are zero or one is infinite."""
    check_points(embeddings)
    if embeddings.size == 0:
        return None
    points = embeddings.astype(np.float64)
    largest = float(max(points.max(), -points.min()))
    if not np.isfinite(largest) or largest == 0.0:
        return None
    points /= largest
    return points


def labelled(labels: ArrayLike) -> NDArray[np.bool_]:
    """Mark the frames whose label is known, (n,)."""
    return np.asarray(np.asarray(labels) != UNLABELLED)


def sample_rows(n_rows: int, limit: int, seed: int) -> Ints:
    """Return all row numbers up to `limit`, above it a seeded sample of that size, in order."""
    if n_rows <= limit:
        return np.arange(n_rows, dtype=np.int64)
    chosen = np.random.default_rng(seed).choice(n_rows, size=limit, replace=False)
    return np.asarray(np.sort(chosen), dtype=np.int64)


def _machine_step(embeddings: NDArray[np.floating]) -> float:
    if np.issubdtype(embeddings.dtype, np.floating):
        return float(np.finfo(embeddings.dtype).eps)
    return float(np.finfo(np.float64).eps)
