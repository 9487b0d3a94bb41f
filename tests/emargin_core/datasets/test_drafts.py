"""What is written is whole or absent; drafts of killed writers are deleted when they are old."""

import os
import time

import pytest

from emargin_core.datasets.drafts import DAY_S, new_file, new_folder, remove_old_drafts, write_file

DRAFTS = (
    "runs/.writing-abc",
    "runs/.replaced-abc",
    "maps/.writing-x",
    "levels/.writing-x",
    "datasets/.writing-x",
    "cache/files/.writing-x",
    "sweeps/.making-x",
    ".writing-x",
)


def begin_and_fail(writing):
    with writing:
        raise RuntimeError


def test_file_that_is_replaced_is_the_old_one_until_the_new_one_is_complete(tmp_path):
    path = tmp_path / "made" / "file"
    write_file(path, b"old")
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(RuntimeError):
        begin_and_fail(new_file(path))
    assert path.read_bytes() == b"old"
    with new_file(path, mode=0o644) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o644)
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(("whole", "kept"), [(True, b"first"), (False, b"second")])
def test_folder_that_came_first_stays_if_it_is_whole(tmp_path, whole, kept):
    path = tmp_path / "run"
    for content in (b"first", b"second"):
        with new_folder(path, lambda: whole) as draft:
            (draft / "file").write_bytes(content)
    assert (path / "file").read_bytes() == kept
    assert list(tmp_path.iterdir()) == [path]


def test_folder_that_is_not_filled_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError):
        begin_and_fail(new_folder(tmp_path / "run", lambda: True))
    assert list(tmp_path.iterdir()) == []


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
    assert remove_old_drafts(home) == 1
    assert not (home / draft).exists()
    assert (home / f"{draft}-new").exists()


def test_draft_from_the_future_and_everything_that_is_no_draft_stay(home):
    make(home / "runs/.writing-future", -10 * DAY_S)
    make(home / "runs/0123456789abcdef", 9 * DAY_S)
    make(home / "runs/holiday", 9 * DAY_S)
    make(home / "runs/0123456789abcdef/deep/.writing-mine", 9 * DAY_S)
    before = sorted(home.rglob("*"))
    assert remove_old_drafts(home) == 0
    assert sorted(home.rglob("*")) == before


def test_link_that_looks_like_a_draft_takes_nothing_with_it(home, tmp_path):
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("x")
    (home / "runs").mkdir()
    (home / "runs" / ".writing-link").symlink_to(tmp_path / "precious")
    os.utime(tmp_path / "precious", (0, 0))
    remove_old_drafts(home, 0)
    assert (tmp_path / "precious" / "file").exists()


def test_absent_home_is_no_error(tmp_path):
    assert remove_old_drafts(tmp_path / "nowhere") == 0
