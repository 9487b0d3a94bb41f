"""How long a comparison takes, from a new process, on warm workers and from the store.

The counterpart is `stock_route`. Ours measures a good deal more on the way (every metric of the
table, resampled intervals, the label-fraction curve), all of it counted in its time.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import Row, make_row, print_rows
from emargin_core.analysis.protocol import settling
from emargin_core.config import ExperimentConfig, make_config
from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.splits import count_folds
from emargin_core.jobs.facade import Jobs, map_key
from emargin_core.jobs.wait import wait_for
from emargin_core.projection.compile_cache import cache_folder
from emargin_core.projection.projection import warm
from emargin_core.store.run_store import RunStore
from emargin_core.text.errors import ExplorerError

METHODS = ("infonce", "emargin")
SEED = 0
WAIT_S = 900.0


def bench_pipeline(repeats: int = 1, dataset: str = "watch", iterations: int = 400) -> list[Row]:
    """Time one comparison of one seed, ours and stock in turn; keep the fastest of `repeats`.

    Everything is stored in a temporary place. The compile cache is filled before the clock
    starts. Takes three to six minutes, half of it the stock route.

    Raises:
        ExplorerError: a run or one of the programs failed.
    """
    warm()
    with _StockProgram(dataset, iterations) as stock:
        stock.ask("map")  # leaves behind what umap itself caches
    times: dict[str, list[float]] = {}
    for _ in range(repeats):
        with new_home() as home:
            measured = _one_round(home, dataset, iterations)
        for name, seconds in measured.items():
            times.setdefault(name, []).append(seconds)
    best = {name: min(seconds) for name, seconds in times.items()}
    return [
        make_row("compare, new process", best["new"], best["stock_new"]),
        make_row("verdict and both maps, warm workers", best["looked"], best["stock_warm"]),
        make_row("compare, warm workers", best["warm"], best["stock_warm"]),
        make_row("compare, all stored, new process", best["stored"], best["stock_new"]),
        make_row("settled: candidate on every fold, baseline known", best["settled"], None),
        make_row("the same, and all else measured", best["all_folds"], None),
    ]


def print_pipeline(rows: Sequence[Row]) -> None:
    """Print the rows of `bench_pipeline` as a table."""
    print_rows(rows, "infonce against emargin, one seed", "stock, one by one", decimals=1)


@contextmanager
def warm_workers(store: RunStore) -> Iterator[Jobs]:
    """Start the background as the page does, and wait until it has drawn a map."""
    jobs = Jobs(store)
    jobs.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = tiny_file(Path(folder))
            await_runs(
                jobs, [make_config(dataset=str(path), iterations=1, seed=seed) for seed in (0, 1)]
            )
        yield jobs
    finally:
        jobs.close()


def compare_in_background(
    jobs: Jobs, store: RunStore, configs: Sequence[ExperimentConfig]
) -> float:
    """Let the workers compute baseline and candidate as the page does, then the map of one on the
    other, and wait until all is measured.

    Returns: seconds until both first looks and the map were there.

    Raises:
        ExplorerError: a job failed, or did not end in a quarter of an hour.
    """
    began = time.perf_counter()
    baseline, candidate = (_name(config) for config in configs)
    jobs.submit_map_after(candidate, baseline, store.get(baseline))
    names = await_runs(jobs, configs, watched=True)
    wait_for(jobs, [map_key(candidate, baseline)], timeout_s=WAIT_S)
    looked = time.perf_counter() - began
    wait_for(jobs, names, timeout_s=WAIT_S)
    return looked


def await_runs(jobs: Jobs, configs: Sequence[ExperimentConfig], **options: bool) -> list[str]:
    """Submit runs, and wait for the first look at each or, without `options`, for all of it.

    options: `first_look` or `watched` of `Jobs.submit`.

    Returns: the names of the runs.
    """
    names = [_name(config) for config in configs]
    for config, name in zip(configs, names, strict=True):
        jobs.submit(config, name, **options)
    wait_for(jobs, names, timeout_s=WAIT_S, first_look=bool(options))
    return names


def _name(config: ExperimentConfig) -> str:
    return config.run_id(load_dataset(config.dataset).fingerprint)


def _one_round(home: Path, dataset: str, iterations: int) -> dict[str, float]:
    """Seconds of each figure, ours and stock taking turns."""
    measured = {"new": _compare_in_new_process(home, dataset, iterations)}
    store = RunStore(home / "warm")
    with _StockProgram(dataset, iterations) as stock:
        stock.ask(str(SEED))
        measured["stock_new"] = time.perf_counter() - stock.started
        with warm_workers(store) as jobs:
            configs = [
                make_config(dataset=dataset, iterations=iterations, seed=SEED, method=method)
                for method in METHODS
            ]
            began = time.perf_counter()
            measured["looked"] = compare_in_background(jobs, store, configs)
            measured["warm"] = time.perf_counter() - began
            candidate = configs[1].model_copy(update={"seed": SEED + 1})
            n_folds = count_folds(load_dataset(dataset), candidate.evaluate_on)
            began = time.perf_counter()
            names = await_runs(jobs, settling(candidate, n_folds), first_look=True)
            measured["settled"] = time.perf_counter() - began
            wait_for(jobs, names, timeout_s=WAIT_S)
            measured["all_folds"] = time.perf_counter() - began
        began = time.perf_counter()
        stock.ask(str(SEED))
        measured["stock_warm"] = time.perf_counter() - began
    measured["stored"] = _compare_in_new_process(home, dataset, iterations)
    return measured


def _compare_in_new_process(home: Path, dataset: str, iterations: int) -> float:
    baseline, candidate = METHODS
    command = [
        *(sys.executable, "-m", "emargin_core", "compare", "--dataset", dataset),
        *("--baseline", baseline, "--candidate", candidate, "--seeds", str(SEED), "--folds", "0"),
        *("--iterations", str(iterations), "--json", "-"),
    ]
    began = time.perf_counter()
    done = subprocess.run(
        command, env=environment(home), capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - began
    if done.returncode != 0:
        raise ExplorerError(
            "compare ended with status {returncode}: {strip}",
            returncode=done.returncode,
            strip=done.stderr.strip(),
        )
    json.loads(done.stdout)
    return seconds


def environment(home: Path) -> dict[str, str]:
    """Environment of a program that stores under `home` and computes on this machine alone."""
    inherited = {k: v for k, v in os.environ.items() if k != "EMARGIN_SCHEDULER"}
    return inherited | {"EMARGIN_HOME": str(home), "NUMBA_CACHE_DIR": str(cache_folder())}


def tiny_file(folder: Path) -> Path:
    """Two classes of noise in four recordings: the smallest run that uses every part."""
    random = np.random.default_rng(0)
    lines = ["recording,label,time,x"]
    for number in range(4):
        for step, value in enumerate(random.normal(size=400)):
            label = "first" if step < 200 else "second"
            lines.append(f"{number},{label},{step / 20},{value * (1 if step < 200 else 3):.4f}")
    path = folder / "tiny.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@contextmanager
def new_home() -> Iterator[Path]:
    """A folder for one benchmark's results, deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="emargin-bench-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


class _StockProgram:
    """The stock route in a process of its own, which compares once for each line it is sent."""

    def __init__(self, dataset: str, iterations: int) -> None:
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-W",
                "ignore",
                "-m",
                "benchmarks.stock_route",
                dataset,
                str(iterations),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"NUMBA_CACHE_DIR": str(cache_folder())},
        )

    def __enter__(self) -> "_StockProgram":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def ask(self, line: str) -> dict[str, Any]:
        """Send a line and wait for the answer."""
        if self._process.stdin is None or self._process.stdout is None:
            raise ValueError("the process must be started with pipes")
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise ExplorerError(
                "the stock route ended with status {wait}", wait=self._process.wait()
            )
        found: dict[str, Any] = json.loads(answer)
        return found
