"""The Decide page, driven without a browser: stages, training, costs, independent labels, links."""

import json

import pytest

from app import session
from app.components import choice
from app.views.decide.threshold import is_confirmed
from emargin_core.analysis.decide.costs import CostModel
from emargin_core.analysis.decide.plan_state import DecisionPlan, DecisionStore
from emargin_core.analysis.decide.preference import Preference
from emargin_core.config import make_config
from emargin_core.sweeps.confirmation import Confirmation
from tests.app.opened import open_view

SIDES = ("left", "right")
SMALL = {"dataset": "small", "iterations": 50}


def open_page(**address):
    return open_view("decide", **address)


def text(page):
    parts = [*page.markdown, *page.caption, *page.error, *page.warning, *page.info, *page.success]
    return " ".join(part.value for part in parts)


def small_plan(**changes):
    """A decision on the small file, as in the pilot, with one training on every fold."""
    return DecisionPlan(
        baseline=make_config(method="infonce", **SMALL),
        pilot=make_config(method="emargin", **SMALL),
        repeats=1,
        preference=Preference(way="pilot"),
    ).model_copy(update=changes)


def kept(plan):
    return DecisionStore().save(plan)[0]


def compute(workers, folds=range(5)):
    """Store the runs of both methods on these folds."""
    methods = ("infonce", "emargin")
    workers.store(*(make_config(method=m, fold=fold, **SMALL) for fold in folds for m in methods))


def test_first_visit_shows_a_pilot_at_once_and_asks_for_nothing(workers):
    page = open_page()
    assert not page.exception
    assert "Prettier clusters, worse decisions" in page.warning[0].value
    assert "Precomputed with eMargin Explorer" in text(page)
    assert workers.asked == []
    assert DecisionStore().ids() == []
    assert page.button(key="decide_next").label == "Next: 2 Threshold"


def test_methods_are_offered_by_their_plain_titles(workers):
    page = open_page(lang="ja")
    offered = [option for box in page.selectbox for option in box.options]
    assert "InfoNCE (マージンなし)" in offered
    assert not any("\\" in option for option in offered)


def test_buttons_lead_through_the_stages_and_back(workers):
    page = open_page()
    page.button(key="decide_next").click().run()
    assert page.query_params["stage"] == "threshold"
    assert "Chosen: threshold" in text(page)
    page.button(key="decide_back").click().run()
    assert page.query_params["stage"] == "pilot"
    assert not page.exception


def test_weights_change_the_choice_and_keep_the_decision(workers):
    page = open_page(stage="threshold")
    before = page.success[0].value
    next(s for s in page.slider if "Weight" in s.label).set_value(100).run()
    assert not page.exception
    assert page.success[0].value != before
    assert "threshold 0.8, scale 5" in page.success[0].value
    name = page.query_params["decision"]
    assert DecisionStore().load(name).preference.tidiness == 1.0


def square_of(page):
    """Place of the baseline's square in the trade-off chart."""
    chart = next(c for c in page.get("plotly_chart") if c.key == "decide-tradeoff")
    figure = json.loads(chart.proto.spec)
    trace = next(t for t in figure["data"] if t["name"] == "baseline")
    return trace["x"][0], trace["y"][0]


def test_choice_stands_beside_the_baseline_of_the_other_stages_and_names_its_groups(workers):
    page = open_page(stage="threshold")
    assert square_of(page) == (0.3638, 72.75)  # not the grid's own, at temperature 1
    name = "baseline, InfoNCE, no margin, temperature 0.5"
    assert f"Measured on the validation subjects. There the {name}, has: accuracy 72.8 %" in (
        page.success[0].value
    )
    assert f"Square: the {name}." in text(page)
    assert "All points are measured on the validation subjects." in text(page)
    assert "which was not run" not in text(page)


def test_baseline_without_runs_there_gives_way_to_the_sweeps_and_it_is_said(workers):
    baseline = make_config(method="infonce", temperature=0.7)
    plan = DecisionPlan(baseline=baseline, pilot=make_config(), preference=Preference())
    page = open_page(decision=kept(plan), stage="threshold")
    assert square_of(page) == (0.4192, 72.49)
    assert "Square: the baseline, InfoNCE, no margin, temperature 1." in text(page)
    assert "compare with InfoNCE, no margin, temperature 0.7, which was not run" in text(page)


def test_minimum_that_nothing_reaches_is_said_at_every_later_stage(workers):
    name = kept(
        DecisionPlan(
            baseline=make_config(method="infonce"),
            pilot=make_config(),
            preference=Preference(way="minimum", minimum=0.99),
        )
    )
    for stage in ("threshold", "rollout", "verdict"):
        page = open_page(decision=name, stage=stage)
        assert not page.exception
        assert "No setting reaches an accuracy of 99 %" in page.warning[0].value


