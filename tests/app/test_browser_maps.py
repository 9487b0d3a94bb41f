"""The two maps of a finished comparison answer a pointer, together, without losing their view."""

import re
from pathlib import Path

import pytest

from tests.app.test_accessible import settle, violations

PICTURES = Path(__file__).resolve().parents[2] / "artifacts"
SIDES = ("baseline", "candidate")
N_FRAMES = 1_790
"""Of the first fold of the data that the page opens with."""

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def page(browser, server):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    faults = []
    page.on("pageerror", lambda fault: faults.append(fault.message))
    page.goto(f"{server}/?iterations=400")
    page.locator(".st-key-map-candidate canvas").wait_for(timeout=120_000)
    page.locator(".st-key-strip svg").first.wait_for()
    settle(page)
    yield page
    assert faults == []
    page.close()


def canvas(page, side):
    return page.locator(f".st-key-map-{side} canvas")


def state(page, name):
    """What both maps say of themselves."""
    return [float(canvas(page, side).get_attribute(f"data-{name}")) for side in SIDES]


def middle(page, side):
    box = canvas(page, side).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def zoom(page, side="candidate"):
    x, y = middle(page, side)
    page.mouse.move(x - 9, y)
    page.mouse.move(x, y)
    page.mouse.wheel(0, -400)
    page.wait_for_function(
        "canvas => Number(canvas.dataset.scale) > 1.5", arg=canvas(page, side).element_handle()
    )


def point_somewhere(page, side):
    """Move over a map until a frame is pointed at."""
    x, y = middle(page, side)
    tip = page.locator(f".st-key-map-{side} .tip")
    for up in (0, -40, 40, -70, 70):
        for right in range(-120, 120, 6):
            page.mouse.move(x + right, y + up)
            if tip.is_visible():
                return tip
    raise AssertionError("nothing to point at")


def lasso(page, side):
    """Draw a line around the left half of a map."""
    box = canvas(page, side).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y - box["height"] / 2 + 2)
    page.mouse.down()
    for right, down in ((-200, -1), (-200, 1), (0, 1)):
        page.mouse.move(x + right, y + down * (box["height"] / 2 - 2), steps=4)
    page.mouse.up()
    settle(page)
    return page.get_by_text("selected in a map").inner_text()


def test_wheel_and_dragging_move_both_maps_until_a_double_click_resets_them(page):
    whole = [canvas(page, side).evaluate("canvas => canvas.toDataURL()") for side in SIDES]
    zoom(page)
    first, second = state(page, "scale")
    assert first == second > 1.5
    before = state(page, "x")
    x, y = middle(page, "candidate")
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=4)
    page.mouse.up()
    assert [round(now - then) for now, then in zip(state(page, "x"), before, strict=True)] == [
        60,
        60,
    ]
    page.get_by_text("cluster found").click()
    page.get_by_text("cluster 1").first.wait_for()
    settle(page)
    assert state(page, "scale") == [first, second]
    page.get_by_text("true class", exact=True).first.click()
    settle(page)
    page.mouse.dblclick(*middle(page, "baseline"))
    assert state(page, "scale") == [1, 1]
    page.mouse.move(5, 5)
    assert [canvas(page, side).evaluate("canvas => canvas.toDataURL()") for side in SIDES] == whole


def test_buttons_zoom_and_reset_without_a_pointer(page):
    page.get_by_role("button", name="Zoom in").first.focus()
    page.keyboard.press("Enter")
    assert min(state(page, "scale")) > 1.5
    page.get_by_role("button", name="Show all").last.focus()
    page.keyboard.press("Enter")
    assert state(page, "scale") == [1, 1]


def test_page_scrolls_on_over_a_map_that_came_under_the_pointer(page):
    page.set_viewport_size({"width": 1440, "height": 500})
    x, _ = middle(page, "baseline")
    page.mouse.move(x, 480)
    page.mouse.wheel(0, 200)
    page.wait_for_timeout(500)
    page.mouse.wheel(0, -200)
    page.wait_for_timeout(500)
    assert state(page, "scale") == [1, 1]


@pytest.mark.parametrize(("side", "other"), [SIDES, SIDES[::-1]])
def test_frame_pointed_at_is_marked_in_the_other_map_and_in_the_strip(page, side, other):
    strip = page.locator(".st-key-strip")
    assert not page.locator(".st-key-map-baseline .mark").is_visible()
    tip = point_somewhere(page, side)
    assert page.locator(f".st-key-map-{other} .mark").is_visible()
    assert not page.locator(f".st-key-map-{other} .tip").is_visible()
    lines = tip.locator("polyline")
    assert lines.count() == 3
    assert all(len(line.get_attribute("points").split()) == 24 for line in lines.all())
    words = tip.locator("> span").inner_text()
    assert strip.locator(".where").inner_text() == words
    time = float(re.search(r", ([\d.]+) s$", words)[1])
    assert float(strip.locator(".mark").first.get_attribute("x1")) == time
    assert violations(page) == []
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"pointed-{side}-1440x900.png")
    page.mouse.move(5, 5)
    assert not page.locator(f".st-key-map-{other} .mark").is_visible()


def test_moment_pointed_at_in_the_strip_is_marked_in_both_maps(page):
    page.locator(".st-key-strip svg").first.hover()
    for side in SIDES:
        page.locator(f".st-key-map-{side} .mark").wait_for()
    assert re.search(r", [\d.]+ s$", page.locator(".st-key-strip .where").inner_text())


def test_legend_entry_dims_the_other_classes_until_it_is_pressed_again(page):
    entries = page.locator(".st-key-map-legend").get_by_role("button")
    assert state(page, "faint") == [0, 0]
    entries.nth(1).click()
    n_other = state(page, "faint")
    assert n_other[0] == n_other[1] > 100
    assert entries.nth(1).get_attribute("aria-pressed") == "true"
    entries.nth(2).focus()
    page.keyboard.press("Enter")
    assert 0 < state(page, "faint")[0] < n_other[0]
    assert violations(page) == []
    entries.nth(1).click()
    entries.nth(2).click()
    assert state(page, "faint") == [0, 0]


def test_lasso_in_either_map_says_how_many_frames_and_of_which_classes(page):
    tool = page.get_by_role("button", name="Select frames with a lasso").first
    tool.focus()
    page.keyboard.press("Enter")
    assert tool.get_attribute("aria-pressed") == "true"
    said = []
    for side in SIDES:
        said.append(words := lasso(page, side))
        n, parts = re.match(r"([\d,]+) frames selected in a map: (.+)\.$", words).groups()
        counts = [int(part.rsplit(" ", 1)[1].replace(",", "")) for part in parts.split(", ")]
        assert sum(counts) == int(n.replace(",", "")) > 0
        assert counts == sorted(counts, reverse=True)
        faint = state(page, "faint")
        assert faint[0] == faint[1] == N_FRAMES - sum(counts)
    assert said[0] != said[1]
    assert violations(page) == []
    page.get_by_role("button", name="Show all").first.click()
    page.get_by_text("selected in a map").wait_for(state="detached", timeout=20_000)
    assert state(page, "faint") == [0, 0]


def test_maps_and_text_grow_with_the_screen(page):
    sizes = """canvas => [canvas.clientHeight,
        parseFloat(getComputedStyle(document.documentElement).fontSize)]"""
    small = canvas(page, "baseline").evaluate(sizes)
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.wait_for_timeout(500)
    large = canvas(page, "baseline").evaluate(sizes)
    assert small == [200, 14]
    assert large[0] == 240
    assert large[1] == pytest.approx(16, abs=0.2)
