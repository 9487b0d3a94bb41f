"""Every page by axe-core in a real Chromium, light and dark, and by keyboard alone."""

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser

STILL_MS = 1_500
DRAWN = """document.querySelector('[data-testid=stApp]').dataset.testScriptState + ' ' +
    document.querySelectorAll('[data-testid=stMain] *').length"""
SERIOUS = ("serious", "critical")
FOREIGN = ["[data-testid=stDataFrame]", "[data-testid=stToolbar]"]
"""Streamlit's own canvas tables and menu: their markup is not this project's."""


def open_page(browser, address, scheme="light"):
    page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme=scheme)
    page.goto(address)
    settle(page)
    return page


def settle(page):
    """Wait until the script has run, and what it sent has stood still for a while."""
    page.locator("[data-testid=stMain] [data-testid=stElementContainer]").first.wait_for(
        timeout=60_000
    )
    before = None
    while before != (now := page.evaluate(DRAWN)) or "running" in now.lower().split():
        before = now
        page.wait_for_timeout(STILL_MS)


def addresses(page):
    """Every page that the navigation offers."""
    return [link.get_attribute("href") for link in page.locator(
        "[data-testid=stSidebarNavLink]").all()]  # fmt: skip


@pytest.fixture(scope="module")
def pages(browser, server):
    page = open_page(browser, server)
    found = [address if "://" in address else server + address for address in addresses(page)]
    page.close()
    assert len(found) >= 4
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_violation(browser, pages, scheme):
    problems = []
    for address in pages:
        page = open_page(browser, address, scheme)
        found = Axe().run(page, context={"exclude": [[rule] for rule in FOREIGN]}).response
        problems += [
            f"{address} {violation['id']}: {node['html'][:120]} ({_why(node)})"
            for violation in found["violations"] if violation["impact"] in SERIOUS
            for node in violation["nodes"]
        ]  # fmt: skip
        page.close()
    assert problems == []


def _why(node):
    return (node["any"] or node["all"] or node["none"] or [{"message": ""}])[0]["message"][:120]


def test_axe_would_find_a_violation(browser, server):
    page = open_page(browser, server)
    page.evaluate(
        """document.body.insertAdjacentHTML(
            'beforeend', '<div style="position:fixed;top:0;z-index:9999999;background:#fff">'
            + '<img src="data:,"><p style="color:#bbb">faint</p></div>')"""
    )
    found = {violation["id"] for violation in Axe().run(page).response["violations"]}
    assert {"image-alt", "color-contrast"} <= found
    page.close()


def test_every_chart_says_in_words_what_it_shows(browser, pages):
    seen, silent = 0, []
    for address in pages:
        page = open_page(browser, address)
        for chart in page.locator("[data-testid=stPlotlyChart]").all():
            seen += 1
            if len(chart.get_attribute("aria-label") or "") < 20:
                silent.append(f"{address}: {chart.inner_html()[:80]}")
        page.close()
    assert seen >= 8
    assert silent == []


def test_keyboard_alone_changes_a_setting_and_opens_another_page(browser, server):
    page = open_page(browser, server)
    reached = False
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.ariaLabel") == "Margin threshold":
            reached = True
            break
    assert reached
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("location.search.includes('threshold=0.35')", timeout=20_000)
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("(document.activeElement.href || '').endsWith('/data')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/data*", timeout=20_000)
    page.close()
