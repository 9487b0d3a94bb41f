"""The Learn page: each step draws, answers to its controls, and says what the mathematics says."""

import json

import pytest

from app.components import choice
from emargin_core.learn.blobs import Blobs, scene
from tests.app.opened import open_view, text


@pytest.fixture
def step(workers):
    """Open a step by its link."""

    def open_step(name, **query):
        shown = {f"{key}-numbers": True for key in ("pair", "push", "motion", "blobs", "gallery")}
        return open_view("learn", shown, data="small", iterations="50", step=name, **query)

    return open_step


def words(page):
    return text(page) + " ".join(table.value for table in page.text)


def chart(page, key):
    return next(c for c in page.get("plotly_chart") if c.key == key)


def test_pair_marks_positives_negatives_and_transitions(step):
    page = step("pair")
    assert not page.exception
    assert "2 positives and 97 negatives" in words(page)
    assert "of 100 frames" in words(page)
    before = chart(page, "pair").proto.alt
    page.slider(key="anchor").set_value(1).run()
    assert "frame 1" in words(page)
    assert "1 positive and 98 negatives" in words(page)
    page.slider(key="pair_threshold").set_value(1.0).run()
    assert "100 of 100 frames are marked as transitions" in words(page)
    assert chart(page, "pair").proto.alt != before
    assert page.dataframe[0].value["role"].tolist()[:2] == ["anchor", "positive"]


def test_margin_says_push_and_pull_as_the_curves_do(step):
    page = step("margin")
    assert not page.exception
    assert "InfoNCE, no margin: pushed apart, force 2.00." in words(page)
    assert "Margin on: pulled together, force 0.45." in words(page)
    assert "Margin off: pulled together, force 0.05." in words(page)
    assert "Nothing repels similar frames" in page.info[0].value
    page.slider(key="force_temperature").set_value(1.0).run()
    assert "InfoNCE, no margin: pushed apart, force 1.00." in words(page)
    page.slider(key="force_scale").set_value(0.5).run()
    assert "Margin on: no force." in words(page)


def test_margin_of_the_released_code_ignores_its_threshold(step):
    page = step("margin")
    page.segmented_control(key="force_method").set_value("emargin-released").run()
    assert "This is the case for 100 % of the frames." in words(page)
    assert "a threshold of 0 or above has no effect" in page.info[0].value
    page.slider(key="force_threshold").set_value(0.0).run()
    assert "This is the case for 100 % of the frames." in words(page)
    page.slider(key="force_threshold").set_value(-0.5).run()
    assert "This is the case for 100 % of the frames." not in words(page).split("Margin off")[0]


def test_trainings_of_the_default_comparison_are_replayed_beside_the_simulation(step):
    page = step("collapse")
    shown = [json.loads(part.proto.json) for part in page.get("bidi_component")]
    films = [film for film in shown if film.get("view") == "replay" and "places" in film]
    assert [(film["words"][0], film["words"][-1]) for film in films] == [("0", "400")] * 2


def test_collapse_gives_the_numbers_of_every_motion(step):
    page = step("collapse")
    assert not page.exception
    table = page.dataframe[0].value
    assert len(table) == 61
    assert table["InfoNCE, no margin: directions in use"].iloc[-1] > 2.9
    assert table["eMargin, scale 5: directions in use"].iloc[-1] < 1.3
    assert table["eMargin, scale 5, uniformity weight 0.1: directions in use"].iloc[-1] > 2.9
    assert "all points coincide" in words(page) or "1.1 of 3 directions" in words(page)


def values(page):
    return {metric.label: metric.value for metric in page.metric}


def test_scores_do_not_notice_labels_that_do_not_agree(step):
    page = step("scores")
    assert not page.exception
    agree = values(page)
    page.slider(key="blob_agree").set_value(0).run()
    blind = values(page)
    assert blind["Silhouette"] == agree["Silhouette"]
    assert blind["Davies–Bouldin"] == agree["Davies–Bouldin"]
    expected = scene(Blobs(width=0.4, distance=3.0, agreement=0.0, follows="groups")).accuracy
    assert blind["Right decisions"] == f"{100 * expected:.0f} %"
    assert "The cluster scores mislead" in page.warning[0].value


