"""From a pilot to a verdict in a real browser, with independent labels, and back by its link."""

from pathlib import Path

import pytest

from emargin_core.store.gallery.gallery import load_gallery

PICTURES = Path(__file__).resolve().parents[3] / "artifacts"
MARGINS_ARE = """wanted => [...document.querySelectorAll('[data-testid=stNumberInputField]')]
    .every(field => field.value === wanted)"""

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def label_file(tmp_path_factory):
    """Every fortieth held-out moment of what comes with the program, with its own label."""
    shipped = load_gallery()
    run = next(run for name in shipped.entries if (run := shipped.result(name)) is not None)
    names, classes = run.data["recordings"], run.data["class_names"]
    rows = [
        f"{names[row.recording]},{row.time},{classes[row.label]}"
        for row in run.frames.iloc[::40].itertuples()
    ]
    path = tmp_path_factory.mktemp("field") / "labels.csv"
    path.write_text("\n".join(["recording,time,label", *rows]))
    return path


def test_pilot_to_verdict_with_independent_labels_and_its_link(browser, server, label_file):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{server}/decide")
    page.get_by_text("Prettier clusters, worse decisions").wait_for(timeout=120_000)
    page.get_by_role("button", name="Next: 2 Threshold").click()
    page.get_by_text("Chosen: threshold").wait_for(timeout=60_000)
    page.get_by_role("button", name="Next: 3 Classifier check").click()
    page.get_by_role("button", name="Use the setting from the pilot instead").click()
    page.get_by_text("No independent labels yet").wait_for(timeout=60_000)
    page.locator("input[type=file]").set_input_files(label_file)
    page.get_by_text("labels were matched").wait_for(timeout=60_000)
    page.get_by_role("button", name="Next: Verdict").click()
    page.get_by_text("Do not adopt it").first.wait_for(timeout=60_000)
    page.get_by_text("Independent labels: accuracy").wait_for(timeout=20_000)
    assert "decision=" in page.url
    address = page.url
    page.close()

    other = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    other.goto(address)
    other.get_by_text("Independent labels: accuracy").wait_for(timeout=60_000)
    other.wait_for_function("document.querySelectorAll('.js-plotly-plot .main-svg').length > 0")
    wide, shown = other.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= shown
    assert other.locator("[data-testid=stException]").count() == 0
    PICTURES.mkdir(exist_ok=True)
    other.screenshot(path=PICTURES / "decide-390x844-dark.png", full_page=True)
    other.close()


def test_back_leads_through_the_stages_and_then_to_the_page_before(browser, server):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(server)
    page.locator(".st-key-footer").wait_for(timeout=120_000)
    page.get_by_role("link", name="Decide").click()
    page.get_by_role("button", name="Next: 2 Threshold").wait_for(timeout=120_000)
    page.wait_for_url("**/decide?*stage=pilot*")
    page.get_by_role("button", name="Next: 2 Threshold").click()
    margin = page.get_by_role("spinbutton", name="Equal within")
    margin.fill("3.5", timeout=60_000)
    margin.press("Enter")
    page.wait_for_url("**/decide?*equal_within=3.5*")
    page.get_by_text("Saved on").wait_for(timeout=60_000)
    page.go_back()
    page.wait_for_function(MARGINS_ARE, arg="2.00", timeout=60_000)
    assert "stage=threshold" in page.url
    page.go_back()
    page.get_by_role("button", name="Next: 2 Threshold").wait_for(timeout=60_000)
    assert "stage=pilot" in page.url
    page.go_back()
    page.locator(".st-key-footer").wait_for(timeout=60_000)
    assert "/decide" not in page.url
    page.close()
