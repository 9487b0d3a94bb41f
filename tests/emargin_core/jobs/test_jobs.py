"""The background: one run for all who ask, progress, cancelling, recovery from lost workers."""

import logging
import os
import signal
import time
from types import SimpleNamespace

import numpy as np
import psutil
import pytest
from distributed import Scheduler, Status
from distributed.comm import CommClosedError

from emargin_core.analysis.forecast.kept import read_forecast
from emargin_core.config import make_config
from emargin_core.datasets.registry import load_dataset
from emargin_core.evaluation.metric_table import ACCURACY
from emargin_core.jobs.facade import Jobs, forecast_key, map_key
from emargin_core.jobs.private import is_news
from emargin_core.store.run_store import RunStore
from tests.emargin_core.analysis.forecast.test_forecast import make_runs, samples_of


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory):
    return RunStore(tmp_path_factory.mktemp("jobs"))


@pytest.fixture(scope="module")
def jobs(shared_store):
    background = Jobs(shared_store, n_workers=1)
    background.start()
    yield background
    background.close()


def config(small_file, **changes):
    settings = {"iterations": 20, "batch_windows": 2, "window_frames": 20}
    return make_config(dataset=str(small_file), **(settings | changes))


def run_id(settings):
    return settings.run_id(load_dataset(settings.dataset).fingerprint)


def submit(jobs, settings, owner="me", **options):
    jobs.submit(settings, run_id(settings), owner, **options)
    return run_id(settings)


def wait(jobs, key, until=lambda job: job.ended, seconds=300):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        job = jobs.status(key)
        if until(job):
            return job
        time.sleep(0.05)
    raise AssertionError(f"still {jobs.status(key)} after {seconds} s")


def running(job):
    return job.state == "running" and job.progress.step > 0


def test_result_is_stored_and_progress_was_told(jobs, shared_store, small_file):
    key = submit(jobs, config(small_file, iterations=300))
    seen = wait(jobs, key, running)
    assert 0 < seen.progress.fraction < 1
    assert wait(jobs, key).state == "done"
    assert shared_store.get(key).history["loss"][-1] is not None


def test_watched_run_shows_its_training_to_all_who_look_and_keeps_it(
    jobs, shared_store, small_file
):
    key = submit(jobs, config(small_file, seed=6, iterations=300), watched=True)
    wait(jobs, key, lambda job: job.ended or jobs.snapshots(key))
    first = jobs.snapshots(key)[0]
    assert (first.step, first.steps) == (0, 300)
    assert set(first.labels.tolist()) == {0, 1, 2}
    early = []

    def told_early(job):
        early.append(shared_store.get_preliminary(key))
        return job.ended or early[-1]

    wait(jobs, key, told_early)
    assert early[-1].metric("clustering.silhouette") is not None
    assert wait(jobs, key).state == "done"
    assert shared_store.get_preliminary(key) is None
    kept = shared_store.get(key).snapshots
    np.testing.assert_array_equal(kept[0].layout, first.layout)
    assert jobs.snapshots(key) == ()  # from here on they are the run's


@pytest.fixture
def sent(jobs, monkeypatch):
    """What is handed to the one worker from here on, in order: task and key."""
    found, next_job = [], jobs._dispatcher._next_job

    def noted():
        job = next_job()
        if job is not None:
            found.append((job[1].task.__name__, job[0]))
        return job

    monkeypatch.setattr(jobs._dispatcher, "_next_job", noted)
    return found


def test_first_looks_come_before_what_is_left_of_any(jobs, shared_store, small_file, sent):
    hold = submit(jobs, config(small_file, seed=40, iterations=150))
    one, two = (submit(jobs, config(small_file, seed=41 + n), first_look=True) for n in range(2))
    assert wait(jobs, one).state == wait(jobs, two).state == "done"
    assert sent == [
        ("run_task", hold),
        *(("first_look_task", key) for key in (one, two)),
        *(("run_task", key) for key in (one, two)),
    ]
    assert not shared_store.has_preliminary(one)
    assert not shared_store.has_preliminary(two)
    result = shared_store.get(one)
    assert result.metric("probe.mlp_accuracy") is not None
    assert result.snapshots == ()


