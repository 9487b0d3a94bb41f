"""Splits: whole groups held out, time where there is one group, statistics from training alone."""

from dataclasses import replace

import numpy as np
import pytest

from emargin_core.datasets.base import Dataset, Framing, Recording
from emargin_core.datasets.frames import frame_slices
from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.splits import count_folds, make_split
from emargin_core.text.errors import InputError


def recording(n_samples=200, group="a", rate=50.0, labels=None, signal=None):
    signal = np.zeros((n_samples, 2)) if signal is None else signal
    labels = np.zeros(len(signal)) if labels is None else labels
    return Recording(f"r-{group}", group, signal.astype(np.float32), labels.astype(np.int64), rate)


def dataset(*recordings):
    return Dataset("d", "d", recordings, ("a", "b"), ("x", "y"), "", "", "")


def test_watch_gives_the_frames_that_were_announced():
    split = make_split(load_dataset("watch"))
    assert split.train.inputs.shape == (7943, 156)
    assert split.test.inputs.shape == (1790, 156)
    assert split.train.inputs.dtype == np.float32
    assert (split.unit.noun, split.unit.in_all, split.n_folds) == ("subject", 10, 5)
    assert str(split.note) == "fold 1 of 5: trained on 8 subjects, tested on subjects 01, 04"


@pytest.mark.parametrize("n_groups", [2, 3, 5, 7, 16])
def test_each_group_is_held_out_once(n_groups):
    data = dataset(*(recording(group=str(number)) for number in range(n_groups)))
    n_folds = count_folds(data)
    held_out = [make_split(data, fold=fold).unit.names for fold in range(n_folds)]
    assert n_folds == min(5, n_groups)
    assert sorted(name for names in held_out for name in names) == sorted(map(str, range(n_groups)))
    assert max(map(len, held_out)) - min(map(len, held_out)) <= 1


def test_no_group_is_on_both_sides_and_validation_never_touches_the_test_groups():
    data = dataset(*(recording(group=str(number)) for number in range(8)))
    for fold in range(count_folds(data)):
        test, validation = (make_split(data, part, fold) for part in ("test", "validation"))
        for split in (test, validation):
            assert not set(split.train.groups) & set(split.test.groups)
        touched = set(validation.train.groups) | set(validation.test.groups)
        assert not touched & set(test.test.groups)


def test_folds_have_classes_as_even_as_whole_groups_allow():
    groups = [recording(group=str(number), labels=np.full(200, number % 2)) for number in range(10)]
    for fold in range(5):
        labels = make_split(dataset(*groups), fold=fold).test.labels
        assert labels.mean() == 0.5


def test_a_fold_that_does_not_exist_is_refused_with_those_that_do():
    data = dataset(*(recording(group=str(number)) for number in range(3)))
    with pytest.raises(InputError, match="3 folds, numbered from 0; fold 3 is none of them"):
        make_split(data, fold=3)
    with pytest.raises(InputError, match="one fixed held-out part"):
        make_split(dataset(ramp(400)), fold=1)


def test_recordings_of_one_group_are_one_unit():
    twins = [replace(recording(group=g), id=f"{g}-{side}") for g in "abc" for side in "lr"]
    unit = make_split(dataset(*twins)).unit
    assert len(unit.names) == 1
    assert unit.of_recording == (0, 0)