@pytest.mark.slow
def test_missing_runs_are_offered_trained_and_can_be_cancelled(workers):
    page = open_page(decision=kept(small_plan()), stage="rollout")
    assert workers.asked == []
    assert "10 more training runs are needed to settle" in page.info[0].value
    page.button(key="decide_train_rollout").click().run()
    assert {config.method for config in workers.asked} == {"infonce", "emargin"}
    page.button(key="cancel").click().run()
    assert len(workers.cancelled) == 10
    page.run()
    page.button(key="decide_train_rollout").click().run()
    workers.finish()
    page.run()
    assert not page.exception
    assert {"decide-confusion-baseline", "decide-confusion-candidate"} <= {
        chart.key for chart in page.get("plotly_chart")
    }


def test_missing_runs_come_with_their_time_and_no_link_away(workers):
    compute(workers, folds=[0])
    page = open_page(decision=kept(small_plan()), stage="rollout")
    assert "8 more training runs are needed to settle the comparison. It takes about" in text(page)
    assert not any("on this data first" in link.proto.label for link in page.get("page_link"))


def test_failed_run_is_a_sentence(workers):
    page = open_page(decision=kept(small_plan()), stage="pilot")
    page.button(key="decide_train_pilot").click().run()
    workers.fail("loss became not finite in step 3")
    page.run()
    assert [error.value for error in page.error] == ["loss became not finite in step 3"]


def test_setting_that_is_not_trained_can_give_way_to_the_pilots(workers):
    page = open_page(stage="verdict")
    assert "are needed to settle the comparison" in page.info[0].value
    page.button(key="decide_use_pilot").click().run()
    assert not page.exception
    assert "Do not adopt it" in page.warning[0].value
    assert DecisionStore().load(page.query_params["decision"]).preference.way == "pilot"


def test_costs_change_the_answer_and_are_kept(workers):
    name = kept(
        DecisionPlan(
            baseline=make_config(method="infonce"),
            pilot=make_config(),
            preference=Preference(way="pilot"),
        )
    )
    page = open_page(decision=name, stage="verdict")
    assert "These costs are examples" in page.warning[0].value
    worth = next(n for n in page.number_input if n.label.startswith("Value of tidier groups"))
    worth.set_value(1_000.0).run()
    assert not page.exception
    assert "Adopt it" in page.success[0].value
    assert "These costs are examples" not in page.success[0].value
    assert DecisionStore().load(name).costs.tidiness_per_day == 1_000.0


def test_break_even_of_one_class_is_not_said_to_hold_for_all_together(workers):
    plan = DecisionPlan(
        baseline=make_config(method="infonce", temperature=0.5),
        pilot=make_config(),
        preference=Preference(way="pilot"),
    )
    page = open_page(decision=kept(plan), stage="verdict")
    assert not page.exception
    assert "alone cost about 49 € instead of 1 € and every other mistake" in text(page)
    assert "whatever a miss costs" not in text(page)
    assert "its sign if the costs of all misses rise or fall together" in text(page)


def test_link_resumes_the_decision_in_another_session(workers):
    costs = CostModel(miss={"slow": 7.0}, unit="CHF", decisions_per_day=50.0)
    compute(workers)
    name = kept(small_plan(title="Pumps", costs=costs))
    page = open_page(decision=name, stage="verdict")
    assert not page.exception
    assert next(t for t in page.text_input if t.label == "This decision").value == "Pumps"
    assert next(t for t in page.text_input if t.label == "Currency").value == "CHF"
    assert page.query_params["decision"] == name
    assert "CHF" in text(page)
    assert workers.asked == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a" * 12, "decision 'aaaaaaaaaaaa' was not found on this machine"),
        ("../../secret", "not the name of a decision"),
        ("<script>", "not the name of a decision"),
    ],
)
def test_link_to_nothing_is_one_sentence_and_the_page_goes_on(workers, name, words):
    page = open_page(decision=name)
    assert not page.exception
    assert len(page.error) == 1
    assert words in page.error[0].value
    assert "<script>" not in page.error[0].value
    assert "decision" not in page.query_params
    assert "Prettier clusters" in page.warning[0].value


def test_malformed_decision_is_one_sentence_and_its_file_stays(workers):
    name = kept(small_plan())
    path = DecisionStore().folder / f"{name}.json"
    path.write_text("{")
    page = open_page(decision=name)
    assert not page.exception
    assert "cannot be read" in page.error[0].value
    assert path.read_text() == "{"


