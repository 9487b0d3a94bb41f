"""Workers that compute only when told, a served app and a real browser, for who needs them."""

import os
import shutil

import pytest

from app import session
from app.components.comparison import training_view
from emargin_core.datasets.base import Source
from emargin_core.datasets.registry import SOURCES
from tests.app.opened import FakeJobs
from tests.app.serving import free_port, served

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def workers(monkeypatch, small_file, trained):
    from emargin_core.datasets.tables.load import load_file

    small = load_file(small_file)
    source = Source("small", "Small machines", "", "", "", "", "", lambda: small)
    monkeypatch.setitem(SOURCES, "small", source)
    fake = FakeJobs(trained)
    monkeypatch.setattr(session, "jobs", lambda: fake)
    caches = (session.run_store, session._read, session._read_first_look, session.comparison_of)
    for cached in (*caches, session._timed_runs, session.settle, training_view._finished):
        cached.clear()
    return fake


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The app on a free port of this machine, with one store for all tests that visit it."""
    with served("app/main.py", free_port(), tmp_path_factory.mktemp("browser")) as address:
        yield address


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
