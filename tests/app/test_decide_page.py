"""The Decide page, driven without a browser: stages, training, costs, field labels, links."""

import pytest
from streamlit.testing.v1 import AppTest
from test_compare_page import PAGE, workers  # noqa: F401 - the fixture is used by name

from app import background
from emargin_core.config import make_config
from emargin_core.decide.costs import CostModel
from emargin_core.decide.plan_state import DecisionPlan, DecisionStore
from emargin_core.decide.preference import Preference
from emargin_core.experiment import run_experiment

SMALL = {"dataset": "small", "iterations": 50}


def open_page(**address):
    page = AppTest.from_file(PAGE, default_timeout=120).run()
    page = page.switch_page("views/decide.py")
    for name, value in address.items():
        page.query_params[name] = value
    return page.run()


def text(page):
    parts = [*page.markdown, *page.caption, *page.error, *page.warning, *page.info, *page.success]
    return " ".join(part.value for part in parts)


def small_plan(**changes):
    """A decision on the small file, as in the pilot, with one training each."""
    return DecisionPlan(
        baseline=make_config(method="infonce", **SMALL),
        pilot=make_config(method="emargin", **SMALL),
        repeats=1,
        preference=Preference(way="pilot"),
    ).model_copy(update=changes)


def kept(plan):
    return DecisionStore().save(plan)[0]


def compute():
    for method in ("infonce", "emargin"):
        run_experiment(make_config(method=method, **SMALL), store=background.run_store())


def test_first_visit_shows_a_pilot_at_once_and_asks_for_nothing(workers):  # noqa: F811
    page = open_page()
    assert not page.exception
    assert "Prettier clusters, worse decisions" in page.warning[0].value
    assert "Precomputed with eMargin Explorer" in text(page)
    assert workers.asked == []
    assert DecisionStore().ids() == []
    assert page.button(key="decide_next").label == "Next: 2 Threshold"


def test_buttons_lead_through_the_stages_and_back(workers):  # noqa: F811
    page = open_page()
    page.button(key="decide_next").click().run()
    assert page.query_params["stage"] == "threshold"
    assert "Chosen: threshold" in text(page)
    page.button(key="decide_back").click().run()
    assert page.query_params["stage"] == "pilot"
    assert not page.exception


def test_weights_change_the_choice_and_keep_the_decision(workers):  # noqa: F811
    page = open_page(stage="threshold")
    before = page.success[0].value
    next(s for s in page.slider if "Weight" in s.label).set_value(100).run()
    assert not page.exception
    assert page.success[0].value != before
    assert "threshold 0.8, scale 5" in page.success[0].value
    name = page.query_params["decision"]
    assert DecisionStore().load(name).preference.tidiness == 1.0


def test_minimum_that_nothing_reaches_is_said_at_every_later_stage(workers):  # noqa: F811
    name = kept(DecisionPlan(
        baseline=make_config(method="infonce"), pilot=make_config(),
        preference=Preference(way="minimum", minimum=0.99),
    ))  # fmt: skip
    for stage in ("threshold", "rollout", "verdict"):
        page = open_page(decision=name, stage=stage)
        assert not page.exception
        assert "No setting is right 99 % of the time" in page.warning[0].value


def test_missing_runs_are_offered_trained_and_can_be_cancelled(workers):  # noqa: F811
    page = open_page(decision=kept(small_plan()), stage="rollout")
    assert workers.asked == []
    assert "2 training runs are still missing" in page.info[0].value
    page.button(key="decide_train_rollout").click().run()
    assert {config.method for config in workers.asked} == {"infonce", "emargin"}
    page.button(key="cancel").click().run()
    assert len(workers.cancelled) == 2
    page.run()
    page.button(key="decide_train_rollout").click().run()
    workers.finish()
    page.run()
    assert not page.exception
    assert {"decide-confusion-baseline", "decide-confusion-candidate"} <= {
        chart.key for chart in page.get("plotly_chart")
    }


