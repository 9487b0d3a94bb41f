"""A Streamlit script served by a program of its own, as a visitor's browser would meet it."""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import emargin_core
from benchmarks.pipeline import environment
from emargin_core.text.errors import ExplorerError

ROOT = Path(emargin_core.__file__).parent.parent
APP = ROOT / "app" / "main.py"
WAIT_S = 300.0
POLL_S = 0.01


class Served(NamedTuple):
    """Where a served script is reached, and its process."""

    address: str
    pid: int


@contextmanager
def served(script: Path, home: Path, **settings: str) -> Iterator[Served]:
    """Serve a Streamlit script on a free port of 127.0.0.1 until the block ends.

    settings: more of the environment, such as STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL=5.

    Raises:
        ExplorerError: it did not come up.
    """
    port = _free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "streamlit", "run", str(script)),
            *("--server.port", str(port), "--server.address", "127.0.0.1"),
            *("--server.headless", "true", "--browser.gatherUsageStats", "false"),
        ],
        cwd=ROOT,
        env=environment(home) | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await_answer(f"http://127.0.0.1:{port}", process)
        yield Served(f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_answer(address: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ExplorerError(
                "the app ended with status {returncode}", returncode=process.returncode
            )
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(POLL_S)
    raise ExplorerError("the app did not answer within {wait_s:.0f} s", wait_s=WAIT_S)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
