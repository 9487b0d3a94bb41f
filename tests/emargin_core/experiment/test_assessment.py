"""The assessment fills the whole metric table, and nothing outside it."""

import numpy as np
import pandas as pd
import pytest

from emargin_core.config import make_config
from emargin_core.evaluation import clustering
from emargin_core.evaluation.metric_table import HEADLINES, METRICS
from emargin_core.experiment.run import run_experiment
from emargin_core.store.result import metric_paths


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
def test_preliminary_result_says_nothing_that_the_final_one_takes_back(
    small_file, store, evaluate_on
):
    config = make_config(dataset=str(small_file), method="random", evaluate_on=evaluate_on)
    told = []

    def listen(preliminary):
        assert store.ids() == []  # it is no result yet
        told.append(preliminary)

    final = run_experiment(config, store=store, on_preliminary=listen)
    (first,) = told
    assert (first.preliminary, final.preliminary) == (True, False)
    measured = [path for path in METRICS if first.metric(path) is not None]
    assert {headline.path for headline in HEADLINES.values()} <= set(measured)
    assert len(measured) < len(METRICS)
    assert [first.metric(path) for path in measured] == [final.metric(path) for path in measured]
    pd.testing.assert_frame_equal(first.frames, final.frames)
    assert first.collapse_reason == final.collapse_reason
    for path, values in first.replicates.items():
        np.testing.assert_array_equal(values, final.replicates[path])