def test_standardised_on_the_training_frames_alone():
    split = make_split(load_dataset("watch"))
    np.testing.assert_allclose(split.train.inputs.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(split.train.inputs.std(axis=0), 1, atol=1e-4)
    assert abs(split.test.inputs.mean()) > 1e-3


def test_constant_feature_stays_finite():
    split = make_split(dataset(recording(group="a"), recording(group="b")))
    assert np.isfinite(split.train.inputs).all()
    assert np.isfinite(split.test.inputs).all()


def test_each_channel_is_scaled_whatever_the_units_of_the_others():
    noise = np.random.default_rng(0).normal(size=(4, 400, 2))
    units = np.array([5e-8, 1.0])  # tesla beside the pressure of the air in pascal
    groups = [
        recording(group=str(number), signal=(noise[number] + [0.0, 1e5]) * units)
        for number in range(4)
    ]
    split = make_split(dataset(*groups))
    spread = split.train.inputs.std(axis=0)
    np.testing.assert_allclose(spread, 1, atol=1e-4)


def test_constant_channel_beside_a_large_one_stays_flat():
    signal = np.full((400, 2), 1e6)
    signal[:, 1] = np.random.default_rng(0).normal(size=400)
    split = make_split(dataset(*(recording(group=str(n), signal=signal) for n in range(3))))
    n_bins = split.train.inputs.shape[1] // 2
    assert np.abs(split.train.inputs[:, :n_bins]).max() < 1e-3
    np.testing.assert_allclose(split.train.inputs[:, n_bins:].std(axis=0), 1, atol=1e-4)


def test_different_rates_are_refused():
    with pytest.raises(InputError, match="20, 50 Hz"):
        make_split(dataset(recording(group="a"), recording(group="b", rate=20.0)))


def ramp(n_seconds, group="a", name=None):
    """A recording whose signal tells the time, so that a leak would show."""
    signal = np.repeat(np.arange(n_seconds, dtype=float), 50)[:, None].repeat(2, axis=1)
    return replace(recording(signal=signal, group=group), id=name or f"r-{group}")


def test_one_group_is_parted_by_time_and_says_so():
    split = make_split(dataset(ramp(400)))
    assert "first 70 % of the only recording" in str(split.note)
    assert split.train.time.max() + 0.5 <= split.test.time.min() - 0.5
    assert len(split.test.recording_ids) == 8
    assert split.test.recording_ids[0] == "r-a, part 1"
    assert set(split.test.sources) == {"r-a"}
    assert np.bincount(split.test.recording).min() >= 20
    assert np.unique(split.test.segment).size == 8
    assert (split.unit.noun, len(split.unit.names)) == ("stretch", 8)


@pytest.mark.parametrize(("rate", "hop"), [(25.0, 0.5), (10.0, 0.25), (11.0, 0.5), (50.0, 0.5)])
def test_no_sample_is_on_both_sides_of_one_group(rate, hop):
    framing = Framing(1.0, hop)
    data = replace(dataset(replace(ramp(400), sampling_rate=rate)), framing=framing)
    split = make_split(data)
    [one] = data.recordings
    last = frame_slices(one, framing, split.train.time.max(keepdims=True))[0]
    first = frame_slices(one, framing, split.test.time.min(keepdims=True))[0]
    assert last.stop <= first.start


def test_validation_of_a_lone_group_leaves_the_end_alone():
    test = make_split(dataset(ramp(400)))
    validation = make_split(dataset(ramp(400)), "validation")
    assert validation.test.time.max() + 0.5 <= test.test.time.min() - 0.5
    assert validation.train.time.max() + 0.5 <= validation.test.time.min() - 0.5
    assert "up to 70 %" in str(validation.note)


def test_validation_beside_one_other_group_is_of_that_group_s_own_fold():
    data = dataset(ramp(40, "a"), ramp(40, "b"))
    splits = [make_split(data, "validation", fold) for fold in range(2)]
    assert [split.n_folds for split in splits] == [2, 2]
    assert splits[0].test.groups != splits[1].test.groups
    assert "of the one group that is left" in str(splits[0].note)


def test_every_recording_of_a_lone_group_gives_its_end():
    split = make_split(dataset(ramp(200, name="one"), ramp(300, name="two")))
    assert set(split.test.sources) == {"one", "two"}
    assert "only group" in str(split.note)
    for number, name in enumerate(("one", "two")):
        end = split.train.time[split.train.recording == number].max()
        parts = [i for i, source in enumerate(split.test.sources) if source == name]
        assert split.test.time[np.isin(split.test.recording, parts)].min() - 0.5 >= end + 0.5


def test_groups_that_the_publisher_holds_out_are_kept():
    fixed = replace(dataset(recording(group="a"), recording(group="b")), held_out=("a",))
    split = make_split(fixed)
    assert split.train.groups == ("b",)
    assert split.test.groups == ("a",)
    assert count_folds(fixed) == 1
    assert "as published" in str(split.note)
    validation = make_split(replace(fixed, recordings=(ramp(100), ramp(200, "b"))), "validation")
    assert set(validation.test.sources) == {"r-b"}


def test_too_little_to_part_is_refused():
    with pytest.raises(InputError, match="too few to train"):
        make_split(dataset(recording(60)))
