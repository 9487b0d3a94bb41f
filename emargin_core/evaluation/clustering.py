"""How tidy clusters are (Silhouette, Davies-Bouldin, ...), and whether they match the labels.

Every function returns None where its index is undefined: an embedding that fell to one point has
no clusters, so it gets no score. Frames labelled -1 (unlabelled) are left out.
"""

import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import (
    adjusted_rand_score,
    calinski_harabasz_score,
    davies_bouldin_score,
    normalized_mutual_info_score,
)
from threadpoolctl import threadpool_info, threadpool_limits

from emargin_core.evaluation.checks import (
    FLOAT32_ROUNDING,
    Floats,
    Ints,
    centred_cloud,
    check_points,
    labelled,
)

N_STARTS = 10
TILE_ROWS = 512


def kmeans_clusters(
    embeddings: NDArray[np.floating], n_clusters: int, seed: int, n_starts: int = N_STARTS
) -> Ints:
    """Cluster points (n, D) with k-means, best of seeded starts; returns (n,), numbered from 0.

    Fewer clusters come back than asked for where fewer distinct points exist. Points without any
    shape (all equal up to rounding, or not finite) are one cluster.
    """
    points = centred_cloud(embeddings)
    if points is None:
        return np.zeros(len(embeddings), dtype=np.int64)
    model = KMeans(min(n_clusters, len(points)), n_init=n_starts, random_state=seed)
    with warnings.catch_warnings():
        # Fewer distinct points than clusters: the numbering below closes the gaps.
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = model.fit_predict(points.astype(np.float32))
    return np.asarray(np.unique(found, return_inverse=True)[1], dtype=np.int64)


def silhouette(embeddings: NDArray[np.floating], labels: NDArray[np.integer]) -> float | None:
    """Mean over points of (b - a) / max(a, b), exact over all pairs.

    a: mean distance to the other points of its cluster; b: to the points of the nearest other
    cluster. Range -1 to 1, higher is tidier; a point alone in its cluster counts 0.

    Args:
        embeddings: (n, D); labels: (n,) clusters or classes, -1 left out.

    Undefined (None): fewer than two clusters, every point its own cluster, all points equal up to
    rounding, a value that is not finite.

    Source: Rousseeuw 1987.
    """
    return mean_silhouette(silhouette_values(embeddings, labels))


def mean_silhouette(values: Floats | None) -> float | None:
    """Mean of the defined ones of `silhouette_values`; None where there is none."""
    return None if values is None or np.isnan(values).all() else float(np.nanmean(values))


def silhouette_values(
    embeddings: NDArray[np.floating], labels: NDArray[np.integer]
) -> Floats | None:
    """Silhouette of each point, (n,), NaN where unlabelled; None as for `silhouette`."""
    kept = _clustered_cloud(embeddings, labels)
    if kept is None:
        return None
    points, codes, sizes = kept
    sums = _distance_sums(points, codes, len(sizes))
    rows = np.arange(len(points))
    others = sizes[codes] - 1
    within = sums[rows, codes] / np.maximum(others, 1)
    between = sums / sizes
    between[rows, codes] = np.inf
    nearest = between.min(axis=1)
    larger = np.maximum(within, nearest)
    values = np.divide(nearest - within, larger, out=np.zeros(len(points)), where=larger > 0)
    values[others == 0] = 0.0
    everywhere = np.full(len(labels), np.nan)
    everywhere[labelled(labels)] = values
    return everywhere