def test_map_comes_after_both_first_looks_and_before_what_is_left(
    jobs, shared_store, small_file, sent
):
    settings = [
        config(small_file, seed=seed, method=m) for seed, m in ((61, "infonce"), (62, "emargin"))
    ]
    baseline, candidate = map(run_id, settings)
    key = map_key(candidate, baseline)
    jobs.submit_map_after(candidate, baseline, owner="me")
    assert jobs.status(key) is None
    for each in settings:
        submit(jobs, each, first_look=True)
    assert wait(jobs, baseline).state == wait(jobs, candidate).state == "done"
    assert jobs.status(key).state == "done"
    assert sent == [
        *(("first_look_task", name) for name in (baseline, candidate)),
        ("map_task", key),
        *(("run_task", name) for name in (baseline, candidate)),
    ]
    own, aligned = (shared_store.get_map(name, baseline) for name in (baseline, candidate))
    assert own.shape == aligned.shape
    frames = shared_store.get(baseline).frames[["map_x", "map_y"]]
    np.testing.assert_array_equal(frames.to_numpy(), own)


def test_map_waits_for_the_run_alone_that_is_not_known(jobs, shared_store, small_file):
    submit(jobs, config(small_file, seed=61))
    known = run_id(config(small_file, seed=61))
    wait(jobs, known)
    settings = config(small_file, seed=63, method="emargin")
    key = map_key(run_id(settings), known)
    jobs.submit_map_after(run_id(settings), known, shared_store.get(known), "me")
    submit(jobs, config(small_file, seed=61), first_look=True)
    wait(jobs, known)  # it is whole before the other is looked at
    submit(jobs, settings, first_look=True)
    wait(jobs, run_id(settings))
    assert wait(jobs, key).state == "done"
    assert shared_store.get_map(run_id(settings), known) is not None
    assert shared_store.get_map(known, known) is None


def test_who_asks_for_a_first_look_of_a_run_that_waits_gets_one(jobs, small_file, sent):
    submit(jobs, config(small_file, seed=45, iterations=150))
    settings = config(small_file, seed=46)
    key = submit(jobs, settings, "sweep", priority=-10)
    submit(jobs, settings, "page", first_look=True)
    assert wait(jobs, key).state == "done"
    assert sent[1:] == [("first_look_task", key), ("run_task", key)]


def test_nothing_stays_of_a_run_cancelled_after_its_first_look(jobs, shared_store, small_file):
    settings = config(small_file, seed=47)
    key = submit(jobs, settings, first_look=True)
    after = submit(jobs, config(small_file, seed=48, iterations=5_000))
    wait(jobs, key, lambda job: job.looked)
    assert shared_store.has_preliminary(key)
    jobs.cancel(key, "me")
    assert wait(jobs, key).state == "cancelled"
    assert not shared_store.has_preliminary(key)
    jobs.cancel(after, "me")
    assert wait(jobs, after).state == "cancelled"
    assert submit(jobs, settings, first_look=True) == key
    assert wait(jobs, key).state == "done"
    assert shared_store.get(key) is not None


def test_run_that_nobody_watches_has_no_snapshots(jobs, shared_store, small_file):
    key = submit(jobs, config(small_file, seed=5))
    assert wait(jobs, key).state == "done"
    assert shared_store.get(key).snapshots == ()


def test_second_request_joins_the_first(jobs, shared_store, small_file):
    settings = config(small_file, seed=7, iterations=200)
    key = submit(jobs, settings, "one")
    submit(jobs, settings, "two")
    assert jobs.status(key).owners == {"one", "two"}
    assert wait(jobs, key).state == "done"
    assert shared_store.ids().count(key) == 1


def test_cancelled_run_frees_the_worker_and_stores_nothing(jobs, shared_store, small_file):
    key = submit(jobs, config(small_file, seed=8, iterations=20_000))
    wait(jobs, key, running)
    jobs.cancel(key, "me")
    asked = time.monotonic()
    assert wait(jobs, key).state == "cancelled"
    assert time.monotonic() - asked < 10
    assert shared_store.get(key) is None


def test_cancelling_one_request_leaves_the_others(jobs, small_file):
    settings = config(small_file, seed=9, iterations=300)
    key = submit(jobs, settings, "one")
    submit(jobs, settings, "two")
    wait(jobs, key, running)
    jobs.cancel(key, "one")
    assert wait(jobs, key).state == "done"


def test_run_can_be_asked_for_again_while_it_is_being_stopped(jobs, small_file):
    settings = config(small_file, seed=10, iterations=300)
    key = submit(jobs, settings)
    wait(jobs, key, running)
    jobs.cancel(key, "me")
    submit(jobs, settings)
    assert wait(jobs, key).state == "done"


def test_run_asked_for_again_while_it_stops_and_cancelled_again_is_not_computed(jobs, small_file):
    settings = config(small_file, seed=18, iterations=20_000)
    key = submit(jobs, settings)
    wait(jobs, key, running)
    jobs.cancel(key, "me")
    submit(jobs, settings)
    jobs.cancel(key, "me")
    assert wait(jobs, key, seconds=60).state == "cancelled"


