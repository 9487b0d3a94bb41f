"""Snapshots of a training: small, kept with the run, checked where they come in."""

from dataclasses import replace

import numpy as np
import pytest

from emargin_core.store.archive.run_archive import export_runs, import_runs
from emargin_core.store.result_files import SNAPSHOTS
from emargin_core.store.run_store import RunStore
from emargin_core.store.snapshots import (
    MAX_POINTS,
    MAX_SNAPSHOTS,
    PATHS,
    Snapshot,
    added,
    from_bytes,
    to_bytes,
)
from emargin_core.text.errors import InputError
from tests.emargin_core.store.archive.test_run_archive import repacked
from tests.run_doubles import make_run


def snapshot(step=0, n_points=5, steps=10_000):
    rng = np.random.default_rng(step)
    return Snapshot(
        step,
        steps,
        dict(zip(PATHS, (0.5, None, 0.7, 12.0), strict=True)),
        rng.integers(0, 1001, (n_points, 2)).astype(np.uint16),
        (np.arange(n_points) % 3 - 1).astype(np.int16),
    )


def same(one, other):
    return (
        (one.step, one.steps, one.values) == (other.step, other.steps, other.values)
        and np.array_equal(one.layout, other.layout)
        and np.array_equal(one.labels, other.labels)
    )


def test_message_brings_the_same_snapshot():
    assert same(Snapshot.from_message(snapshot(7).to_message()), snapshot(7))


def test_longest_training_is_kept_in_less_than_150_kilobytes():
    kept = ()
    for step in range(300):
        kept = added(kept, snapshot(step, MAX_POINTS))
        assert len(kept) <= MAX_SNAPSHOTS
        assert (kept[0].step, kept[-1].step) == (0, step)
    content = to_bytes(kept)
    assert len(content) < 150_000
    assert all(map(same, from_bytes(content, 2), kept))


def test_training_that_was_begun_anew_starts_again():
    kept = added(added(added((), snapshot(0)), snapshot(40)), snapshot(0))
    assert [one.step for one in kept] == [0]


def watched_run():
    return replace(make_run(), snapshots=(snapshot(0), snapshot(40)))


def test_stored_run_brings_them_back_and_runs_without_them_have_none(store):
    run, other = watched_run(), make_run("infonce")
    for one in (run, other):
        store.put(one)
    assert all(map(same, store.get(run.run_id).snapshots, run.snapshots))
    assert store.get(other.run_id).snapshots == ()


def test_damaged_snapshots_leave_the_run_readable(store):
    run = watched_run()
    store.put(run)
    (store.home / "runs" / run.run_id / SNAPSHOTS).write_bytes(b"noise" * 50)
    assert store.get(run.run_id).snapshots == ()


def test_archive_takes_them_along(tmp_path, store):
    there, run = RunStore(tmp_path / "there"), watched_run()
    there.put(run)
    export_runs([run.run_id], tmp_path / "runs.zip", there)
    import_runs(tmp_path / "runs.zip", store)
    assert all(map(same, store.get(run.run_id).snapshots, run.snapshots))


ALTERED = {
    "a class too many": lambda s: replace(s, labels=s.labels + np.int16(5)),
    "outside the square": lambda s: replace(s, layout=s.layout + np.uint16(1001)),
    "after the end": lambda s: replace(s, step=s.steps + 1),
    "infinite": lambda s: replace(s, values=s.values | {PATHS[0]: float("inf")}),
}


@pytest.mark.parametrize("change", ALTERED.values(), ids=ALTERED)
def test_archive_with_snapshots_out_of_bounds_is_refused(tmp_path, store, change):
    there, run = RunStore(tmp_path / "there"), watched_run()
    there.put(run)
    path = tmp_path / "runs.zip"
    export_runs([run.run_id], path, there)
    bad = to_bytes((change(run.snapshots[1]),))
    repacked(path, lambda files: files.update({f"runs/{run.run_id}/{SNAPSHOTS}": bad}))
    with pytest.raises(InputError, match="snapshots of the training are out of bounds"):
        import_runs(path, store)
    assert store.ids() == []
