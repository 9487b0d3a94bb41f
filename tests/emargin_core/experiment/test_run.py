"""The pipeline on a small data set: the same numbers every time, computed once, told honestly."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_limits

from emargin_core.config import METHODS, make_config
from emargin_core.datasets import registry
from emargin_core.datasets.base import UNLABELLED, Dataset, Recording, Source
from emargin_core.datasets.registry import SOURCES
from emargin_core.experiment import run as experiment
from emargin_core.experiment.run import aligned_map, run_experiment
from emargin_core.store.result import metric_paths
from emargin_core.store.run_store import RunStore
from emargin_core.text.errors import CancelledError, InputError, StoreError
from emargin_core.training.encoders import PointwiseEncoder


def config(small_file, **changes):
    settings = {"iterations": 20, "batch_windows": 2, "window_frames": 20}
    return make_config(dataset=str(small_file), **(settings | changes))


def numbers(result):
    """Everything that is measured, and nothing that depends on the clock."""
    return json.dumps([result.metrics, result.collapse_reason, result.history, result.details])


@pytest.fixture
def result(small_file, store, trained):
    return trained(config(small_file), store)


def test_every_metric_of_the_contract_is_there(result):
    names = {group: set(values) for group, values in result.metrics.items()}
    assert names["clustering"] == {
        "davies_bouldin",
        "silhouette",
        "calinski_harabasz",
        "nmi",
        "ari",
        "davies_bouldin_true",
        "silhouette_true",
        "largest_cluster_share",
    }
    assert names["probe"] >= {
        "accuracy",
        "balanced_accuracy",
        "macro_f1",
        "paper_accuracy",
        "knn_accuracy",
    }
    assert names["geometry"] >= {"effective_rank", "alignment", "uniformity"}
    assert set(result.timing) == {"train_s", "evaluate_s", "project_s", "first_look_s", "total_s"}


def test_easy_classes_are_told_apart(result):
    assert result.metrics["probe"]["accuracy"] > 0.9
    assert not result.collapsed


def test_replicates_belong_to_metrics_and_lie_about_them(monkeypatch, store):
    labels = np.repeat(np.tile([0, 1, 2], 10), 50)
    own_dataset(monkeypatch, labels, ("a", "b", "c"), n_recordings=1, n_samples=1_500)
    result = run_experiment(config("own"), store=store)
    assert result.n_folds == 1
    assert set(result.replicates) <= set(metric_paths(result.metrics))
    for path, drawn in result.replicates.items():
        value = result.metric(path)
        assert np.nanmin(drawn) - 1e-9 <= value <= np.nanmax(drawn) + 1e-9, path


def test_fold_is_held_out_and_its_unit_stored(small_file, store):
    folds = [run_experiment(config(small_file, fold=fold), store=store) for fold in (0, 1)]
    first, second = (store.get(run.run_id).unit for run in folds)
    assert not set(first.names) & set(second.names)
    assert (first.noun, first.in_all, folds[0].n_folds) == ("recording", 6, 5)
    assert folds[0].to_json()["unit"] == {
        "noun": "recording",
        "n": len(first.names),
        "names": list(first.names),
    }
    assert folds[0].replicates == {}


def test_frames_table_has_a_row_for_every_held_out_frame(result):
    assert len(result.frames) == result.data["test_frames"]
    assert set(result.frames.columns) >= {
        "recording",
        "time",
        "label",
        "cluster",
        "transition",
        "map_x",
        "map_y",
    }
    assert result.frames["map_x"].notna().all()


def test_result_that_exists_is_not_computed_again(small_file, store, monkeypatch):
    fast = config(small_file, method="random")
    first = run_experiment(fast, store=store)
    monkeypatch.setattr(experiment, "_first_look", lambda *_: pytest.fail("it was computed again"))
    again = run_experiment(fast, store=store)
    assert (first.cached, again.cached) == (False, True)
    assert numbers(first) == numbers(again)


@pytest.mark.slow
def test_new_process_with_other_threads_gives_identical_numbers(small_file, result, tmp_path):
    settings = config(small_file).model_dump_json()
    program = (
        "import sys, json; from pathlib import Path;"
        "from emargin_core.config import ExperimentConfig;"
        "from emargin_core.experiment.run import run_experiment;"
        "from emargin_core.store.run_store import RunStore;"
        "r = run_experiment(ExperimentConfig.model_validate_json(sys.argv[1]),"
        " store=RunStore(Path(sys.argv[2])));"
        "print(json.dumps([r.metrics, r.collapse_reason, r.history, r.details]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, settings, str(tmp_path / "other")],
        capture_output=True,
        text=True,
        check=True,
        cwd=".",
        env=os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "2"),
    )
    assert json.loads(done.stdout) == json.loads(numbers(result))


THREAD_TOLERANCE = 0.02
"""How far a metric may move, as a share of its value at least 1, when two threads compute it."""


@pytest.mark.slow  # two threads wait for each other for seconds where both cores are busy
def test_two_threads_give_the_same_numbers_within_the_tolerance(store, monkeypatch, tmp_path):
    line = config("factory:machines=5,minutes=4")  # 479 frames held out: few have little weight
    result = run_experiment(line, store=store)

    @contextmanager
    def two_threads():
        torch.set_num_threads(2)
        try:
            with threadpool_limits(limits=2):
                yield
        finally:
            torch.set_num_threads(1)

    monkeypatch.setattr(experiment, "one_thread", two_threads)
    other = run_experiment(line, store=RunStore(tmp_path / "two"))
    assert not other.cached
    apart = {
        path: abs(other.metric(path) - result.metric(path)) / max(1.0, abs(result.metric(path)))
        for path in metric_paths(result.metrics)
    }
    print("farthest apart:", max(apart.items(), key=lambda item: item[1]))
    assert max(apart.values()) <= THREAD_TOLERANCE


@pytest.mark.parametrize("method", METHODS)
def test_every_method_runs_to_a_result(small_file, store, method):
    result = run_experiment(config(small_file, method=method, iterations=5), store=store)
    assert result.config["method"] == method
    assert store.get(result.run_id) is not None
    json.dumps(result.to_json(), allow_nan=False)


def test_aligned_map_has_the_same_frames_and_is_made_once(
    result, small_file, store, trained, monkeypatch
):
    candidate, baseline = result, trained(config(small_file, method="infonce"), store)
    layout = aligned_map(candidate, baseline, store=store)
    own = baseline.frames[["map_x", "map_y"]].to_numpy()
    assert (np.isfinite(layout) == np.isfinite(own)).all()
    monkeypatch.setattr(experiment, "project_aligned", lambda *_: pytest.fail("made again"))
    np.testing.assert_array_equal(aligned_map(candidate, baseline, store=store), layout)


def test_collapse_is_shown_as_a_collapse_and_never_as_a_good_score(small_file, store, monkeypatch):
    monkeypatch.setattr(
        PointwiseEncoder, "forward", lambda self, x: self.layers(x)[:, :1] * 0 + x.new_ones(1, 8)
    )
    result = run_experiment(config(small_file, method="random"), store=store)
    assert result.collapsed
    assert result.metrics["clustering"]["davies_bouldin"] is None
    assert result.metrics["clustering"]["silhouette"] is None
    document = json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert document["collapsed"] is True
    assert document["clustering"]["davies_bouldin"] is None


def test_cancelled_run_stores_nothing(small_file, store):
    with pytest.raises(CancelledError):
        run_experiment(config(small_file), should_stop=lambda: True, store=store)
    assert store.ids() == []


def test_store_that_cannot_be_written_is_told_before_training(small_file, store, monkeypatch):
    store.home.rmdir()
    store.home.write_text("a file stands where the folder should be")
    monkeypatch.setattr(experiment, "fit", lambda *_: pytest.fail("it was trained for nothing"))
    with pytest.raises(StoreError, match="EMARGIN_HOME"):
        run_experiment(config(small_file), store=store)


def test_audit_of_the_released_loss_counts_steps_that_are_not_finite(small_file, store):
    settings = config(
        small_file, method="emargin-released", temperature=0.05, double=False, iterations=30
    )
    audit = run_experiment(settings, store=store).to_json()["audit"]
    assert audit["steps"] == 30
    assert 0 < audit["non_finite_steps"] <= 30


def own_dataset(monkeypatch, labels, class_names, n_recordings=3, n_samples=1_500):
    """Register recordings of noise whose samples all have one label."""
    rng = np.random.default_rng(0)
    recordings = tuple(
        Recording(
            str(i),
            str(i),
            rng.normal(size=(n_samples, 2)).astype(np.float32),
            np.full(n_samples, labels, dtype=np.int64),
            20.0,
        )
        for i in range(n_recordings)
    )
    dataset = Dataset("own", "own", recordings, class_names, ("x", "y"), "", "", "")
    source = Source("own", "own", "", "", "", "", "", lambda: dataset)
    monkeypatch.setitem(SOURCES, "own", source)
    registry._load_registered.cache_clear()


@pytest.mark.parametrize(("label", "class_names"), [(UNLABELLED, ()), (0, ("only",))])
def test_without_two_classes_there_are_clusters_and_geometry_but_no_decisions(
    monkeypatch, store, label, class_names
):
    own_dataset(monkeypatch, label, class_names)
    result = run_experiment(make_config(dataset="own", method="infonce", iterations=5), store=store)
    assert result.frames["cluster"].nunique() == 8
    assert not result.collapsed
    assert all(value is None for value in result.metrics["probe"].values())
    for path in ("clustering.silhouette", "clustering.davies_bouldin", "geometry.effective_rank"):
        assert result.metric(path) is not None
    assert result.metric("clustering.davies_bouldin_true") is None
    assert (result.frames["predicted"] == UNLABELLED).all()
    assert "Infinity" not in json.dumps(result.to_json(), allow_nan=False)


def test_number_of_clusters_can_be_chosen(monkeypatch, store):
    own_dataset(monkeypatch, UNLABELLED, ())
    config = make_config(dataset="own", method="random", clusters=3)
    assert run_experiment(config, store=store).frames["cluster"].nunique() == 3


def test_fewer_frames_than_clusters_is_said(monkeypatch, store):
    own_dataset(monkeypatch, UNLABELLED, (), n_recordings=2, n_samples=400)
    with pytest.raises(InputError, match=r"39 frames to train on and 39 to test on; more than 50"):
        run_experiment(make_config(dataset="own", method="random", clusters=50), store=store)
