"""What nearest neighbours say: the dimension of the cloud, and how learnable its clusters are."""

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from emargin_core.evaluation.checks import (
    FLOAT32_ROUNDING,
    Ints,
    centred_cloud,
    check_points,
    labelled,
    sample_rows,
)

MAX_POINTS = 5_000
"""Above this many points, both are measured on a seeded sample of so many."""
MIN_POINTS = 20
DISCARDED_SHARE = 0.1
BLOCK_ROWS = 1_024


def intrinsic_dimension(embeddings: NDArray[np.floating], seed: int = 0) -> float | None:
    """TwoNN: the dimension in which second to first neighbour distances would look like these.

    With mu = r2 / r1 of each point and F its empirical distribution, the slope through zero of
    -log(1 - F) over log mu, without the largest 10 % of mu. Range above 0; a higher number means
    more degrees of freedom. Equal points count once; above 5,000 points on a seeded sample.

    Undefined (None): fewer than 20 distinct points, all distances equal, a value not finite.

    Source: Facco, d'Errico, Rodriguez and Laio 2017.
    """
    cloud = centred_cloud(embeddings)
    if cloud is None:
        return None
    cloud = np.unique(cloud, axis=0)
    cloud = cloud[sample_rows(len(cloud), MAX_POINTS, seed)]
    if len(cloud) < MIN_POINTS:
        return None
    model = NearestNeighbors(n_neighbors=2, algorithm="brute").fit(cloud)
    first, second = model.kneighbors()[0].T
    apart = first > FLOAT32_ROUNDING
    if np.count_nonzero(apart) < MIN_POINTS:
        return None
    ratios = np.sort(np.log(second[apart] / first[apart]))
    heights = -np.log1p(-np.arange(1, len(ratios)) / len(ratios))
    kept = int(len(ratios) * (1.0 - DISCARDED_SHARE))
    ratios, heights = ratios[:kept], heights[:kept]
    squares = float(ratios @ ratios)
    return float(ratios @ heights) / squares if squares > FLOAT32_ROUNDING**2 else None


def cluster_learnability(
    embeddings: NDArray[np.floating], clusters: NDArray[np.integer], seed: int = 0
) -> float | None:
    """Share of frames whose cluster the nearest of the frames before it gives away.

    Frames come in a seeded random order; each is predicted by its nearest predecessor. Range 0 to
    1, higher is learnt sooner. It cannot tell good clusters from few: read it beside
    `intrinsic_dimension`, as its source does. Above 5,000 points on a seeded sample.

    Args:
        embeddings: (n, D); clusters: (n,) found by k-means, -1 left out.

    Undefined (None): fewer than two clusters, every point its own cluster, all points equal, a
    value that is not finite.

    Source: Lu et al. 2022 (CLID), arXiv 2206.01251.
    """
    check_points(embeddings, clusters)
    known = labelled(clusters)
    cloud = centred_cloud(embeddings[known])
    if cloud is None or not 2 <= len(np.unique(clusters[known])) < len(cloud):
        return None
    rows = sample_rows(len(cloud), MAX_POINTS, seed)
    order = np.random.default_rng(seed).permutation(rows)
    points, codes = cloud[order], clusters[known][order]
    norms = np.einsum("nd,nd->n", points, points)
    nearest: list[Ints] = []
    for start in range(0, len(points), BLOCK_ROWS):
        end = min(start + BLOCK_ROWS, len(points))
        # Squared distances without the row's own norm, which does not change its nearest.
        block = norms[None, :end] - 2.0 * points[start:end] @ points[:end].T
        later = np.arange(end)[None] >= np.arange(start, end)[:, None]
        block[later] = np.inf
        nearest.append(block.argmin(axis=1))
    hits = codes[np.concatenate(nearest)] == codes
    return float(hits[1:].mean())