def test_failure_is_one_sentence(jobs, tmp_path, small_file):
    path = tmp_path / "gone.csv"
    path.write_bytes(small_file.read_bytes())
    settings = config(small_file).model_copy(update={"dataset": str(path), "seed": 11})
    key = run_id(settings)
    path.unlink()
    jobs.submit(settings, key, "me")
    job = wait(jobs, key)
    assert job.state == "failed"
    assert "file not found" in str(job.message)


def test_map_is_aligned_in_the_background(jobs, shared_store, small_file):
    keys = [submit(jobs, config(small_file, method=m, seed=12)) for m in ("emargin", "infonce")]
    assert [wait(jobs, key).state for key in keys] == ["done", "done"]
    jobs.submit_map(shared_store.get(keys[0]), shared_store.get(keys[1]), "me")
    assert wait(jobs, map_key(*keys)).state == "done"
    assert shared_store.get_map(*keys) is not None


def test_forecast_is_fitted_in_the_background_and_kept(jobs, tmp_path):
    samples, path = samples_of(make_runs()), tmp_path / "forecasts" / "kept.json"
    jobs.submit_forecast(samples, path, "me")
    assert wait(jobs, forecast_key(samples)).state == "done"
    kept = read_forecast(path)
    assert kept.samples == samples
    assert ACCURACY in kept.curves


def test_unknown_job_has_no_status(jobs):
    assert jobs.status("feed") is None


@pytest.mark.slow
def test_scheduler_that_does_not_answer_is_a_sentence(store, small_file):
    background = Jobs(store, scheduler="tcp://127.0.0.1:1")
    key = submit(background, config(small_file))
    job = wait(background, key)
    background.close()
    assert job.state == "failed"
    assert "no Dask scheduler answers at tcp://127.0.0.1:1" in str(job.message)


def test_closed_background_loses_a_request_instead_of_keeping_it_waiting(store, small_file):
    background = Jobs(store, n_workers=1)
    background.close()
    key = submit(background, config(small_file))
    job = background.status(key)
    assert (job.state, job.lost) == ("failed", True)


def workers(jobs):
    """The worker processes of the private cluster: those that spawned and run Python code."""
    program = psutil.Process(jobs._dispatcher.connection.cluster.process.pid)
    return [c for c in program.children(recursive=True) if "spawn_main" in " ".join(c.cmdline())]


@pytest.mark.slow
def test_killed_worker_is_replaced_and_the_run_finishes(jobs, small_file):
    key = submit(jobs, config(small_file, seed=13, iterations=400))
    wait(jobs, key, running)
    for worker in workers(jobs):
        os.kill(worker.pid, signal.SIGKILL)
    assert wait(jobs, key).state == "done"


@pytest.mark.slow
def test_killed_cluster_is_started_anew_by_the_next_request(jobs, small_file):
    lost = submit(jobs, config(small_file, seed=14, iterations=20_000))
    wait(jobs, lost, running)
    waiting = submit(jobs, config(small_file, seed=19))
    os.kill(jobs._dispatcher.connection.cluster.process.pid, signal.SIGKILL)
    jobs._dispatcher.connection.cluster.process.wait()
    key = submit(jobs, config(small_file, seed=15))
    assert wait(jobs, key).state == "done"
    assert wait(jobs, waiting).state == "done"
    assert wait(jobs, lost).state == "failed"


@pytest.mark.slow
def test_closed_facade_leaves_no_process(jobs, small_file):
    """The last of this file: it ends what the others share."""
    wait(jobs, submit(jobs, config(small_file, seed=16)))
    program = psutil.Process(jobs._dispatcher.connection.cluster.process.pid)
    family = [program, *program.children(recursive=True)]
    jobs.close()
    assert len(family) > 1
    assert psutil.wait_procs(family, timeout=15)[1] == []


def test_a_starter_that_leaves_is_no_news_of_the_scheduler():
    told = []
    handler = logging.Handler()
    handler.emit = told.append
    handler.addFilter(is_news)

    def gone(*_messages):
        raise CommClosedError

    scheduler = SimpleNamespace(
        client_comms={"starter": SimpleNamespace(send=gone)}, status=Status.running
    )
    logger = logging.getLogger("distributed.scheduler")
    logger.addHandler(handler)
    try:
        Scheduler.send_all(scheduler, {"starter": [{}]}, {})
        Scheduler.client_send(scheduler, "starter", {})
        assert told == []
        logger.critical("something else")
        assert len(told) == 1
    finally:
        logger.removeHandler(handler)
