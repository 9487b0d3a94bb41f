"""Validation scores are nested in the training groups of every test fold, and are resumed."""

import pytest

from emargin_core.config import make_config
from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.splits import make_split
from emargin_core.store.run_store import RunStore
from emargin_core.sweeps.tuned import validation
from emargin_core.sweeps.tuned.validation import left_out_folds, training_part, validation_scores
from emargin_core.text.errors import InputError, TrainingDivergedError


@pytest.fixture
def line():
    return load_dataset("factory:machines=6,minutes=2")


def test_nothing_of_a_test_fold_took_part_in_its_scores(line, home, monkeypatch):
    """Each score names what it was trained on and scored on, in place of numbers."""

    def measured(config, part, dataset):
        train = frozenset(part.train.groups)
        return {fold: (train, frozenset(f.groups)) for fold, f in part.held_out.items()}

    monkeypatch.setattr(validation, "train_and_score", measured)
    monkeypatch.setattr(validation.ScoreBook, "put", lambda book, name, scored: scored)
    config = make_config(dataset=line.name)
    (scores,) = validation_scores([config], line, RunStore(home))
    assert {fold: len(found) for fold, found in scores.items()} == {0: 2, 1: 2, 2: 4, 3: 2, 4: 2}
    for fold, found in scores.items():
        tested = set(make_split(line, fold=fold).test.groups)
        for train, scored in found:
            assert not tested & (train | scored)
            assert not train & scored


def test_frames_left_out_are_standardised_on_those_that_train(line):
    part = training_part(line, (0, 1, 2))
    assert abs(part.train.inputs.mean()) < 1e-5
    assert abs(part.train.inputs.std() - 1) < 1e-3
    assert all(abs(frames.inputs.mean()) > 1e-4 for frames in part.held_out.values())


@pytest.mark.parametrize(
    ("machines", "left_out"),
    [(3, [(0, 1), (1, 2)]), (4, [(0, 1), (2, 3)]), (6, [(0, 1, 2), (2, 3, 4)])],
)
def test_two_trainings_leave_every_fold_out(machines, left_out):
    assert left_out_folds(load_dataset(f"factory:machines={machines},minutes=2")) == left_out


def test_fixed_test_part_is_chosen_for_on_every_fold_of_the_training_groups():
    line = load_dataset("archive:BasicMotions")
    parts = [training_part(line, left_out) for left_out in left_out_folds(line)]
    seen = {group for part in parts for f in part.held_out.values() for group in f.groups}
    assert len(seen) == 6
    assert not seen & set(line.held_out)


def test_two_groups_leave_none_to_train_on():
    two = load_dataset("factory:machines=2,minutes=2")
    with pytest.raises(InputError, match="at least 3"):
        left_out_folds(two)


def test_what_is_stored_is_not_computed_again_and_a_torn_line_is(home, monkeypatch):
    line = load_dataset("factory:machines=3,minutes=2")
    configs = [
        make_config(dataset=line.name, method="random"),
        make_config(dataset=line.name, method="infonce", iterations=1, temperature=0.2),
    ]
    told = []
    first = validation_scores(configs, line, RunStore(home), lambda *done: told.append(done))
    assert told == [(n, 4) for n in range(1, 5)]
    assert first[0][0][0].effective_rank > 2
    assert first[0] != first[1]
    (path,) = (home / "validation").iterdir()
    path.write_text(path.read_text()[:-30])
    fitted = []
    fit = validation.fit
    monkeypatch.setattr(validation, "fit", lambda *given: (fitted.append(1), fit(*given)))
    for _ in range(2):
        assert validation_scores(configs, line, RunStore(home)) == first
        assert len(fitted) == 1


def test_training_that_diverged_is_no_trial_and_is_not_tried_again(line, home, monkeypatch):
    fitted = []

    def diverge(*given):
        fitted.append(1)
        raise TrainingDivergedError("the loss is not finite")

    monkeypatch.setattr(validation, "fit", diverge)
    configs = [make_config(dataset=line.name, method="infonce")]
    assert validation_scores(configs, line, RunStore(home)) == [None]
    assert validation_scores(configs, line, RunStore(home)) == [None]
    assert len(fitted) == 2