def test_failed_run_is_a_sentence(workers):  # noqa: F811
    page = open_page(decision=kept(small_plan()), stage="pilot")
    page.button(key="decide_train_pilot").click().run()
    workers.fail("loss became not finite in step 3")
    page.run()
    assert [error.value for error in page.error] == ["loss became not finite in step 3"]


def test_setting_that_is_not_trained_can_give_way_to_the_pilots(workers):  # noqa: F811
    page = open_page(stage="verdict")
    assert "still missing" in page.info[0].value
    page.button(key="decide_use_pilot").click().run()
    assert not page.exception
    assert "Do not adopt it" in page.warning[0].value
    assert DecisionStore().load(page.query_params["decision"]).preference.way == "pilot"


def test_costs_change_the_answer_and_are_kept(workers):  # noqa: F811
    name = kept(DecisionPlan(
        baseline=make_config(method="infonce"), pilot=make_config(),
        preference=Preference(way="pilot"),
    ))  # fmt: skip
    page = open_page(decision=name, stage="verdict")
    assert "as an example" in page.warning[0].value
    worth = next(n for n in page.number_input if n.label.startswith("Worth of tidier groups"))
    worth.set_value(1_000.0).run()
    assert not page.exception
    assert "Adopt it" in page.success[0].value
    assert "as an example" not in page.success[0].value
    assert DecisionStore().load(name).costs.tidiness_per_day == 1_000.0


def test_link_resumes_the_decision_in_another_session(workers):  # noqa: F811
    costs = CostModel(miss={"slow": 7.0}, unit="CHF", decisions_per_day=50.0)
    compute()
    name = kept(small_plan(title="Pumps", costs=costs))
    page = open_page(decision=name, stage="verdict")
    assert not page.exception
    assert next(t for t in page.text_input if t.label == "This decision").value == "Pumps"
    assert next(t for t in page.text_input if t.label == "Unit of money").value == "CHF"
    assert page.query_params["decision"] == name
    assert "CHF" in text(page)
    assert workers.asked == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a" * 12, "no decision 'aaaaaaaaaaaa' on this machine"),
        ("../../secret", "no name of a decision"),
        ("<script>", "no name of a decision"),
    ],
)
def test_link_to_nothing_is_one_sentence_and_the_page_goes_on(workers, name, words):  # noqa: F811
    page = open_page(decision=name)
    assert not page.exception
    assert len(page.error) == 1
    assert words in page.error[0].value
    assert "<script>" not in page.error[0].value
    assert "decision" not in page.query_params
    assert "Prettier clusters" in page.warning[0].value


def test_torn_decision_is_one_sentence_and_its_file_stays(workers):  # noqa: F811
    name = kept(small_plan())
    path = DecisionStore().folder / f"{name}.json"
    path.write_text("{")
    page = open_page(decision=name)
    assert not page.exception
    assert "cannot be read" in page.error[0].value
    assert path.read_text() == "{"


def test_change_made_elsewhere_is_said_and_nothing_is_lost(workers):  # noqa: F811
    store, plan = DecisionStore(), small_plan(title="Ours")
    name, written = store.save(plan)
    page = open_page(decision=name)
    store.save(written.model_copy(update={"title": "Theirs"}), name)
    next(t for t in page.text_input if t.label == "This decision").set_value("Mine").run()
    assert "changed elsewhere" in page.error[0].value
    assert store.load(name).title == "Theirs"
    page.button(key="decide_save_new").click().run()
    assert not page.exception
    other = page.query_params["decision"]
    assert other != name
    assert store.load(other).title == "Mine"


def field_rows(every=7):
    """Labels of the small file's own frames, as a file from the field would have them."""
    run = background.stored_result(background.run_id_of(make_config(method="emargin", **SMALL)))
    names, classes = run.data["recordings"], run.data["class_names"]
    return [
        f"{names[row.recording]},{row.time},{classes[row.label]}"
        for row in run.frames.iloc[::every].itertuples()
    ]


def upload(page, rows, name="field.csv"):
    content = "\n".join(["recording,time,label", *rows]).encode()
    page.file_uploader[0].upload(name, content, "text/csv").run()
    return page


