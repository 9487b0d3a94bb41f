"""UMAP by the fast route: exact neighbours at once, a start that is given, 200 epochs.

Source: McInnes, Healy, Melville, "UMAP: Uniform Manifold Approximation and Projection for
Dimension Reduction", arXiv 1802.03426. Below 4,096 points umap-learn itself calls a Python function
per pair, starts from a spectral layout and runs 500 epochs.
"""

import threading

import numpy as np
from numpy.typing import NDArray

from emargin_core.projection.compile_cache import load_umap

N_EPOCHS = 200

_START_EXTENT = 10.0  # umap starts its layouts in a box of this half width
_START_JITTER = 1e-4  # and moves each point by a normal step of this size, so that none coincide
_REHEARSAL_POINTS = 64

# BLAS thread limits and numba's simplest threading layer are per process, not per thread. One
# thread is faster here than two that wait for each other, and the map stays the same on any
# machine setting.
_single_file = threading.Lock()


def fast_umap(
    points: NDArray[np.float64],
    start: NDArray[np.float64] | None,
    seed: int,
    n_neighbors: int,
    min_dist: float,
    n_epochs: int = N_EPOCHS,
) -> NDArray[np.float32]:
    """UMAP of distinct, finite points (m, d), m >= 3, started from `start` (m, 2) or their PCA.

    Equals ``umap.UMAP(precomputed_knn=..., init=..., n_epochs=200, random_state=seed)`` on the same
    neighbours and start, through umap's functional interface: the class warns on the console about
    both, and silencing a warning is not safe with threads.

    Returns: (m, 2).
    """
    from threadpoolctl import threadpool_limits
    from umap.umap_ import find_ab_params, fuzzy_simplicial_set, simplicial_set_embedding

    random_state = np.random.RandomState(seed)
    n_neighbors = min(n_neighbors, points.shape[0])
    with _single_file, threadpool_limits(1):
        indices, distances = exact_neighbours(points, n_neighbors)
        init = starting_layout(_pca(points, seed) if start is None else start, seed)
        graph, _, _ = fuzzy_simplicial_set(
            points, n_neighbors, random_state, "euclidean", knn_indices=indices, knn_dists=distances
        )
    curve_a, curve_b = find_ab_params(1.0, min_dist)
    layout, _ = simplicial_set_embedding(
        points,
        graph,
        n_components=2,
        initial_alpha=1.0,
        a=curve_a,
        b=curve_b,
        gamma=1.0,
        negative_sample_rate=5,
        n_epochs=n_epochs,
        init=init,
        random_state=random_state,
        metric="euclidean",
        metric_kwds={},
        densmap=False,
        densmap_kwds={},
        output_dens=False,
        parallel=False,
    )
    return np.asarray(layout, dtype=np.float32)


def rehearse() -> None:
    """Run the route on a few points: numba compiles by type, never by size."""
    load_umap()
    points = np.random.default_rng(0).normal(size=(_REHEARSAL_POINTS, 4))
    fast_umap(points, None, seed=0, n_neighbors=15, min_dist=0.1)


def exact_neighbours(
    points: NDArray[np.float64], n_neighbors: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Indices and distances, each (m, n_neighbors); the first neighbour of a point is itself."""
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=n_neighbors - 1, algorithm="brute").fit(points)
    distances, indices = search.kneighbors()
    own = np.arange(points.shape[0])
    return (
        np.column_stack([own, indices]).astype(np.int32),
        np.column_stack([np.zeros(points.shape[0]), distances]).astype(np.float32),
    )


def _pca(points: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """The first two principal components, (m, 2); zeros for an axis that does not exist."""
    from sklearn.decomposition import PCA

    n_axes = min(2, points.shape[1])
    axes = PCA(n_components=n_axes, random_state=seed).fit_transform(points)
    return np.pad(axes, ((0, 0), (0, 2 - n_axes)))


def starting_layout(layout: NDArray[np.float64], seed: int) -> NDArray[np.float32]:
    """`layout` (m, 2) at the scale that umap starts from, no two points in one place."""
    jitter = np.random.default_rng(seed).normal(scale=_START_JITTER, size=layout.shape)
    return (_START_EXTENT * unit_box(layout) + jitter).astype(np.float32)


def unit_box(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Centred, and scaled so that the largest coordinate is 1; unscaled if all are equal."""
    centred = points - points.mean(axis=0)
    extent = np.abs(centred).max()
    scaled: NDArray[np.float64] = centred / (extent if extent > 0 else 1.0)
    return scaled
