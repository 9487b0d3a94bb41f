"""Labels from the field: every fault a sentence, every label on the right frame."""

import numpy as np
import pandas as pd
import pytest
from decide_doubles import CLASSES, make_run
from sklearn.metrics import cohen_kappa_score

from emargin_core.decide.agreement import field_check, kappa
from emargin_core.decide.field_labels import MAX_FILE_BYTES, match, read_field_labels
from emargin_core.errors import InputError

HEAD = "recording,time,label\n"


@pytest.fixture
def written(tmp_path):
    def write(text, name="field.csv"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def run(predicted=None):
    """Two recordings of ten frames whose middles are at 0.5, 1.0, ... 5.0 s."""
    recording = np.repeat([0, 1], 10)
    labels = np.tile([0, 1, 2, 0, 1], 4)
    return make_run(labels, labels if predicted is None else predicted, recording)


def field(path):
    return read_field_labels(path, CLASSES)


def test_labels_fall_on_the_nearest_frame(written):
    found = match(
        field(written(HEAD + "machine 0,0.5,calm\nmachine 1,1.1,busy\nmachine 1,4.8,broken\n")),
        run(),
    )
    assert found.frames.tolist() == [0, 11, 19]
    assert found.labels.tolist() == [0, 1, 2]
    assert (found.rows, found.off_time, found.elsewhere, found.doubled) == (3, 0, 0, 0)


def test_columns_are_found_in_any_order_and_case_and_with_a_decimal_comma(written):
    path = written("note;Label;TIME;Recording\nx;calm;1,5;machine 0\ny;busy;2,0;machine 0\n")
    assert match(field(path), run()).frames.tolist() == [2, 3]


def test_parquet_is_read_as_csv_is(tmp_path):
    path = tmp_path / "field.parquet"
    pd.DataFrame({"recording": ["machine 0"], "time": [1.0], "label": ["calm"]}).to_parquet(path)
    assert match(field(path), run()).frames.tolist() == [1]


def test_what_does_not_match_is_counted_and_named(written):
    rows = "machine 0,1.0,calm\nmachine 0,99,calm\nmachine 7,1.0,busy\nmachine 0,1.2,busy\n"
    found = match(field(written(HEAD + rows)), run())
    assert found.frames.tolist() == [1]
    assert found.labels.tolist() == [0]
    assert (found.rows, found.off_time, found.elsewhere, found.doubled) == (4, 1, 1, 1)
    assert found.unknown == ("machine 7",)


def test_label_exactly_one_step_away_still_counts_and_further_does_not(written):
    path = written(HEAD + "machine 0,5.5,calm\nmachine 1,5.51,calm\n")
    found = match(field(path), run())
    assert found.frames.tolist() == [9]
    assert found.off_time == 1


def test_parts_of_a_recording_are_found_by_the_name_of_the_whole(written):
    whole = run()
    whole.data["recordings"] = ["pump, part 1", "pump, part 2"]
    whole.data["sources"] = ["pump", "pump"]
    whole.frames.loc[10:, "time"] += 100.0
    path = written(HEAD + "pump,0.5,calm\npump,100.5,busy\n")
    assert match(field(path), whole).frames.tolist() == [0, 10]


def test_rows_without_a_label_are_left_out_and_counted(written):
    found = field(written(HEAD + "machine 0,1,calm\nmachine 0,,\nmachine 0,2,NA\n"))
    assert len(found.rows) == 1
    assert found.empty == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("recording,time\nmachine 0,1\n", ["no column 'label'", "recording, time"]),
        (HEAD + "machine 0,1,calm\nmachine 0,soon,calm\n", ["row 3", "soon", "12.5"]),
        (HEAD + "machine 0,2026-01-01T10:00:00,calm\n", ["row 2", "2026", "seconds"]),
        (HEAD + "machine 0,1,calm\nmachine 0,inf,calm\n", ["row 3", "inf"]),
        (HEAD + "machine 0,,calm\n", ["row 2", "time is ''"]),
        (HEAD + ",1,calm\n", ["row 2", "no recording"]),
        (HEAD + "machine 0,1,clam\n", ["row 2", "'clam' is not a class", "calm, busy, broken"]),
        (HEAD + "machine 0,1,\n", ["no row with a label"]),
        (HEAD, ["no row"]),
        ("", ["empty"]),
    ],
)
def test_fault_is_one_sentence_that_says_where(written, text, words):
    with pytest.raises(InputError) as caught:
        field(written(text))
    message = str(caught.value)
    assert "\n" not in message
    for word in ["field.csv", *words]:
        assert word in message


def test_no_match_says_which_recordings_are_held_out(written):
    with pytest.raises(InputError, match="names pump, and held out are machine 0, machine 1"):
        match(field(written(HEAD + "pump,1,calm\n")), run())
    with pytest.raises(InputError, match="seconds from the start"):
        match(field(written(HEAD + "machine 0,1e6,calm\n")), run())


def test_file_beyond_the_limit_is_refused(written):
    path = written(HEAD + "machine 0,1,calm\n" * (MAX_FILE_BYTES // 17 + 1))
    with pytest.raises(InputError, match="larger than 20 MB"):
        field(path)


def test_agreement_is_the_share_of_labels_named_alike(written):
    truth = run()
    flawed = truth.frames["label"].to_numpy().copy()
    flawed[:3] = (flawed[:3] + 1) % 3
    rows = "".join(
        f"machine {r},{0.5 + 0.5 * i},{CLASSES[truth.frames['label'][10 * r + i]]}\n"
        for r in (0, 1) for i in range(10)
    )  # fmt: skip
    matched = match(field(written(HEAD + rows)), truth)
    check = field_check(matched, [run(flawed)], [truth])
    assert check.candidate.accuracy.mean == 1.0
    assert check.baseline.accuracy.mean == pytest.approx(17 / 20)
    assert check.difference.mean == pytest.approx(3 / 20)
    assert check.recordings == 2
    expected = cohen_kappa_score(flawed, truth.frames["label"])
    assert check.baseline.kappa == pytest.approx(expected)
    assert check.candidate.kappa == 1.0
    assert (check.own_agreement, check.own_kappa) == (1.0, 1.0)
    assert check.baseline.confusion.sum() == 20
    assert np.trace(check.baseline.confusion) == 17


def test_interval_counts_only_recordings_that_have_labels(written):
    recording = np.repeat(np.arange(6), 10)
    labels = np.tile([0, 1], 30)
    whole = make_run(labels, labels, recording)
    path = written(HEAD + "machine 4,1,busy\nmachine 4,2,busy\n")
    check = field_check(match(field(path), whole), [whole], [whole])
    assert check.recordings == 1
    assert check.candidate.accuracy.low is None


def test_kappa_is_undefined_for_one_class_alone():
    same = np.zeros(5, dtype=np.int64)
    assert kappa(same, same) is None
    assert kappa(same[:0], same[:0]) is None
    assert kappa(np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])) == pytest.approx(0.0)
