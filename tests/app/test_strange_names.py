"""Names that a stranger chose are shown as text on every page: nothing in them comes alive."""

import asyncio
import random
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import numpy as np
import pandas as pd
import pytest

from emargin_core.config import make_config
from emargin_core.datasets.tables.library import add_dataset
from emargin_core.experiment.run import aligned_map, run_experiment
from emargin_core.store.annotations import make_annotation, write_annotation
from emargin_core.store.run_store import RunStore
from tests.app.serving import free_port, served
from tests.load.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ALIVE = "<img src=x onerror=window.owned=1>"
LINK = "<a href='javascript:window.owned=2'>go</a>"
MARKDOWN = "![p](http://evil.invalid/p.png) [go](http://evil.invalid)"
SCRIPT = "<script>window.owned=3</script>"
SETTLED = "!document.querySelector('[data-testid=stStatusWidget]')"
PAGES = ("", "sensitivity", "trust", "data", "decide", "learn", "runs")
QUERY = "data=my:evil&iterations=50&threshold=0.4&view=In+time"
FOUND = """() => ({
    owned: window.owned ?? null,
    links: [...document.querySelectorAll('a')].map(a => a.getAttribute('href') ?? a.href.baseVal)
        .filter(href => new URL(href ?? '', location).origin !== location.origin)
        .filter(href => /evil|javascript:/i.test(href)),
    images: [...document.querySelectorAll('img')].map(i => i.getAttribute('src'))
        .filter(src => src === 'x' || /evil/.test(src ?? '')),
    scripts: [...document.querySelectorAll('script')]
        .filter(s => /owned *=/.test(s.textContent)).length,
})"""


@pytest.fixture(scope="module")
def evil(tmp_path_factory):
    """The app with a data set and two runs whose every name is hostile."""
    home = tmp_path_factory.mktemp("evil")
    rng = np.random.default_rng(0)
    parts = [
        pd.DataFrame(
            {
                "recording": f"{ALIVE} {LINK} {number}",
                "label": f"{SCRIPT}{name}{MARKDOWN}",
                f"x {ALIVE}": np.sin(np.arange(400) * speed / 3) + rng.normal(0, 0.3, 400),
                f"y {LINK}": rng.normal(0, 0.3, 400),
            }
        )
        for number in range(6)
        for name, speed in (("slow", 1.0), (ALIVE, 4.0))
    ]
    table = pd.concat(parts)
    table["time"] = table.groupby("recording").cumcount() / 20.0
    path = home / "evil <b>.csv"
    table.to_csv(path, index=False)
    store = RunStore(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMARGIN_HOME", str(home))
        kept = add_dataset(path, f"evil {ALIVE}"[:40], home=home)
        runs = [
            run_experiment(
                make_config(dataset=kept.name, method=method, iterations=50), store=store
            )
            for method in ("infonce", "emargin")
        ]
        aligned_map(runs[1], runs[0], store=store)
    for run in runs:
        write_annotation(home, run.run_id, make_annotation(f"{ALIVE}{LINK}", f"{SCRIPT}{MARKDOWN}"))
    with served("app/main.py", free_port(), home) as address:
        yield address, kept.name


def query(name):
    return QUERY.replace("my:evil", quote(name))


@pytest.mark.parametrize("page", PAGES)
def test_nothing_in_a_name_comes_alive(browser, evil, page):
    address, name = evil
    tab = browser.new_page(viewport={"width": 1440, "height": 900})
    asked, dialogs = [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    tab.goto(f"{address}/{page}?{query(name)}")
    tab.wait_for_selector("[data-testid=stMain] [data-testid=stMarkdown]", timeout=120_000)
    tab.wait_for_function(
        "!document.querySelector('[data-testid=stStatusWidget]')", timeout=120_000
    )
    for expander in tab.locator("[data-testid=stMain] summary").all()[:6]:
        expander.click()
    tab.wait_for_timeout(3_000)
    for chart in tab.locator(".js-plotly-plot, .picture, .plot").all()[:8]:
        box = chart.bounding_box()
        for step in range(12 if box else 0):
            tab.mouse.move(
                box["x"] + box["width"] * (step + 0.5) / 12, box["y"] + box["height"] / 2
            )
            tab.wait_for_timeout(60)
    found = tab.evaluate(FOUND)
    words = tab.inner_text("body")
    tab.close()
    assert found == {"owned": None, "links": [], "images": [], "scripts": 0}
    assert dialogs == []
    assert [url for url in asked if "evil.invalid" in url] == []
    if page in ("", "data"):
        assert "owned=" in words, "the names are not shown, so that nothing was tried"


def test_hostile_words_in_the_address_are_shown_as_text(browser, evil):
    address, _ = evil
    tab = browser.new_page()
    for name in ("data", "threshold", "method", "candidate", "lang", "step", "stage", "decision"):
        tab.goto(f"{address}/?{name}={quote(ALIVE + LINK + MARKDOWN)}")
        tab.wait_for_selector("[data-testid=stMain] [data-testid=stMarkdown]", timeout=120_000)
        tab.wait_for_timeout(500)
        assert tab.evaluate(FOUND) == {"owned": None, "links": [], "images": [], "scripts": 0}
    tab.close()


def test_mutated_addresses_break_no_page(evil):
    """A thousand addresses, each a session of its own on the served app."""
    chance = random.Random(0)
    address, own = evil
    names = [
        "data",
        "threshold",
        "scale",
        "spread",
        "variance",
        "temperature",
        "repeats",
        "seed",
        "baseline_temperature",
        "baseline",
        "candidate",
        "iterations",
        "clusters",
        "colour",
        "view",
        "recording",
        "lang",
        "part",
        "sens_view",
        "stage",
        "step",
        "decision",
        "run",
        "x",
        "",
    ]
    values = [
        "",
        "0.4",
        "-1",
        "1e999",
        "nan",
        "9" * 300,
        "%00",
        "%ff",
        "%zz",
        "watch",
        quote(own),
        "emargin",
        "ja",
        "factory:machines=2,minutes=2",
        "my:none",
        "..%2f..%2fetc",
        "1,2",
        "[]",
        "null",
        "true",
        quote(ALIVE),
        "日本",
        "infonce",
        "random",
        "50",
    ]

    async def visit(page, text):
        async with Visitor(address, text, page) as visitor:
            await visitor.open(60)
            kinds = [element.WhichOneof("type") for element in visitor.screen.elements()]
            return "exception" not in kinds and len(kinds) > 0

    async def visit_all():
        for number in range(1_000):
            page = PAGES[number % len(PAGES)]
            text = "&".join(
                f"{chance.choice(names)}={chance.choice(values)}"
                for _ in range(chance.randint(1, 4))
            )
            assert await visit(page, text), f"page '{page}' breaks at ?{text}"

    with ThreadPoolExecutor(1) as beside:  # Playwright's loop runs in this thread
        beside.submit(asyncio.run, visit_all()).result()
