"""What many visitors do at the same time, and what they saw and waited for."""

import asyncio
import random
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from tests.load.screen import Screen
from tests.load.visitor import Visitor

RUN_BUTTON = "First look"
CHARTS = 5
"""Two maps with their legend, directions and strip: a Compare page is whole once it has them."""


@dataclass
class Seen:
    """What one visitor waited for and read; `problem` says what it did not get.

    answer: the line that names the candidate and its settings; reloads: how often the page was
    opened anew because it stood still.
    """

    query: str
    open_s: float | None = None
    answer_s: float | None = None
    answer: str = ""
    reloads: int = 0
    problem: str = ""
    errors: list[str] = field(default_factory=list)


@dataclass
class Watching:
    """What visitors saw who watched one run together, and how long views of another page took."""

    seen: list[Seen]
    views: list[float]


async def watch_together(
    address: str, query: str, n_visitors: int, stored: str, wait_s: float
) -> list[Watching]:
    """Let visitors press Run for the same settings and watch, while one opens a stored page.

    stored: the query of that page; it is opened in a new session again and again, until the last
    who watches has the answer.
    """
    watching = asyncio.create_task(ask_together(address, [query] * n_visitors, wait_s))
    views: list[float] = []
    while not watching.done():
        views += await browse(address, [stored], 0.0, 0.0)
        await asyncio.sleep(0.2)
    return [Watching(await watching, views)]


async def ask_together(address: str, queries: Sequence[str], wait_s: float) -> list[Seen]:
    """Let as many visitors as there are queries open Compare, press Run and wait for the answer.

    All keep their page open until the last of them has its answer.
    """
    leaving = asyncio.Barrier(len(queries))
    return list(await asyncio.gather(*(_ask(address, q, wait_s, leaving) for q in queries)))


async def browse(
    address: str, queries: Sequence[str], seconds: float, pause_s: float, seed: int = 0
) -> list[float]:
    """Seconds that each view of a stored page took, while all visitors look at page after page.

    Each opens one of the queries in a new session, looks at it for about `pause_s` (exponentially
    distributed), and goes on to the next, for `seconds`. With `pause_s` 0 all open one page, once,
    at the same moment.
    """
    chance = random.Random(seed)
    visitors = (
        _browse(address, list(queries), seconds, pause_s, random.Random(chance.random()))
        for _ in queries
    )
    return [view for views in await asyncio.gather(*visitors) for view in views]


async def stay(address: str, queries: Sequence[str], seconds: float) -> list[float]:
    """Let all open a stored page and keep it open for `seconds`; how long each waited for it."""
    leaving = asyncio.Barrier(len(queries))
    return list(await asyncio.gather(*(_stay(address, q, seconds, leaving) for q in queries)))


async def come_and_go(address: str, queries: Sequence[str], wait_s: float) -> list[Seen]:
    """Let one visitor after the other open Compare, press Run, read the answer and leave."""
    return [await _ask(address, query, wait_s, asyncio.Barrier(1)) for query in queries]


def is_whole(screen: Screen) -> bool:
    """Whether a finished comparison is shown, with its charts, and nothing more is computed."""
    return (
        len(screen.charts()) >= CHARTS
        and screen.button(RUN_BUTTON) is None
        and screen.button("Cancel") is None
        and not any("The map is being aligned." in chart for chart in screen.charts())
    )


async def _ask(address: str, query: str, wait_s: float, leaving: asyncio.Barrier) -> Seen:
    """Press Run and wait; after half of the time without an answer open the page anew, once."""
    seen = Seen(query)
    async with AsyncExitStack() as pages:
        try:
            try:
                await _answer(pages, address, seen, wait_s / 2)
            except TimeoutError:
                seen.reloads = 1
                await pages.aclose()
                await _answer(pages, address, seen, wait_s / 2)
        except (OSError, LookupError, TimeoutError) as error:
            seen.problem = str(error)
        await leaving.wait()
    return seen


async def _answer(pages: AsyncExitStack, address: str, seen: Seen, wait_s: float) -> None:
    visitor = await pages.enter_async_context(Visitor(address, seen.query))
    opened_s = await visitor.open(wait_s)
    if seen.open_s is None:
        seen.open_s = opened_s
    began = time.perf_counter()
    if visitor.screen.button(RUN_BUTTON) is not None:
        await visitor.press(RUN_BUTTON, wait_s)
    await visitor.wait_until(lambda s: is_whole(s) or s.errors(), wait_s)
    seen.answer_s = time.perf_counter() - began + seen.reloads * wait_s
    seen.answer = _candidate_line(visitor.screen)
    seen.errors = visitor.screen.errors()


def _candidate_line(screen: Screen) -> str:
    lines = [line for line in screen.words().splitlines() if line.startswith("**Candidate:")]
    return " | ".join(lines)


async def _stay(address: str, query: str, seconds: float, leaving: asyncio.Barrier) -> float:
    async with Visitor(address, query) as visitor:
        waited = await visitor.open()
        await leaving.wait()
        await asyncio.sleep(seconds)
        return waited


async def _browse(
    address: str, queries: list[str], seconds: float, pause_s: float, chance: random.Random
) -> list[float]:
    end = time.perf_counter() + seconds
    views: list[float] = []
    if pause_s:
        await asyncio.sleep(chance.uniform(0, pause_s))
    while not views or time.perf_counter() < end:
        began = time.perf_counter()
        async with Visitor(address, chance.choice(queries)) as visitor:
            await visitor.open()
            await visitor.wait_until(is_whole)
            views.append(time.perf_counter() - began)
            if not pause_s:
                break
            await asyncio.sleep(min(chance.expovariate(1 / pause_s), 5 * pause_s))
    return views
