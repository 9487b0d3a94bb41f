"""Reference scores: exact where the answer is known, stored once, made again when torn."""

import logging
import shutil

import numpy as np
import pytest

from emargin_core.config import make_config
from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.splits import make_split
from emargin_core.evaluation.probe import converged_probe
from emargin_core.experiment import reference_scores as module
from emargin_core.experiment.reference_scores import measure_reference_scores
from emargin_core.experiment.run import run_experiment
from emargin_core.store.run_store import RunStore
from emargin_core.text.errors import CancelledError, StoreError


@pytest.fixture(scope="module")
def measured(small_file, tmp_path_factory):
    """The store that the scores were measured into, once for all tests, and the scores."""
    kept = RunStore(tmp_path_factory.mktemp("scores"))
    return kept, measure_reference_scores(str(small_file), store=kept)


@pytest.fixture
def reference_scores(measured, store):
    """The scores, in a store of this test's own."""
    shutil.copytree(measured[0].home / "levels", store.home / "levels")
    return measured[1]


@pytest.fixture
def told_again(measured, monkeypatch):
    """What is measured again is told at once, as it was measured before."""
    monkeypatch.setattr(module, "_measure", lambda *_: measured[1].scores)


@pytest.fixture
def split(small_file):
    return make_split(load_dataset(str(small_file)))


def by_name(reference_scores):
    return {score.name: score for score in reference_scores.scores}


def test_majority_equals_the_held_out_share_of_the_most_frequent_training_class(
    reference_scores, split
):
    known = split.train.labels[split.train.labels >= 0]
    most = np.bincount(known).argmax()
    expected = (split.test.labels == most).mean()
    assert by_name(reference_scores)["majority"].by_fold[0] == expected


def test_raw_frames_are_read_by_the_same_probe_as_every_method(reference_scores, split):
    predicted = converged_probe(split.train.inputs, split.train.labels, split.test.inputs)
    expected = (predicted == split.test.labels).mean()
    raw = by_name(reference_scores)["stft"]
    assert raw.by_fold[0] == pytest.approx(expected)
    assert raw.accuracy.mean == pytest.approx(np.mean(raw.by_fold))
    assert [dict(curve)[1.0] for curve in raw.label_curves] == pytest.approx(list(raw.by_fold))


def test_floors_come_first_and_the_ceiling_tells_easy_classes_apart(reference_scores):
    assert [score.kind for score in reference_scores.scores] == [
        "floor",
        "floor",
        "floor",
        "ceiling",
    ]
    found = by_name(reference_scores)
    assert found["majority"].accuracy.mean < 0.5
    assert found["boosted_trees"].accuracy.mean > 0.9
    for score in reference_scores.scores:
        assert len(score.by_fold) == 5
        bounds = (score.accuracy.low, score.accuracy.high)
        assert bounds == (None, None) or 0 <= bounds[0] <= score.accuracy.mean <= bounds[1] <= 1


def test_scores_are_stored_and_not_measured_twice(reference_scores, small_file, store, monkeypatch):
    monkeypatch.setattr(module, "_measure", lambda *_: pytest.fail("measured again"))
    assert measure_reference_scores(str(small_file), store=store) == reference_scores


def test_measuring_again_gives_the_same_numbers(reference_scores, small_file, tmp_path):
    assert measure_reference_scores(str(small_file), store=RunStore(tmp_path)) == reference_scores


def test_test_and_validation_are_kept_apart(reference_scores, small_file, store):
    other = measure_reference_scores(str(small_file), "validation", store=store)
    assert other.evaluate_on == "validation"
    assert len(list((store.home / "levels").iterdir())) == 2
    assert measure_reference_scores(str(small_file), store=store) == reference_scores


@pytest.mark.parametrize("content", ["", '{"levels": 3}', "[]", '{"levels": []}'])
def test_torn_file_is_measured_again_with_a_warning(
    reference_scores, small_file, store, caplog, content, told_again
):
    (path,) = (store.home / "levels").iterdir()
    path.write_text(content)
    with caplog.at_level(logging.WARNING):
        assert measure_reference_scores(str(small_file), store=store) == reference_scores
    assert "measured again" in caplog.text
    assert len(list((store.home / "levels").iterdir())) == 1


def test_other_code_version_is_measured_apart(
    reference_scores, small_file, store, monkeypatch, told_again
):
    monkeypatch.setattr("emargin_core.store.reference_scores.REFERENCE_SCORES_VERSION", 3)
    measure_reference_scores(str(small_file), store=store)
    assert len(list((store.home / "levels").iterdir())) == 2


def test_cancelling_stores_nothing(small_file, store):
    with pytest.raises(CancelledError):
        measure_reference_scores(str(small_file), store=store, should_stop=lambda: True)
    assert not (store.home / "levels").exists()


def test_folder_that_cannot_be_written_is_said_plainly(small_file, tmp_path, told_again):
    (tmp_path / "levels").write_text("in the way")
    with pytest.raises(StoreError, match="set EMARGIN_HOME"):
        measure_reference_scores(str(small_file), store=RunStore(tmp_path))


def test_untrained_encoder_is_the_untrained_run(small_file, store, monkeypatch):
    monkeypatch.setattr(module, "ENCODER_SEEDS", (3,))
    found = by_name(measure_reference_scores(str(small_file), store=store))["random"]
    run = run_experiment(make_config(dataset=str(small_file), method="random", seed=3, fold=1))
    assert found.by_fold[1] == pytest.approx(run.metric("probe.accuracy"))
