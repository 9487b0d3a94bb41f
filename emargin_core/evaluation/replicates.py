"""Every metric again on resampled units: the raw material of the intervals.

Each function takes per-frame values, `unit` (n_frames,) and `counts` (n_replicates, n_units), how
often each unit is drawn, and returns (n_replicates,) float64, NaN where the metric is undefined.
What can be summed per unit is summed once, so a replicate costs next to nothing.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def mean_replicates(values: Floats, unit: Ints, counts: Ints) -> Floats:
    """Mean over frames, as for accuracy (hits) and silhouette (value of each frame)."""
    n_units = counts.shape[1]
    sums = np.bincount(unit, weights=values, minlength=n_units)
    sizes = np.bincount(unit, minlength=n_units)
    return _ratio(counts @ sums, (counts @ sizes).astype(np.float64))


def cross_tables(rows: Ints, columns: Ints, unit: Ints, counts: Ints) -> Floats:
    """Cross tables of two labellings, (n_replicates, k, k) with k the highest code + 1."""
    size = int(max(rows.max(), columns.max())) + 1
    flat = (unit * size + rows) * size + columns
    cells = np.bincount(flat, minlength=counts.shape[1] * size * size)
    tables = counts @ cells.reshape(counts.shape[1], -1)
    return np.asarray(tables.reshape(len(counts), size, size), dtype=np.float64)


def balanced_accuracy_replicates(confusions: Floats) -> Floats:
    """Mean recall of the classes present; confusions: (n_replicates, true, predicted)."""
    present = confusions.sum(axis=2)
    recall = _ratio(np.diagonal(confusions, axis1=1, axis2=2), present)
    return _mean_of_defined(recall)


def macro_f1_replicates(confusions: Floats) -> Floats:
    """Mean F1 of the classes that are present or predicted."""
    true, predicted = confusions.sum(axis=2), confusions.sum(axis=1)
    hits = np.diagonal(confusions, axis1=1, axis2=2)
    return _mean_of_defined(_ratio(2 * hits, true + predicted))


def mutual_info_replicates(tables: Floats) -> Floats:
    """Normalised mutual information (arithmetic mean of the entropies)."""
    shares = tables / tables.sum(axis=(1, 2), keepdims=True)
    rows, columns = shares.sum(axis=2), shares.sum(axis=1)
    entropies = _entropy(rows) + _entropy(columns)
    joint = _entropy(shares.reshape(len(shares), -1))
    return _ratio(2 * (entropies - joint), entropies)


def adjusted_rand_replicates(tables: Floats) -> Floats:
    """Adjusted Rand index (Hubert and Arabie 1985): agreement of pairs beyond chance."""
    both = _pairs(tables).sum(axis=(1, 2))
    rows, columns = _pairs(tables.sum(axis=2)).sum(axis=1), _pairs(tables.sum(axis=1)).sum(axis=1)
    chance = _ratio(rows * columns, _pairs(tables.sum(axis=(1, 2))))
    return _ratio(both - chance, (rows + columns) / 2 - chance)


def calinski_harabasz_replicates(
    embeddings: NDArray[np.floating], clusters: Ints, unit: Ints, counts: Ints
) -> Floats:
    """Scatter between centroids over scatter within clusters, per degree of freedom."""
    values = embeddings.astype(np.float64)
    n_clusters, n_units = int(clusters.max()) + 1, counts.shape[1]
    sums = np.zeros((n_units * n_clusters, values.shape[1]))
    np.add.at(sums, unit * n_clusters + clusters, values)
    sizes = np.bincount(unit * n_clusters + clusters, minlength=n_units * n_clusters).reshape(
        n_units, n_clusters
    )
    norms = np.bincount(unit, weights=(values**2).sum(axis=1), minlength=n_units)
    totals = np.tensordot(counts, sums.reshape(n_units, n_clusters, -1), axes=1)
    weights = (counts @ sizes).astype(np.float64)
    n_frames = weights.sum(axis=1)
    present = (weights > 0).sum(axis=1)
    of_centroids = _sum_of_defined(_ratio((totals**2).sum(axis=2), weights))
    of_centre = _ratio((totals.sum(axis=1) ** 2).sum(axis=1), n_frames)
    within = np.maximum(counts @ norms - of_centroids, 0.0)
    return _ratio((of_centroids - of_centre) * (n_frames - present), within * (present - 1.0))


def davies_bouldin_replicates(
    embeddings: NDArray[np.floating], clusters: Ints, unit: Ints, counts: Ints
) -> Floats:
    """Davies-Bouldin with centroids and spreads recomputed in each replicate."""
    values = embeddings.astype(np.float64)
    n_clusters, n_units = int(clusters.max()) + 1, counts.shape[1]
    centroids, spreads = [], []
    for cluster in range(n_clusters):
        members = clusters == cluster
        points, home = values[members], unit[members]
        sums = np.zeros((n_units, values.shape[1]))
        np.add.at(sums, home, points)
        weights = (counts @ np.bincount(home, minlength=n_units)).astype(np.float64)
        centroid = _ratio(counts @ sums, weights[:, None])
        squares = (
            (points**2).sum(axis=1)[:, None]
            - 2 * points @ centroid.T
            + (centroid**2).sum(axis=1)[None, :]
        )
        distances = np.sqrt(np.maximum(squares, 0.0)) * counts.T[home]
        centroids.append(centroid)
        spreads.append(_ratio(distances.sum(axis=0), weights))
    return _davies_bouldin(np.stack(centroids, axis=1), np.stack(spreads, axis=1))


def effective_rank_replicates(embeddings: NDArray[np.floating], unit: Ints, counts: Ints) -> Floats:
    """Centred effective rank, from the second moments of each unit."""
    values = embeddings.astype(np.float64)
    n_units, size = counts.shape[1], values.shape[1]
    moments = np.zeros((n_units, size * size))
    sums = np.zeros((n_units, size))
    for index in range(n_units):
        points = values[unit == index]
        moments[index] = (points.T @ points).reshape(-1)
        sums[index] = points.sum(axis=0)
    sizes = np.bincount(unit, minlength=n_units)
    ranks = np.full(len(counts), np.nan)
    for replicate, count in enumerate(counts):
        n_frames = float(count @ sizes)
        if n_frames == 0:
            continue
        total = count @ sums
        scatter = (count @ moments).reshape(size, size) - np.outer(total, total) / n_frames
        singular = np.sqrt(np.maximum(np.linalg.eigvalsh(scatter), 0.0))
        if singular.sum() > 0:
            ranks[replicate] = np.exp(_entropy((singular / singular.sum())[None])[0])
    return ranks


def _davies_bouldin(centroids: Floats, spreads: Floats) -> Floats:
    """centroids: (B, k, D); spreads: (B, k); clusters absent from a replicate are NaN."""
    worst = np.full(spreads.shape, np.nan)
    n_clusters = spreads.shape[1]
    for one in range(n_clusters):
        for other in range(n_clusters):
            if one != other:
                apart = np.linalg.norm(centroids[:, one] - centroids[:, other], axis=1)
                ratio = _ratio(spreads[:, one] + spreads[:, other], apart)
                worst[:, one] = np.fmax(worst[:, one], ratio)
    return _mean_of_defined(worst)


def _ratio(top: NDArray[Any], bottom: NDArray[Any]) -> Floats:
    """Top over bottom, NaN where the bottom is zero."""
    bottom = np.broadcast_to(bottom, top.shape)
    undefined: Floats = np.full(top.shape, np.nan)
    np.divide(top, bottom, out=undefined, where=bottom > 0)
    return undefined


def _mean_of_defined(values: Floats) -> Floats:
    defined = np.isfinite(values)
    return _ratio(np.where(defined, values, 0.0).sum(axis=1), defined.sum(axis=1).astype(float))


def _sum_of_defined(values: Floats) -> Floats:
    return np.asarray(np.where(np.isfinite(values), values, 0.0).sum(axis=1))


def _pairs(sizes: Floats) -> Floats:
    return np.asarray(sizes * (sizes - 1.0) / 2.0)


def _entropy(shares: Floats) -> Floats:
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    return np.asarray(-(shares * logs).sum(axis=1))
