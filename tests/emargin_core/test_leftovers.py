"""Drafts of killed writers are swept when they are old, and nothing else is."""

import os
import time

import pytest

from emargin_core.leftovers import DAY_S, sweep_leftovers

DRAFTS = (
    "runs/.writing-abc", "runs/.replaced-abc", "maps/.writing-x", "levels/.writing-x",
    "datasets/.writing-x", "cache/files/.writing-x", "sweeps/.making-x", ".writing-x",
)  # fmt: skip


def make(path, age_s):
    if "levels" in str(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("half")
    else:
        path.mkdir(parents=True)
        (path / "result.json").write_text("half")
    os.utime(path, (time.time() - age_s,) * 2)


@pytest.mark.parametrize("draft", DRAFTS)
def test_old_draft_is_swept_and_a_new_one_is_left_to_its_writer(home, draft):
    make(home / draft, DAY_S + 60)
    make(home / f"{draft}-new", 60)
    assert sweep_leftovers(home) == 1
    assert not (home / draft).exists()
    assert (home / f"{draft}-new").exists()


def test_draft_from_the_future_and_everything_that_is_no_draft_stay(home):
    make(home / "runs/.writing-future", -10 * DAY_S)
    make(home / "runs/0123456789abcdef", 9 * DAY_S)
    make(home / "runs/holiday", 9 * DAY_S)
    make(home / "runs/0123456789abcdef/deep/.writing-mine", 9 * DAY_S)
    before = sorted(home.rglob("*"))
    assert sweep_leftovers(home) == 0
    assert sorted(home.rglob("*")) == before


def test_link_that_looks_like_a_draft_takes_nothing_with_it(home, tmp_path):
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("x")
    (home / "runs").mkdir()
    (home / "runs" / ".writing-link").symlink_to(tmp_path / "precious")
    os.utime(tmp_path / "precious", (0, 0))
    sweep_leftovers(home, 0)
    assert (tmp_path / "precious" / "file").exists()


def test_absent_home_is_no_error(tmp_path):
    assert sweep_leftovers(tmp_path / "nowhere") == 0