@pytest.mark.parametrize(
    ("case", "lesson"),
    [
        ("Tidy and useful", "for a good reason"),
        ("Tidy but useless", "The cluster scores mislead:"),
        ("Untidy but useful", "the other way"),
        ("Collapsed", "returns 0.00"),
    ],
)
def test_each_case_shows_its_lesson(step, case, lesson):
    page = step("scores")
    page.button(key=f"case_{case}").click().run()
    assert not page.exception
    assert lesson in " ".join(note.value for note in (*page.warning, *page.success, *page.info))
    if case == "Collapsed":
        assert values(page)["Davies–Bouldin"] == values(page)["Silhouette"] == "n/a"


def test_question_is_answered_with_its_reason_from_the_gallery(step):
    page = step("question")
    assert not page.exception
    assert "right decisions, %" not in page.dataframe[0].value
    page.radio(key="answer_pair").set_value("second").run()
    assert "Not quite. The answer: A is more accurate." in page.warning[0].value
    assert "59 %" in page.warning[0].value
    assert "right decisions, %" in page.dataframe[0].value
    page.radio(key="answer_pair").set_value("first").run()
    assert "Correct: A is more accurate." in page.success[0].value


@pytest.mark.parametrize(("name", "right"), [("tidiest", "worst"), ("repair", "neither")])
def test_other_questions_have_answers_too(step, name, right):
    page = step("question")
    page.segmented_control(key="question").set_value(name).run()
    page.radio(key=f"answer_{name}").set_value(right).run()
    assert not page.exception
    assert page.success[0].value.startswith("**Correct:")


def test_repair_claims_no_more_than_the_rule_says_of_the_runs(step):
    page = step("question")
    page.segmented_control(key="question").set_value("repair").run()
    page.radio(key="answer_repair").set_value("neither").run()
    reason = page.success[0].value
    assert "restores" not in reason
    assert "Tidier clusters; whether accuracy changes cannot be told." in reason
    assert "cannot be told: −4.2 to +1.4 points (95 %, 10 subjects in 5 folds)" in reason


@pytest.mark.parametrize(
    ("name", "differs"), [("pair", True), ("repair", True), ("tidiest", False)]
)
def test_chart_says_that_it_is_of_other_groups_than_the_table(step, name, differs):
    page = step("question")
    page.segmented_control(key="question").set_value(name).run()
    assert "measured on the validation groups" in words(page)
    assert ("beside it are of the test groups" in words(page)) == differs


def test_steps_lead_on_and_stand_in_the_address(step):
    page = step("pair")
    page.button(key="step_next").click().run()
    assert page.query_params["step"] == "margin"
    assert "Nothing repels similar frames" in page.info[0].value
    assert any("step=margin" in code.value for code in page.code)
    page.button(key="step_back").click().run()
    assert page.query_params["step"] == "pair"
    page.segmented_control(key="step_box").set_value("scores").run()
    assert page.query_params["step"] == "scores"
    assert values(page)


def test_step_back_to_an_address_without_a_step_shows_the_first(step, monkeypatch):
    page = step("pair")
    page.button(key="step_next").click().run()
    del page.query_params["step"]
    monkeypatch.setattr(choice, "by_history", lambda: True)
    page.run()
    assert chart(page, "pair")
    monkeypatch.undo()
    page.run()
    assert chart(page, "pair")


def test_unknown_step_is_said_and_the_first_is_shown(step):
    page = step("<b>none</b>")
    assert not page.exception
    assert "is not a step of this page" in page.error[0].value
    assert "<b>" not in page.error[0].value
    assert chart(page, "pair")


def test_values_outside_the_sliders_are_held_inside(step):
    page = step("scores", blob_width="99", blob_distance="-3", blob_agree="nonsense")
    assert not page.exception
    assert values(page)
    page = step("pair", anchor="5000", pair_threshold="nan")
    assert not page.exception
    assert "97 negatives" in words(page) or "98 negatives" in words(page)


@pytest.mark.parametrize("name", ["pair", "margin", "collapse", "scores", "question"])
def test_every_chart_has_words_and_numbers(step, name):
    page = step(name)
    assert all(chart.proto.alt for chart in page.get("plotly_chart"))
    assert len(page.dataframe) == 1
    assert "Questions for the class" in words(page)


def test_page_speaks_japanese(step):
    page = step("margin", lang="ja")
    assert not page.exception
    assert "引き離されます" in words(page)
    assert "マージン" in page.info[0].value
