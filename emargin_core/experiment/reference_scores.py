"""Floors and ceilings of a data set: what any method's accuracy is to be seen against.

Ceiling: gradient-boosted trees on the very frames that the encoders see. MiniRocket (aeon) on the
raw 1 s windows was measured beside it: more accurate on the validation subjects of `watch`, hardly
so on its test subjects, for one more dependency, some 20 s of compilation when it is first used,
and no windows of fewer than nine samples. docs/trust.md has the figures.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from emargin_core.config import make_config
from emargin_core.datasets.base import Dataset
from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.splits import Split, count_folds, make_split
from emargin_core.evaluation.checks import Ints, labelled, sample_rows
from emargin_core.evaluation.probe import converged_probe, label_fraction_curve
from emargin_core.evaluation.replicates import mean_replicates
from emargin_core.evaluation.uncertainty import MIN_TRAININGS, HeldOut, estimate, resampling_counts
from emargin_core.store.reference_scores import (
    ReferenceScore,
    ReferenceScores,
    read_reference_scores,
    write_reference_scores,
)
from emargin_core.store.run_store import RunStore
from emargin_core.text.message import Message, lazy_gettext
from emargin_core.training.encoders import embed, make_encoder
from emargin_core.training.fit import fit
from emargin_core.training.one_thread import one_thread
from emargin_core.training.progress import ShouldStop, check_stop

ENCODER_SEEDS = (0, 1, 2)
TREE_ROUNDS = 30
TREE_RATE = 0.3
TREE_LEAVES = 8
MAX_TREE_FRAMES = 20_000
"""Trees are grown on a seeded sample of so many training frames where there are more."""


def measure_reference_scores(
    dataset_name: str,
    evaluate_on: str = "test",
    *,
    store: RunStore | None = None,
    should_stop: ShouldStop | None = None,
) -> ReferenceScores:
    """Measure the reference scores of a data set on every fold, or read them from the store.

    Floors: the most frequent training class, the untrained encoder (mean of seeds 0, 1, 2) and
    the spectral frames themselves, the last two under the same converged probe as every method,
    the frames with fewer labels too. Ceiling: boosted trees on the frames. Seeded, on one thread.

    Args:
        dataset_name: registered name or path; evaluate_on: 'test' or 'validation'.
        store: where the reference scores are kept; the default store if None.
        should_stop: asked between the reference scores.

    Raises:
        InputError: the data set cannot be used.
        ProbeNotConvergedError: a probe did not reach its optimum.
        CancelledError: should_stop returned True; nothing was stored.
        StoreError: the reference scores cannot be stored.
    """
    store = store or RunStore()
    dataset = load_dataset(dataset_name)
    found = read_reference_scores(store.home, dataset.fingerprint, evaluate_on)
    if found is not None:
        return found
    with one_thread():
        scores = _measure(dataset, evaluate_on, should_stop)
    measured = ReferenceScores(dataset.fingerprint, evaluate_on, scores)
    write_reference_scores(store.home, measured)
    return measured


REFERENCES: tuple[tuple[str, Message, Literal["floor", "ceiling"]], ...] = (
    ("majority", lazy_gettext("Always the most frequent class"), "floor"),
    ("random", lazy_gettext("Untrained encoder"), "floor"),
    ("stft", lazy_gettext("Raw spectral frames, nothing learnt"), "floor"),
    ("boosted_trees", lazy_gettext("Boosted trees, trained on the labels"), "ceiling"),
)


def _measure(
    dataset: Dataset, evaluate_on: str, should_stop: ShouldStop | None
) -> tuple[ReferenceScore, ...]:
    found: dict[str, list[_Measured]] = {name: [] for name, _, _ in REFERENCES}
    for fold in range(count_folds(dataset, evaluate_on)):
        split = make_split(dataset, evaluate_on, fold)
        for name, predict in _PREDICTIONS.items():
            check_stop(should_stop)
            found[name].append(_accuracy(split, predict(split)))
        check_stop(should_stop)
        found["stft"][-1].label_curve.extend(_label_curve(split))
    return tuple(_score(name, title, kind, found[name]) for name, title, kind in REFERENCES)


def _majority(split: Split) -> list[Ints | None]:
    known = split.train.labels[labelled(split.train.labels)]
    if len(known) == 0:
        return [None]
    return [np.full(len(split.test), np.bincount(known).argmax(), dtype=np.int64)]


def _raw_frames(split: Split) -> list[Ints | None]:
    return [converged_probe(split.train.inputs, split.train.labels, split.test.inputs)]


def _untrained(split: Split) -> list[Ints | None]:
    return [_untrained_of(split, seed) for seed in ENCODER_SEEDS]


def _untrained_of(split: Split, seed: int) -> Ints | None:
    encoder = make_encoder(split.train.inputs.shape[1], seed)
    fit(encoder, make_config(method="random", seed=seed), split.train)
    train, test = (
        embed(encoder, torch.from_numpy(frames.inputs)).numpy()
        for frames in (split.train, split.test)
    )
    return converged_probe(train, split.train.labels, test)


def _boosted_trees(split: Split) -> list[Ints | None]:
    known = np.flatnonzero(labelled(split.train.labels))
    rows = known[sample_rows(len(known), MAX_TREE_FRAMES, seed=0)]
    labels = split.train.labels[rows]
    if len(np.unique(labels)) < 2:
        return [None]
    model = HistGradientBoostingClassifier(
        max_iter=TREE_ROUNDS,
        learning_rate=TREE_RATE,
        max_leaf_nodes=TREE_LEAVES,
        early_stopping=False,
        random_state=0,
    ).fit(split.train.inputs[rows], labels)
    return [np.asarray(model.predict(split.test.inputs), dtype=np.int64)]


@dataclass
class _Measured:
    """Accuracy on one fold: a value for each training, (n_trainings, n_replicates) resampled."""

    values: NDArray[np.float64] | None
    replicates: NDArray[np.float64] | None
    n_units: int
    label_curve: list[tuple[float, float | None]] = field(default_factory=list)


def _accuracy(split: Split, predictions: list[Ints | None]) -> _Measured:
    labels = split.test.labels
    known = labelled(labels)
    n_units = len(split.unit.names)
    made = [predicted for predicted in predictions if predicted is not None]
    if len(made) < len(predictions) or not known.any():
        return _Measured(None, None, n_units)
    hits = [(predicted == labels)[known].astype(np.float64) for predicted in made]
    replicates = None
    if split.n_folds == 1:
        unit = np.array(split.unit.of_recording, dtype=np.int64)[split.test.recording[known]]
        counts = resampling_counts(n_units)
        replicates = np.stack([mean_replicates(hit, unit, counts) for hit in hits])
    return _Measured(np.array([hit.mean() for hit in hits]), replicates, n_units)


def _label_curve(split: Split) -> list[tuple[float, float | None]]:
    """Accuracy of the spectral frames by share of the training labels."""
    train, test = split.train, split.test
    return list(label_fraction_curve(train.inputs, train.labels, test.inputs, test.labels).items())


def _score(
    name: str, title: Message, kind: Literal["floor", "ceiling"], folds: list[_Measured]
) -> ReferenceScore:
    curves = tuple(tuple(fold.label_curve) for fold in folds if fold.label_curve)
    known = [fold.values for fold in folds if fold.values is not None]
    if len(known) < len(folds):
        return ReferenceScore(name, title, kind, None, label_curves=curves)
    means = np.array([values.mean() for values in known])
    fixed = folds[0].replicates
    if fixed is None:
        held_out = HeldOut(
            tuple(range(len(folds))), len(folds), sum(fold.n_units for fold in folds)
        )
        accuracy = estimate(means, held_out, bounds=(0.0, 1.0))
    else:  # what is not trained is the same each time: no variance over trainings
        repeats = max(len(known[0]), MIN_TRAININGS)
        held_out = HeldOut((0,) * repeats, 1, folds[0].n_units)
        rows = np.arange(repeats) % len(known[0])
        accuracy = estimate(known[0][rows], held_out, fixed[rows], (0.0, 1.0))
    return ReferenceScore(
        name,
        title,
        kind,
        accuracy,
        by_fold=tuple(map(float, means)),
        replicates=() if fixed is None else tuple(map(float, fixed.mean(axis=0))),
        label_curves=curves,
    )


_PREDICTIONS: dict[str, Callable[[Split], list[Ints | None]]] = {
    "majority": _majority,
    "random": _untrained,
    "stft": _raw_frames,
    "boosted_trees": _boosted_trees,
}
