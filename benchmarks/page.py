"""How long a person waits for the page: the real app, in a real browser without a window.

The counterpart is a Streamlit page of two charts of 3,000 points in the same browser: what a page
that shows two maps cannot undercut.
"""

import importlib.util
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
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
TWO_CHARTS = """import numpy as np
import plotly.graph_objects as go
import streamlit as st

points = np.random.default_rng(0).normal(size=(2, 3_000))
st.write("ready")
for key, column in zip(("map-baseline", "map-candidate"), st.columns(2)):
    figure = go.Figure(go.Scattergl(x=points[0], y=points[1], mode="markers"))
    column.plotly_chart(figure, key=key)
"""
REHEARSAL_ITERATIONS = 50
REHEARSAL_SEED, FRESH_SEED = 101, 102
"""Seeds that neither the store nor the gallery has, so that these runs are computed."""

_STATE = """() => {
    const inside = '[data-testid="stBidiComponentIsolated"]';
    const plot = side => {
        const part = document.querySelector(`.st-key-map-${side} ${inside}`);
        const canvas = part?.shadowRoot?.querySelector("canvas");
        if (part?.shadowRoot?.querySelector(".note")?.textContent) return null; // still to be drawn
        return canvas?.dataset.moving === "false" ? canvas.toDataURL() : null;
    };
    const firstLook = document.querySelector(".st-key-first-look");
    const alert = document.querySelector('[data-testid="stMain"] [data-testid="stAlert"]');
    const running = document.querySelector(".st-key-progress");
    const verdict = firstLook || (running ? null : alert);
    return {verdict: verdict?.innerText, baseline: plot("baseline"), candidate: plot("candidate")};
}"""
_VERDICT = f"() => ({_STATE})().verdict"
_COMPLETE = f"() => {{ const s = ({_STATE})(); return s.verdict && s.baseline && s.candidate; }}"
_CHANGED = f"""old => {{
    const s = ({_STATE})();
    return s.verdict && s.verdict !== old.verdict && s.candidate && s.candidate !== old.candidate;
}}"""
_LIVING = """() => {
    const inside = '[data-testid="stBidiComponentIsolated"]';
    const part = document.querySelector(`.st-key-training-map-candidate ${inside}`);
    const canvas = part?.shadowRoot?.querySelector("canvas");
    if (!canvas?.width) return false;
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    return pixels.some(value => value > 0);
}"""
_CHARTS = """() => [...document.querySelectorAll(".js-plotly-plot")].filter(
    chart => chart.calcdata?.length).length === 2"""
POLL_MS = 20
PAUSE_S = 15.0
"""After its first visitor a server's workers import and compile; after a run they align its map and
fit what it lets expect of others. Both take the processor from a browser on the same machine."""


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
        counterpart = folder / "two_charts.py"
        counterpart.write_text(TWO_CHARTS, encoding="utf-8")
        home = folder / "home"
        _fill(RunStore(home), dataset, iterations)
        settings = f"/?iterations={iterations}&data={dataset}"
        with _browser() as browser:
            first = _medians(
                [
                    (
                        _first_visit(browser, APP, home, settings, _VERDICT, _COMPLETE),
                        _first_visit(browser, counterpart, home, "", _CHARTS),
                    )
                    for _ in range(repeats)
                ]
            )
            with served(APP, home) as app, served(counterpart, home) as charts:
                address = app.address + settings
                _new_tab(browser, address, _VERDICT, _COMPLETE)
                time.sleep(PAUSE_S)
                new_tab = _medians(
                    [
                        (
                            _new_tab(browser, address, _VERDICT, _COMPLETE),
                            _new_tab(browser, charts.address, _CHARTS),
                        )
                        for _ in range(repeats)
                    ]
                )
                changes = [_seconds_to_change(browser, address) for _ in range(repeats)]
                _seconds_to_run(browser, _with_seed(address, REHEARSAL_SEED, REHEARSAL_ITERATIONS))
                time.sleep(PAUSE_S)
                living, looked, computed = _seconds_to_run(
                    browser, _with_seed(address, FRESH_SEED, iterations)
                )
    (served_s, verdict_s, maps_s), (bare_served_s, bare_maps_s) = first
    (tab_verdict_s, tab_maps_s), (bare_tab_s,) = new_tab
    return [
        make_row("process start to served page", served_s, bare_served_s),
        make_row("process start to the first visitor's verdict", verdict_s, None),
        make_row("process start to the first visitor's verdict and both maps", maps_s, bare_maps_s),
        make_row("new tab to verdict", tab_verdict_s, None),
        make_row("new tab to verdict and both maps", tab_maps_s, bare_tab_s),
        make_row(
            "settings change to new verdict and map, stored", statistics.median(changes), None
        ),
        make_row("press of the button to the first living picture", living, None),
        make_row("press of the button to the verdict, computed", looked, None),
        make_row("press of the button to verdict and both maps, computed", computed, None),
    ]


def print_page(rows: Sequence[Row]) -> None:
    """Print the rows of `bench_page` as a table."""
    print_rows(rows, "page", "Streamlit page of two charts")


def _fill(store: RunStore, dataset: str, iterations: int) -> None:
    """Store the default comparison, and the same with one step of spread."""
    _, _, step = slider_range("uniformity")
    shared = {"dataset": dataset, "iterations": iterations, "seed": SEED}
    baseline, candidate = (make_config(**shared, method=method) for method in METHODS)
    repaired = make_config(**shared, method=METHODS[1], uniformity=step)
    with warm_workers(store) as jobs:
        compare_in_background(jobs, store, [baseline, candidate])
        compare_in_background(jobs, store, [baseline, repaired])


def _medians(rounds: list[tuple[list[float], list[float]]]) -> tuple[list[float], list[float]]:
    """Median seconds of each figure of ours and of the counterpart, which took turns."""
    ours, stock = (
        [statistics.median(times) for times in zip(*side, strict=True)]
        for side in zip(*rounds, strict=True)
    )
    return ours, stock


def _first_visit(
    browser: "Browser", script: Path, home: Path, settings: str, *signs: str
) -> list[float]:
    """Seconds from the start of a server until it answers, and a visitor sees each sign."""
    began = time.perf_counter()
    with served(script, home) as server:
        answered = time.perf_counter() - began
        seen = _new_tab(browser, server.address + settings, *signs)
        return [answered, *(answered + seconds for seconds in seen)]


def _new_tab(browser: "Browser", address: str, *signs: str) -> list[float]:
    """Seconds from opening an address until each of these is true on the page, in order."""
    with _tab(browser) as page:
        began = time.perf_counter()
        page.goto(address, wait_until="commit")
        return [_seconds_until(page, sign, began) for sign in signs]


def _seconds_until(page: "Page", sign: str, began: float) -> float:
    page.wait_for_function(sign, polling=POLL_MS)
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


def _seconds_to_run(browser: "Browser", address: str) -> list[float]:
    """From pressing the button to a living picture, a verdict, and maps that were not there."""
    with _tab(browser) as page:
        page.goto(address, wait_until="commit")
        button = page.get_by_role("button", name="First look", exact=True)
        button.wait_for()
        began = time.perf_counter()
        button.click()
        return [_seconds_until(page, sign, began) for sign in (_LIVING, _VERDICT, _COMPLETE)]


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
