"""How far classes lie apart, in units of their own width."""

import numpy as np
from numpy.typing import NDArray

from emargin_core.evaluation.checks import FLOAT32_ROUNDING, centred_cloud, check_points, labelled


def scatter_ratio(embeddings: NDArray[np.floating], labels: NDArray[np.integer]) -> float | None:
    """Squared distances within classes over those between: tr(S_W) / tr(S_B).

    S_W: points around the mean of their class; S_B: class means, each as often as it has points,
    around the mean of all. Range 0 to infinity, lower is better separated.

    Args:
        embeddings: (n, D); labels: (n,) classes or clusters, -1 left out.

    Undefined (None): fewer than two classes, every point its own class, all points equal up to
    rounding, class means that coincide, a value that is not finite.
    """
    check_points(embeddings, labels)
    known = labelled(labels)
    codes, sizes = np.unique(labels[known], return_inverse=True, return_counts=True)[1:]
    if not 2 <= len(sizes) < len(codes):
        return None
    cloud = centred_cloud(embeddings[known])
    if cloud is None:
        return None
    means = np.eye(len(sizes))[codes].T @ cloud / sizes[:, None]
    between = float((sizes * (means**2).sum(axis=1)).sum())
    if between <= FLOAT32_ROUNDING**2 * len(cloud):
        return None
    return float(((cloud - means[codes]) ** 2).sum()) / between
