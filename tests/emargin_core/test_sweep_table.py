"""Tables of trials: what was asked, what came of it, and settings over seeds with their spread."""

import numpy as np
import pytest
from sweep_doubles import InstantJobs, small_config

from emargin_core import sweep_loop
from emargin_core.evaluation.metric_table import METRICS
from emargin_core.sweep import SweepRunner, make_grid
from emargin_core.sweep_table import by_setting, setting_points, trial_points

ACCURACY = "probe.accuracy"


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(sweep_loop, "POLL_S", 0.005)


@pytest.fixture
def swept(store, small_file):
    """Two methods, two scales, three seeds; the margin of 5 collapses with seed 2."""
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


def test_points_carry_collapse_and_undefined(swept):
    points = {point.key: point for point in trial_points(swept)}
    assert len(points) == 9
    collapsed = [point for point in points.values() if point.collapsed]
    assert [point.davies_bouldin for point in collapsed] == [None]
    assert sum(point.usable for point in setting_points(by_setting(swept))) == 2


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
    assert runner.report(name).front == []