def test_labels_from_the_field_are_checked_kept_and_come_with_the_link(workers):  # noqa: F811
    compute()
    name, rows = kept(small_plan()), field_rows()
    page = upload(open_page(decision=name, stage="rollout"), rows, "../<b>field.csv")
    assert not page.exception
    assert f"{len(rows)} of {len(rows)} labels were matched" in text(page)
    assert "same class in 100 %" in text(page)
    assert "<b>" not in text(page)
    page = open_page(decision=name, stage="verdict")
    assert "Field: right on" in text(page)
    assert "not been checked with labels from the field" not in text(page)
    page = open_page(decision=name, stage="rollout")
    next(button for button in page.button if button.label == "Remove").click().run()
    assert DecisionStore().load(name).field_file is None
    assert "No labels from the field yet" in text(page)


def test_fault_in_an_uploaded_file_is_a_sentence_and_keeps_what_was_there(workers):  # noqa: F811
    compute()
    name, rows = kept(small_plan()), field_rows()
    upload(open_page(decision=name, stage="rollout"), rows)
    page = upload(open_page(decision=name, stage="rollout"), [*rows, "machine 1,2,<u>x</u>"])
    assert not page.exception
    assert f"row {len(rows) + 2}" in page.error[0].value
    assert "is not a class of this data" in page.error[0].value
    assert "<u>" not in page.error[0].value
    assert f"{len(rows)} of {len(rows)} labels were matched" in text(page)


def test_cost_of_one_class_is_entered_in_the_table(workers):  # noqa: F811
    compute()
    name = kept(small_plan())
    page = open_page(decision=name, stage="verdict")
    editor = page.data_editor[0]
    assert editor.value["miss"].tolist() == [1.0, 1.0, 1.0]
    label = editor.value["class"].iloc[1]
    page.session_state[editor.key] = {
        "edited_rows": {1: {"miss": 25.0}}, "added_rows": [], "deleted_rows": [],
    }  # fmt: skip
    page.run()
    assert not page.exception
    assert DecisionStore().load(name).costs.miss == {label: 25.0}
    assert open_page(decision=name, stage="verdict").data_editor[0].value["miss"].iloc[1] == 25.0


def test_lost_field_labels_are_a_sentence_and_the_verdict_goes_on(workers):  # noqa: F811
    compute()
    page = open_page(decision=kept(small_plan(field_file="field.csv")), stage="verdict")
    assert not page.exception
    assert "upload the file again" in page.error[0].value
    assert "Field: not checked yet" in text(page)


def test_new_begins_afresh_and_the_old_one_can_be_opened_again(workers):  # noqa: F811
    name = kept(small_plan(title="Pumps"))
    page = open_page(decision=name)
    page.button(key="decide_new").click().run()
    assert not page.exception
    assert "decision" not in page.query_params
    other = next(s for s in page.selectbox if s.label == "Open another")
    other.select(name).run()
    assert page.query_params["decision"] == name
    assert next(t for t in page.text_input if t.label == "This decision").value == "Pumps"


def test_unknown_stage_in_the_address_is_the_first(workers):  # noqa: F811
    page = open_page(stage="<b>")
    assert not page.exception
    assert "Prettier clusters" in page.warning[0].value


def test_page_is_said_in_japanese(workers):  # noqa: F811
    page = open_page(stage="verdict", lang="ja")
    page.button(key="decide_use_pilot").click().run()
    assert not page.exception
    assert "採用しないでください" in page.warning[0].value
    assert "結論が変わる条件" in text(page)


def test_place_that_cannot_be_written_is_said_and_the_page_goes_on(workers, home):  # noqa: F811
    (home / "decisions").write_text("")
    page = open_page(stage="threshold")
    next(s for s in page.slider if "Weight" in s.label).set_value(100).run()
    assert not page.exception
    assert any("EMARGIN_HOME" in error.value for error in page.error)
    assert "threshold 0.8, scale 5" in page.success[0].value
