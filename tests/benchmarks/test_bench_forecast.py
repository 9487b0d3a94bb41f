"""The bench of forecasts: what is left out is predicted from the rest alone."""

import numpy as np
import pytest

from benchmarks import forecast as bench
from emargin_core.analysis.forecast import fit
from emargin_core.analysis.forecast.samples import Measured, Samples
from emargin_core.evaluation.metric_table import ACCURACY, HEADLINES


def accuracy(x, y):
    return 0.8 - 0.1 * x - 0.05 * y**2


@pytest.fixture
def grid(monkeypatch):
    places = tuple((x / 5, y / 2) for x in range(6) for y in range(3))
    samples = Samples(
        key="grid",
        n_runs=18,
        on_test=True,
        levels={"threshold": tuple(x / 5 for x in range(6)), "temperature": (0.5, 0.75, 1.0)},
        inputs=places,
        values={ACCURACY: tuple(accuracy(*place) for place in places)},
        collapsed=(False,) * 18,
        checks=(),
        check_values={},
    )
    inside = {"threshold": 0.3, "temperature": 0.75}
    later = [
        Measured(inside, {ACCURACY: accuracy(0.3, np.log(1.5) / np.log(2))}, False, ("new",)),
        Measured(inside | {"threshold": 3.0}, {ACCURACY: 0.1}, False, ("far",)),
    ]
    monkeypatch.setattr(bench, "questions", lambda: iter([("grid", samples, later)]))
    monkeypatch.setattr(bench, "HEADLINES", {ACCURACY: HEADLINES[ACCURACY]})
    monkeypatch.setattr(bench, "SIZES", (17,))
    monkeypatch.setattr(bench, "DRAWS", 2)
    monkeypatch.setattr(fit, "PARTS", 3)
    return samples


@pytest.mark.slow
def test_tasks_leave_out_what_they_say_and_err_less_than_simpler_guesses(grid, capsys):
    rows = bench.bench_forecast()
    counts = {row["task"]: row["asked"] for row in rows}
    assert counts == {
        "one setting left out": 18,
        "lowest or highest value left out": 3 + 3 + 6 + 6,
        "all but 17 settings": 2,
        "measured later, test groups": 1,
    }
    alone = rows[0]
    assert alone["answered"] == 18
    assert alone["held"] >= 0.9
    assert alone["error"] < alone["nearest"] < alone["mean"]
    assert rows[-1]["held"] == 1.0
    bench.print_forecast(rows)
    assert (
        "| grid | one setting left out | Linear-probe accuracy | 18 | 18 |"
        in capsys.readouterr().out
    )


def test_value_left_out_is_never_seen(grid):
    values = list(grid.values[ACCURACY])
    values[7] = 0.05
    lied = bench.Samples(**vars(grid) | {"values": {ACCURACY: tuple(values)}})
    (honest,), (blind,) = (list(bench._left_out(s, ACCURACY, np.array([7]))) for s in (grid, lied))
    assert blind.value == 0.05
    assert blind[1:] == honest[1:]


def test_refused_values_are_counted_and_not_scored():
    refused = bench.Predicted(0.5, None, None, 0.4, 0.6)
    assert bench._summary([refused]) == {
        "asked": 1,
        "answered": 0,
        "held": None,
        "narrow": None,
        "width": None,
        "error": None,
        "nearest": None,
        "mean": None,
    }
