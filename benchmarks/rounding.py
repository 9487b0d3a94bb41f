"""How far rounding alone moves a run's metrics, beside what another seed does.

Another processor adds up in another order, and hundreds of training steps amplify that. It is
imitated here: of the initial weights, a random half is moved to the next number there is.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import stdev
from typing import Any

import torch
from torch import nn

from emargin_core.config import make_config
from emargin_core.experiment import run
from emargin_core.store.result import Result, metric_paths
from emargin_core.store.run_store import RunStore
from emargin_core.text.errors import InputError

METHODS = ("infonce", "emargin")


def bench_rounding(
    repeats: int = 6, dataset: str = "watch", iterations: int = 400
) -> list[dict[str, Any]]:
    """Compute the default run of two methods as it is, then moved and reseeded `repeats` times.

    Returns: rows of method, metric, value, the largest shift by rounding, and the standard
    deviations by rounding and by seeds; undefined values are left out.

    Raises:
        InputError: one draw, which has no standard deviation.
    """
    if repeats < 2:
        raise InputError("rounding needs --repeats of at least 2")
    rows = []
    for method in METHODS:
        settings: dict[str, Any] = {"dataset": dataset, "method": method, "iterations": iterations}
        plain = _computed(settings)
        moved = []
        for draw in range(repeats):
            with _moved_weights(draw):
                moved.append(_computed(settings))
        seeded = [_computed(settings | {"seed": seed + 1}) for seed in range(repeats)]
        for path in metric_paths(plain.metrics):
            value = plain.metric(path)
            by_rounding, by_seed = _defined(moved, path), _defined(seeded, path)
            if value is None or min(len(by_rounding), len(by_seed)) < 2:
                continue
            rows.append(
                {
                    "method": method,
                    "metric": path,
                    "value": value,
                    "largest_shift": max(abs(other - value) for other in by_rounding),
                    "sd_rounding": stdev(by_rounding),
                    "sd_seed": stdev(by_seed),
                }
            )
    return rows


def print_rounding(rows: list[dict[str, Any]]) -> None:
    """Print the rows of `bench_rounding` as a table."""
    from rich.console import Console
    from rich.table import Table

    numbers = ("value", "largest_shift", "sd_rounding", "sd_seed")
    table = Table("method", "metric", "value", "largest shift", "SD, rounding", "SD, seeds")
    for row in rows:
        table.add_row(row["method"], row["metric"], *(f"{row[name]:.4f}" for name in numbers))
    Console().print(table)


def _computed(settings: dict[str, Any]) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        return run.run_experiment(make_config(**settings), store=RunStore(Path(folder)))


def _defined(results: list[Result], path: str) -> list[float]:
    return [value for result in results if (value := result.metric(path)) is not None]


@contextmanager
def _moved_weights(draw: int) -> Iterator[None]:
    """Let encoders start from weights of which half are larger by one unit in the last place."""
    make_encoder = run.make_encoder
    generator = torch.Generator().manual_seed(draw)

    def moved(n_inputs: int, seed: int) -> nn.Module:
        encoder = make_encoder(n_inputs, seed)
        with torch.no_grad():
            for weights in encoder.parameters():
                chosen = torch.rand(weights.shape, generator=generator) < 0.5
                larger = torch.nextafter(weights, torch.full_like(weights, torch.inf))
                weights.copy_(torch.where(chosen, larger, weights))
        return encoder

    run.make_encoder = moved
    try:
        yield
    finally:
        run.make_encoder = make_encoder
