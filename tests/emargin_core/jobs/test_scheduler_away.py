"""The user's scheduler: not there, there later, gone in the middle, back again; never a restart."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from emargin_core.config import make_config
from emargin_core.datasets.registry import load_dataset
from emargin_core.jobs.facade import Jobs

ROOT = Path(__file__).parents[3]
DASK = Path(sys.executable).with_name("dask")
AWAY = "no Dask scheduler answers at tcp://127.0.0.1:"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DASK.exists(), reason="the dask command is not installed"),
]


class Cluster:
    """A scheduler at a fixed port and one worker, started and killed as asked."""

    def __init__(self, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self._folder = folder
        self._programs = []

    def start(self):
        self._launch("scheduler", "--host", "127.0.0.1", "--port", self.port, "--no-dashboard")
        self._launch(
            "worker",
            self.address,
            "--host",
            "127.0.0.1",
            "--nthreads",
            1,
            "--no-nanny",
            "--no-dashboard",
        )

    def kill(self):
        for program in self._programs:
            program.kill()
            program.wait()
        self._programs = []

    def _launch(self, *arguments):
        environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        self._programs.append(
            subprocess.Popen(
                [str(DASK), *map(str, arguments)],
                cwd=self._folder,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )


@pytest.fixture
def cluster(tmp_path):
    programs = Cluster(tmp_path)
    yield programs
    programs.kill()


def config(small_file, **changes):
    settings = {"iterations": 20, "batch_windows": 2, "window_frames": 20}
    return make_config(dataset=str(small_file), **(settings | changes))


def ask(jobs, settings):
    key = settings.run_id(load_dataset(settings.dataset).fingerprint)
    jobs.forget(key)
    jobs.submit(settings, key, "me")
    return key


def wait(jobs, key, until=lambda job: job.ended, seconds=240):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if until(jobs.status(key)):
            return jobs.status(key)
        time.sleep(0.05)
    raise AssertionError(f"still {jobs.status(key)}")


def press_until_done(jobs, settings, tries=8):
    """Ask again as a person would, while the cluster is coming up."""
    for _ in range(tries):
        job = wait(jobs, ask(jobs, settings))
        if job.state == "done":
            return
        assert AWAY in str(job.message)
    raise AssertionError(f"still {job}")


def test_away_then_there_then_gone_then_back(cluster, store, small_file):
    jobs = Jobs(store, scheduler=cluster.address)
    try:
        assert AWAY in str(wait(jobs, ask(jobs, config(small_file))).message)
        cluster.start()
        press_until_done(jobs, config(small_file))
        lost = ask(jobs, config(small_file, seed=1, iterations=20_000))
        wait(jobs, lost, lambda job: job.state == "running" and job.progress.step > 0)
        cluster.kill()
        job = wait(jobs, lost)
        assert (job.state, job.lost) == ("failed", True)
        assert "Start it again" in str(job.message)
        assert AWAY in str(wait(jobs, ask(jobs, config(small_file, seed=2))).message)
        cluster.start()
        press_until_done(jobs, config(small_file, seed=2))
        seen = ask(jobs, config(small_file, seed=3, iterations=600))  # progress is told again
        wait(jobs, seen, lambda job: job.progress.step > 0)
        assert wait(jobs, seen).state == "done"
    finally:
        jobs.close()


def test_scheduler_started_anew_while_nobody_asks_is_noticed(cluster, store, small_file):
    cluster.start()
    jobs = Jobs(store, scheduler=cluster.address)
    try:
        press_until_done(jobs, config(small_file))
        cluster.kill()
        cluster.start()
        press_until_done(jobs, config(small_file, seed=1))
        seen = ask(jobs, config(small_file, seed=2, iterations=600))
        wait(jobs, seen, lambda job: job.progress.step > 0)
        assert wait(jobs, seen).state == "done"
    finally:
        jobs.close()
