"""The assessment fills the whole metric table, and nothing outside it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from emargin_core.config import make_config
from emargin_core.evaluation import clustering
from emargin_core.evaluation.metric_table import HEADLINES, METRICS
from emargin_core.experiment import run as experiment
from emargin_core.experiment.run import aligned_map, first_look, own_map, run_experiment
from emargin_core.store.result import metric_paths
from emargin_core.store.run_store import RunStore


def test_every_metric_of_the_table_is_measured_and_no_other(small_file, store, trained):
    result = trained(make_config(dataset=str(small_file), method="random"), store)
    assert set(metric_paths(result.metrics)) == set(METRICS)
    for path, value in ((p, result.metric(p)) for p in METRICS):
        assert value is not None, path
        assert METRICS[path].low - 1e-9 <= value <= METRICS[path].high + 1e-9, path


def test_label_fractions_end_with_the_full_probe(small_file, store, trained):
    result = trained(make_config(dataset=str(small_file), method="random"), store)
    curve = result.details["label_fractions"]
    assert [fraction for fraction, _ in curve] == [0.01, 0.05, 0.1, 0.5, 1.0]
    assert curve[-1][1] == result.metrics["probe"]["accuracy"]


def test_silhouette_is_computed_once_for_clusters_and_once_for_classes(
    small_file, store, monkeypatch
):
    computed, distance_sums = [], clustering._distance_sums
    monkeypatch.setattr(
        clustering, "_distance_sums", lambda *args: computed.append(args) or distance_sums(*args)
    )
    config = make_config(dataset=str(small_file), method="random")
    result = run_experiment(config, store=store)
    assert len(computed) == 2
    assert result.metric("clustering.silhouette") == np.nanmean(result.frames["silhouette"])


@pytest.mark.parametrize("evaluate_on", ["test", "validation"])
def test_first_look_says_nothing_that_the_whole_result_takes_back(
    small_file, store, tmp_path, evaluate_on
):
    config = make_config(dataset=str(small_file), method="random", evaluate_on=evaluate_on)
    first = first_look(config, store=store)
    assert store.ids() == []  # it is no result yet
    assert first.preliminary
    assert not first.frames["map_x"].notna().any()
    measured = [path for path in METRICS if first.metric(path) is not None]
    assert {headline.path for headline in HEADLINES.values()} <= set(measured)
    assert len(measured) < len(METRICS)
    whole = run_experiment(config, store=store)
    assert not whole.preliminary
    assert whole.frames["map_x"].notna().any()
    assert [first.metric(path) for path in measured] == [whole.metric(path) for path in measured]
    assert first.collapse_reason == whole.collapse_reason
    for path, values in first.replicates.items():
        np.testing.assert_array_equal(values, whole.replicates[path])
    at_once = run_experiment(config, store=RunStore(tmp_path / "at-once"))
    assert whole.metrics == at_once.metrics
    assert whole.details == at_once.details
    pd.testing.assert_frame_equal(whole.frames, at_once.frames)


def test_run_goes_on_from_its_stored_first_look_and_map(small_file, store, tmp_path, monkeypatch):
    before = make_config(dataset=str(small_file), method="random")
    config = make_config(dataset=str(small_file), iterations=5)
    first, baseline = (first_look(each, store=store) for each in (config, before))
    aligned = aligned_map(first, baseline, store=store)
    own = own_map(baseline, store=store)
    assert first_look(config, store=store).cached
    with monkeypatch.context() as patched:
        patched.setattr(experiment, "fit", lambda *_: pytest.fail("it was trained again"))
        whole = run_experiment(config, store=store)
        patched.setattr(experiment, "project", lambda *_, **__: pytest.fail("mapped again"))
        known = run_experiment(before, store=store)
    assert whole.timing["total_s"] > first.timing["total_s"] == whole.timing["first_look_s"]
    assert not store.has_preliminary(whole.run_id)
    np.testing.assert_array_equal(own_map(known, store=store), own)
    other = RunStore(tmp_path / "other")
    wholes = [run_experiment(each, store=other) for each in (config, before)]
    np.testing.assert_array_equal(aligned_map(*wholes, store=other), aligned)


def test_first_look_of_other_versions_is_made_again(small_file, store):
    config = make_config(dataset=str(small_file), method="random")
    first = first_look(config, store=store)
    store.drop_preliminary(first.run_id)
    store.put_preliminary(replace(first, versions=first.versions | {"torch": "1.0"}))
    again = first_look(config, store=store)
    assert not again.cached
    assert again.versions == store.get_preliminary(first.run_id).versions == first.versions
