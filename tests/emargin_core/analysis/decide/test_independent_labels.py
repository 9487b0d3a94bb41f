"""Independent labels: every fault a sentence, every label on the right frame."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from emargin_core.analysis.comparison import compare
from emargin_core.analysis.decide.agreement import check_labels, kappa
from emargin_core.analysis.decide.independent_labels import (
    MAX_FILE_BYTES,
    match,
    read_independent_labels,
)
from emargin_core.text.errors import InputError
from tests.emargin_core.analysis.decide.decide_doubles import CLASSES, draw, draw_fixed, make_run

HEAD = "recording,time,label\n"


@pytest.fixture
def written(tmp_path):
    def write(text, name="labels.csv"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def run(predicted=None):
    """Two recordings of ten frames whose middles are at 0.5, 1.0, ... 5.0 s."""
    recording = np.repeat([0, 1], 10)
    labels = np.tile([0, 1, 2, 0, 1], 4)
    return make_run(labels, labels if predicted is None else predicted, recording)


def given(path):
    return read_independent_labels(path, CLASSES)


def on_frames(found):
    """The matched frames of the only fold."""
    (frames,) = found.by_fold.values()
    return frames


def test_labels_fall_on_the_nearest_frame(written):
    found = match(
        given(written(HEAD + "machine 0,0.5,calm\nmachine 1,1.1,busy\nmachine 1,4.8,broken\n")),
        [run()],
    )
    assert on_frames(found).frames.tolist() == [0, 11, 19]
    assert on_frames(found).labels.tolist() == [0, 1, 2]
    assert (found.rows, found.off_time, found.elsewhere, found.doubled) == (3, 0, 0, 0)


def test_columns_are_found_in_any_order_and_case_and_with_a_decimal_comma(written):
    path = written("note;Label;TIME;Recording\nx;calm;1,5;machine 0\ny;busy;2,0;machine 0\n")
    assert on_frames(match(given(path), [run()])).frames.tolist() == [2, 3]


def test_parquet_is_read_as_csv_is(tmp_path):
    path = tmp_path / "labels.parquet"
    pd.DataFrame({"recording": ["machine 0"], "time": [1.0], "label": ["calm"]}).to_parquet(path)
    assert on_frames(match(given(path), [run()])).frames.tolist() == [1]


def test_what_does_not_match_is_counted_and_named(written):
    rows = "machine 0,1.0,calm\nmachine 0,99,calm\nmachine 7,1.0,busy\nmachine 0,1.2,busy\n"
    found = match(given(written(HEAD + rows)), [run()])
    assert on_frames(found).frames.tolist() == [1]
    assert on_frames(found).labels.tolist() == [0]
    assert (found.rows, found.off_time, found.elsewhere, found.doubled) == (4, 1, 1, 1)
    assert found.unknown == ("machine 7",)


def test_label_exactly_one_step_away_still_counts_and_further_does_not(written):
    path = written(HEAD + "machine 0,5.5,calm\nmachine 1,5.51,calm\n")
    found = match(given(path), [run()])
    assert on_frames(found).frames.tolist() == [9]
    assert found.off_time == 1


def test_parts_of_a_recording_are_found_by_the_name_of_the_whole(written):
    whole = run()
    whole.data["recordings"] = ["pump, part 1", "pump, part 2"]
    whole.data["sources"] = ["pump", "pump"]
    whole.frames.loc[10:, "time"] += 100.0
    path = written(HEAD + "pump,0.5,calm\npump,100.5,busy\n")
    assert on_frames(match(given(path), [whole])).frames.tolist() == [0, 10]


def test_rows_without_a_label_are_left_out_and_counted(written):
    found = given(written(HEAD + "machine 0,1,calm\nmachine 0,,\nmachine 0,2,NA\n"))
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
        (HEAD + ",1,calm\n", ["row 2", "recording is empty"]),
        (HEAD + "machine 0,1,clam\n", ["row 2", "'clam' is not a class", "calm, busy, broken"]),
        (HEAD + "machine 0,1,\n", ["no row with a label"]),
        (HEAD, ["no row"]),
        ("", ["empty"]),
    ],
)
def test_fault_is_one_sentence_that_says_where(written, text, words):
    with pytest.raises(InputError) as caught:
        given(written(text))
    message = str(caught.value)
    assert "\n" not in message
    for word in ["labels.csv", *words]:
        assert word in message


def test_no_match_says_which_recordings_are_held_out(written):
    with pytest.raises(
        InputError, match="names pump, the held-out recordings are machine 0, machine 1"
    ):
        match(given(written(HEAD + "pump,1,calm\n")), [run()])
    with pytest.raises(InputError, match="seconds from the start"):
        match(given(written(HEAD + "machine 0,1e6,calm\n")), [run()])


def test_file_beyond_the_limit_is_refused(written):
    path = written(HEAD + "machine 0,1,calm\n" * (MAX_FILE_BYTES // 17 + 1))
    with pytest.raises(InputError, match="larger than 20 MB"):
        given(path)


def test_agreement_is_the_share_of_labels_named_alike(written):
    truth = run()
    flawed = truth.frames["label"].to_numpy().copy()
    flawed[:3] = (flawed[:3] + 1) % 3
    rows = "".join(
        f"machine {r},{0.5 + 0.5 * i},{CLASSES[truth.frames['label'][10 * r + i]]}\n"
        for r in (0, 1)
        for i in range(10)
    )
    matched = match(given(written(HEAD + rows)), [truth])
    check = check_labels(matched, [run(flawed)], [truth])
    assert check.candidate.accuracy.mean == 1.0
    assert check.baseline.accuracy.mean == pytest.approx(17 / 20)
    assert check.difference.mean == pytest.approx(3 / 20)
    assert check.held_out.n_units == 2
    expected = cohen_kappa_score(flawed, truth.frames["label"])
    assert check.baseline.kappa == pytest.approx(expected)
    assert check.candidate.kappa == 1.0
    assert (check.own_agreement, check.own_kappa) == (1.0, 1.0)
    assert check.baseline.confusion.sum() == 20
    assert np.trace(check.baseline.confusion) == 17


def label_file(written, runs, every=1, units=10):
    """A file with every so many labels of the first machines, as the data itself has them."""
    rows = [
        f"{run.data['recordings'][row.recording]},{row.time},{CLASSES[row.label]}"
        for run in {run.fold: run for run in runs}.values()
        for row in run.frames.iloc[::every].itertuples()
        if 2 * run.fold + row.recording < units
    ]
    return written(HEAD + "\n".join(rows))


def test_labels_are_matched_to_the_frames_of_every_fold(written):
    before, after = draw(0.7), draw(0.8)
    matched = match(given(label_file(written, after)), after)
    assert sorted(matched.by_fold) == [0, 1, 2, 3, 4]
    assert matched.count == matched.rows == 2_000
    assert (matched.elsewhere, matched.off_time, matched.doubled) == (0, 0, 0)
    check = check_labels(matched, before, after)
    assert (check.held_out.n_units, check.own_agreement) == (10, 1.0)
    expected = compare(before, after)
    assert check.difference == expected.differences["probe.accuracy"]
    assert check.baseline.confusion.sum() == 2_000


def test_labels_of_another_fold_s_recordings_are_counted_as_not_held_out(written):
    whole, first = draw(0.8), draw(0.8, folds=[0])
    matched = match(given(label_file(written, whole)), first)
    assert (matched.count, matched.elsewhere) == (400, 1_600)
    assert check_labels(matched, first, first).difference.low is None


@pytest.mark.parametrize(("units", "known"), [(4, False), (6, True)])
def test_interval_needs_five_units_with_a_matched_label(written, units, known):
    before, after = draw(0.7), draw(0.8)
    check = check_labels(match(given(label_file(written, after, 7, units)), after), before, after)
    assert check.held_out.n_units == units
    assert (check.difference.low is not None) == known
    assert (check.candidate.accuracy.low is not None) == known


def test_recordings_of_one_unit_are_counted_once(written):
    runs = draw(0.8)
    for run in runs:
        run.data["unit"] |= {"names": [f"line {run.fold}"], "of_recording": [0, 0]}
    check = check_labels(match(given(label_file(written, runs)), runs), runs, runs)
    assert check.held_out.n_units == 5


@pytest.mark.parametrize(("units", "known"), [(4, False), (6, True)])
def test_interval_of_a_fixed_part_is_over_its_matched_units(written, units, known):
    before, after = draw_fixed(0.7), draw_fixed(0.8)
    check = check_labels(match(given(label_file(written, after, 7, units)), after), before, after)
    assert check.held_out.n_units == units
    assert (check.difference.low is not None) == known


def test_kappa_is_undefined_for_one_class_alone():
    same = np.zeros(5, dtype=np.int64)
    assert kappa(same, same) is None
    assert kappa(same[:0], same[:0]) is None
    assert kappa(np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])) == pytest.approx(0.0)
