"""What it costs to watch a training: the same training in turn, watched and not, in one process."""

import statistics
import time
from dataclasses import dataclass

from benchmarks.report import Row, make_row, print_rows
from emargin_core.config import make_config
from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.splits import make_split
from emargin_core.experiment.watching import Watcher
from emargin_core.training.encoders import make_encoder
from emargin_core.training.fit import fit
from emargin_core.training.one_thread import one_thread


@dataclass
class Timing:
    """Seconds of one training; first_s: until its first snapshot, of which it had n_snapshots."""

    processor_s: float
    clock_s: float
    n_snapshots: int = 0
    first_s: float | None = None


def bench_watching(repeats: int = 3, iterations: int = 400, dataset: str = "watch") -> list[Row]:
    """Train `repeats` times each way, in turns after a first one that does not count; medians."""
    with one_thread():
        _train(dataset, iterations, watched=True)
        pairs = [
            (_train(dataset, iterations, watched=True), _train(dataset, iterations, watched=False))
            for _ in range(repeats)
        ]
    seen, plain = zip(*pairs, strict=True)
    n_snapshots = statistics.median(timing.n_snapshots for timing in seen)
    return [
        make_row(
            f"{iterations} steps, {n_snapshots:.0f} snapshots, time of the processor",
            statistics.median(timing.processor_s for timing in seen),
            statistics.median(timing.processor_s for timing in plain),
        ),
        make_row(
            "the same, time of the clock",
            statistics.median(timing.clock_s for timing in seen),
            statistics.median(timing.clock_s for timing in plain),
        ),
        make_row(
            "first snapshot, time of the clock",
            statistics.median(timing.first_s or 0.0 for timing in seen),
            None,
        ),
    ]


def print_watching(rows: list[Row]) -> None:
    """Print the rows of `bench_watching` as a table; "ours" is the watched training."""
    print_rows(rows, "training, watched", "not watched")


def _train(dataset: str, iterations: int, watched: bool) -> Timing:
    data = load_dataset(dataset)
    config = make_config(dataset=dataset, iterations=iterations)
    split = make_split(data)
    told: list[float] = []
    watcher = None
    if watched:
        watcher = Watcher(
            split,
            iterations,
            max(2, len(data.class_names)),
            config.seed,
            lambda snapshot: told.append(time.perf_counter()),
        )
    encoder = make_encoder(split.train.inputs.shape[1], config.seed)
    clock, processor = time.perf_counter(), time.process_time()
    fit(encoder, config, split.train, on_step=watcher)
    return Timing(
        time.process_time() - processor,
        time.perf_counter() - clock,
        len(told),
        told[0] - clock if told else None,
    )
