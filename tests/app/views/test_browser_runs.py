"""Runs in a real browser: import, choose, export, report, delete and undo."""

import re

import pytest

from emargin_core.store.archive.run_archive import export_runs, read_archive
from emargin_core.store.run_store import RunStore
from tests.run_doubles import HOSTILE, make_run

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def archive(tmp_path):
    """Two runs of data whose every name is an attack, in a zip file."""
    store = RunStore(tmp_path / "there")
    runs = [make_run("infonce", words=HOSTILE), make_run("emargin", accuracy=0.5, words=HOSTILE)]
    for run in runs:
        store.put(run)
    path = tmp_path / "hostile.zip"
    export_runs([run.run_id for run in runs], path, store)
    return path, sorted(run.run_id for run in runs)


def saved(page, button, tmp_path):
    """What a click on a download button saves."""
    with page.expect_download(timeout=30_000) as waiting:
        page.get_by_role("button", name=button, exact=True).click()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def test_runs_are_imported_exported_reported_deleted_and_brought_back(
    browser, server, archive, tmp_path
):
    path, names = archive
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    alarms = []
    page.on("dialog", lambda dialog: (alarms.append(dialog.message), dialog.dismiss()))
    page.goto(f"{server}/runs")
    page.locator("[data-testid=stDataFrame]").wait_for(timeout=60_000)
    count = page.get_by_text(re.compile(r"^\d+ of \d+ runs\.$"))
    before = int(count.inner_text().split()[0])

    page.get_by_text("Import runs").click()
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_text("2 runs added; 0 were stored already.").wait_for(timeout=30_000)
    page.get_by_text(f"{before + 2} of {before + 2} runs.").wait_for()

    table = page.locator("[data-testid=stDataFrame]").bounding_box()
    for row in (0, 1):
        page.mouse.click(table["x"] + 18, table["y"] + 35 * (row + 1) + 17)
        page.wait_for_timeout(1_500)
    page.get_by_role("button", name="Report", exact=True).wait_for(timeout=20_000)

    report = saved(page, "Report", tmp_path)
    shown = browser.new_page()
    shown.on("dialog", lambda dialog: (alarms.append(dialog.message), dialog.dismiss()))
    shown.goto(report.as_uri())
    assert shown.locator("script, img, a, iframe, [onload], [onerror]").count() == 0
    assert shown.locator("svg[role=img]").count() >= 4
    assert HOSTILE[0] in shown.locator("main").inner_text()
    assert shown.pdf(format="A4").startswith(b"%PDF")
    shown.close()

    _, exported = read_archive(saved(page, "Export", tmp_path))
    assert sorted(exported) == names

    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_text("2 runs deleted.").wait_for(timeout=20_000)
    page.get_by_text(f"{before} of {before} runs.").wait_for()
    page.get_by_role("button", name="Undo", exact=True).click()
    page.get_by_text(f"{before + 2} of {before + 2} runs.").wait_for(timeout=20_000)
    assert alarms == []
    page.close()


def test_foreign_file_is_refused_in_one_sentence(browser, server, tmp_path):
    path = tmp_path / "notes.zip"
    path.write_bytes(b"no zip at all")
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{server}/runs")
    page.get_by_text("Import runs").click(timeout=60_000)
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_text("notes.zip cannot be read as a zip file").wait_for(timeout=30_000)
    page.close()
