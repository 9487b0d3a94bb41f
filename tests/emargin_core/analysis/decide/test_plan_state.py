"""Decisions on disk: read back alike, never half written, never over somebody else's."""

import json

import pandas as pd
import pytest

from emargin_core.analysis.decide.costs import CostModel
from emargin_core.analysis.decide.independent_labels import IndependentLabels
from emargin_core.analysis.decide.plan_state import MAX_BYTES, DecisionPlan, DecisionStore
from emargin_core.analysis.decide.preference import Preference
from emargin_core.config import make_config
from emargin_core.text.errors import InputError, StoreError

PLAN = DecisionPlan(
    title="Pumps",
    baseline=make_config(method="infonce"),
    pilot=make_config(scale=2.0),
    preference=Preference(way="minimum", minimum=0.8),
    costs=CostModel(miss={"calm": 3.0}, unit="円"),
)


@pytest.fixture
def decisions(home):
    return DecisionStore(home)


def test_decision_is_read_back_as_it_was(decisions):
    name, written = decisions.save(PLAN)
    assert decisions.load(name) == written
    assert written.model_copy(update={"revision": 0, "saved": ""}) == PLAN
    assert decisions.ids() == [name]


def test_saving_again_keeps_the_name(decisions):
    name, first = decisions.save(PLAN)
    again, second = decisions.save(first.model_copy(update={"title": "Other"}), name)
    assert again == name
    assert (second.revision, decisions.load(name).title) == (2, "Other")


def test_change_made_elsewhere_is_not_overwritten(decisions):
    name, first = decisions.save(PLAN)
    decisions.save(first.model_copy(update={"title": "Theirs"}), name)
    with pytest.raises(InputError, match="changed elsewhere"):
        decisions.save(first.model_copy(update={"title": "Ours"}), name)
    assert decisions.load(name).title == "Theirs"
    other, _ = decisions.save(first.model_copy(update={"title": "Ours"}))
    assert decisions.load(other).title == "Ours"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '{"format": 2}',
        "[" * 100_000,
        json.dumps(PLAN.model_dump() | {"repeats": 99}),
        json.dumps(PLAN.model_dump() | {"costs": {"unit": "x" * 99}}),
        json.dumps(PLAN.model_dump() | {"evil": 1}),
        json.dumps(PLAN.model_dump()).replace("1000.0", "NaN"),
        "9" * (MAX_BYTES + 1),
    ],
    ids=range(11),
)
def test_malformed_or_foreign_file_is_one_sentence_and_stays(decisions, content):
    name, _ = decisions.save(PLAN)
    path = decisions.folder / f"{name}.json"
    path.write_text(content)
    with pytest.raises(InputError, match="cannot be read") as caught:
        decisions.load(name)
    assert "\n" not in str(caught.value)
    assert path.read_text() == content


@pytest.mark.parametrize("name", ["../../etc/passwd", "ABCDEF012345", "", "a" * 13, "a/b"])
def test_name_that_is_none_is_refused(decisions, name):
    with pytest.raises(InputError, match="not the name of a decision"):
        decisions.load(name)


def test_unknown_decision_says_what_to_do(decisions):
    with pytest.raises(InputError, match="decision 'aaaaaaaaaaaa' was not found on this machine"):
        decisions.load("a" * 12)


def test_independent_labels_come_back_with_the_decision(decisions):
    rows = pd.DataFrame({"recording": ["a", "b"], "time": [0.5, 2.0], "label": ["calm", "busy"]})
    name, plan = decisions.save(PLAN.model_copy(update={"label_file": "f.csv", "label_empty": 3}))
    decisions.save_labels(name, IndependentLabels(rows, 3))
    found = decisions.load_labels(name, plan)
    pd.testing.assert_frame_equal(found.rows, rows, check_dtype=False)
    assert found.empty == 3
    assert decisions.load_labels(name, PLAN) is None


def test_decisions_of_an_older_version_are_still_read(decisions):
    name, plan = decisions.save(PLAN.model_copy(update={"label_file": "f.csv", "label_empty": 3}))
    path = decisions.folder / f"{name}.json"
    old = json.loads(path.read_text())
    old |= {"field_file": old.pop("label_file"), "field_empty": old.pop("label_empty")}
    del old["preference"]["equal_within"]
    path.write_text(json.dumps(old))
    assert decisions.load(name) == plan


def test_damaged_labels_are_one_sentence(decisions):
    name, plan = decisions.save(PLAN.model_copy(update={"label_file": "f.csv"}))
    (decisions.folder / f"{name}.parquet").write_bytes(b"PAR1 half")
    with pytest.raises(InputError, match="upload the file again"):
        decisions.load_labels(name, plan)


def test_place_that_cannot_be_written_is_a_sentence(home):
    (home / "decisions").write_text("")
    with pytest.raises(StoreError, match="EMARGIN_HOME"):
        DecisionStore(home).save(PLAN)


def test_nothing_half_written_stays_behind(decisions, monkeypatch):
    name, first = decisions.save(PLAN)
    monkeypatch.setattr("os.replace", _full)
    with pytest.raises(StoreError, match="No space"):
        decisions.save(first.model_copy(update={"title": "Lost"}), name)
    monkeypatch.undo()
    assert decisions.load(name) == first
    assert [path for path in decisions.folder.iterdir() if path.name.startswith(".writing")] == []


def _full(*_):
    raise OSError(28, "No space left on device")
