"""How many directions an embedding uses, read from its singular values.

Every function but `stable_rank` takes the spectrum that `singular_values` returns, so that a run
decomposes its embedding once; embeddings (n, D) are accepted too. None where all points are equal
up to rounding or a value is not finite.
"""

import numpy as np
from numpy.typing import NDArray

from emargin_core.evaluation.checks import Floats, centred_cloud

NOISE_FLOOR = 1e-12
"""Share of the largest eigenvalue below which an eigenvalue is rounding, not structure."""
MIN_DIRECTIONS_TO_FIT = 3


def singular_values(embeddings: NDArray[np.floating]) -> Floats:
    """Singular values of the CENTRED embeddings (n, D), largest first, (min(n, D),).

    In units of the embeddings. All zero where the points are equal up to rounding, or not finite.
    """
    cloud = centred_cloud(embeddings)
    if cloud is None:
        return np.zeros(min(embeddings.shape))
    points = embeddings.astype(np.float64)
    scale = float(np.abs(points - points.mean(axis=0)).max())
    return scale * _singular_values(cloud)


def effective_rank(spectrum: NDArray[np.floating]) -> float | None:
    """exp(entropy of s_k / sum s): how many directions are used, counting faint ones in part.

    Range 1 to D, higher is richer. Source: RankMe, arXiv 2210.02885 (there not centred).
    """
    values = _spectrum(spectrum)
    if values is None:
        return None
    shares = values[values > 0] / values.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))


def _spectrum(values: NDArray[np.floating]) -> Floats | None:
    """Pass a spectrum (k,) on, take that of embeddings (n, D); None if there is none."""
    spectrum = singular_values(values) if values.ndim == 2 else values.astype(np.float64)
    if len(spectrum) == 0 or not np.isfinite(spectrum).all() or spectrum.max() <= 0:
        return None
    return spectrum


def _singular_values(points: Floats) -> Floats:
    """Through the smaller Gram matrix: much faster than an SVD, exact to 1e-8 of the largest."""
    wide = points.shape[1] > points.shape[0]
    gram = points @ points.T if wide else points.T @ points
    eigenvalues = np.linalg.eigvalsh(gram)[::-1]
    eigenvalues[eigenvalues < NOISE_FLOOR * eigenvalues[0]] = 0.0
    return np.asarray(np.sqrt(eigenvalues))
