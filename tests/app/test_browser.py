"""The main job in a real browser: move both sliders, run, read the verdict, keep a picture."""

from pathlib import Path

import pytest

from tests.app.serving import free_port, served

PICTURES = Path(__file__).resolve().parents[2] / "artifacts"

pytestmark = [pytest.mark.browser, pytest.mark.slow]

QUERY = "data=factory:machines=3,minutes=2&iterations=50"
"""A small line, on which a run takes seconds."""


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A served app that nobody has visited, with an empty store: the first visit trains."""
    with served("app/main.py", free_port(), tmp_path_factory.mktemp("empty")) as address:
        yield address


def slide(page, label, steps):
    """Move a slider by its keys, as a person without a mouse would."""
    handle = page.get_by_role("slider", name=label)
    handle.focus()
    for _ in range(abs(steps)):
        handle.press("ArrowRight" if steps > 0 else "ArrowLeft")


def verdict(page):
    return page.get_by_text("of the time").first


def test_two_sliders_a_run_and_a_verdict(browser, empty):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    broken, faults = [], []
    page.on("pageerror", lambda fault: faults.append(fault.message))
    page.on("requestfailed", lambda request: broken.append(request.url))
    page.goto(f"{empty}/?{QUERY}")
    verdict(page).wait_for(timeout=180_000)
    page.get_by_text("threshold 0.4, scale 5").first.wait_for(timeout=20_000)

    slide(page, "Margin threshold", -4)
    slide(page, "Margin scale", -4)
    page.get_by_text("These settings have not been computed yet").wait_for(timeout=20_000)
    page.get_by_role("button", name="First look").click()
    page.get_by_role("button", name="Cancel").wait_for(timeout=20_000)
    page.get_by_text("threshold 0.2, scale 3").first.wait_for(timeout=180_000)
    verdict(page).wait_for(timeout=20_000)
    page.get_by_role("img", name="Strength of each direction").wait_for()
    for part in ("map-baseline canvas", "map-candidate canvas", "map-legend button", "strip svg"):
        page.locator(f".st-key-{part}").first.wait_for()
    page.get_by_text("The map is being aligned.").wait_for(state="hidden", timeout=60_000)
    assert "threshold=0.2" in page.url
    assert "scale=3" in page.url
    assert [url for url in broken if "127.0.0.1" not in url] == []
    assert faults == []
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / "compare-1440x900.png")
    wide, shown = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= shown
    page.close()


def test_link_opens_the_same_comparison_in_another_tab_without_training(browser, empty):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{empty}/?{QUERY}&threshold=0.2&scale=3")
    verdict(page).wait_for(timeout=30_000)
    assert page.get_by_role("button", name="First look").is_disabled()
    page.close()


def test_phone_shows_everything_within_its_width(browser, empty):
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(empty)
    verdict(page).wait_for(timeout=60_000)
    page.wait_for_timeout(1_500)
    overflowing = page.evaluate(
        """[...document.querySelectorAll('[data-testid=stMain] *')].filter(e => {
            const box = e.getBoundingClientRect();
            return box.width > 0 && box.right > window.innerWidth + 1 &&
                !e.closest('.js-plotly-plot') && !e.closest('[data-testid=stHeader]');
        }).map(e => e.tagName + '.' + e.className).slice(0, 5)"""
    )
    assert overflowing == []
    page.close()


@pytest.mark.slow
def test_cancel_in_the_page_stops_the_run(browser, empty):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{empty}/?iterations=2000&threshold=0.1")
    page.get_by_role("button", name="First look").click()
    page.get_by_text("s left").wait_for(timeout=60_000)
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("Cancelled; nothing was stored").wait_for(timeout=30_000)
    page.close()
