"""The Learn page in a real browser: how fast it answers, by keys alone, on a phone, by links."""

import re
import statistics
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.app.test_accessible import settle

PICTURES = Path(__file__).resolve().parents[3] / "artifacts"
STEPS = ("pair", "margin", "collapse", "scores", "question")
ANSWERED = """([chart]) => {
    const label = () => document.querySelector(`.st-key-${chart} [role=figure]`).ariaLabel
    const before = label()
    window.answered = new Promise(done => {
        document.addEventListener('keydown', () => {
            const began = performance.now()
            const look = () => label() !== before
                ? requestAnimationFrame(() => done(performance.now() - began))
                : requestAnimationFrame(look)
            look()
        }, { once: true, capture: true })
    })
}"""
STEPPED = """stage => {
    window.stepped = new Promise(done => {
        stage.querySelector('.step').addEventListener('click', () => {
            const began = performance.now(), at = stage.dataset.at
            const look = () => stage.dataset.at !== at
                ? done(performance.now() - began) : requestAnimationFrame(look)
            requestAnimationFrame(look)
        }, { once: true, capture: true })
    })
}"""

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def open_step(browser, server, name):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{server}/learn?step={name}")
    page.locator(".st-key-signposts").wait_for(timeout=120_000)
    settle(page)
    return page


@pytest.mark.parametrize(
    ("name", "slider", "chart"),
    [
        ("pair", "Anchor", "pair"),
        ("margin", "Scale", "push"),
        ("scores", "Width of each group", "blobs"),
    ],
)
def test_picture_answers_to_a_key_at_once(browser, server, name, slider, chart):
    page = open_step(browser, server, name)
    page.locator(f".st-key-{chart} [role=figure]").wait_for(timeout=60_000)
    handle = page.get_by_role("slider", name=slider)
    times = []
    for _ in range(8):
        handle.focus()
        page.evaluate(ANSWERED, [chart])
        page.keyboard.press("ArrowRight")
        times.append(page.evaluate("window.answered"))
        page.wait_for_timeout(250)
    print(
        f"{name}, from key to picture, ms:",
        sorted(round(time) for time in times),
        "median",
        round(statistics.median(times)),
    )
    assert min(times) < 1_000
    page.close()


def test_points_play_pause_step_and_reset_by_keys_without_a_round_trip(browser, server):
    page = open_step(browser, server, "collapse")
    stage = page.locator(".stage")
    stage.locator("canvas").first.wait_for(timeout=120_000)
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    page.locator(".stage .play").focus()
    page.keyboard.press("Enter")
    expect(stage).to_have_attribute("data-at", re.compile(r"^([5-9]|[1-5][0-9])\."), timeout=30_000)
    page.keyboard.press("Enter")
    expect(stage).to_have_attribute("data-playing", "false")
    at = stage.get_attribute("data-at")
    page.wait_for_timeout(500)
    assert stage.get_attribute("data-at") == at
    shown = int(stage.get_by_role("slider").input_value())
    page.locator(".stage .step").focus()
    stage.evaluate(STEPPED)
    page.keyboard.press("Enter")
    expect(stage).to_have_attribute("data-at", f"{shown + 1}.00")
    print(f"collapse, from step to picture, ms: {page.evaluate('window.stepped'):.0f}")
    page.get_by_role("slider", name="Training step").focus()
    page.keyboard.press("End")
    expect(stage).to_have_attribute("data-at", "60.00")
    assert "1.1 of 3 directions in use" in page.locator(".stage .says").text_content()
    page.get_by_label("uniformity weight 0.1").check()
    expect(stage).to_have_attribute("data-act", "3")
    assert "1.1 of 3" not in page.locator(".stage .says").text_content()
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / "learn-collapse-1440x900.png")
    page.locator(".stage .reset").focus()
    page.keyboard.press("Enter")
    expect(stage).to_have_attribute("data-at", "0.00")
    assert [url for url in sent if "health" not in url and "stream" not in url] == []
    page.close()


def test_steps_are_walked_by_keys_and_a_link_opens_where_one_was(browser, server):
    page = open_step(browser, server, "pair")
    page.get_by_role("button", name="Next").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Nothing repels").wait_for(timeout=30_000)
    assert "step=margin" in page.url
    page.get_by_role("slider", name="Scale").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("location.href.includes('force_scale=4.5')", timeout=20_000)
    address = page.url
    page.close()
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(address)
    page.get_by_text("Nothing repels").wait_for(timeout=60_000)
    scale = page.get_by_role("slider", name="Scale")
    expect(scale).to_have_value("4.5", timeout=60_000)
    page.close()


def test_phone_shows_every_step_in_japanese_within_its_width(browser, server):
    page = browser.new_page(viewport={"width": 390, "height": 844}, locale="ja-JP")
    PICTURES.mkdir(exist_ok=True)
    for name in STEPS:
        page.goto(f"{server}/learn?step={name}")
        page.locator(".st-key-signposts").wait_for(timeout=120_000)
        settle(page)
        wide, shown = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert wide <= shown, name
        assert page.locator("[data-testid=stException]").count() == 0, name
        page.screenshot(path=PICTURES / f"learn-{name}-390-ja.png")
    page.close()


def test_back_shows_the_step_of_its_address_down_to_the_first(browser, server):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{server}/learn")
    for title in ("2 The margin", "3 The collapse"):
        page.get_by_role("button", name=f"Next: {title}").click(timeout=120_000)
    page.get_by_role("button", name="Back: 2 The margin").wait_for(timeout=60_000)
    page.go_back()
    page.get_by_role("button", name="Back: 1 The pair").wait_for(timeout=60_000)
    page.go_back()
    expect(page.locator(".st-key-pair [role=figure]")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("button", name="Next: 2 The margin")).to_be_visible()
    assert "step=" not in page.url
    page.close()
