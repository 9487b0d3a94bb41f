"""The table of runs holds what can be compared, and nothing else."""

from types import SimpleNamespace

import numpy as np
import pytest

from emargin_core.config import make_config
from emargin_core.store.runs_table import common_folds, over_folds, runs_table


def make_run(fingerprint="feed", accuracy=0.7, **settings):
    """As much of a result as the table reads."""
    config = make_config(**settings)
    return SimpleNamespace(
        run_id=config.run_id(fingerprint),
        config=config.canonical(),
        metrics={"probe": {"accuracy": accuracy}, "geometry": {"effective_rank": None}},
        data={"fingerprint": fingerprint, "title": f"Data {fingerprint}"},
        collapsed=False,
    )


def test_row_holds_the_metrics_by_path_with_nan_for_undefined():
    table = runs_table([make_run(accuracy=0.7)])
    assert table.loc[0, "probe.accuracy"] == 0.7
    assert np.isnan(table.loc[0, "geometry.effective_rank"])
    assert table.loc[0, "dataset"] == "feed"
    assert table.loc[0, "dataset_title"] == "Data feed"


def test_seeds_and_unread_settings_share_a_config_key():
    runs = [make_run(seed=0), make_run(seed=1), make_run(seed=2, double=False), make_run(scale=1)]
    keys = runs_table(runs)["config_key"].tolist()
    assert keys[0] == keys[1] == keys[2]
    assert keys[3] != keys[0]


def test_same_settings_share_a_config_key_on_different_data():
    runs = [make_run("feed"), make_run("beef", dataset="other.csv")]
    assert runs_table(runs)["config_key"].nunique() == 1


def test_methods_that_read_labels_are_left_out_unless_asked_for():
    runs = [make_run(), make_run(method="supcon")]
    assert runs_table(runs)["method"].tolist() == ["emargin"]
    assert len(runs_table(runs, with_label_readers=True)) == 2


@pytest.mark.parametrize("wanted", ["test", "validation"])
def test_only_runs_evaluated_on_the_same_part_are_kept(wanted):
    runs = [make_run(evaluate_on="test"), make_run(evaluate_on="validation")]
    (only,) = runs_table(runs, evaluate_on=wanted)["config_key"]
    assert f'"evaluate_on": "{wanted}"' in only


def test_only_the_wanted_data_set_is_kept():
    runs = [make_run("feed"), make_run("beef")]
    assert runs_table(runs, dataset="beef")["dataset"].tolist() == ["beef"]


def test_run_of_another_code_version_is_left_out(monkeypatch):
    old = make_run()
    monkeypatch.setattr("emargin_core.config.RESULT_VERSION", -1)
    assert len(runs_table([old, make_run(seed=1)])) == 1


def test_run_with_a_setting_no_longer_known_is_left_out():
    old = make_run()
    old.config["bygone"] = 3
    assert runs_table([old]).empty


def test_run_that_comes_twice_counts_once():
    assert len(runs_table([make_run(), make_run()])) == 1


def test_no_runs_give_an_empty_table_with_its_columns():
    table = runs_table([])
    assert table.empty
    assert {"run_id", "config_key", "dataset"} <= set(table.columns)


def test_settings_are_averaged_over_the_folds_that_they_have_in_common():
    hard, easy = 0.2, 0.4  # what the fold itself adds, whatever the setting
    runs = [
        make_run(scale=scale, fold=fold, accuracy=base + (hard, easy)[fold])
        for scale, base in ((1, 0.1), (2, 0.2))
        for fold in (0, 1)
    ]
    lone = make_run(scale=3, fold=1, accuracy=0.3 + easy)
    table = over_folds(runs_table([*runs, lone]))
    assert len(table) == 2
    assert table["probe.accuracy"].tolist() == pytest.approx([0.4, 0.5])
    assert table["geometry.effective_rank"].isna().all()
    assert common_folds(runs_table([*runs, lone])) == {0, 1}
    assert over_folds(runs_table([])).empty
    assert common_folds(runs_table([])) == set()
