"""The 2-D map of an embedding: which frames it shows, where they lie, and how two maps compare."""

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emargin_core.projection.compile_cache import ensure_compiled, is_warm
from emargin_core.projection.umap_route import N_EPOCHS, fast_umap, rehearse, unit_box
from emargin_core.text.errors import InputError

__all__ = ["align", "is_warm", "project", "project_aligned", "sample_frames", "warm"]

MIN_POINTS = 3

_HALF_LINE = 5.0  # umap's layouts start 10 wide


def project(
    embeddings: NDArray[np.floating[Any]],
    *,
    init: NDArray[np.floating[Any]] | None = None,
    seed: int = 0,
    n_neighbors: int = 15,
    min_dist: float = 0.1,
    n_epochs: int = N_EPOCHS,
) -> NDArray[np.float32] | None:
    """Place each embedding on a plane so that neighbours stay neighbours.

    Distances are Euclidean on what is passed; L2-normalise before for a map by cosine. The map
    does not depend on where the embeddings lie or how large they are. The same input and seed give
    the same map, in any process and for any number of threads. Identical embeddings get the same
    place, so a collapsed embedding looks like one. With fewer points than `n_neighbors`, all
    are neighbours. The first call on a machine compiles for half a minute; see `warm`.

    Args:
        embeddings: (n, d), finite.
        init: (n, 2) layout to start from, in any scale; a PCA of the embeddings by default.
        seed: of the start's jitter and of UMAP's sampling, 0 to 2^32 - 1.
        n_neighbors: neighbourhood size, the point itself included; at least 2.
        min_dist: smallest distance between neighbours on the map, 0 to 1.
        n_epochs: passes over the neighbours; few are enough to continue a layout.

    Returns: (n, 2), or None for fewer than three points.

    Raises: InputError for a wrong shape or range, NaN or infinity.
    """
    points = _finite_matrix(embeddings, "embeddings")
    start = None if init is None else _finite_layout(init, "init", n_points=points.shape[0])
    if n_neighbors < 2:
        raise InputError(
            "n_neighbors is {n_neighbors}; it must be at least 2.", n_neighbors=n_neighbors
        )
    if not 0.0 <= min_dist <= 1.0:
        raise InputError("min_dist is {min_dist}; it must lie between 0 and 1.", min_dist=min_dist)
    if not 0 <= seed < 2**32:
        raise InputError("seed is {seed}; it must lie between 0 and 2^32 - 1.", seed=seed)
    if points.shape[0] < MIN_POINTS:
        return None
    distinct, first, place = _distinct_rows(points)
    if distinct.shape[0] < MIN_POINTS:
        return _line(distinct.shape[0])[place]
    ensure_compiled(rehearse)
    start = None if start is None else start[first]
    return fast_umap(unit_box(distinct), start, seed, n_neighbors, min_dist, n_epochs)[place]


def project_aligned(
    embeddings: NDArray[np.floating[Any]],
    reference_layout: NDArray[np.floating[Any]],
    seed: int = 0,
    n_epochs: int = N_EPOCHS,
) -> NDArray[np.float32] | None:
    """`project` started from `reference_layout` (n, 2) and turned onto it, for the eye to compare.

    Row i of both must be the same frame.

    Returns: (n, 2), or None for fewer than three points.

    Raises: InputError as `project`, and when the reference has another number of points.
    """
    layout = project(embeddings, init=reference_layout, seed=seed, n_epochs=n_epochs)
    return None if layout is None else align(layout, reference_layout)


def align(
    layout: NDArray[np.floating[Any]], reference: NDArray[np.floating[Any]]
) -> NDArray[np.float32]:
    """Move, turn and mirror `layout` (n, 2) to lie as close to `reference` (n, 2) as it can.

    Orthogonal Procrustes on the centred layouts; the scale is kept, for distances on a UMAP carry
    `min_dist`. The result is centred where the reference is.

    Raises: InputError when the shapes differ or a value is not finite.
    """
    from scipy.linalg import orthogonal_procrustes

    moving = _finite_layout(layout, "layout")
    fixed = _finite_layout(reference, "reference", n_points=moving.shape[0])
    centre = fixed.mean(axis=0)
    moving = moving - moving.mean(axis=0)
    rotation, _ = orthogonal_procrustes(moving, fixed - centre)
    aligned: NDArray[np.float32] = (moving @ rotation + centre).astype(np.float32)
    return aligned


