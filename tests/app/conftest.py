"""A served app and a real browser, for the tests that need them."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The app on a free port of this machine, with a store of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"EMARGIN_HOME": str(tmp_path_factory.mktemp("browser"))}
    program = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app/main.py", f"--server.port={port}"],
        cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).close()
            break
        except OSError:
            time.sleep(0.1)
    yield address
    program.terminate()
    program.wait(timeout=20)


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None and not os.environ.get("EMARGIN_REQUIRE_BROWSER"):
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    assert CHROMIUM is not None, "Chromium is required here and is not on the path"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()
