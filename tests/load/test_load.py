"""Many visitors at a time: real sessions over websockets on the served app."""

import asyncio
import time

import psutil
import pytest

from emargin_core.store.run_store import RunStore
from tests.app.serving import free_port, served
from tests.load.scenarios import ask_together, browse, come_and_go, watch_together
from tests.load.visitor import Visitor

DATA = "data=factory:machines=4,minutes=2&iterations=50"
THRESHOLDS = (0.1, 0.2, 0.3, 0.5, 0.6)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    """A served app whose 50 visitors asked for five settings at the same time."""
    home = tmp_path_factory.mktemp("load")
    with served("app/main.py", free_port(), home) as address:
        queries = [f"{DATA}&threshold={THRESHOLDS[n % 5]}" for n in range(50)]
        seen = asyncio.run(ask_together(address, queries, wait_s=500))
        yield address, seen, RunStore(home)


def test_fifty_visitors_all_get_the_answer_to_their_own_settings(busy):
    _, seen, _ = busy
    assert [one.problem for one in seen if one.problem] == []
    assert [one.errors for one in seen if one.errors] == []
    assert sum(one.reloads for one in seen) <= len(seen) // 10
    for one in seen:
        threshold = one.query.rpartition("=")[2]
        assert one.answer.count("threshold") == 1
        assert f"threshold {threshold}, scale 5" in one.answer


def test_five_settings_are_five_runs_and_one_baseline(busy):
    _, _, store = busy
    runs = [store.get(name) for name in store.ids()]
    trained = sorted(
        (run.config["method"], run.config["threshold"])
        for run in runs
        if run.config["method"] == "emargin"
    )
    assert trained == [("emargin", threshold) for threshold in THRESHOLDS]
    assert [run.config["method"] for run in runs].count("infonce") == 1
    assert len(runs) == 6


def test_moving_one_s_slider_moves_nobody_else_s(busy):
    address, _, _ = busy

    async def meet():
        async with (
            Visitor(address, f"{DATA}&threshold=0.1") as mover,
            Visitor(address, f"{DATA}&threshold=0.2") as other,
        ):
            await mover.open()
            await other.open()
            await mover.slide("Margin threshold", 0.5)
            await other.slide("Margin scale", 5.0)
            return mover.screen.words(), other.screen.words()

    moved, kept = asyncio.run(meet())
    assert "threshold 0.5, scale 5" in moved
    assert "threshold 0.2, scale 5" in kept
    assert "threshold 0.5" not in kept


def test_stored_pages_come_while_fifty_look_around(busy):
    address, seen, _ = busy
    views = asyncio.run(browse(address, [s.query for s in seen], 15.0, pause_s=10.0))
    assert len(views) >= 50  # how fast is for the benchmark


def test_twenty_who_watch_one_training_cost_one_run(busy):
    address, seen, store = busy
    before = set(store.ids())
    query = f"{DATA}&threshold=0.4"
    [found] = asyncio.run(watch_together(address, query, 20, seen[0].query, wait_s=300))
    assert [one.problem or one.errors for one in found.seen if one.problem or one.errors] == []
    assert all("threshold 0.4" in one.answer for one in found.seen)
    assert len(set(store.ids()) - before) == 1  # the baseline was there
    assert found.views


def test_visitors_who_come_and_go_leave_nothing_behind(tmp_path_factory):
    home = tmp_path_factory.mktemp("soak")
    port = free_port()
    with served(
        "app/main.py", port, home, STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL="1"
    ) as address:
        visits = [
            f"data=factory:machines=2,minutes=2&iterations=50&seed={n % 4}" for n in range(60)
        ]
        assert all(s.answer for s in asyncio.run(come_and_go(address, visits[:30], wait_s=300)))
        [program] = [
            p for p in psutil.Process().children() if f"--server.port={port}" in p.cmdline()
        ]
        family = [program, *program.children(recursive=True)]
        before = program.memory_info().rss
        assert all(s.answer for s in asyncio.run(come_and_go(address, visits, wait_s=300)))
        time.sleep(2)
        grown = program.memory_info().rss - before
        assert grown < 40 * 2**20
        assert len(program.children(recursive=True)) == len(family) - 1
    _, left = psutil.wait_procs(family, timeout=30)
    assert left == []
