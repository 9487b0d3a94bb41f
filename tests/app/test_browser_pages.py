"""Sensitivity and Data in a real browser: the slider answers at once, hostile words stay words."""

import random
import re
from pathlib import Path

import pytest

from tests.app.test_accessible import violations

PICTURES = Path(__file__).resolve().parents[2] / "artifacts"
SCRIPT = "<img src=x onerror=alert(1)>"

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WATCH = """scene => {
    const canvas = scene.querySelector('canvas'), input = scene.querySelector('input')
    window.settled = new Promise(done => input.addEventListener('input', () => {
        const began = performance.now()
        const look = () => canvas.dataset.moving === 'false' && canvas.dataset.stop === input.value
            ? done(performance.now() - began) : requestAnimationFrame(look)
        requestAnimationFrame(() => requestAnimationFrame(look))
    }, { once: true }))
}"""


STOPS = """wanted => {
    window.stops ??= new Set()
    window.moved ??= 0
    const inside = root => [...root.querySelectorAll('*')].flatMap(
        node => node.shadowRoot ? [...node.shadowRoot.querySelectorAll('canvas')] : [])
    inside(document).forEach((canvas, side) => {
        if (canvas.dataset.stop) window.stops.add(side + ' ' + canvas.dataset.stop)
        window.moved += canvas.dataset.moving === 'true'
    })
    return window.stops.size >= wanted.stops && window.moved >= wanted.moving
}"""
"""Waits for so many different steps in the maps, and looks at which points were moving."""


TRAVELS = """() => {
    window.travelled = false
    const part = '.st-key-map-candidate [data-testid=stBidiComponentIsolated]'
    const look = () => {
        const canvas = document.querySelector(part)?.shadowRoot?.querySelector('canvas')
        window.travelled ||= canvas?.dataset.moving === 'true'
        requestAnimationFrame(look)
    }
    look()
}"""
"""Looks from now on whether the points of the candidate's final map travel."""


SCALE = "Number(canvas.dataset.scale)"


def test_slider_moves_map_and_gauges_without_a_round_trip(browser, server):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{server}/sensitivity?sens_view=Move+the+slider")
    canvas = page.locator(".scrub canvas")
    canvas.wait_for(timeout=60_000)
    page.wait_for_timeout(2_000)
    sent = []
    page.on("websocket", lambda socket: sent.append(socket.url))
    page.on("request", lambda request: sent.append(request.url))
    page.locator(".scrub input").focus()
    first = page.locator(".scrub .card").inner_text()
    times = []
    for key in ("ArrowRight", "ArrowLeft", "ArrowRight"):
        page.locator(".scrub").evaluate(WATCH)
        page.keyboard.press(key)
        times.append(page.evaluate("window.settled"))
    assert canvas.get_attribute("data-stop") == "1"
    assert page.locator(".scrub .card").inner_text() != first
    assert "Precomputed with" in page.locator("[data-testid=stMain]").inner_text()
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / "scrub-1440x900.png")
    print("from slider to picture, ms:", [round(time) for time in times])
    assert min(times) < 300
    assert [url for url in sent if "health" not in url and "stream" not in url] == []
    page.close()


def test_training_is_watched_by_all_who_look_until_its_result_is_there(browser, server):
    """With motion reduced in the second tab: there the points are at their places at once."""
    address = f"{server}/?data=factory:machines=3,minutes=2&iterations=300&seed=3"
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(address)
    page.locator(".scrub canvas").first.wait_for(timeout=120_000)
    if page.get_by_role("button", name="First look").is_enabled():
        page.get_by_role("button", name="First look").click()
    page.wait_for_function(STOPS, arg={"stops": 3, "moving": 1}, timeout=240_000)
    page.get_by_text("not yet a result").first.wait_for()
    assert violations(page) == []
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / "training-1440x900.png")
    other = browser.new_page(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    other.goto(address)
    other.wait_for_function(STOPS, arg={"stops": 2, "moving": 0}, timeout=120_000)
    assert other.evaluate("window.moved") == 0
    wide, shown = other.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= shown
    for tab in (page, other):
        tab.evaluate(TRAVELS)
    for tab in (page, other):
        tab.get_by_text("of the time").first.wait_for(timeout=240_000)
        final = tab.locator(".st-key-map-candidate canvas")
        final.wait_for()
        tab.get_by_text("Look closer").first.wait_for(timeout=120_000)  # the maps came before it
        assert tab.evaluate("window.travelled") == (tab is page)
        assert tab.locator("[class*=st-key-training-map]").count() == 0
        assert tab.get_by_text("not yet a result").count() == 0
        tab.close()


def test_map_is_zoomed_by_the_wheel_and_reset_by_a_double_click(browser, server):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{server}/sensitivity?sens_view=Move+the+slider")
    canvas = page.locator(".scrub canvas")
    canvas.wait_for(timeout=120_000)
    page.wait_for_timeout(2_000)
    whole = canvas.evaluate("canvas => canvas.toDataURL()")
    box = canvas.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 9, y)
    page.mouse.move(x, y)
    page.mouse.wheel(0, -400)
    page.wait_for_function(f"canvas => {SCALE} > 1.5", arg=canvas.element_handle())
    zoomed = canvas.evaluate("canvas => canvas.toDataURL()")
    page.mouse.down()
    page.mouse.move(x + 80, y, steps=3)
    page.mouse.up()
    moved = canvas.evaluate("canvas => canvas.toDataURL()")
    page.mouse.dblclick(x, y)
    page.wait_for_function(f"canvas => {SCALE} === 1", arg=canvas.element_handle())
    assert len({whole, zoomed, moved}) == 3
    assert canvas.evaluate("canvas => canvas.toDataURL()") == whole
    page.close()


