"""Reference levels: exact where the answer is known, stored once, made again when torn."""

import logging

import numpy as np
import pytest

from emargin_core import reference_levels as module
from emargin_core.comparison import metric_interval
from emargin_core.config import make_config
from emargin_core.datasets import load_dataset
from emargin_core.errors import CancelledError, StoreError
from emargin_core.evaluation.probe import converged_probe
from emargin_core.experiment import run_experiment
from emargin_core.reference_levels import reference_levels
from emargin_core.splits import make_split
from emargin_core.store import RunStore


@pytest.fixture
def levels(small_file, store):
    return reference_levels(str(small_file), store=store)


@pytest.fixture
def split(small_file):
    return make_split(load_dataset(str(small_file)))


def by_name(levels):
    return {level.name: level for level in levels.levels}


def test_majority_equals_the_held_out_share_of_the_most_frequent_training_class(levels, split):
    known = split.train.labels[split.train.labels >= 0]
    most = np.bincount(known).argmax()
    expected = (split.test.labels == most).mean()
    assert by_name(levels)["majority"].accuracy.mean == expected


def test_raw_frames_are_read_by_the_same_probe_as_every_method(levels, split):
    predicted = converged_probe(split.train.inputs, split.train.labels, split.test.inputs)
    expected = (predicted == split.test.labels).mean()
    assert by_name(levels)["stft"].accuracy.mean == pytest.approx(expected)


def test_floors_come_first_and_the_ceiling_tells_easy_classes_apart(levels):
    assert [level.kind for level in levels.levels] == ["floor", "floor", "floor", "ceiling"]
    found = by_name(levels)
    assert found["majority"].accuracy.mean < 0.5
    assert found["boosted_trees"].accuracy.mean > 0.9
    for level in levels.levels:
        assert level.accuracy.low <= level.accuracy.mean <= level.accuracy.high


def test_levels_are_stored_and_not_measured_twice(levels, small_file, store, monkeypatch):
    monkeypatch.setattr(module, "_measure", lambda *_: pytest.fail("measured again"))
    assert reference_levels(str(small_file), store=store) == levels


def test_measuring_again_gives_the_same_numbers(levels, small_file, tmp_path):
    assert reference_levels(str(small_file), store=RunStore(tmp_path)) == levels


def test_test_and_validation_are_kept_apart(levels, small_file, store):
    other = reference_levels(str(small_file), "validation", store=store)
    assert other.evaluate_on == "validation"
    assert len(list((store.home / "levels").iterdir())) == 2
    assert reference_levels(str(small_file), store=store) == levels


@pytest.mark.parametrize("content", ["", '{"levels": 3}', "[]", '{"levels": []}'])
def test_torn_file_is_measured_again_with_a_warning(levels, small_file, store, caplog, content):
    (path,) = (store.home / "levels").iterdir()
    path.write_text(content)
    with caplog.at_level(logging.WARNING):
        assert reference_levels(str(small_file), store=store) == levels
    assert "measured again" in caplog.text
    assert len(list((store.home / "levels").iterdir())) == 1


def test_other_code_version_is_measured_apart(levels, small_file, store, monkeypatch):
    monkeypatch.setattr("emargin_core.levels.LEVELS_VERSION", 2)
    reference_levels(str(small_file), store=store)
    assert len(list((store.home / "levels").iterdir())) == 2


def test_cancelling_stores_nothing(small_file, store):
    with pytest.raises(CancelledError):
        reference_levels(str(small_file), store=store, should_stop=lambda: True)
    assert not (store.home / "levels").exists()


def test_folder_that_cannot_be_written_is_said_plainly(small_file, tmp_path):
    (tmp_path / "levels").write_text("in the way")
    with pytest.raises(StoreError, match="set EMARGIN_HOME"):
        reference_levels(str(small_file), store=RunStore(tmp_path))


def test_untrained_encoder_is_the_untrained_run(small_file, store, monkeypatch):
    monkeypatch.setattr(module, "ENCODER_SEEDS", (3,))
    found = by_name(reference_levels(str(small_file), store=store))["random"].accuracy
    run = run_experiment(make_config(dataset=str(small_file), method="random", seed=3))
    assert found == metric_interval([run], "probe.accuracy")
