"""The Learn page: each step draws, answers to its controls, and says what the mathematics says."""

import pytest
from streamlit.testing.v1 import AppTest
from test_compare_page import PAGE, text, workers  # noqa: F401 - the fixture is used by name

from emargin_core.learn.blobs import Blobs, scene


@pytest.fixture
def step(workers):  # noqa: F811
    """Open a step by its link."""

    def open_step(name, **query):
        page = AppTest.from_file(PAGE, default_timeout=120)
        for numbers in ("pair", "push", "motion", "blobs", "gallery"):
            page.session_state[f"{numbers}-numbers"] = True
        page.query_params["data"] = "small"
        page.query_params["iterations"] = "50"
        page.query_params["step"] = name
        for key, value in query.items():
            page.query_params[key] = value
        page.run()
        return page.switch_page("views/learn.py").run()

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
    assert "a transition at 100 of 100 frames" in words(page)
    assert chart(page, "pair").proto.alt != before
    assert page.dataframe[0].value["role"].tolist()[:2] == ["anchor", "positive"]


def test_margin_says_push_and_pull_as_the_curves_do(step):
    page = step("margin")
    assert not page.exception
    assert "InfoNCE, no margin: pushed apart, with 2.00." in words(page)
    assert "Margin on: pulled together, with 0.45." in words(page)
    assert "Margin off: pulled together, with 0.05." in words(page)
    assert "Nothing repels" in page.info[0].value
    page.slider(key="force_temperature").set_value(1.0).run()
    assert "InfoNCE, no margin: pushed apart, with 1.00." in words(page)
    page.slider(key="force_scale").set_value(0.5).run()
    assert "Margin on: nothing moves them." in words(page)


def test_margin_of_the_released_code_ignores_its_threshold(step):
    page = step("margin")
    page.segmented_control(key="force_method").set_value("emargin-released").run()
    assert "This holds for 100 % of the frames." in words(page)
    assert "the threshold does nothing from 0 on" in page.info[0].value
    page.slider(key="force_threshold").set_value(0.0).run()
    assert "This holds for 100 % of the frames." in words(page)
    page.slider(key="force_threshold").set_value(-0.5).run()
    assert "This holds for 100 % of the frames." not in words(page).split("Margin off")[0]


def test_collapse_gives_the_numbers_of_every_motion(step):
    page = step("collapse")
    assert not page.exception
    table = page.dataframe[0].value
    assert len(table) == 61
    assert table["InfoNCE, no margin: directions in use"].iloc[-1] > 2.9
    assert table["eMargin, scale 5: directions in use"].iloc[-1] < 1.3
    assert table["eMargin, scale 5, with spread 0.1: directions in use"].iloc[-1] > 2.9
    assert "all points are one" in words(page) or "1.1 of 3 directions" in words(page)


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
    assert "The scores lie" in page.warning[0].value


@pytest.mark.parametrize(
    ("case", "lesson"),
    [
        ("Honest", "for a reason"),
        ("Pretty, useless", "The scores lie:"),
        ("Ugly, useful", "the other way"),
        ("Collapsed", "answers 0.00"),
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
    assert "It is otherwise: A decides better." in page.warning[0].value
    assert "60 %" in page.warning[0].value
    assert "right decisions, %" in page.dataframe[0].value
    page.radio(key="answer_pair").set_value("first").run()
    assert "Right: A decides better." in page.success[0].value


@pytest.mark.parametrize(("name", "right"), [("tidiest", "worst"), ("repair", "neither")])
def test_other_questions_have_answers_too(step, name, right):
    page = step("question")
    page.segmented_control(key="question").set_value(name).run()
    page.radio(key=f"answer_{name}").set_value(right).run()
    assert not page.exception
    assert page.success[0].value.startswith("**Right:")


def test_steps_lead_on_and_stand_in_the_address(step):
    page = step("pair")
    page.button(key="step_next").click().run()
    assert page.query_params["step"] == "margin"
    assert "Nothing repels" in page.info[0].value
    assert any("step=margin" in code.value for code in page.code)
    page.button(key="step_back").click().run()
    assert page.query_params["step"] == "pair"
    page.segmented_control(key="step_box").set_value("scores").run()
    assert page.query_params["step"] == "scores"
    assert values(page)


def test_unknown_step_is_said_and_the_first_is_shown(step):
    page = step("<b>none</b>")
    assert not page.exception
    assert "is no step of this page" in page.error[0].value
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
