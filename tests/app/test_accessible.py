"""Every page in a real Chromium: by axe-core, light and dark; within its screen; by keys alone."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser

PICTURES = Path(__file__).resolve().parents[2] / "artifacts"
STILL_MS = 1_000
DRAWN = """document.querySelector('[data-testid=stApp]').dataset.testScriptState + ' ' +
    document.querySelectorAll('[data-testid=stMain] *').length"""
SERIOUS = ("serious", "critical")
FOREIGN = ["[data-testid=stDataFrame]", "[data-testid=stToolbar]"]
"""Streamlit's own canvas tables and menu: their markup is not this project's."""

CHARTS = "[data-testid=stPlotlyChart], .picture canvas, .plot[role=img]"
ADDRESSES = {
    "": 4,
    "sensitivity": 1,
    "sensitivity?sens_view=Trade-off": 1,
    "learn?step=pair": 1,
    "learn?step=margin": 1,
    "learn?step=collapse": 2,
    "learn?step=scores": 1,
    "learn?step=question": 1,
    "trust": 1,
    "decide": 1,
    "data": 1,
    "data?data=factory": 1,
    "runs": 0,
}
"""Every page, some in several states, and how many charts it has at least."""


def open_page(browser, address, scheme="light"):
    page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme=scheme)
    page.goto(address, timeout=120_000)
    settle(page)
    return page


def settle(page):
    """Wait until the script has run, and what it sent has stood still for a while."""
    page.locator("[data-testid=stMain] [data-testid=stElementContainer]").first.wait_for(
        timeout=180_000
    )
    before = None
    for _ in range(90):
        now = page.evaluate(DRAWN)
        if now == before and "running" not in now.lower().split():
            return
        before = now
        page.wait_for_timeout(STILL_MS)
    raise AssertionError(f"{page.url} never comes to rest: {now}")


def violations(page):
    """What axe-core finds serious in the page as it is, one line each."""
    found = Axe().run(page, context={"exclude": [[rule] for rule in FOREIGN]}).response
    return [
        f"{violation['id']}: {node['html'][:120]} ({_why(node)})"
        for violation in found["violations"]
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]


def _why(node):
    return (node["any"] or node["all"] or node["none"] or [{"message": ""}])[0]["message"][:120]


BRIEFLY = ("",)
"""The first page; all others, and all in the dark, are slow tests."""
WALK = [
    pytest.param(
        address,
        scheme,
        width,
        marks=[] if scheme == "light" and address in BRIEFLY else [pytest.mark.slow],
    )
    for scheme, width in (("light", 1440), ("dark", 390))
    for address in ADDRESSES
]


@pytest.mark.parametrize(("address", "scheme", "width"), WALK)
def test_page_is_accessible_and_within_its_screen(browser, server, address, scheme, width):
    page = open_page(browser, f"{server}/{address}", scheme)
    charts = page.locator(CHARTS)
    if ADDRESSES[address]:
        charts.nth(ADDRESSES[address] - 1).wait_for(state="attached", timeout=180_000)
        settle(page)
    labels = [chart.get_attribute("aria-label") or "" for chart in charts.all()]
    assert [label for label in labels if len(label) < 20] == []
    assert violations(page) == []
    page.set_viewport_size({"width": width, "height": 900})
    settle(page)
    wide, shown = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= shown
    PICTURES.mkdir(exist_ok=True)
    name = "".join(c if c.isalnum() else "-" for c in address or "compare")
    page.screenshot(path=PICTURES / f"{name}-{width}-{scheme}.png")
    assert page.locator("[data-testid=stException]").count() == 0
    page.close()


@pytest.mark.slow
def test_walk_takes_in_every_page_of_the_navigation(browser, server):
    page = open_page(browser, server)
    links = page.locator("[data-testid=stSidebar] [data-testid=stPageLink-NavLink]:visible")
    links.nth(3).wait_for()
    offered = {urlsplit(link.evaluate("link => link.href")).path[1:] for link in links.all()}
    page.close()
    assert len(offered) >= 4
    assert offered - {"compare"} <= {urlsplit(address).path for address in ADDRESSES}


@pytest.mark.slow
def test_axe_would_find_a_violation(browser, server):
    page = open_page(browser, server)
    page.evaluate(
        """document.body.insertAdjacentHTML(
            'beforeend', '<div style="position:fixed;top:0;z-index:9999999;background:#fff">'
            + '<img src="data:,"><p style="color:#bbb">faint</p></div>')"""
    )
    found = " ".join(violations(page))
    assert "image-alt: " in found
    assert "color-contrast: " in found
    page.close()


def focus_by(page, key, wanted):
    """Press `key` until the focus is on what is `wanted`: a page that is drawn anew drops it."""
    for _ in range(240):
        page.keyboard.press(key)
        if page.evaluate(f"(element => {wanted})(document.activeElement)"):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{key} never reaches {wanted}")


@pytest.mark.slow
def test_keyboard_alone_changes_a_setting_and_opens_another_page(browser, server):
    page = open_page(browser, server)
    page.get_by_role("slider", name="Margin threshold").wait_for(timeout=60_000)
    focus_by(page, "Tab", "element.ariaLabel === 'Margin threshold'")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("location.search.includes('threshold=0.35')", timeout=60_000)
    focus_by(page, "Shift+Tab", "(element.href || '').includes('/data?')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/data*", timeout=60_000)
    page.close()
