"""The sweep's benchmark: both sides run the whole grid in stores of their own."""

import json

import pytest

from benchmarks import sweep
from benchmarks.__main__ import main
from emargin_core.store.run_store import RunStore
from emargin_core.text.errors import ExplorerError


@pytest.mark.slow
def test_small_grid_is_timed_with_two_workers_and_with_one(small_file, home):
    (row,) = sweep.bench_sweep(
        dataset=str(small_file), iterations=5, thresholds=(0.0, 0.4), scales=(1.0, 5.0)
    )
    assert row["name"] == "grid of 4 cells, 5 iterations"
    assert row["ours_s"] > 0
    assert row["ratio"] == row["stock_s"] / row["ours_s"]
    assert RunStore(home).ids() == []


def test_fastest_of_the_rounds_counts_and_the_sides_take_turns(monkeypatch, small_file):
    asked = []

    def seconds(store, spec, n_workers):
        asked.append((n_workers, spec.trials, store.home))
        return {1: [40.0, 36.0], 2: [20.0, 25.0]}[n_workers][(len(asked) - 1) // 2]

    monkeypatch.setattr(sweep, "_sweep_seconds", seconds)
    (row,) = sweep.bench_sweep(repeats=2, dataset=str(small_file))
    assert (row["ours_s"], row["stock_s"], row["ratio"]) == (20.0, 36.0, 1.8)
    assert [(n, trials) for n, trials, _ in asked] == [(2, 20), (1, 20), (2, 20), (1, 20)]
    assert len({home for *_, home in asked}) == 4


@pytest.mark.slow
def test_unfinished_sweep_is_an_error_not_a_time(monkeypatch, small_file):
    monkeypatch.setattr(sweep.SweepRunner, "wait", lambda self, name, timeout=None: True)
    with pytest.raises(ExplorerError, match="of 1 trials done"):
        sweep.bench_sweep(
            dataset=str(small_file), iterations=2_000, thresholds=(0.0,), scales=(1.0,)
        )


def test_command_hands_down_data_and_iterations(monkeypatch, capsys, small_file):
    asked = {}

    def measured(**settings):
        asked.update(settings)
        return [sweep.make_row("grid", 1.0, 1.8)]

    monkeypatch.setattr(sweep, "bench_sweep", measured)
    arguments = ["--iterations", "5", "--dataset", str(small_file), "--json", "-"]
    assert main(["sweep", *arguments]) == 0
    assert asked == {"iterations": 5, "dataset": str(small_file)}
    assert json.loads(capsys.readouterr().out)["parts"][0]["rows"][0]["ratio"] == 1.8