def davies_bouldin(embeddings: NDArray[np.floating], labels: NDArray[np.integer]) -> float | None:
    """Mean over clusters of the worst (s_i + s_j) / d_ij against another cluster.

    s: mean distance of a cluster's points to its centroid; d_ij: distance between centroids.
    Range 0 to infinity, lower is tidier.

    Args:
        embeddings: (n, D); labels: (n,) clusters or classes, -1 left out.

    Undefined (None): as for `silhouette`, and where two centroids coincide.

    Source: Davies and Bouldin 1979.
    """
    kept = _clustered_cloud(embeddings, labels)
    if kept is None:
        return None
    points, codes, sizes = kept
    centroids = _centroids(points, codes, sizes)
    apart = np.linalg.norm(centroids[:, None] - centroids[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    if apart.min() <= FLOAT32_ROUNDING:
        return None
    return float(davies_bouldin_score(points, codes))


def calinski_harabasz(
    embeddings: NDArray[np.floating], labels: NDArray[np.integer]
) -> float | None:
    """Scatter between centroids over scatter within clusters, each per degree of freedom.

    Range 0 to infinity, higher is tidier; grows with the number of points.

    Undefined (None): as for `silhouette`, and where no cluster has any scatter within.

    Source: Calinski and Harabasz 1974.
    """
    kept = _clustered_cloud(embeddings, labels)
    if kept is None:
        return None
    points, codes, sizes = kept
    offsets = points - _centroids(points, codes, sizes)[codes]
    if float(np.abs(offsets).max()) <= FLOAT32_ROUNDING:
        return None
    return float(calinski_harabasz_score(points, codes))


def normalized_mutual_info(
    labels: NDArray[np.integer], clusters: NDArray[np.integer]
) -> float | None:
    """Mutual information of labels and clusters over the mean of their entropies.

    Range 0 (clusters say nothing about labels) to 1 (they are the labels, renamed).

    Undefined (None): fewer than two classes among the labelled frames, or classes and clusters
    both put every frame apart, where they cannot but agree.
    """
    pair = _labelled_pair(labels, clusters)
    return None if pair is None else float(normalized_mutual_info_score(*pair))


def adjusted_rand(labels: NDArray[np.integer], clusters: NDArray[np.integer]) -> float | None:
    """Share of pairs that labels and clusters treat alike, corrected for chance.

    Range -0.5 to 1, 0 is chance.

    Undefined (None): as for `normalized_mutual_info`.

    Source: Hubert and Arabie 1985.
    """
    pair = _labelled_pair(labels, clusters)
    return None if pair is None else float(adjusted_rand_score(*pair))


def largest_cluster_share(clusters: NDArray[np.integer]) -> float | None:
    """Share of all frames in the largest cluster, 0 to 1; None without frames."""
    if len(clusters) == 0:
        return None
    return float(np.unique(clusters, return_counts=True)[1].max() / len(clusters))


def _labelled_pair(
    labels: NDArray[np.integer], clusters: NDArray[np.integer]
) -> tuple[NDArray[np.integer], NDArray[np.integer]] | None:
    """Labels and clusters of the labelled frames, where there is something to agree on."""
    known = labelled(labels)
    true, found = labels[known], clusters[known]
    n_classes, n_clusters = len(np.unique(true)), len(np.unique(found))
    if n_classes < 2 or n_classes == n_clusters == len(true):
        return None
    return true, found


def _clustered_cloud(
    embeddings: NDArray[np.floating], labels: NDArray[np.integer]
) -> tuple[Floats, Ints, Ints] | None:
    """Labelled points, their clusters renumbered from 0, and the clusters' sizes."""
    check_points(embeddings, labels)
    known = labelled(labels)
    codes, sizes = np.unique(labels[known], return_inverse=True, return_counts=True)[1:]
    if not 2 <= len(sizes) < len(codes):
        return None
    points = centred_cloud(embeddings if known.all() else embeddings[known])
    return None if points is None else (points, codes, sizes)


def _centroids(points: Floats, codes: Ints, sizes: Ints) -> Floats:
    members = np.eye(len(sizes))[codes]  # n x clusters
    return np.asarray(members.T @ points / sizes[:, None])


def _distance_sums(points: Floats, codes: Ints, n_clusters: int) -> Floats:
    """Sum of distances from each point to all points of each cluster, (n, n_clusters).

    Each pair is computed once, in tiles that stay in the processor's cache. float64 throughout,
    since |x|^2 + |y|^2 - 2xy loses half of the digits. As many threads as BLAS may use, each with
    tiles of its own: splitting every small product instead would wait for the slowest each time.
    """
    norms = np.einsum("nd,nd->n", points, points)
    ones = np.ones(len(points))
    left = np.column_stack([-2.0 * points, norms, ones])
    right = np.column_stack([points, ones, norms])  # left @ right.T = squared distances
    members = np.eye(n_clusters)[codes]

    def share(worker: int) -> Floats:
        sums = np.zeros((len(points), n_clusters))
        for start in range(worker * TILE_ROWS, len(points), n_workers * TILE_ROWS):
            rows = slice(start, start + TILE_ROWS)
            for other in range(start, len(points), TILE_ROWS):
                columns = slice(other, other + TILE_ROWS)
                tile = left[rows] @ right[columns].T
                np.maximum(tile, 0.0, out=tile)
                np.sqrt(tile, out=tile)
                if other == start:
                    np.fill_diagonal(tile, 0.0)
                else:
                    sums[columns] += (members[rows].T @ tile).T
                sums[rows] += tile @ members[columns]
        return sums

    n_tiles = -(-len(points) // TILE_ROWS)
    n_workers = min(n_tiles, _blas_threads())
    if n_workers == 1:
        return share(0)
    with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(n_workers) as pool:
        return np.asarray(sum(pool.map(share, range(n_workers))))


def _blas_threads() -> int:
    pools = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    return max(pools, default=1)
