"""The served app is stopped, politely or not: none of its processes lives on."""

import asyncio
import os
import signal
import subprocess
import sys
import time
import urllib.request

import psutil
import pytest

from tests.app.serving import ROOT, free_port
from tests.load.visitor import Visitor


def until(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError(f"did not happen within {seconds} s")


def healthy(address):
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5) as answer:
            return answer.read() == b"ok"
    except OSError:
        return False


async def visit(address):
    async with Visitor(address) as visitor:
        await visitor.open()


@pytest.fixture
def family(home):
    """The app, served and visited once, with its cluster program and workers."""
    port = free_port()
    program = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app/main.py", f"--server.port={port}"],
        cwd=ROOT,
        env=os.environ | {"EMARGIN_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    app = psutil.Process(program.pid)
    until(lambda: healthy(f"http://127.0.0.1:{port}"))
    asyncio.run(visit(f"http://127.0.0.1:{port}"))

    def workers():
        return [c for c in app.children(recursive=True) if "spawn_main" in " ".join(c.cmdline())]

    until(lambda: len(workers()) >= 1)
    yield program, [app, *app.children(recursive=True)]
    for process in psutil.wait_procs([app], timeout=0)[1]:
        process.kill()


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_app(family, how):
    program, everybody = family
    began = time.monotonic()
    program.send_signal(how)
    program.wait(timeout=60)
    gone, alive = psutil.wait_procs(everybody, timeout=60)
    print(f"{how.name}: {len(gone)} processes gone after {time.monotonic() - began:.1f} s")
    assert alive == []
