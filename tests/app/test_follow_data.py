"""The chosen data and settings follow every link, from every page, with three data sets."""

from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from app import session
from emargin_core.analysis.decide.plan_state import DecisionPlan, DecisionStore
from emargin_core.config import make_config
from emargin_core.datasets.tables.library import add_dataset, remove_dataset
from tests.app.opened import PAGE, text

LINE = "factory:alike=0.8,machines=3,minutes=2"
TITLES = {
    "watch": "Wearable physiotherapy",
    LINE: "Process line (generated), Similarity of phases 0.8, Machines 3, Minutes per shift 2",
    "my:pumps": "Pumps",
}
PAGES = {"", "sensitivity", "learn", "trust", "decide", "data", "runs"}
NOT_ABOUT_DATA = {"learn", "runs"}
SETTINGS = {"threshold": "0.2", "iterations": "50", "candidate": "emargin-released"}


@pytest.fixture
def pumps(workers, small_file, home):
    """The user's own data, registered as my:pumps."""
    session.sweeps.clear()
    return add_dataset(small_file, "Pumps", home=home).name


def go(page, name, query):
    """Follow a link to a page, as the browser does: what the link does not carry is gone."""
    page.switch_page(f"views/{name or 'compare'}/page.py")
    page.query_params = dict(query)
    return page.run()


def heading(page):
    return next(part.value for part in page.markdown if part.value.startswith("### "))


def links(page):
    return {(link.page, link.proto.query_string) for link in page.page_link}


def assert_arrived(page, name, data):
    """The page is about the data: title, choice, address; a picture of other data names them."""
    assert not page.exception
    assert not page.error
    assert page.query_params["data"] == data
    if name in NOT_ABOUT_DATA:
        return
    assert page.selectbox(key="data_box").value == data
    plain = heading(page).replace("\\", "")
    assert plain.startswith(f"### {TITLES[data]}: ")
    others = [title for other, title in TITLES.items() if other != data and title in text(page)]
    if name != "sensitivity":  # tells of tuned comparisons on other data too, by their names
        assert not [title for title in others if f"Earlier comparison: {title}" not in text(page)]
    assert name in ("", "sensitivity") or not others


def assert_settings_kept(page):
    assert page.slider(key="threshold").value == 0.2
    assert page.slider(key="iterations").value == 50
    assert page.selectbox(key="candidate_box").value == "emargin-released"


def walk(page, data):
    """Follow every link from every page in one session; the pages that were reached."""
    go(page, "runs", {"data": data})
    waiting, reached, followed = [("", {"data": data, **SETTINGS})], set(), set()
    while waiting:
        name, query = waiting.pop()
        go(page, name, query)
        assert_arrived(page, name, data)
        if name == "":
            assert_settings_kept(page)
        reached.add(name)
        for there, carried in links(page) - followed:
            followed.add((there, carried))
            found = dict(parse_qsl(carried))
            assert found == {"data": data, **(SETTINGS if there == "" else {})}
            waiting.append((there, found))
    return reached


def test_data_and_settings_follow_every_link_from_every_page(pumps):
    page = AppTest.from_file(PAGE, default_timeout=60).run()
    for data in TITLES:
        assert walk(page, data) == PAGES
        go(page, "learn", {"data": data, "step": "question"})
        [onward] = page.main.get("page_link")
        assert dict(parse_qsl(onward.proto.query_string)) == {"data": data, **SETTINGS}
        page.session_state["stage_chosen"] = "threshold"
        go(page, "decide", {"data": data})
        assert_arrived(page, "decide", data)
        onward = [dict(parse_qsl(link.proto.query_string)) for link in page.main.get("page_link")]
        assert onward == ([] if data == "watch" else [{"data": data}])  # of watch there are sweeps
        page.session_state["stage_chosen"] = "pilot"


@pytest.mark.parametrize("name", sorted(PAGES - NOT_ABOUT_DATA))
def test_other_data_chosen_on_a_page_are_those_of_the_next(pumps, name):
    page = AppTest.from_file(PAGE, default_timeout=60).run()
    go(page, name, {"data": "watch"})
    page.selectbox(key="data_box").select(pumps).run()
    for there in (name, "learn", "decide"):
        query = next(dict(parse_qsl(q)) for target, q in links(page) if target == there)
        go(page, there, query)
        assert_arrived(page, there, pumps)


def test_run_opened_in_compare_brings_its_data_along(pumps):
    pair = [make_config(method="infonce"), make_config()]
    page = AppTest.from_file(PAGE, default_timeout=60).run()
    page.session_state["runs_chosen"] = [session.run_id_of(config) for config in pair]
    go(page, "runs", {"data": pumps})
    page.button(key="runs_compare").click().run()
    assert not page.exception
    assert page.query_params["data"] == page.selectbox(key="data_box").value == "watch"
    assert heading(page).startswith("### Wearable physiotherapy: ")
    go(page, "decide", {"data": "watch"})
    assert_arrived(page, "decide", "watch")


def test_data_that_the_address_names_wrongly_are_said_on_every_page_about_data(workers):
    page = AppTest.from_file(PAGE, default_timeout=60).run()
    for name in sorted(PAGES - NOT_ABOUT_DATA):
        go(page, name, {"data": "factory:colour=3"})
        assert not page.exception
        [error] = page.error
        assert "factory has no setting 'colour=3'" in error.value
        assert page.selectbox(key="data_box").value == "watch"


def test_decision_in_the_address_turns_all_pages_to_its_data(pumps):
    plan = DecisionPlan(
        baseline=make_config(dataset=pumps, method="infonce"), pilot=make_config(dataset=pumps)
    )
    name = DecisionStore().save(plan)[0]
    page = AppTest.from_file(PAGE, default_timeout=60).run()
    go(page, "decide", {"data": "watch", "decision": name})
    assert_arrived(page, "decide", pumps)
    assert {dict(parse_qsl(query))["data"] for _, query in links(page)} == {pumps}
    page.selectbox(key="data_box").select("watch").run()
    assert_arrived(page, "decide", "watch")
    assert "decision" not in page.query_params
    page.selectbox(key="data_box").select(pumps).run()
    assert page.query_params["decision"] == name


def test_decision_on_data_that_are_gone_is_one_sentence(pumps, home):
    plan = DecisionPlan(
        baseline=make_config(dataset=pumps, method="infonce"), pilot=make_config(dataset=pumps)
    )
    name = DecisionStore().save(plan)[0]
    remove_dataset("pumps", home)
    page = AppTest.from_file(PAGE, default_timeout=60).run()
    go(page, "decide", {"decision": name})
    assert not page.exception
    assert "'my:pumps', which is not on this machine" in page.error[0].value
    assert heading(page).startswith("### Wearable physiotherapy: ")
