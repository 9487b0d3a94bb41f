"""How often 95 % intervals over cross-validation hold the truth, by repeating everything.

One repetition draws machines of its own, trains on all folds and keeps what each fold measured.
Each is a line of `repetitions.jsonl`; a run that was cut goes on where it stopped.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.coverage_table import BY_MACHINE, METRICS, Line, summarise, tables
from emargin_core.config import ExperimentConfig, make_config
from emargin_core.datasets.base import Dataset, Framing
from emargin_core.datasets.frames import Frames
from emargin_core.datasets.splits import Split, make_split

FILE_NAME = "repetitions.jsonl"
CELLS = ((3, 3), (5, 3), (5, 5), (10, 3), (10, 5))
"""Numbers of machines and of folds."""
CHARACTER = {"alike": (0.2, 0.7), "noise": (0.3, 0.9), "drift": (0.0, 1.0)}
"""Settings of the line that each machine draws for itself, so that machines really differ."""
SHORT = make_config(
    dataset="factory",
    method="infonce",
    iterations=30,
    batch_windows=2,
    window_frames=30,
    learning_rate=5e-3,
)
ARMS = {
    "baseline": SHORT,
    "again": SHORT,
    "candidate": SHORT.model_copy(update={"method": "emargin"}),
}
"""Trained on every fold; `again` differs from the baseline by nothing but the training's seed."""

Floats = NDArray[np.float64]


def bench_coverage(folder: Path, repeats: int = 100) -> list[Line]:
    """Make what the folder lacks of so many repetitions a design; rows as of `summarise`."""
    return summarise(simulate(folder, repeats))


def print_coverage(rows: list[Line]) -> None:
    """Print the rows of `bench_coverage` as tables in Markdown."""
    print(tables(rows))


def simulate(folder: Path, repeats: int) -> list[Line]:
    """Return the first `repeats` repetitions of each cell; those not yet in the folder are made."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE_NAME
    found = {(line["machines"], line["folds"], line["repetition"]): line for line in _kept(path)}
    wanted = [(*cell, number) for number in range(repeats) for cell in CELLS]
    with path.open("a", encoding="utf-8") as file:
        if found:
            file.write("\n")  # ends a line that a cut has torn
        for key in wanted:
            if key not in found:
                found[key] = repeat(*key)
                file.write(json.dumps(found[key]) + "\n")
                file.flush()
    return [found[key] for key in wanted]


def repeat(n_machines: int, n_folds: int, repetition: int) -> Line:
    """Draw machines, train every arm on every fold; the same numbers give the same line.

    values: by arm and metric, one of each fold, None where undefined; by_machine: by arm and
    metric, the values of each fold's machines.
    """
    from emargin_core.training.one_thread import one_thread

    rng = np.random.default_rng((n_machines, n_folds, repetition))
    line = draw_machines(rng, n_machines)
    values: Line = {arm: {metric: [] for metric in METRICS} for arm in ARMS}
    by_machine: Line = {arm: {metric: [] for metric in BY_MACHINE} for arm in ARMS}
    with one_thread():
        for held_out in np.array_split(rng.permutation(n_machines), n_folds):
            split = make_split(replace(line, held_out=tuple(str(number) for number in held_out)))
            for arm, config in ARMS.items():
                seed = int(rng.integers(2**31))
                measured, machines = _train(config.model_copy(update={"seed": seed}), split)
                for metric in METRICS:
                    values[arm][metric].append(measured[metric])
                for metric in BY_MACHINE:
                    by_machine[arm][metric].append(machines[metric])
    return {
        "machines": n_machines,
        "folds": n_folds,
        "repetition": repetition,
        "values": values,
        "by_machine": by_machine,
    }


def draw_machines(rng: np.random.Generator, n_machines: int) -> Dataset:
    """Machines of two minutes, each with a similarity of phases, a noise and a drift of its own."""
    from emargin_core.datasets.sources import factory

    recordings = []
    for number in range(n_machines):
        settings = {name: rng.uniform(*bounds) for name, bounds in CHARACTER.items()}
        settings |= {"machines": 2, "minutes": 2, "seed": int(rng.integers(1_000_000))}
        line = factory.load(",".join(f"{name}={value:.6g}" for name, value in settings.items()))
        recordings.append(replace(line.recordings[0], id=f"machine {number}", group=str(number)))
    return replace(
        line, name="coverage", recordings=tuple(recordings), framing=Framing(hop_seconds=2.0)
    )


def _train(config: ExperimentConfig, split: Split) -> tuple[Line, Line]:
    """Metrics of one training on the held-out frames, whole and by machine."""
    import torch

    from emargin_core.datasets.sources.factory import CLASS_NAMES
    from emargin_core.evaluation import clustering, probe
    from emargin_core.evaluation.geometry import geometry
    from emargin_core.training.encoders import embed, make_encoder
    from emargin_core.training.fit import fit

    encoder = make_encoder(split.train.inputs.shape[1], config.seed)
    fit(encoder, config, split.train)
    train, test = (
        embed(encoder, torch.from_numpy(part.inputs)).numpy() for part in (split.train, split.test)
    )
    clusters = clustering.kmeans_clusters(test, len(CLASS_NAMES), config.seed)
    silhouettes = clustering.silhouette_values(test, clusters)
    predicted = probe.converged_probe(train, split.train.labels, test)
    of_frames = {
        "silhouette": silhouettes,
        "accuracy": None if predicted is None else (predicted == split.test.labels).astype(float),
    }
    whole = {name: None if of is None else float(of.mean()) for name, of in of_frames.items()}
    whole["davies_bouldin"] = clustering.davies_bouldin(test, clusters)
    whole["effective_rank"] = geometry.effective_rank(geometry.singular_values(test))
    return whole, {name: _machine_means(of, split.test) for name, of in of_frames.items()}


def _machine_means(of_frames: Floats | None, frames: Frames) -> list[float] | None:
    if of_frames is None:
        return None
    return [float(of_frames[frames.recording == n].mean()) for n in range(len(frames.groups))]


def _kept(path: Path) -> Iterator[Line]:
    """Lines of the file, without those that are empty or torn."""
    if path.exists():
        for text in path.read_text(encoding="utf-8").splitlines():
            try:
                yield json.loads(text)
            except json.JSONDecodeError:
                continue