def test_clicked_tile_is_chosen_in_all_maps_and_opens_in_compare(browser, server):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{server}/sensitivity")
    page.locator(".js-plotly-plot .point").first.wait_for(timeout=60_000)
    page.wait_for_timeout(1_500)
    before = page.get_by_label("Chosen setting").input_value()
    page.locator(".js-plotly-plot").nth(1).locator(".drag").first.wait_for()
    box = page.locator(".js-plotly-plot").nth(1).locator(".point").nth(3).bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_function(
        "(before) => document.querySelector('[aria-label*=\"Chosen setting\"]').value !== before",
        arg=before,
        timeout=20_000,
    )
    chosen = page.get_by_label("Chosen setting").input_value()
    threshold, scale = re.search(r"threshold ([-\d.]+), scale ([\d.]+)", chosen).groups()
    page.get_by_role("button", name="Open in Compare").click()
    page.wait_for_url("**/?*candidate=emargin*", timeout=20_000)
    for name, value in (("Margin threshold", threshold), ("Margin scale", scale)):
        assert float(page.get_by_role("slider", name=name).input_value()) == float(value)
    page.close()


def test_data_and_settings_follow_clicks_and_stand_in_every_link(browser, server):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    settings = "threshold=0.2&iterations=50&data=factory"
    page.goto(f"{server}/?{settings}")
    for link, question in (("Decide", "should you adopt"), ("Data", "what is in it")):
        page.get_by_role("link", name=link, exact=True).click()
        page.get_by_role("heading", name=f"Process line (generated): {question}").wait_for()
        compare = page.get_by_role("link", name="Compare", exact=True)
        page.wait_for_function(
            "link => link.getAttribute('href').startsWith('./')", arg=compare.element_handle()
        )
        assert compare.evaluate("link => link.href") == f"{server}/?{settings}"
        compare.click()
        page.get_by_role("heading", name="Process line (generated): do better").wait_for()
        page.wait_for_url(f"{server}/?{settings}")
    assert page.get_by_role("slider", name="Margin threshold").input_value() == "0.2"
    page.close()


def test_words_of_an_uploaded_file_never_come_to_life(browser, server, tmp_path):
    rows, drawn = [f"recording,group,time,label,{SCRIPT}"], random.Random(0)
    for number in range(3):
        home = f"{SCRIPT} {number},{SCRIPT} {number}"
        for i in range(400):
            label = SCRIPT if i < 200 else "calm"
            rows.append(f"{home},{i / 20},{label},{drawn.random():.4f}")
    path = tmp_path / "hostile.csv"
    path.write_text("\n".join(rows))
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(f"{server}/data?part=Add+your+own+file")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_text("Where would the margin act?").wait_for(timeout=60_000)
    page.get_by_role("button", name="Compare on this data").wait_for(timeout=60_000)
    page.wait_for_timeout(1_500)
    assert SCRIPT in page.locator("[data-testid=stMain]").inner_text()
    for heading in ("what is in it", "do better clusters"):
        page.get_by_text(heading).first.wait_for(timeout=60_000)
        assert dialogs == []
        assert page.locator("[data-testid=stMain] img[src=x]").count() == 0
        if heading == "what is in it":
            page.get_by_role("button", name="Compare on this data").click()
    page.close()
