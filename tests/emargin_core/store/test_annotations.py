"""Names and notes: kept beside the runs, limited, and never in a run's way."""

import pytest

from emargin_core.store.annotations import (
    MAX_NAME,
    MAX_NOTE,
    Annotation,
    make_annotation,
    read_annotation,
    write_annotation,
)
from emargin_core.text.errors import InputError, StoreError

RUN = "0123456789abcdef"


def test_what_was_written_comes_back(home):
    kept = make_annotation("  Monday's\tbest ", "line one\r\nline two\x07\n")
    write_annotation(home, RUN, kept)
    assert read_annotation(home, RUN) == Annotation("Monday's best", "line one\nline two")


def test_signs_that_turn_the_text_are_left_out():
    assert make_annotation("a\u202eb\u0000c", "") == Annotation("abc", "")


@pytest.mark.parametrize(("name", "note"), [("x" * (MAX_NAME + 1), ""), ("", "x" * (MAX_NOTE + 1))])
def test_too_long_words_are_refused(name, note):
    with pytest.raises(InputError, match="at most"):
        make_annotation(name, note)


@pytest.mark.parametrize(
    "content", ['{"name": "a"', "[]", '{"name": 1, "note": 2}', "[" * 5000, ""]
)
def test_malformed_or_foreign_file_means_no_name(home, content, caplog):
    write_annotation(home, RUN, Annotation("a", "b"))
    (home / "annotations" / f"{RUN}.json").write_text(content)
    assert read_annotation(home, RUN) == Annotation()
    assert "cannot be read" in caplog.text


def test_empty_words_leave_no_file(home):
    write_annotation(home, RUN, Annotation("a", ""))
    write_annotation(home, RUN, Annotation())
    assert list((home / "annotations").iterdir()) == []


def test_fault_in_writing_is_one_sentence(home):
    (home / "annotations").write_text("a file in the way")
    with pytest.raises(StoreError, match="could not be written"):
        write_annotation(home, RUN, Annotation("a", ""))