def test_change_made_elsewhere_is_said_and_nothing_is_lost(workers):
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


def label_rows(every=7):
    """Labels of the small file's own held-out frames, as somebody else might have given them."""
    rows = []
    for fold in range(5):
        config = make_config(method="emargin", fold=fold, **SMALL)
        run = session.stored_result(session.run_id_of(config))
        names, classes = run.data["recordings"], run.data["class_names"]
        rows += [
            f"{names[row.recording]},{row.time},{classes[row.label]}"
            for row in run.frames.iloc[::every].itertuples()
        ]
    return rows


def upload(page, rows, name="labels.csv"):
    content = "\n".join(["recording,time,label", *rows]).encode()
    page.file_uploader[0].upload(name, content, "text/csv").run()
    return page


def test_independent_labels_are_checked_kept_and_come_with_the_link(workers):
    compute(workers)
    name, rows = kept(small_plan()), label_rows()
    page = upload(open_page(decision=name, stage="rollout"), rows, "../<b>labels.csv")
    assert not page.exception
    assert f"{len(rows)} of {len(rows)} labels were matched" in text(page)
    assert "of 6 " in text(page)
    assert "agree in 100 %" in text(page)
    assert "<b>" not in text(page)
    page = open_page(decision=name, stage="verdict")
    assert "Independent labels: accuracy" in text(page)
    assert "not been checked with independent labels" not in text(page)
    page = open_page(decision=name, stage="rollout")
    next(button for button in page.button if button.label == "Remove").click().run()
    assert DecisionStore().load(name).label_file is None
    assert "No independent labels yet" in text(page)


def test_every_recording_that_labels_can_name_is_listed_whole(workers):
    plan = DecisionPlan(
        baseline=make_config(method="infonce", temperature=0.5),
        pilot=make_config(),
        preference=Preference(way="pilot"),
    )
    page = open_page(decision=kept(plan), stage="rollout")
    listed = [code.value for code in page.code if "left" in code.value]
    assert listed == ["\n".join(f"subject {n:02} {side}" for n in range(1, 11) for side in SIDES)]


def test_first_fold_alone_is_a_first_look_in_grey(workers):
    compute(workers, folds=[0])
    page = open_page(decision=kept(small_plan()), stage="verdict")
    assert not page.exception
    assert "8 more training runs are needed to settle" in page.info[0].value
    assert "First look: it points" in text(page)
    assert "The remaining 4 folds would settle it" in text(page)
    banners = [*page.success, *page.warning, *page.error, page.info[-1]]
    assert all("dopt it" not in banner.value for banner in banners)


def kept_address(page):
    """What the browser is told to keep in the address."""
    script = next(part.value for part in page.get("html") if "Object.entries" in part.value)
    return json.loads(script.split("Object.entries(")[1].split("))")[0])


def test_step_back_shows_the_stage_and_the_margin_of_its_address(workers, monkeypatch):
    page = open_page(decision=kept(small_plan()), stage="threshold")
    next(n for n in page.number_input if n.label.startswith("Equal within")).set_value(3.5).run()
    page.query_params["stage"], page.query_params["equal_within"] = "pilot", "2"
    monkeypatch.setattr(choice, "by_history", lambda: True)
    page.run()
    assert page.segmented_control(key="stage_box").value == "pilot"
    assert kept_address(page)["equal_within"] == "2"
    page.query_params["stage"] = "threshold"
    page.run()
    margin = next(n for n in page.number_input if n.label.startswith("Equal within"))
    assert margin.value == 2.0
    del page.query_params["stage"]
    page.run()
    assert page.segmented_control(key="stage_box").value == "pilot"


def test_opening_the_page_adds_nothing_to_the_history(workers):
    page = open_page()
    assert not page.query_params.keys() & {"stage", "equal_within", "decision"}
    assert kept_address(page)["stage"] == "pilot"


def test_margin_of_equality_is_in_the_address_and_kept(workers):
    compute(workers)
    page = open_page(decision=kept(small_plan()), stage="threshold")
    assert kept_address(page)["equal_within"] == "2"
    next(n for n in page.number_input if n.label.startswith("Equal within")).set_value(3.5).run()
    assert not page.exception
    page.run()
    assert page.query_params["equal_within"] == kept_address(page)["equal_within"] == "3.5"
    name = page.query_params["decision"]
    assert DecisionStore().load(name).preference.equal_within == 0.035


