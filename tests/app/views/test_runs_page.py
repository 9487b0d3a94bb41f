"""The Runs page: find, choose, compare, report, name, delete and undo."""

import pytest

from app import session
from app.components.comparison.open_in_compare import shows_exactly
from emargin_core.store.annotations import Annotation, read_annotation, write_annotation
from tests.app.opened import open_view, text
from tests.run_doubles import HOSTILE, make_run


@pytest.fixture
def stored(workers):
    """Three runs in the store: baseline, candidate, and the candidate with another threshold."""
    runs = [make_run("infonce"), make_run("emargin"), make_run("emargin", threshold=0.6)]
    for run in runs:
        session.run_store().put(run)
    for cached in (session._document, session._read_shipped):
        cached.clear()
    return runs


def open_runs(**query):
    return open_view("runs", **{"data": "small"} | query)


def choose(page, *runs):
    page.multiselect(key="runs_chosen").set_value([run.run_id for run in runs]).run()
    assert not page.exception
    return page


def buttons(page):
    return {button.key for button in (*page.button, *page.get("download_button"))}


def test_stored_and_shipped_runs_are_listed(stored):
    page = open_runs()
    assert not page.exception
    assert "160 of 160 runs." in text(page)
    table = page.dataframe[0].value
    assert list(table["run"][:3]) == [run.run_id for run in reversed(stored)]
    assert set(table["provenance"]) == {"computed here", "precomputed"}
    accuracy = 100 * stored[-1].metric("probe.accuracy")
    assert table["accuracy, %"][0] == pytest.approx(accuracy)


def test_filters_narrow_the_table_and_keep_the_choice(stored):
    page = choose(open_runs(), stored[0])
    page.multiselect(key="run_sources").set_value(["here"]).run()
    assert "3 of 160 runs." in text(page)
    page.text_input(key="run_search").set_value("threshold 0.6").run()
    assert list(page.dataframe[0].value["run"]) == [stored[2].run_id]
    assert page.multiselect(key="runs_chosen").value == [stored[0].run_id]
    page.selectbox(key="run_state").set_value("collapsed").run()
    assert len(page.dataframe[0].value) == 0
    assert not page.exception


def test_two_runs_are_a_baseline_and_a_candidate(stored):
    page = choose(open_runs(), stored[0], stored[1])
    assert "**Baseline:** InfoNCE, no margin" in text(page)
    assert {"report", "runs_compare", "export_runs", "delete_runs"} <= buttons(page)
    page.toggle(key="run_swap").set_value(True).run()
    assert "**Baseline:** eMargin, adaptive margin" in text(page)


def test_runs_that_compare_cannot_show_still_have_a_report(stored):
    page = choose(open_runs(), stored[1], stored[2])
    assert "report" in buttons(page)
    assert "runs_compare" not in buttons(page)
    assert "a report can still compare them" in text(page)


def test_three_settings_are_refused_in_words(stored):
    page = choose(open_runs(), *stored)
    assert "3 different settings" in text(page)
    assert "report" not in buttons(page)


def test_metrics_alone_are_said_to_be_so(stored):
    gallery = session.gallery()
    bare = next(name for name in gallery.entries if not gallery.has(name))
    page = open_runs()
    page.multiselect(key="runs_chosen").set_value([bare]).run()
    assert "Only the metrics of some of these runs are stored" in text(page)
    assert next(b for b in page.button if b.key == "delete_runs").disabled


def test_name_and_note_are_kept_and_shown_as_text(stored):
    name = stored[0].run_id
    page = choose(open_runs(), stored[0])
    page.text_input(key=f"run_name-{name}").set_value(HOSTILE[0])
    page.text_area(key=f"run_note-{name}").set_value("a\nb")
    next(button for button in page.button if button.label == "Save").click().run()
    assert not page.exception
    assert read_annotation(session.run_store().home, name) == Annotation(HOSTILE[0], "a\nb")
    assert HOSTILE[0] in list(page.dataframe[0].value["name"])
    assert "<script>" not in text(page)


def test_deleted_runs_come_back_by_undo(stored):
    page = choose(open_runs(), stored[0], stored[1])
    page.button(key="delete_runs").click().run()
    assert "2 runs deleted." in text(page)
    assert "158 of 158 runs." in text(page)
    assert page.multiselect(key="runs_chosen").value == []
    assert session.stored_result(stored[0].run_id) is None
    page.button(key="undo_delete").click().run()
    assert "160 of 160 runs." in text(page)
    assert session.stored_result(stored[0].run_id) is not None


def test_malformed_name_hides_no_run(stored):
    home = session.run_store().home
    write_annotation(home, stored[0].run_id, Annotation("best", ""))
    (home / "annotations" / f"{stored[0].run_id}.json").write_text("{")
    assert "160 of 160 runs." in text(open_runs())


def test_page_speaks_japanese(stored):
    page = open_runs(lang="ja")
    assert not page.exception
    assert "160 件" in text(page)


@pytest.mark.parametrize(
    ("baseline", "candidate", "exact"),
    [
        ({"method": "infonce"}, {"method": "emargin"}, True),
        ({"method": "infonce", "temperature": 1.0}, {"method": "emargin", "uniformity": 0.1}, True),
        ({"method": "infonce", "uniformity": 0.1}, {"method": "emargin"}, False),
        ({"method": "emargin", "threshold": 0.2}, {"method": "emargin"}, False),
        ({"method": "infonce"}, {"method": "emargin", "seed": 1}, False),
        ({"method": "infonce"}, {"method": "emargin", "iterations": 50}, False),
        ({"method": "infonce"}, {"method": "emargin", "scale": 50.0}, False),
        (
            {"method": "infonce", "evaluate_on": "validation"},
            {"method": "emargin", "evaluate_on": "validation"},
            False,
        ),
    ],
)
def test_compare_is_offered_only_for_what_it_shows_exactly(baseline, candidate, exact):
    sides = [make_run(**settings).config for settings in (candidate, baseline)]
    assert shows_exactly(*sides) is exact
