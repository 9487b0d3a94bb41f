"""How the served page bears many visitors: answers, waits and memory, and what stays behind.

The visitors are a program of their own, `python -m tests.load`, which speaks Streamlit's protocol
over websockets: each has a session of its own on the server, and no browser is needed.
"""

import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import psutil

from benchmarks.pipeline import new_home
from benchmarks.served import APP, ROOT, Served, served
from emargin_core.projection.projection import warm
from emargin_core.store.run_store import RunStore
from emargin_core.text.errors import ExplorerError

VISITORS = 50
WATCHERS = 20
THRESHOLDS = (0.1, 0.2, 0.3, 0.5, 0.6)
SOAK_VISITS = 300
SETTLED_VISITS = 100
"""After as many visits every cache of the server is full: growth is counted from there."""
SOAK_DATA = "factory:machines=2,minutes=2"
PAUSE_S = 10.0
BROWSE_S = 60.0
WAIT_S = 900.0
SESSION_TTL_S = 5
MB = 2**20


class Figure(NamedTuple):
    """One figure: what was counted, how much of it, in which unit, and what it should be."""

    name: str
    value: float
    unit: str
    wanted: str = ""


def bench_load(dataset: str = "watch", iterations: int = 50) -> list[dict[str, Any]]:
    """Let 50 visitors ask for five settings at once, browse, 20 watch a run, 300 come and go.

    Everything is stored in a temporary place. The server forgets a visitor who left after 5 s in
    place of 120, so that what stays behind can be seen. Takes ten to thirty minutes.

    Raises:
        ExplorerError: the app did not come up, or the visitors' program failed.
    """
    warm()
    with new_home() as home:
        with served(APP, home, STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL=str(SESSION_TTL_S)) as app:
            family = _Family(app)
            queries = _queries(dataset, iterations)
            _play("browse", app, queries=[""], seconds=0.0, pause_s=0.0)
            figures = [
                Figure("server after its first visit", family.server_mb(), "MB", "below 300 MB"),
                *_together(app, queries, RunStore(home)),
                *_waits(app, queries),
                *_watched(app, family, dataset, queries[0]),
                *_memory(app, family, queries),
                *_soak(app, family),
            ]
            processes = family.processes()
        left = psutil.wait_procs(processes, timeout=30)[1]
    figures.append(Figure("processes left 30 s after the server was stopped", len(left), "", "0"))
    return [figure._asdict() for figure in figures]


def print_load(rows: Sequence[dict[str, Any]]) -> None:
    """Print the figures of `bench_load` as a table."""
    from rich.console import Console
    from rich.table import Table

    table = Table("load", "figure", "wanted")
    for row in rows:
        figure = f"{row['value']:,.2f}".rstrip("0").rstrip(".")
        table.add_row(row["name"], f"{figure} {row['unit']}".strip(), row["wanted"])
    Console().print(table)


def _queries(dataset: str, iterations: int) -> list[str]:
    """One address a visitor; as many visitors have the same settings as there are for each."""
    shared = f"data={dataset}&iterations={iterations}"
    return [
        f"{shared}&threshold={THRESHOLDS[number % len(THRESHOLDS)]}" for number in range(VISITORS)
    ]


def _together(app: Served, queries: list[str], store: RunStore) -> Iterator[Figure]:
    seen = _play("ask_together", app, queries=queries, wait_s=WAIT_S)
    answered = [one for one in seen if one["answer_s"] is not None]
    own = [one for one in answered if f"threshold {_threshold(one['query'])}," in one["answer"]]
    waits = [one["answer_s"] for one in answered] or [float("nan")]
    yield Figure("visitors who press Run at the same time", len(seen), "")
    yield Figure("different settings among them", len(set(queries)), "")
    yield Figure("runs in the store afterwards", len(store.ids()), "", "6: one baseline for all")
    yield Figure("visitors with an answer", len(answered), "", str(len(seen)))
    yield Figure("visitors with the answer to their own settings", len(own), "", str(len(seen)))
    yield Figure(
        "pages opened anew, since they stood still", sum(one["reloads"] for one in seen), ""
    )
    yield Figure("errors shown", sum(len(one["errors"]) for one in seen), "", "0")
    yield Figure("median wait from Run to the whole page", statistics.median(waits), "s")
    yield Figure("longest wait from Run to the whole page", max(waits), "s")


def _threshold(query: str) -> str:
    return query.rpartition("threshold=")[2]


def _waits(app: Served, queries: list[str]) -> Iterator[Figure]:
    views = _play("browse", app, queries=queries, seconds=BROWSE_S, pause_s=PAUSE_S)
    name = f"stored page, {VISITORS} visitors, a new page every {PAUSE_S:g} s each"
    yield Figure(f"{name}: views", len(views), "")
    yield Figure(f"{name}: median", statistics.median(views), "s")
    yield Figure(f"{name}: 95 of 100 within", _p95(views), "s", "below 2 s")
    views = _play("browse", app, queries=queries, seconds=0.0, pause_s=0.0)
    name = f"stored page, all {VISITORS} at the same moment"
    yield Figure(f"{name}: 95 of 100 within", _p95(views), "s")