def test_margin_in_the_address_comes_before_the_stored_one(workers):
    compute(workers)
    plan = small_plan(preference=Preference(way="pilot", equal_within=0.05))
    page = open_page(decision=kept(plan), stage="threshold")
    margin = next(n for n in page.number_input if n.label.startswith("Equal within"))
    assert (margin.value, kept_address(page)["equal_within"]) == (5.0, "5")
    page = open_page(decision=kept(plan), stage="threshold", equal_within="20")
    margin = next(n for n in page.number_input if n.label.startswith("Equal within"))
    assert (margin.value, page.query_params["equal_within"]) == (20.0, "20")
    assert not page.exception


@pytest.mark.parametrize("wrong", ["-1", "50", "nan", "<b>"])
def test_margin_that_is_none_is_one_sentence(workers, wrong):
    page = open_page(decision=kept(small_plan()), equal_within=wrong)
    assert not page.exception
    assert len(page.error) == 1
    assert "points of accuracy from 0 to 20" in page.error[0].value
    assert page.query_params["equal_within"] == "2"


def confirmation(*chosen):
    return Confirmation(dict(enumerate(chosen)), (), ())


@pytest.mark.parametrize(
    ("found", "n_folds", "expected"),
    [
        (None, 1, False),
        (None, 5, False),
        (confirmation("a"), 1, True),
        (confirmation("b"), 1, True),
        (confirmation("a"), 5, False),
        (confirmation("a", "a", "a", "a", "a"), 5, True),
        (confirmation("a", "a", "b", "a", "a"), 5, False),
        (confirmation("a", "a", None, "a", "a"), 5, False),
        (confirmation("b", "b", "b", "b", "b"), 5, False),
    ],
)
def test_choice_is_confirmed_if_every_fold_makes_it_without_its_test_groups(
    found, n_folds, expected
):
    assert is_confirmed(found, "a", n_folds) is expected


def test_fault_in_an_uploaded_file_is_a_sentence_and_keeps_what_was_there(workers):
    compute(workers)
    name, rows = kept(small_plan()), label_rows()
    upload(open_page(decision=name, stage="rollout"), rows)
    page = upload(open_page(decision=name, stage="rollout"), [*rows, "machine 1,2,<u>x</u>"])
    assert not page.exception
    assert f"row {len(rows) + 2}" in page.error[0].value
    assert "is not a class of this data" in page.error[0].value
    assert "<u>" not in page.error[0].value
    assert f"{len(rows)} of {len(rows)} labels were matched" in text(page)


def test_cost_of_one_class_is_entered_in_the_table(workers):
    compute(workers)
    name = kept(small_plan())
    page = open_page(decision=name, stage="verdict")
    editor = page.data_editor[0]
    assert editor.value["miss"].tolist() == [1.0, 1.0, 1.0]
    label = editor.value["class"].iloc[1]
    page.session_state[editor.key] = {
        "edited_rows": {1: {"miss": 25.0}},
        "added_rows": [],
        "deleted_rows": [],
    }
    page.run()
    assert not page.exception
    assert DecisionStore().load(name).costs.miss == {label: 25.0}
    assert open_page(decision=name, stage="verdict").data_editor[0].value["miss"].iloc[1] == 25.0


def test_lost_labels_are_a_sentence_and_the_verdict_goes_on(workers):
    compute(workers)
    page = open_page(decision=kept(small_plan(label_file="labels.csv")), stage="verdict")
    assert not page.exception
    assert "upload the file again" in page.error[0].value
    assert "Independent labels: not checked yet" in text(page)


def test_new_begins_afresh_and_the_old_one_can_be_opened_again(workers):
    name = kept(small_plan(title="Pumps"))
    page = open_page(decision=name)
    page.button(key="decide_new").click().run()
    assert not page.exception
    assert "decision" not in page.query_params
    other = next(s for s in page.selectbox if s.label == "Open another")
    other.select(name).run()
    assert page.query_params["decision"] == name
    assert next(t for t in page.text_input if t.label == "This decision").value == "Pumps"


def test_unknown_stage_in_the_address_is_the_first(workers):
    page = open_page(stage="<b>")
    assert not page.exception
    assert "Prettier clusters" in page.warning[0].value


def test_page_is_said_in_japanese(workers):
    page = open_page(stage="verdict", lang="ja")
    page.button(key="decide_use_pilot").click().run()
    assert not page.exception
    assert "採用しないでください" in page.warning[0].value
    assert "結論が変わる条件" in text(page)


def test_place_that_cannot_be_written_is_said_and_the_page_goes_on(workers, home):
    (home / "decisions").write_text("")
    page = open_page(stage="threshold")
    next(s for s in page.slider if "Weight" in s.label).set_value(100).run()
    assert not page.exception
    assert any("EMARGIN_HOME" in error.value for error in page.error)
    assert "threshold 0.8, scale 5" in page.success[0].value
