"""A cluster of plain Dask commands, as in docs/cluster.md: processes on loopback, one killed."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from emargin_core.store.run_store import RunStore

ROOT = Path(__file__).parents[3]
DASK = Path(sys.executable).with_name("dask")
CELLS = 8

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DASK.exists(), reason="the dask command is not installed"),
]


@pytest.fixture
def launch(tmp_path):
    """Start dask programs; all of them are ended afterwards."""
    programs = []

    def start(*arguments, **environment):
        log = (tmp_path / f"dask-{len(programs)}.log").open("w")
        program = subprocess.Popen(
            [str(DASK), *map(str, arguments)],
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"} | environment,
        )
        programs.append(program)
        return program

    yield start
    for program in programs:
        if program.poll() is None:
            program.terminate()
    for program in programs:
        try:
            program.wait(timeout=60)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()


def start_cluster(launch, folder, *security, protocol="tcp", **environment):
    """A scheduler and two workers of one thread; its address and the workers."""
    file = folder / "scheduler.json"
    launch(
        "scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        0,
        "--no-dashboard",
        "--protocol",
        protocol,
        "--scheduler-file",
        file,
        *security,
    )
    until(lambda: file.exists() and file.stat().st_size > 0)
    address = json.loads(file.read_text())["address"]
    workers = [
        launch(
            "worker",
            address,
            "--host",
            "127.0.0.1",
            "--nthreads",
            1,
            "--no-nanny",
            "--no-dashboard",
            *security,
            **environment,
        )
        for _ in range(2)
    ]
    return address, workers


def until(condition, seconds=600):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError(f"did not happen within {seconds} s")


@pytest.fixture
def sweep():
    """Start a sweep through a scheduler; none outlives its test."""
    programs = []

    def start(file, address, *more, iterations=100, **environment):
        program = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "emargin_core",
                "sweep",
                "--dataset",
                str(file),
                "--threshold",
                "0,0.2,0.4,0.8",
                "--scale",
                "1,5",
                "--folds",
                "0",
                "--iterations",
                str(iterations),
                "--scheduler",
                address,
                "--json",
                "-",
                *more,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | environment,
        )
        programs.append(program)
        return program

    yield start
    for program in programs:
        if program.poll() is None:
            program.kill()
        program.communicate()


def test_worker_killed_in_the_middle_loses_no_trial(launch, sweep, tmp_path, small_file, home):
    elsewhere = tmp_path / "worker home"
    address, workers = start_cluster(launch, tmp_path, EMARGIN_WORKER_HOME=str(elsewhere))
    program = sweep(small_file, address)
    until(lambda: len(RunStore(home).ids()) >= 2)
    assert program.poll() is None
    os.kill(workers[0].pid, signal.SIGKILL)
    out, err = program.communicate(timeout=600)
    assert program.returncode == 0, err
    trials = json.loads(out)["trials"]
    assert [trial["state"] for trial in trials] == ["done"] * CELLS
    assert len({trial["run_id"] for trial in trials}) == CELLS
    kept = set(RunStore(home).ids())
    assert {trial["run_id"] for trial in trials} <= kept  # they came back from another folder
    assert kept <= set(RunStore(elsewhere).ids())


def test_worker_with_other_data_says_so(launch, sweep, tmp_path, small_file, home):
    copy = tmp_path / "copy.csv"
    copy.write_bytes(small_file.read_bytes())
    address, _ = start_cluster(launch, tmp_path)
    program = sweep(copy, address, iterations=200)
    until(lambda: len(RunStore(home).ids()) >= 1)
    lines = copy.read_text().splitlines()
    shorter = tmp_path / "shorter.csv"
    shorter.write_text("\n".join(lines[:-5]))
    shorter.replace(copy)  # at once, so that no worker reads half of it
    out, err = program.communicate(timeout=600)
    assert program.returncode == 0, err
    failed = [trial for trial in json.loads(out)["trials"] if trial["state"] == "failed"]
    assert failed
    assert all(
        "differs from the machine that started the run" in trial["error"] for trial in failed
    )


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_tls_as_documented_lets_in_who_has_the_certificate_and_nobody_else(
    launch, sweep, tmp_path, small_file
):
    text = (ROOT / "docs" / "cluster.md").read_text()
    (recipe,) = re.findall(r"```sh\n(openssl req -x509.*?)```", text, re.DOTALL)
    made = subprocess.run(["sh", "-ec", recipe], cwd=tmp_path, capture_output=True, check=False)
    assert made.returncode == 0, made.stderr
    ca, cert, key = (tmp_path / name for name in ("ca.pem", "node.pem", "node-key.pem"))
    address, _ = start_cluster(
        launch, tmp_path, "--tls-ca-file", ca, "--tls-cert", cert, "--tls-key", key, protocol="tls"
    )
    assert address.startswith("tls://127.0.0.1:")
    variables = dict(re.findall(r"export (DASK_DISTRIBUTED__COMM_\w+)=(\S+)", text))
    environment = {name: value.replace("$PWD", str(tmp_path)) for name, value in variables.items()}
    assert len(environment) == 4
    out, err = sweep(small_file, address, iterations=5, **environment).communicate(timeout=600)
    assert [trial["state"] for trial in json.loads(out)["trials"]] == ["done"] * CELLS, err
    stranger = sweep(small_file, address, "--name", "stranger", iterations=6)
    out, err = stranger.communicate(timeout=600)
    assert (stranger.returncode, out) == (2, "")
    assert "Traceback" not in err
    assert "needs certificates" in err
    plain = sweep(small_file, address.replace("tls:", "tcp:"), "--name", "plain", iterations=6)
    out, err = plain.communicate(timeout=600)
    assert (plain.returncode, out) == (2, "")
    assert "no Dask scheduler answers" in err
