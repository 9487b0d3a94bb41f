"""How long a person waits for the page: the real app, in a real browser without a window.

The counterpart is a Streamlit page of one line in the same browser: what no page can undercut.
"""

import importlib.util
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.pipeline import METHODS, SEED, compare_in_background, warm_workers
from benchmarks.report import Row, make_row, print_rows
from benchmarks.served import APP, WAIT_S, served
from emargin_core.config import make_config, slider_range
from emargin_core.projection.projection import warm
from emargin_core.store.run_store import RunStore
from emargin_core.text.errors import ExplorerError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SCREEN = {"width": 1440, "height": 900}
EMPTY_PAGE = 'import streamlit as st\n\nst.write("ready")\n'
REHEARSAL_ITERATIONS = 50
REHEARSAL_SEED, FRESH_SEED = 101, 102
"""Seeds that neither the store nor the gallery has, so that these runs are computed."""

_STATE = """() => {
    const alert = document.querySelector('[data-testid="stMain"] [data-testid="stAlert"]');
    const plot = side => {
        const graph = document.querySelector(`.st-key-map-${side} .js-plotly-plot`);
        if (!graph || !graph.calcdata || !graph.calcdata.length) return null;
        return JSON.stringify(graph.calcdata.map(trace => trace.slice(0, 5).map(p => [p.x, p.y])));
    };
    const running = document.querySelector('.st-key-progress');
    return {verdict: running || !alert ? null : alert.innerText,
            baseline: plot("baseline"), candidate: plot("candidate")};
}"""
_COMPLETE = f"() => {{ const s = ({_STATE})(); return s.verdict && s.baseline && s.candidate; }}"
_CHANGED = f"""old => {{
    const s = ({_STATE})();
    return s.verdict && s.verdict !== old.verdict && s.candidate && s.candidate !== old.candidate;
}}"""


def why_not() -> str | None:
    """What is missing to drive the page in a browser; None if nothing is."""
    if not APP.is_file():
        return "the page is not part of this installation"
    if importlib.util.find_spec("playwright") is None:
        return "the package playwright is not installed"
    if _browser_path() is None:
        return f"no browser on the PATH ({', '.join(BROWSERS)})"
    return None


def bench_page(repeats: int = 3, dataset: str = "watch", iterations: int = 400) -> list[Row]:
    """Time the waits of a visitor; medians of `repeats`, of one where a run is computed.

    Everything is stored in a temporary place, filled before the clock starts. Takes about two
    minutes.

    Raises:
        ExplorerError: something is missing (see `why_not`), or the app did not come up.
    """
    reason = why_not()
    if reason is not None:
        raise ExplorerError("the page cannot be measured: {reason}", reason=reason)
    warm()
    with tempfile.TemporaryDirectory(prefix="emargin-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        empty = folder / "empty.py"
        empty.write_text(EMPTY_PAGE, encoding="utf-8")
        home = folder / "home"
        _fill(RunStore(home), dataset, iterations)
        started = _medians(
            repeats, lambda: _seconds_to_served(APP, home), lambda: _seconds_to_served(empty, home)
        )
        with served(APP, home) as app, served(empty, home) as one_line, _browser() as browser:
            address = f"{app.address}/?iterations={iterations}&data={dataset}"
            new_tab = _medians(
                repeats,
                lambda: _seconds_to_complete(browser, address),
                lambda: _seconds_to_text(browser, one_line.address, "ready"),
            )
            changes = [_seconds_to_change(browser, address) for _ in range(repeats)]
            _seconds_to_run(browser, _with_seed(address, REHEARSAL_SEED, REHEARSAL_ITERATIONS))
            computed = _seconds_to_run(browser, _with_seed(address, FRESH_SEED, iterations))
    return [
        make_row("process start to served page", *started),
        make_row("new tab to verdict and both maps", *new_tab),
        make_row(
            "settings change to new verdict and map, stored", statistics.median(changes), None
        ),
        make_row("press of the button to verdict and both maps, computed", computed, None),
    ]


def print_page(rows: Sequence[Row]) -> None:
    """Print the rows of `bench_page` as a table."""
    print_rows(rows, "page", "Streamlit page of one line")


def _fill(store: RunStore, dataset: str, iterations: int) -> None:
    """Store the default comparison, and the same with one step of spread."""
    _, _, step = slider_range("uniformity")
    shared = {"dataset": dataset, "iterations": iterations, "seed": SEED}
    baseline, candidate = (make_config(**shared, method=method) for method in METHODS)
    repaired = make_config(**shared, method=METHODS[1], uniformity=step)
    with warm_workers(store) as jobs:
        compare_in_background(jobs, store, [baseline, candidate])
        compare_in_background(jobs, store, [baseline, repaired])


def _medians(
    repeats: int, ours: Callable[[], float], stock: Callable[[], float]
) -> tuple[float, float]:
    """Median seconds of both, taken in turn."""
    times = [(ours(), stock()) for _ in range(repeats)]
    return statistics.median(t for t, _ in times), statistics.median(t for _, t in times)


def _seconds_to_served(script: Path, home: Path) -> float:
    began = time.perf_counter()
    with served(script, home):
        return time.perf_counter() - began


def _seconds_to_complete(browser: "Browser", address: str) -> float:
    with _tab(browser) as page:
        began = time.perf_counter()
        page.goto(address, wait_until="commit")
        page.wait_for_function(_COMPLETE)
        return time.perf_counter() - began


def _seconds_to_text(browser: "Browser", address: str, text: str) -> float:
    with _tab(browser) as page:
        began = time.perf_counter()
        page.goto(address, wait_until="commit")
        page.get_by_text(text, exact=True).wait_for()
        return time.perf_counter() - began


def _seconds_to_change(browser: "Browser", address: str) -> float:
    """From one step of the spread's slider to another verdict over another map."""
    with _tab(browser) as page:
        page.goto(address, wait_until="commit")
        page.wait_for_function(_COMPLETE)
        page.wait_for_timeout(500)
        before = page.evaluate(_STATE)
        slider = page.locator(".st-key-spread").get_by_role("slider")
        slider.focus()
        began = time.perf_counter()
        page.keyboard.press("ArrowRight")
        page.wait_for_function(_CHANGED, arg=before)
        return time.perf_counter() - began


def _seconds_to_run(browser: "Browser", address: str) -> float:
    """From pressing the button to a verdict and both maps that were not there before."""
    with _tab(browser) as page:
        page.goto(address, wait_until="commit")
        button = page.get_by_role("button", name="Train and compare")
        button.wait_for()
        began = time.perf_counter()
        button.click()
        page.wait_for_function(_COMPLETE)
        return time.perf_counter() - began


def _with_seed(address: str, seed: int, iterations: int) -> str:
    base, _, _ = address.partition("?")
    data = address.rpartition("data=")[2]
    return f"{base}?seed={seed}&iterations={iterations}&data={data}"


@contextmanager
def _browser() -> Iterator["Browser"]:
    from playwright.sync_api import Error, sync_playwright

    try:
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=_browser_path(), args=list(FLAGS))
            try:
                yield browser
            finally:
                browser.close()
    except Error as error:
        raise ExplorerError(
            "the browser gave up: {splitlines}", splitlines=error.message.splitlines()[0]
        ) from error


@contextmanager
def _tab(browser: "Browser") -> Iterator["Page"]:
    """Open a tab that shares no cookies or cache with others."""
    context = browser.new_context(viewport={"width": SCREEN["width"], "height": SCREEN["height"]})
    context.set_default_timeout(WAIT_S * 1_000)
    try:
        yield context.new_page()
    finally:
        context.close()


def _browser_path() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)
