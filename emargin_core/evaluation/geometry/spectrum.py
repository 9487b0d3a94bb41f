"""How many directions an embedding uses, read from its singular values.

Every function but `stable_rank` takes the spectrum that `singular_values` returns, so that a run
decomposes its embedding once; embeddings (n, D) are accepted too. None where all points are equal
up to rounding or a value is not finite.
"""

import numpy as np
from numpy.typing import NDArray

from emargin_core.evaluation.checks import Floats, centred_cloud, check_points

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


def nesum(spectrum: NDArray[np.floating]) -> float | None:
    """Sum of s_k^2 / s_1^2: variance in all directions, in units of the strongest one.

    Range 1 to D, higher is richer. Source: He and Ozay 2022 (NESum).
    """
    values = _spectrum(spectrum)
    return None if values is None else float(((values / values.max()) ** 2).sum())


def stable_rank(embeddings: NDArray[np.floating]) -> float | None:
    """|Z|_F^2 / |Z|_2^2 of the embeddings (n, D) as they are, NOT centred.

    Range 1 to D, higher is richer. A mean far from zero counts as a direction, and after a ReLU as
    the strongest; centred, this would be `nesum`. None where all is zero or not finite.
    """
    check_points(embeddings)
    largest = float(np.abs(embeddings).max(initial=0.0))
    if not np.isfinite(largest) or largest == 0.0:
        return None
    values = _singular_values(embeddings.astype(np.float64) / largest)
    return float(((values / values[0]) ** 2).sum())


def spectral_slope(spectrum: NDArray[np.floating]) -> float | None:
    """Exponent alpha of the power law s_k^2 ~ k^-alpha, by least squares on logarithms.

    Over all directions above rounding; None with fewer than three of them.
    Source: Agrawal et al. 2022 (alpha-ReQ).
    """
    values = _spectrum(spectrum)
    if values is None:
        return None
    kept = values[values**2 > NOISE_FLOOR * values.max() ** 2]
    if len(kept) < MIN_DIRECTIONS_TO_FIT:
        return None
    places = np.log(np.arange(1, len(kept) + 1))
    places -= places.mean()
    return float(-(places @ np.log(kept**2)) / (places @ places))


def alpha_req(spectrum: NDArray[np.floating]) -> float | None:
    """|alpha - 1|: how far the spectrum is from the decay 1 / k that generalises best.

    Range 0 to infinity, lower is better. None as for `spectral_slope`.
    Source: Agrawal et al. 2022 (alpha-ReQ).
    """
    slope = spectral_slope(spectrum)
    return None if slope is None else abs(slope - 1.0)


def variance_share(spectrum: NDArray[np.floating], n_directions: int) -> float | None:
    """Share of the variance in the strongest `n_directions`, 0 to 1."""
    values = _spectrum(spectrum)
    if values is None:
        return None
    variances = (values / values.max()) ** 2
    return float(variances[:n_directions].sum() / variances.sum())


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
