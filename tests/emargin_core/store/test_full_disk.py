"""A store on a disk that is full or cannot be written: one sentence, nothing lost, no restart.

The disk is a small file system in memory: permissions would not stop root.
"""

import os
import time

import pytest

from emargin_core.cli import main
from emargin_core.config import make_config
from emargin_core.datasets.registry import load_dataset
from emargin_core.experiment.run import run_experiment
from emargin_core.jobs.facade import Jobs
from emargin_core.store.run_store import RunStore
from emargin_core.sweeps.sweep import SweepRunner
from emargin_core.text.errors import ExplorerError, StoreError


def config(small_file, **changes):
    settings = {"method": "random", "batch_windows": 2, "window_frames": 20}
    return make_config(dataset=str(small_file), **(settings | changes))


def test_disk_that_fills_while_a_run_is_written_keeps_what_is_finished(disk, small_file, trained):
    store = RunStore(disk.place)
    first = trained(config(small_file), store)
    ballast = disk.fill()
    before = disk.files()
    with pytest.raises(
        StoreError, match=r"No space left on device; free some space or set EMARGIN_HOME"
    ):
        run_experiment(config(small_file, seed=1), store=store)
    assert disk.files() == before
    assert store.get(first.run_id) is not None
    ballast.unlink()
    assert store.get(run_experiment(config(small_file, seed=1), store=store).run_id) is not None


def test_disk_that_fills_in_the_middle_of_a_run_leaves_no_half_of_it(disk, small_file, trained):
    """Room for the check before the work, none for the result."""
    store = RunStore(disk.place)
    result = trained(config(small_file), store)
    ballast = disk.fill()
    size = ballast.stat().st_size
    os.truncate(ballast, size - 100_000)
    store.check_writable()
    other = trained(config(small_file, seed=1), RunStore(disk.place.parent / "elsewhere"))
    before = disk.files()
    os.truncate(ballast, size - 12_000)
    with pytest.raises(StoreError, match="No space left on device"):
        store.put(other)
    assert disk.files() == before
    assert store.ids() == [result.run_id]


def test_full_disk_is_one_line_on_the_command_line(disk, small_file, capsys):
    disk.fill()
    status = main(["run", "--dataset", str(small_file), "--method", "random", "--json", "-"])
    said = capsys.readouterr()
    assert (status, said.out) == (2, "")
    assert len(said.err.strip().splitlines()) == 1
    assert "No space left on device" in said.err


@pytest.mark.slow
def test_workers_go_on_once_there_is_room_again(disk, small_file):
    jobs = Jobs(RunStore(disk.place), n_workers=1)
    try:
        ballast = disk.fill()
        settings = config(small_file)
        key = settings.run_id(load_dataset(settings.dataset).fingerprint)
        jobs.submit(settings, key, "me")
        job = ended(jobs, key)
        assert job.state == "failed"
        assert "No space left on device" in str(job.message)
        ballast.unlink()
        jobs.submit(settings, key, "me")
        assert ended(jobs, key).state == "done"
    finally:
        jobs.close()


def ended(jobs, key, seconds=200):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if jobs.status(key).ended:
            return jobs.status(key)
        time.sleep(0.05)
    raise AssertionError(f"still {jobs.status(key)}")


def test_read_only_store_can_be_read_and_says_that_it_cannot_be_written(disk, small_file, trained):
    store = RunStore(disk.place)
    result = trained(config(small_file), store)
    disk.make_read_only()
    assert store.get(result.run_id) is not None
    assert run_experiment(config(small_file), store=store).cached
    with pytest.raises(StoreError, match=r"Read-only file system; .* folder that can be written"):
        store.check_writable()
    with pytest.raises(StoreError, match="Read-only file system"):
        run_experiment(config(small_file, seed=1), store=store)


@pytest.mark.parametrize("damage", ["fill", "make_read_only"])
def test_sweeps_of_a_store_that_cannot_be_written_are_a_sentence(disk, damage):
    getattr(disk, damage)()
    with pytest.raises(ExplorerError, match=r"(?i)read-only|unable to open|no space|full"):
        SweepRunner(RunStore(disk.place)).stored()
