"""A sweep as a real program: killed with SIGKILL or interrupted, it goes on where it was."""

import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time

import psutil
import pytest

from emargin_core.store.run_store import RunStore
from emargin_core.sweeps.sweep import SweepRunner

NAME = "mine"
CELLS = 6
ITERATIONS = 100
"""So long that a run on a fast machine outlasts the look at it and the act by far."""


def command(small_file):
    return [
        *(sys.executable, "-m", "emargin_core", "sweep", "--dataset", str(small_file)),
        *("--threshold", "0,0.4,0.8", "--scale", "1,5", "--iterations", str(ITERATIONS)),
        *("--folds", "0", "--name", NAME, "--workers", "2", "--json", "-"),
    ]


@pytest.fixture
def start(small_file):
    programs = []

    def begin():
        program = subprocess.Popen(
            command(small_file), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        programs.append(program)
        return program

    yield begin
    for program in programs:
        if program.poll() is None:
            program.kill()
        program.communicate()


def ended_trials(home):
    """Number -> (run_id, when it was told) of the trials that are told."""
    if not (home / "sweeps" / "sweeps.sqlite3").exists():
        return {}
    runner = SweepRunner(RunStore(home))
    if NAME not in runner.stored():
        return {}
    study = runner.report(NAME).study
    return {
        trial.number: (trial.user_attrs["run"]["run_id"], trial.datetime_complete)
        for trial in study.trials()
        if trial.state.name == "COMPLETE"
    }


def n_told(home):
    """How many trials are told: one question to the file, quick beside a run."""
    path = home / "sweeps" / "sweeps.sqlite3"
    if not path.exists():
        return 0
    with contextlib.closing(sqlite3.connect(path)) as database:
        (count,) = database.execute("select count(*) from trials where state = 'COMPLETE'")
    return count[0]


def until(condition, seconds=600):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError(f"did not happen within {seconds} s")


def kill(program):
    """Kill the program in the middle of its work, and see its workers end by themselves."""
    assert program.poll() is None
    family = psutil.Process(program.pid).children(recursive=True)
    os.kill(program.pid, signal.SIGKILL)
    program.wait()
    assert psutil.wait_procs(family, timeout=120)[1] == []


@pytest.mark.slow
def test_killed_at_several_moments_no_trial_is_lost_and_none_is_computed_twice(start, home):
    store = RunStore(home)
    program = start()
    until(lambda: (home / "sweeps" / "sweeps.sqlite3").exists())  # before there is any trial
    kill(program)
    program = start()
    until(lambda: len(store.ids()) >= 1)  # a run has just been stored
    kill(program)
    told, stored = ended_trials(home), set(store.ids())
    program = start()
    until(lambda: n_told(home) >= max(3, len(told) + 1))  # in the middle
    kill(program)
    told_later, stored_later = ended_trials(home), set(store.ids())
    assert told.items() <= told_later.items()
    assert stored <= stored_later
    assert 3 <= len(told_later) < CELLS
    out, err = start().communicate(timeout=600)
    document = json.loads(out)
    assert "Traceback" not in err
    assert "Warning" not in err
    assert [trial["state"] for trial in document["trials"]] == ["done"] * CELLS
    cells = {(t["config"]["threshold"], t["config"]["scale"]) for t in document["trials"]}
    assert len(cells) == CELLS
    assert told_later.items() <= ended_trials(home).items()  # told once, at the same moment
    for trial in document["trials"]:
        if trial["run_id"] in stored_later and trial["number"] not in told_later:
            assert trial["cached"]


@pytest.mark.slow
def test_interrupted_sweep_says_how_to_go_on_and_that_works(start, home):
    program = start()
    until(lambda: n_told(home) >= 1)
    program.send_signal(signal.SIGINT)
    out, err = program.communicate(timeout=600)
    assert (program.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert "trials are stored; resume" in err
    assert re.search(rf"sweep --resume {NAME}\b", err)
    done = subprocess.run(
        [sys.executable, "-m", "emargin_core", "sweep", "--resume", NAME, "--json", "-"],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert [trial["state"] for trial in json.loads(done.stdout)["trials"]] == ["done"] * CELLS
