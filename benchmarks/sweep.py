"""How much sooner a sweep is done with two workers of one thread each than with one.

Both sides are the same program, computing one run a worker on one thread, so cores are never
shared; each begins with an empty store and warm workers.
"""

import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from benchmarks.pipeline import await_runs, new_home, tiny_file
from benchmarks.report import Row, make_row, print_rows
from emargin_core.config import make_config
from emargin_core.jobs.facade import Jobs
from emargin_core.projection.projection import warm
from emargin_core.store.run_store import RunStore
from emargin_core.sweeps.sweep import SweepRunner, SweepSpec, make_grid
from emargin_core.text.errors import ExplorerError

THRESHOLDS = (0.0, 0.2, 0.4, 0.6, 0.8)
SCALES = (0.5, 1.0, 2.0, 5.0)
WORKERS = 2
TARGET = 1.7


def bench_sweep(
    repeats: int = 1,
    dataset: str = "watch",
    iterations: int = 400,
    thresholds: Sequence[float] = THRESHOLDS,
    scales: Sequence[float] = SCALES,
) -> list[Row]:
    """Time the same grid with two workers and with one, in turn; keep the fastest of `repeats`.

    From the start of the sweep to its last trial told, the baseline's run included; the start of
    the workers is not. The default grid has 20 cells and takes about ten minutes on two cores.

    Raises:
        ExplorerError: a sweep did not finish all its trials.
    """
    warm()
    spec = make_grid(
        make_config(dataset=dataset, iterations=iterations),
        {"threshold": list(thresholds), "scale": list(scales)},
    )
    times: dict[int, list[float]] = {WORKERS: [], 1: []}
    for _ in range(repeats):
        for n_workers, seconds in times.items():
            with new_home() as home:
                seconds.append(_sweep_seconds(RunStore(home), spec, n_workers))
    name = f"grid of {spec.trials} cells, {iterations} iterations"
    return [make_row(name, min(times[WORKERS]), min(times[1]))]


def print_sweep(rows: Sequence[Row]) -> None:
    """Print the rows of `bench_sweep` as a table."""
    print_rows(rows, f"{WORKERS} workers (target {TARGET:g} x)", "one worker", decimals=1)


def _sweep_seconds(store: RunStore, spec: SweepSpec, n_workers: int) -> float:
    runner = SweepRunner(store)
    with closing(Jobs(store, n_workers=n_workers)) as jobs:
        with tempfile.TemporaryDirectory() as folder:
            path = str(tiny_file(Path(folder)))
            await_runs(
                jobs, [make_config(dataset=path, iterations=1, seed=n) for n in range(n_workers)]
            )
        began = time.perf_counter()
        name = runner.start(spec, jobs)
        runner.wait(name)
        seconds = time.perf_counter() - began
    status = runner.status(name)
    if status.done < spec.trials:
        raise (
            ExplorerError(
                "the sweep ended with {done} of {trials} trials done: {message}",
                done=status.done,
                trials=spec.trials,
                message=status.message,
            )
            if status.message
            else ExplorerError(
                "the sweep ended with {done} of {trials} trials done: {failed} failed",
                done=status.done,
                trials=spec.trials,
                failed=status.failed,
            )
        )
    return seconds
