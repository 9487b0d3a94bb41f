"""Watching a training: it changes no number, costs little, and shows what is there."""

import numpy as np
import pytest
import torch

from emargin_core.config import make_config
from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.splits import make_split
from emargin_core.evaluation import clustering
from emargin_core.experiment import watching
from emargin_core.experiment.run import run_experiment
from emargin_core.experiment.watching import MAX_SHARE, Watcher
from emargin_core.store.run_store import RunStore
from emargin_core.store.snapshots import PATHS, Snapshot
from emargin_core.training.encoders import embed, make_encoder

ITERATIONS = 5


def config(small_file):
    return make_config(
        dataset=str(small_file), iterations=ITERATIONS, batch_windows=2, window_frames=20
    )


@pytest.fixture(scope="module")
def watched(small_file, tmp_path_factory):
    """A run with a snapshot after every step: its store, the run, and what was told."""
    told, store = [], RunStore(tmp_path_factory.mktemp("watched"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(watching, "INTERVAL_S", 0.0)
        patch.setattr(watching, "MAX_SHARE", 1_000.0)
        run = run_experiment(config(small_file), store=store, on_snapshot=told.append)
    assert [snapshot.step for snapshot in told] == list(range(ITERATIONS + 1))
    return store, run, told


def test_watched_run_has_the_same_numbers_and_the_same_name(watched, store, trained, small_file):
    _, seen, _ = watched
    plain = trained(config(small_file), store)
    assert seen.run_id == plain.run_id
    assert seen.metrics == plain.metrics
    assert seen.history == plain.history
    assert seen.frames.equals(plain.frames)
    for name, weights in plain.encoder.items():
        np.testing.assert_array_equal(seen.encoder[name], weights)


def test_snapshots_are_kept_with_the_run_that_was_watched(watched, store, trained, small_file):
    kept_in, run, told = watched
    kept = kept_in.get(run.run_id).snapshots
    assert [(one.step, one.values) for one in kept] == [(one.step, one.values) for one in told]
    assert trained(config(small_file), store).snapshots == ()


def test_last_snapshot_shows_the_trained_encoder(watched, small_file):
    _, result, told = watched
    split = make_split(load_dataset(str(small_file)))
    encoder = make_encoder(split.train.inputs.shape[1], 0)
    encoder.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in result.encoder.items()})
    test = embed(encoder, torch.from_numpy(split.test.inputs)).numpy()
    values = told[-1].values
    assert told[-1].labels.tolist() == split.test.labels.tolist()
    rank = result.metric("geometry.effective_rank")
    assert values["geometry.effective_rank"] == pytest.approx(rank, rel=1e-6)
    clusters = clustering.kmeans_clusters(test, 3, 0)
    overlap = clustering.davies_bouldin(test, clusters)
    assert values["clustering.davies_bouldin"] == pytest.approx(overlap, rel=0.05)
    assert values["probe.accuracy"] == pytest.approx(result.metric("probe.accuracy"), abs=0.1)


def test_points_travel_instead_of_jumping(watched):
    before, after = (snapshot.layout.astype(float) for snapshot in watched[2][-2:])
    moved = np.linalg.norm(after - before, axis=1).mean()
    apart = np.linalg.norm(after - np.random.default_rng(0).permutation(before), axis=1).mean()
    assert moved < 0.5 * apart


class Clock:
    """Processor's time as a training spends it: so much a step, so much a snapshot."""

    def __init__(self, step_s, snapshot_s, monkeypatch):
        self.now = 0.0
        self.step_s, self.snapshot_s = step_s, snapshot_s
        monkeypatch.setattr(watching.time, "process_time", lambda: self.now)
        monkeypatch.setattr(watching.time, "monotonic", lambda: self.now)

    def train(self, watcher, iterations):
        watcher(0, torch.nn.Identity())
        for step in range(1, iterations + 1):
            self.now += self.step_s
            watcher(step, torch.nn.Identity())


@pytest.mark.parametrize(
    ("iterations", "step_s", "snapshot_s", "at_least"),
    [(400, 0.02, 0.2, 5), (400, 0.02, 0.05, 7), (50, 0.02, 0.2, 1), (4000, 0.02, 0.2, 30)],
)
def test_snapshots_stay_within_their_share_of_the_time(
    small_file, monkeypatch, iterations, step_s, snapshot_s, at_least
):
    clock = Clock(step_s, snapshot_s, monkeypatch)
    taken = []

    def take(watcher, step, encoder):
        clock.now += clock.snapshot_s
        taken.append((clock.now, step))
        empty = np.zeros((1, 2), np.uint16)
        return Snapshot(step, iterations, dict.fromkeys(PATHS), empty, np.zeros(1, np.int16))

    monkeypatch.setattr(Watcher, "_take", take)
    split = make_split(load_dataset(str(small_file)))
    watcher = Watcher(split, iterations, 3, 0, lambda snapshot: None)
    clock.train(watcher, iterations)
    assert at_least <= len(taken)
    assert len(taken) * snapshot_s <= max(snapshot_s, MAX_SHARE * iterations * step_s + 1e-9)
    assert taken[0][1] == 0
    if len(taken) > 1:
        assert taken[-1][1] == iterations
    times = [time for time, _ in taken]
    assert (np.diff(times)[:-1] >= 0.9).all()
    assert len(watcher.snapshots) <= 32


def test_sample_has_all_classes_alike_and_a_thousand_frames_at_most(small_file, monkeypatch):
    monkeypatch.setattr(watching, "MAX_POINTS", 60)
    told = []
    split = make_split(load_dataset(str(small_file)))
    encoder = make_encoder(split.train.inputs.shape[1], 0)
    Watcher(split, 10, 3, 0, told.append)(0, encoder)
    assert np.bincount(told[0].labels).tolist() == [20, 20, 20]
    assert told[0].layout.shape == (60, 2)


def test_encoder_without_finite_weights_is_shown_where_it_was(small_file):
    told = []
    split = make_split(load_dataset(str(small_file)))
    encoder = make_encoder(split.train.inputs.shape[1], 0)
    watcher = Watcher(split, 10, 3, 0, told.append)
    watcher(0, encoder)
    torch.nn.init.constant_(encoder.layers[0].weight, float("nan"))
    watcher(0, encoder)
    np.testing.assert_array_equal(told[0].layout, told[1].layout)
    assert set(told[1].values.values()) == {None}


def test_picture_that_fails_does_not_lose_the_run(small_file, tmp_path, monkeypatch, caplog):
    def fail(*_):
        raise RuntimeError("no picture")

    monkeypatch.setattr(Watcher, "_placed", fail)
    told = []
    run = run_experiment(
        config(small_file), store=RunStore(tmp_path / "unseen"), on_snapshot=told.append
    )
    assert (told, run.snapshots) == ([], ())
    assert "watched no further" in caplog.text
