"""How long the cluster indices and the linear probe take, against scikit-learn on equal input."""

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Row, make_row, print_rows

N_POINTS = 12_000
N_DIMENSIONS = 320
N_CLUSTERS = 7
N_THREADS = 2
N_TRAIN = 6_000

Call = Callable[[], object]


def bench_metrics(repeats: int = 3) -> list[Row]:
    """Time both ways in turn on 12,000 x 320 float32, two threads, and keep the smallest.

    Davies-Bouldin and Calinski-Harabasz call scikit-learn; their rows show what the checks
    around it cost, which keep a collapsed embedding from scoring as a perfect one.

    Returns: rows of name, ours_s, stock_s and ratio (stock to ours).
    """
    import torch
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    torch.set_num_threads(N_THREADS)
    try:
        with threadpool_limits(limits=N_THREADS):
            return [_race(name, *pair, repeats) for name, pair in _pairs().items()]
    finally:
        torch.set_num_threads(before)


def print_metrics(rows: list[Row]) -> None:
    """Print the rows of `bench_metrics` as a table."""
    print_rows(rows, "metric", "scikit-learn", decimals=3)


def _pairs() -> dict[str, tuple[Call, Call]]:
    from sklearn import metrics
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    from emargin_core.evaluation import clustering, probe

    points, codes = _blobs()
    features = _encoder_like(points[:N_TRAIN])
    classes = _half_guessed(codes[:N_TRAIN])

    def stock_probe() -> object:
        scaled = StandardScaler().fit_transform(features.astype(np.float64))
        return LogisticRegression(max_iter=5_000).fit(scaled, classes).predict(scaled)

    size = f"{N_POINTS:,} x {N_DIMENSIONS}"
    return {
        f"Silhouette, {size}": (
            lambda: clustering.silhouette(points, codes),
            lambda: metrics.silhouette_score(points, codes),
        ),
        f"Davies-Bouldin, {size}": (
            lambda: clustering.davies_bouldin(points, codes),
            lambda: metrics.davies_bouldin_score(points, codes),
        ),
        f"Calinski-Harabasz, {size}": (
            lambda: clustering.calinski_harabasz(points, codes),
            lambda: metrics.calinski_harabasz_score(points, codes),
        ),
        f"Linear probe, {N_TRAIN:,} x {N_DIMENSIONS}": (
            lambda: probe.converged_probe(features, classes, features),
            stock_probe,
        ),
    }


def _blobs() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    random = np.random.default_rng(0)
    codes = random.integers(N_CLUSTERS, size=N_POINTS)
    centres = random.normal(size=(N_CLUSTERS, N_DIMENSIONS))
    points = centres[codes] + random.normal(size=(N_POINTS, N_DIMENSIONS))
    return points.astype(np.float32), codes


def _encoder_like(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the points a few strong and many faint directions, and the encoder's last ReLU."""
    random = np.random.default_rng(1)
    strengths = 1.0 / np.arange(1, N_DIMENSIONS + 1)
    mixed = (points * strengths) @ random.normal(size=(N_DIMENSIONS, N_DIMENSIONS))
    return np.maximum(mixed, 0.0).astype(np.float32)


def _half_guessed(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Replace half of the classes by guesses: real classes overlap, and then the probe is slow."""
    random = np.random.default_rng(2)
    guesses = random.integers(N_CLUSTERS, size=len(codes))
    return np.where(random.random(len(codes)) < 0.5, guesses, codes)


def _race(name: str, ours: Call, stock: Call, repeats: int) -> Row:
    times = [(_seconds(ours), _seconds(stock)) for _ in range(repeats)]
    ours_s = min(time_ours for time_ours, _ in times)
    stock_s = min(time_stock for _, time_stock in times)
    return make_row(name, ours_s, stock_s)


def _seconds(call: Call) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
