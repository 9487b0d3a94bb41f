"""Sensitivity and Data in a real browser: the slider answers at once, hostile words stay words."""

from pathlib import Path

import pytest

PICTURES = Path(__file__).resolve().parents[2] / "artifacts"
SCRIPT = "<img src=x onerror=alert(1)>"
PAGES = {
    "sensitivity": ["sensitivity?sens_view=Trade-off", "sensitivity"],
    "data": ["data?data=factory"],
    "trust": ["trust"],
}

pytestmark = pytest.mark.browser

WATCH = """scene => {
    const canvas = scene.querySelector('canvas'), input = scene.querySelector('input')
    window.settled = new Promise(done => input.addEventListener('input', () => {
        const began = performance.now()
        const look = () => canvas.dataset.moving === 'false' && canvas.dataset.stop === input.value
            ? done(performance.now() - began) : requestAnimationFrame(look)
        requestAnimationFrame(() => requestAnimationFrame(look))
    }, { once: true }))
}"""


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
    for key in ["ArrowRight"] * 3 + ["ArrowLeft"] * 2:
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
        arg=before, timeout=20_000,
    )  # fmt: skip
    page.get_by_role("button", name="Open in Compare").click()
    page.wait_for_url("**/?*candidate=emargin*", timeout=20_000)
    assert "scale=" in page.url
    page.close()


def test_words_of_an_uploaded_file_never_come_to_life(browser, server, tmp_path):
    rows = [f"recording,group,time,label,{SCRIPT}"]
    for number in range(3):
        home = f"{SCRIPT} {number},{SCRIPT} {number}"
        rows += [f"{home},{i / 20},{SCRIPT if i < 200 else 'calm'},{i % 7}" for i in range(400)]
    path = tmp_path / "hostile.csv"
    path.write_text("\n".join(rows))
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(f"{server}/data?part=Add+your+own+file")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Add this data").wait_for(timeout=60_000)
    page.wait_for_timeout(1_000)
    page.get_by_role("button", name="Add this data").click()
    page.get_by_text("Where would the margin act?").wait_for(timeout=60_000)
    page.wait_for_timeout(1_500)
    assert dialogs == []
    assert page.locator("[data-testid=stMain] img[src=x]").count() == 0
    assert SCRIPT in page.locator("[data-testid=stMain]").inner_text()
    page.close()


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_its_screen(browser, server, width, height, scheme):
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    PICTURES.mkdir(exist_ok=True)
    for name, addresses in PAGES.items():
        for address in addresses:
            page.goto(f"{server}/{address}")
            page.get_by_role("heading", level=3).first.wait_for(timeout=60_000)
            page.wait_for_timeout(2_500)
            wide, shown = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
            assert wide <= shown, address
            assert page.locator("[data-testid=stException]").count() == 0, address
        page.screenshot(path=PICTURES / f"{name}-{width}x{height}-{scheme}.png")
    page.close()
