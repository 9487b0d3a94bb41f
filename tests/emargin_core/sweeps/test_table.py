"""Tables of trials: what was asked, what came of it, and settings over seeds with their spread."""

import numpy as np
import pytest

from emargin_core.evaluation.metric_table import METRICS
from emargin_core.store.run_store import RunStore
from emargin_core.sweeps import loop as sweep_loop
from emargin_core.sweeps.sweep import SweepRunner, make_grid
from emargin_core.sweeps.table import by_setting, fold_units, setting_points
from tests.emargin_core.sweeps.sweep_doubles import InstantJobs, small_config

ACCURACY = "probe.accuracy"


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(sweep_loop, "POLL_S", 0.005)


@pytest.fixture(scope="module")
def swept(tmp_path_factory, small_file):
    """Two methods, two scales, three seeds; the margin of 5 collapses with seed 2."""
    store = RunStore(tmp_path_factory.mktemp("swept"))
    spec = make_grid(
        small_config(small_file),
        {"method": ["infonce", "emargin"], "scale": [1.0, 5.0], "seed": [0, 1, 2]},
    )
    runner = SweepRunner(store)
    jobs = InstantJobs(
        store, collapses=lambda c: (c.method, c.scale, c.seed) == ("emargin", 5.0, 2)
    )
    name = runner.start(spec, jobs)
    assert runner.wait(name, 60)
    return runner.trials(name)


def test_table_has_what_was_asked_also_where_the_method_does_not_read_it(swept):
    assert len(swept) == 12
    infonce = swept[swept["method"] == "infonce"]
    assert sorted(infonce["scale"]) == [1.0] * 3 + [5.0] * 3
    assert infonce["run_id"].nunique() == 3
    assert set(METRICS) <= set(swept.columns)


def test_settings_keep_count_mean_and_sd_and_count_a_run_once(swept):
    settings = by_setting(swept)
    assert len(settings) == 3  # infonce, and emargin twice
    row = settings[(settings["method"] == "emargin") & (settings["scale"] == 1.0)].iloc[0]
    values = swept[(swept["method"] == "emargin") & (swept["scale"] == 1.0)][ACCURACY]
    assert (row["count"], row["seeds"]) == (3, (0, 1, 2))
    assert row[f"{ACCURACY}.mean"] == pytest.approx(values.mean())
    assert row[f"{ACCURACY}.sd"] == pytest.approx(np.std(values, ddof=1))
    infonce = settings[settings["method"] == "infonce"].iloc[0]
    assert infonce["count"] == 3


def test_setting_with_an_undefined_seed_has_no_mean_and_says_how_many_there_are(swept):
    settings = by_setting(swept)
    row = settings[(settings["method"] == "emargin") & (settings["scale"] == 5.0)].iloc[0]
    assert row["collapsed"]
    assert np.isnan(row["clustering.davies_bouldin.mean"])
    assert row["clustering.davies_bouldin.count"] == 2


def test_one_seed_has_no_sd(swept):
    alone = by_setting(swept[swept["seed"] == 0])
    assert alone[f"{ACCURACY}.sd"].isna().all()
    assert (alone["count"] == 1).all()


def test_points_carry_their_runs_collapse_and_undefined(swept):
    points = setting_points(swept)
    assert [sorted(point.runs) for point in points] == [[(0, 0), (0, 1), (0, 2)]] * 3
    (collapsed,) = (point for point in points if point.collapsed)
    assert collapsed.davies_bouldin is None
    assert collapsed.runs[0, 2].collapsed
    assert not collapsed.runs[0, 1].collapsed
    assert sum(point.usable for point in points) == 2
    assert points[0].runs[0, 0].effective_rank == 40.0


def test_folds_of_a_setting_are_one_setting(store, small_file):
    spec = make_grid(small_config(small_file), {"scale": [1.0, 5.0], "fold": [0, 1, 2]})
    runner = SweepRunner(store)
    name = runner.start(spec, InstantJobs(store))
    assert runner.wait(name, 60)
    trials = runner.trials(name)
    settings = by_setting(trials)
    assert settings["folds"].tolist() == [(0, 1, 2)] * 2
    assert settings["seeds"].tolist() == [(0, 0, 0)] * 2
    units = fold_units(trials)
    assert (units.n_folds, units.noun, units.in_all) == (5, "machine", 5)
    assert units.held_out([0, 1, 1]).n_units == 2


def test_runs_of_the_first_protocol_have_no_folds(swept):
    assert fold_units(swept.assign(n_folds=None)) is None


def test_empty_sweep_has_an_empty_table_with_all_columns(store, small_file):
    spec = make_grid(small_config(small_file), {"scale": [1.0, 2.0]})
    runner = SweepRunner(store)
    jobs = InstantJobs(store, fails=lambda config: True)
    name = runner.start(spec, jobs)
    assert runner.wait(name, 60)
    table = runner.trials(name)
    assert table["state"].tolist() == ["failed", "failed"]
    assert table[ACCURACY].isna().all()
    settings = by_setting(table)
    assert settings.empty
    assert f"{ACCURACY}.mean" in settings
    assert runner.report(name).front == frozenset()