def _watched(app: Served, family: "_Family", dataset: str, stored: str) -> Iterator[Figure]:
    """One run of the default length, watched by one visitor and, with another seed, by many."""
    spent: dict[int, tuple[float, float]] = {}
    for seed, n_visitors in enumerate((1, WATCHERS), start=101):
        server, workers = family.processor_s()
        [found] = _play(
            "watch_together",
            app,
            query=f"data={dataset}&seed={seed}",
            n_visitors=n_visitors,
            stored=stored,
            wait_s=WAIT_S,
        )
        after = family.processor_s()
        spent[n_visitors] = after[0] - server, after[1] - workers
        name = f"one training watched by {n_visitors}"
        answered = [one["answer_s"] for one in found["seen"] if one["answer_s"] is not None]
        yield Figure(f"{name}: with an answer", len(answered), "", str(n_visitors))
        yield Figure(f"{name}: longest wait", max(answered, default=float("nan")), "s")
        yield Figure(
            f"{name}: a stored page meanwhile, 95 of 100 within",
            _p95(found["views"]),
            "s",
            "below 1 s",
        )
    for place, what in enumerate(("server", "workers")):
        ratio = spent[WATCHERS][place] / spent[1][place]
        wanted = "about 1: one run's work" if what == "workers" else ""
        yield Figure(
            f"processor time of the {what}, {WATCHERS} watching by 1 watching", ratio, "", wanted
        )


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[max(0, -(-95 * len(values) // 100) - 1)]


def _memory(app: Served, family: "_Family", queries: list[str]) -> Iterator[Figure]:
    time.sleep(3 * SESSION_TTL_S)
    before = family.server_mb()
    with family.peak() as peak:
        _play("stay", app, queries=queries, seconds=5.0)
    time.sleep(3 * SESSION_TTL_S)
    after = family.server_mb()
    yield Figure("server without visitors", before, "MB")
    yield Figure(f"server with {VISITORS} visitors, at most", peak[0], "MB")
    yield Figure("a visitor costs", (peak[0] - before) / VISITORS, "MB", "below 10 MB")
    yield Figure("server after they left", after, "MB")


def _soak(app: Served, family: "_Family") -> Iterator[Figure]:
    began = time.perf_counter()
    problems, sizes = 0, []
    for first in range(0, SOAK_VISITS, SETTLED_VISITS):
        seeds = range(first, first + SETTLED_VISITS)
        queries = [f"data={SOAK_DATA}&iterations=50&seed={seed}" for seed in seeds]
        seen = _play("come_and_go", app, queries=queries, wait_s=WAIT_S)
        problems += sum(bool(one["problem"] or one["errors"]) for one in seen)
        sizes.append((family.server_mb(), family.workers_mb()))
    yield Figure("visits one after the other, each with two runs", SOAK_VISITS, "")
    yield Figure("of them without an answer", problems, "", "0")
    yield Figure("all of them took", time.perf_counter() - began, "s")
    for name, place, wanted in (("server", 0, "below 100 MB"), ("workers", 1, "below 300 MB")):
        grown = sizes[-1][place] - sizes[0][place]
        yield Figure(f"{name} after {SETTLED_VISITS} visits", sizes[0][place], "MB")
        yield Figure(
            f"{name}: growth over {SOAK_VISITS - SETTLED_VISITS} more", grown, "MB", wanted
        )


def _play(scenario: str, app: Served, **details: Any) -> list[Any]:
    """Let the visitors' program play a scenario; returns what it prints."""
    asked = {"scenario": scenario, "address": app.address} | details
    done = subprocess.run(
        [sys.executable, "-m", "tests.load"],
        input=json.dumps(asked),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ExplorerError(
            "the visitors of '{scenario}' failed: {strip}",
            scenario=scenario,
            strip=done.stderr.strip()[-500:],
        )
    found: list[Any] = json.loads(done.stdout)
    return found


class _Family:
    """The server and every process that it started, and their memory."""

    def __init__(self, app: Served) -> None:
        self._server = psutil.Process(app.pid)

    def processes(self) -> list[psutil.Process]:
        """The server first, then all that came from it."""
        return [self._server, *self._server.children(recursive=True)]

    def server_mb(self) -> float:
        """Resident memory of the server."""
        return float(self._server.memory_info().rss / MB)

    def workers_mb(self) -> float:
        """Resident memory of the workers and their scheduler."""
        return float(sum(one.memory_info().rss for one in self.processes()[1:]) / MB)

    def processor_s(self) -> tuple[float, float]:
        """Processor time so far of the server, and of the workers with their scheduler."""
        server, *others = (sum(one.cpu_times()[:2]) for one in self.processes())
        return server, sum(others)

    @contextmanager
    def peak(self) -> Iterator[list[float]]:
        """Most memory that the server has resident within the block, in a list of one."""
        highest, ended = [self.server_mb()], threading.Event()

        def look() -> None:
            while not ended.wait(0.1):
                highest[0] = max(highest[0], self.server_mb())

        looking = threading.Thread(target=look)
        looking.start()
        try:
            yield highest
        finally:
            ended.set()
            looking.join()
