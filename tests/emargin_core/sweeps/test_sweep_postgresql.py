"""Sweeps in a real PostgreSQL: begun by one process, read by others, gone on with by another."""

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from emargin_core.sweeps.sweep import SweepRunner, make_grid
from tests.emargin_core.sweeps.sweep_doubles import InstantJobs, small_config

PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
FOUND = next((place for place in PLACES if (place / "initdb").exists()), None)
SERVER_USER = "postgres"
WAIT_S = 120


def has_user():
    try:
        pwd.getpwnam(SERVER_USER)
    except KeyError:
        return False
    return shutil.which("runuser") is not None


AS_ROOT = sys.platform != "win32" and os.geteuid() == 0
pytestmark = pytest.mark.skipif(
    FOUND is None or (AS_ROOT and not has_user()),
    reason="no PostgreSQL server on this machine, or nobody to run it as",
)


@pytest.fixture(scope="module")
def address():
    """A server of its own, reached through a socket in its folder and by nobody else."""
    folder = Path(
        subprocess.run(
            ["mktemp", "-d", "/tmp/pg-XXXXXX"], capture_output=True, text=True, check=True
        ).stdout.strip()
    )
    if AS_ROOT:
        shutil.chown(folder, SERVER_USER, SERVER_USER)

    def call(program, *arguments):
        words = [str(FOUND / program), *map(str, arguments)]
        if AS_ROOT:
            words = ["runuser", "-u", SERVER_USER, "--", *words]
        subprocess.run(words, cwd=folder, check=True, capture_output=True, timeout=WAIT_S)

    data = folder / "data"
    try:
        call("initdb", "-D", data, "-A", "trust", "-U", "sweeper", "--no-sync")
        call(
            "pg_ctl",
            "-D",
            data,
            "-w",
            "-l",
            folder / "log",
            "-o",
            f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off",
            "start",
        )
        yield f"postgresql://sweeper@/postgres?host={folder}"
    finally:
        if (data / "postmaster.pid").exists():
            call("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def grid(small_file):
    return make_grid(small_config(small_file), {"threshold": [0.0, 0.4], "scale": [1.0, 5.0]})


def test_sweep_is_told_read_by_another_and_not_computed_again(address, store, grid):
    runner = SweepRunner(store, address)
    name = runner.start(grid, InstantJobs(store), "first")
    assert runner.wait(name, WAIT_S)
    reader = SweepRunner(store, address)
    status = reader.status(name)
    assert (status.state, status.done, status.failed) == ("done", 4, 0)
    assert reader.spec(name) == grid
    again = InstantJobs(store)
    other = SweepRunner(store, address)
    assert other.wait(other.start(grid, again, "first"), WAIT_S)
    assert again.asked == []
    assert len(other.trials(name)) == 4


def test_sweep_that_was_left_goes_on_under_its_own_numbers(address, store, grid):
    runner = SweepRunner(store, address)
    name = runner.start(grid, InstantJobs(store, patience=10**9), "left")
    while not len(runner.trials(name)):
        runner.wait(name, 0.02)
    runner.cancel(name)
    assert runner.wait(name, WAIT_S)
    assert runner.status(name).state == "stopped"
    runner.resume(name, InstantJobs(store))
    assert runner.wait(name, WAIT_S)
    trials = runner.trials(name)
    assert trials["number"].tolist() == [0, 1, 2, 3]
    assert set(trials["state"]) == {"done"}
