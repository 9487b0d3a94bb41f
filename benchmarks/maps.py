"""How long a map of 3,000 points takes, against ``umap.UMAP()`` on the same points."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Literal, TypedDict

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Row, make_row, print_rows

N_POINTS = 3000
N_DIMENSIONS = 320
N_BLOBS = 7

Route = Literal["ours", "stock"]


class Timing(TypedDict):
    """One process: seconds from its start to its first map, then those of each further map."""

    first_s: float
    warm_s: list[float]


def bench_maps(repeats: int = 2) -> list[Row]:
    """Time both routes in new processes, in turn, and keep the smallest of `repeats`.

    Takes two to three minutes, nearly all of it the stock route. Each route has its own compile
    cache, empty at first; stock UMAP keeps pynndescent's functions there by itself, not its own.

    Returns: rows of name, ours_s, stock_s and ratio (stock to ours).
    """
    names: tuple[Route, Route] = ("ours", "stock")
    with tempfile.TemporaryDirectory() as folder:
        caches = {name: Path(folder) / name for name in names}
        cold = {name: _time_process(name, caches[name], n_warm=0) for name in names}
        runs = [
            {name: _time_process(name, caches[name], n_warm=1) for name in names}
            for _ in range(repeats)
        ]
    return [
        make_row(
            "3,000-point map, warm process",
            *(min(second for run in runs for second in run[name]["warm_s"]) for name in names),
        ),
        make_row(
            "3,000-point map, new process",
            *(min(run[name]["first_s"] for run in runs) for name in names),
        ),
        make_row("3,000-point map, first on a machine", *(cold[name]["first_s"] for name in names)),
    ]


def print_maps(rows: list[Row]) -> None:
    """Print the rows of `bench_maps` as a table."""
    print_rows(rows, "map", "stock umap.UMAP()")


def _time_process(route: Route, cache: Path, n_warm: int) -> Timing:
    started = time.time()
    process = subprocess.run(
        [sys.executable, "-m", __spec__.name, route, str(n_warm)],
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache)},
        check=True,
        capture_output=True,
        text=True,
    )
    report = json.loads(process.stdout)
    return {"first_s": report["first_at"] - started, "warm_s": report["warm_s"]}


def _points() -> NDArray[np.float32]:
    """Blobs on the unit sphere, (3000, 320): what a trained encoder hands to the map."""
    random = np.random.default_rng(0)
    centres = random.normal(size=(N_BLOBS, N_DIMENSIONS))
    points = centres[random.integers(N_BLOBS, size=N_POINTS)]
    points = points + random.normal(size=(N_POINTS, N_DIMENSIONS))
    unit: NDArray[np.float32] = points / np.linalg.norm(points, axis=1, keepdims=True)
    return unit.astype(np.float32)


def _draw(route: Route, points: NDArray[np.float32]) -> None:
    if route == "ours":
        from emargin_core.projection.projection import project

        project(points)
    else:
        import umap

        umap.UMAP().fit_transform(points)


def _report(route: Route, n_warm: int) -> None:
    """Draw in this process and print when the first map was done and what each further took."""
    points = _points()
    _draw(route, points)
    first_at = time.time()
    warm_s = []
    for _ in range(n_warm):
        started = time.perf_counter()
        _draw(route, points)
        warm_s.append(time.perf_counter() - started)
    print(json.dumps({"first_at": first_at, "warm_s": warm_s}))


if __name__ == "__main__":
    _report("ours" if sys.argv[1] == "ours" else "stock", int(sys.argv[2]))