def sample_frames(
    labels: NDArray[np.integer[Any]], limit: int = 3000, seed: int = 0
) -> NDArray[np.int64]:
    """Choose at most `limit` frames, the same number of each class as far as its frames last.

    Classes with few frames give all of them; the others share what is left equally. Unlabelled
    frames (-1) count as one class. The same labels, limit and seed give the same frames.

    Args:
        labels: (n,) class of each frame.
        limit: at least 1.

    Returns: sorted indices, (min(n, limit),).

    Raises: InputError for labels of another shape or a limit below 1.
    """
    labels = np.asarray(labels)
    if labels.ndim != 1:
        raise InputError("labels has shape {shape}; it must be (frames,).", shape=labels.shape)
    if limit < 1:
        raise InputError("limit is {limit}; it must be at least 1.", limit=limit)
    if labels.size <= limit:
        return np.arange(labels.size, dtype=np.int64)
    random = np.random.default_rng(seed)
    classes, counts = np.unique(labels, return_counts=True)
    chosen = [
        random.choice(np.flatnonzero(labels == label), size=share, replace=False)
        for label, share in zip(classes, _fair_shares(counts, limit), strict=True)
    ]
    return np.sort(np.concatenate(chosen)).astype(np.int64)


def _fair_shares(counts: NDArray[np.integer[Any]], total: int) -> NDArray[np.int64]:
    """Divide `total` among classes of these sizes, smallest first, none above its own size."""
    shares = np.zeros(counts.size, dtype=np.int64)
    for rank, index in enumerate(np.argsort(counts, kind="stable")):
        shares[index] = min(counts[index], (total - shares.sum()) // (counts.size - rank))
    return shares


def warm() -> float:
    """Compile all that `project` needs, or read it from the cache; returns the seconds taken."""
    started = time.perf_counter()
    ensure_compiled(rehearse)
    return time.perf_counter() - started


def _distinct_rows(
    points: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.intp]]:
    """Distinct rows in order of appearance, where each first stood, and which one each row is."""
    rows = np.ascontiguousarray(points + 0.0)  # -0.0 becomes 0.0: rows are compared by their bytes
    keys = rows.view(f"V{rows.shape[1] * rows.itemsize}").ravel()
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    return points[first[order]], first[order], rank[inverse]


def _line(n_points: int) -> NDArray[np.float32]:
    """One or two places, (n_points, 2): the origin, or the ends of a line about it."""
    ends = np.array([[-_HALF_LINE, 0.0], [_HALF_LINE, 0.0]], dtype=np.float32)
    return ends if n_points == 2 else np.zeros((n_points, 2), dtype=np.float32)


def _finite_matrix(values: NDArray[np.floating[Any]], name: str) -> NDArray[np.float64]:
    matrix = np.asarray(values, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[1] == 0:
        raise InputError(
            "{name} has shape {shape}; it must be (points, dimensions).",
            name=name,
            shape=matrix.shape,
        )
    broken = np.flatnonzero(~np.isfinite(matrix).all(axis=1))
    if broken.size:
        raise InputError(
            "{name}: {size} of {shape} rows hold NaN or infinity, the first is row {broken}; "
            "every value must be finite.",
            name=name,
            size=broken.size,
            shape=matrix.shape[0],
            broken=broken[0],
        )
    return matrix


def _finite_layout(
    values: NDArray[np.floating[Any]], name: str, n_points: int | None = None
) -> NDArray[np.float64]:
    matrix = _finite_matrix(values, name)
    if matrix.shape[1] != 2 or n_points not in (None, matrix.shape[0]):
        expected = "points" if n_points is None else n_points
        raise InputError(
            "{name} has shape {shape}; it must be ({expected}, 2).",
            name=name,
            shape=matrix.shape,
            expected=expected,
        )
    return matrix
