"""Columns are guessed from names first and numbers second, and every fault is said."""

import pytest

from emargin_core.datasets.mapping import ColumnMapping, check_mapping, guess_mapping

ROWS = [["a", "1", "2.5", "x"]] * 3


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["recording", "time", "v", "label"], ("recording", None, "time", "label")),
        (["Subject", "T", "v", "Activity"], (None, "Subject", "T", "Activity")),
        (["session_id", "timestamp", "v", "Class"], ("session_id", None, "timestamp", "Class")),
        (["machine", "Date Time", "v", "state"], (None, "machine", "Date Time", "state")),
        (["id", "t", "v", "target"], (None, "id", "t", "target")),
        (["User", "time [ms]", "v", "class label"], (None, "User", "time [ms]", "class label")),
    ],
)
def test_synonyms_in_any_case_are_understood(columns, expected):
    mapping = guess_mapping(columns, ROWS)
    assert (mapping.recording, mapping.group, mapping.time, mapping.label) == expected
    assert mapping.channels == ("v",)


def test_exact_name_wins_over_a_synonym_which_is_then_a_channel():
    columns = ["recording", "time", "timestamp", "label", "class", "x"]
    mapping = guess_mapping(columns, [["a", "0", "17", "run", "2", "0.5"]] * 2)
    assert (mapping.time, mapping.label) == ("time", "label")
    assert mapping.channels == ("timestamp", "class", "x")


def test_text_unnamed_and_empty_columns_are_no_channels():
    columns = ["Unnamed: 0", "(column 2)", "__index_level_0__", "remark", "hole", "x", "y"]
    rows = [["0", "1", "2", "fine", "", "1,5", None], ["1", "1", "2", "bad", "", "2,5", 3.0]]
    assert guess_mapping(columns, rows).channels == ("x", "y")


def test_column_with_a_few_words_among_numbers_stays_a_channel():
    rows = [["1"], ["2"], ["three"], ["4"]]
    assert guess_mapping(["x"], rows).channels == ("x",)


def test_id_that_counts_the_rows_is_left_out():
    mapping = guess_mapping(["id", "x"], [[str(row), "1.5"] for row in range(20)])
    assert mapping == ColumnMapping(("x",))


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        (ColumnMapping(("x",)), []),
        (ColumnMapping(("x",), rate=100.0), []),
        (ColumnMapping(()), ["no channel"]),
        (ColumnMapping(("q",), label="r"), ["'r' (label) is not", "'q' (channel) is not"]),
        (ColumnMapping(("x",), time="x"), ["'x' is used twice"]),
        (ColumnMapping(("x",), rate=0.0), ["rate is 0 Hz; use a value from 0.001 to 1e+06"]),
    ],
)
def test_each_fault_is_one_sentence(mapping, words):
    faults = check_mapping(mapping, ["x", "y", "t"])
    assert len(faults) == len(words)
    for fault, word in zip(faults, words, strict=True):
        assert word in fault
