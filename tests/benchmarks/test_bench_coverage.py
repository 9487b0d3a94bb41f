"""Ways to make intervals, on cases whose answer is known, and the table of how often they hold."""

import json

import numpy as np
import pytest
from scipy.stats import t as student

from benchmarks import coverage, intervals
from benchmarks.__main__ import main
from benchmarks.coverage_table import METRICS, WAYS, summarise, tables


def _folds(n_repetitions, n_folds, correlation, seed=0):
    """Normal folds around 0 with variance 1, equally correlated."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=(n_repetitions, 1)) * correlation**0.5
    return shared + rng.normal(size=(n_repetitions, n_folds)) * (1 - correlation) ** 0.5


def _share_held(make, folds):
    bounds = [make(values) for values in folds]
    return np.mean([low <= 0.0 <= high for low, high in bounds])


def test_t_holds_the_mean_of_independent_folds_95_times_in_100():
    assert _share_held(intervals.fold_t, _folds(2_000, 5, 0.0)) == pytest.approx(0.95, abs=0.015)


def test_correlated_folds_need_the_correction():
    folds = _folds(2_000, 5, 0.2)  # the correlation that the correction assumes of 5 folds
    assert _share_held(intervals.fold_t, folds) < 0.88
    assert _share_held(intervals.corrected_t, folds) == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize("correlation", [0.0, 0.2, 0.5])
@pytest.mark.parametrize("n_folds", [3, 5])
def test_expected_coverage_is_that_of_simulated_folds(n_folds, correlation):
    folds = _folds(2_000, n_folds, correlation)
    for make, corrected in ((intervals.fold_t, False), (intervals.corrected_t, True)):
        expected = intervals.expected_coverage(n_folds, correlation, corrected=corrected)
        assert _share_held(make, folds) == pytest.approx(expected, abs=0.025)


def test_correlation_of_folds_is_found():
    assert intervals.fold_correlation(_folds(2_000, 5, 0.3)) == pytest.approx(0.3, abs=0.03)


def test_t_and_its_correction_by_hand():
    values = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    half = student.ppf(0.975, 4) * (2.5 / 5) ** 0.5
    assert intervals.fold_t(values) == pytest.approx((3 - half, 3 + half))
    wider = half * (1 + 5 / 4) ** 0.5
    assert intervals.corrected_t(values) == pytest.approx((3 - wider, 3 + wider))


@pytest.mark.parametrize(
    ("scale", "values", "least", "most"),
    [
        (intervals.LOGIT, [0.9, 0.99, 0.7], 0, 1),
        (intervals.ATANH, [0.9, 0.99, 0.2], -1, 1),
        (intervals.LOG, [0.5, 5.0, 1.0], 0, np.inf),
        (intervals.HALF_ATANH, [1.9, 0.2, 1.9], -2, 2),
    ],
)
def test_scale_keeps_bounds_inside_the_range_and_changes_little_far_from_them(
    scale, values, least, most
):
    low, high = intervals.fold_t(np.array(values))
    assert low < least or high > most
    low, high = intervals.fold_t(np.array(values), scale)
    assert least < low < np.mean(values) < high < most
    close = np.array([0.5, 0.5001, 0.4999])
    assert intervals.fold_t(close, scale) == pytest.approx(intervals.fold_t(close), abs=1e-6)


def test_bootstrap_draws_folds_and_machines():
    same = [np.array([1.0, 3.0]), np.array([1.0, 3.0])]
    low, high = intervals.hierarchical_bootstrap(same)
    assert low < 2.0 < high  # equal folds still vary by their machines
    assert intervals.hierarchical_bootstrap([np.ones(1)] * 3) == (1.0, 1.0)


def _line(repetition, rng, n_machines=3, n_folds=3):
    values = {
        arm: {metric: rng.uniform(0.3, 0.6, n_folds).tolist() for metric in METRICS}
        for arm in coverage.ARMS
    }
    by_machine = {
        arm: {metric: [[value] for value in of[metric]] for metric in ("silhouette", "accuracy")}
        for arm, of in values.items()
    }
    where = {"machines": n_machines, "folds": n_folds, "repetition": repetition}
    return where | {"values": values, "by_machine": by_machine}


def test_table_has_a_line_for_each_target_and_metric_and_leaves_out_undefined_values():
    rng = np.random.default_rng(0)
    lines = [_line(number, rng) for number in range(40)]
    lines[0]["values"]["candidate"]["davies_bouldin"][1] = None
    rows = summarise(lines)
    found = {(row["target"], row["metric"], row["way"]): row for row in rows}
    assert found["difference", "davies_bouldin", "t"]["n"] == 39
    assert found["no difference", "davies_bouldin", "t"]["n"] == 40
    assert found["no difference", "accuracy", "corrected t"]["width"] == pytest.approx(2.5**0.5)
    wrong = found["no difference", "silhouette", "t"]
    assert wrong["coverage"] == pytest.approx(1 - wrong["excludes_zero"])
    assert all(way in tables(rows).splitlines()[0] for way in WAYS)


def test_tables_have_a_line_for_each_design_and_for_each_metric_of_enough_machines():
    rng = np.random.default_rng(0)
    designs = [(3, 3), (5, 3), (10, 5)]
    rows = summarise([_line(n, rng, *design) for n in range(5) for design in designs])
    by_design, by_metric = tables(rows).split("\n\n")
    assert len(by_design.splitlines()) == 2 + 3 * len(designs)
    assert len(by_metric.splitlines()) == 2 + 3 * 2 * len(METRICS)
    assert coverage.print_coverage(rows) is None


def test_product_gives_no_interval_of_three_machines_and_corrects_what_does_not_cancel():
    rng = np.random.default_rng(0)
    designs = [(3, 3), (5, 5)]
    rows = summarise([_line(n, rng, *design) for n in range(5) for design in designs])
    product = [row for row in rows if row["way"] == "product"]
    assert {row["machines"] for row in product} == {5}
    widths = {(row["target"], row["metric"]): row["width"] for row in product}
    assert widths["difference", "davies_bouldin"] == pytest.approx(1.0)
    assert widths["difference", "effective_rank"] == pytest.approx(1.5)
    assert 1.4 < widths["single value", "accuracy"] < 1.5  # on the logit scale


def test_what_the_folder_has_is_not_made_again(monkeypatch, tmp_path):
    made = []

    def repeat(n_machines, n_folds, repetition):
        made.append((n_machines, n_folds, repetition))
        return {"machines": n_machines, "folds": n_folds, "repetition": repetition}

    monkeypatch.setattr(coverage, "repeat", repeat)
    coverage.simulate(tmp_path, 2)
    path = tmp_path / coverage.FILE_NAME
    path.write_text(path.read_text()[:-5])  # a cut in the last line
    made.clear()
    lines = coverage.simulate(tmp_path, 2)
    assert made == [(*coverage.CELLS[-1], 1)]
    assert len(lines) == 2 * len(coverage.CELLS)
    kept = [json.loads(text) for text in path.read_text().splitlines()[-1:]]
    assert kept == lines[-1:]


@pytest.mark.slow
def test_one_repetition_measures_every_arm_on_every_fold_and_is_seeded():
    line = coverage.repeat(3, 3, 0)
    for arm in coverage.ARMS:
        for metric in METRICS:
            assert len(line["values"][arm][metric]) == 3
        machines = np.concatenate(line["by_machine"][arm]["accuracy"])
        assert line["values"][arm]["accuracy"] == pytest.approx(machines.tolist())
    assert line["values"]["baseline"] != line["values"]["again"]
    assert coverage.repeat(3, 3, 0) == line


def test_command_asks_for_a_folder(capsys):
    assert main(["coverage"]) == 2
    assert "--folder" in capsys.readouterr().err
