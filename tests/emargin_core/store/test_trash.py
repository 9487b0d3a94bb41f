"""Deleting a run: whole, undoable, and for good only by hand or by age."""

import os
import time

import pytest

from emargin_core.store.annotations import Annotation, read_annotation, write_annotation
from emargin_core.store.trash import KEPT_DAYS, Trash
from emargin_core.text.errors import InputError, StoreError
from tests.run_doubles import make_run


@pytest.fixture
def run(store):
    made = make_run()
    store.put(made)
    return made


def test_deleted_run_is_gone_and_comes_back_whole(store, run):
    trash = Trash(store.home)
    before = {p.name: p.read_bytes() for p in (store.home / "runs" / run.run_id).iterdir()}
    assert trash.put([run.run_id]) == [run.run_id]
    assert store.get(run.run_id) is None
    assert store.ids() == []
    assert [entry.run_id for entry in trash.entries()] == [run.run_id]
    assert trash.restore([run.run_id]) == [run.run_id]
    after = {p.name: p.read_bytes() for p in (store.home / "runs" / run.run_id).iterdir()}
    assert after == before
    assert trash.entries() == []


def test_name_survives_the_trash_and_goes_with_the_run(store, run):
    write_annotation(store.home, run.run_id, Annotation("best", ""))
    trash = Trash(store.home)
    trash.put([run.run_id])
    assert read_annotation(store.home, run.run_id).name == "best"
    assert trash.empty() == 1
    assert read_annotation(store.home, run.run_id) == Annotation()
    assert list((store.home / "trash").iterdir()) == []


def test_run_made_again_keeps_its_name_when_the_trash_is_emptied(store, run):
    write_annotation(store.home, run.run_id, Annotation("best", ""))
    trash = Trash(store.home)
    trash.put([run.run_id])
    store.put(run)
    assert trash.restore([run.run_id]) == [run.run_id]
    trash.empty()
    assert store.get(run.run_id) is not None
    assert read_annotation(store.home, run.run_id).name == "best"


def test_latest_of_two_deleted_twins_is_restored(store, run):
    trash = Trash(store.home)
    for mark in ("first", "second"):
        store.put(run)
        (store.home / "runs" / run.run_id / "mark").write_text(mark)
        trash.put([run.run_id])
    trash.restore([run.run_id])
    assert (store.home / "runs" / run.run_id / "mark").read_text() == "second"
    assert len(trash.entries()) == 1


def test_only_old_ones_expire(store, run, monkeypatch):
    other = make_run(seed=1)
    store.put(other)
    trash = Trash(store.home)
    trash.put([run.run_id])
    monkeypatch.setattr(time, "time", lambda: time.time_ns() / 1e9 + 86_400 * (KEPT_DAYS - 1))
    trash.expire()
    assert len(trash.entries()) == 1
    monkeypatch.setattr(time, "time", lambda: time.time_ns() / 1e9 + 86_400 * (KEPT_DAYS + 1))
    trash.expire()
    assert trash.entries() == []
    assert store.get(other.run_id) is not None


def test_stop_while_emptying_leaves_no_half_run_to_restore(store, run, monkeypatch):
    trash = Trash(store.home)
    trash.put([run.run_id])
    monkeypatch.setattr("shutil.rmtree", lambda *_, **__: None)
    trash.empty()
    monkeypatch.undo()
    assert trash.restore([run.run_id]) == []
    trash.empty()
    assert list((store.home / "trash").iterdir()) == []


@pytest.mark.parametrize(
    "name", ["../annotations", "runs", "", "0123456789ABCDEF", "a" * 16 + "\n"]
)
def test_what_is_no_name_moves_nothing(store, run, name):
    with pytest.raises(InputError, match="is not a run id"):
        Trash(store.home).put([name])
    assert store.ids() == [run.run_id]


def test_absent_run_is_no_fault(store):
    assert Trash(store.home).put(["feedfeedfeedfeed"]) == []
    assert Trash(store.home).restore(["feedfeedfeedfeed"]) == []


def test_fault_in_moving_is_one_sentence_and_loses_nothing(store, run, monkeypatch):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(store.home), "rename", refuse)
    with pytest.raises(StoreError, match="No space left"):
        Trash(store.home).put([run.run_id])
    monkeypatch.undo()
    assert store.get(run.run_id) is not None
    assert os.listdir(store.home / "trash") == []
