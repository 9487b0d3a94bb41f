"""Floors and ceilings of a data set's split: what any method's accuracy is to be seen against.

Ceiling: gradient-boosted trees on the very frames that the encoders see. MiniRocket (aeon) on the
raw 1 s windows was measured beside it: more accurate on the validation subjects of `watch`, hardly
so on its test subjects, for one more dependency, some 20 s of compilation when it is first used,
and no windows of fewer than nine samples. docs/trust.md has the figures.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
import torch
from sklearn.ensemble import HistGradientBoostingClassifier

from emargin_core.config import make_config
from emargin_core.datasets import load_dataset
from emargin_core.datasets.base import Dataset
from emargin_core.encoders import embed, make_encoder
from emargin_core.evaluation.checks import Ints, labelled, sample_rows
from emargin_core.evaluation.probe import converged_probe
from emargin_core.evaluation.replicates import mean_replicates
from emargin_core.evaluation.uncertainty import Estimate, estimate, resampling_counts
from emargin_core.language import mark
from emargin_core.levels import Level, ReferenceLevels, read_levels, write_levels
from emargin_core.one_thread import one_thread
from emargin_core.progress import ShouldStop, check_stop
from emargin_core.splits import Split, make_split
from emargin_core.store import RunStore
from emargin_core.training import fit

ENCODER_SEEDS = (0, 1, 2)
TREE_ROUNDS = 30
TREE_RATE = 0.3
TREE_LEAVES = 8
MAX_TREE_FRAMES = 20_000
"""Trees are grown on a seeded sample of so many training frames where there are more."""


def reference_levels(
    dataset_name: str,
    evaluate_on: str = "test",
    *,
    store: RunStore | None = None,
    should_stop: ShouldStop | None = None,
) -> ReferenceLevels:
    """Measure the levels of a data set's split, or read them from the store.

    Floors: the most frequent training class, the untrained encoder (mean of seeds 0, 1, 2) and
    the spectral frames themselves, the last two under the same converged probe as every method.
    Ceiling: boosted trees on the frames. Intervals: 95 %, over held-out recordings, resampled as
    they are for every run. Seeded, on one thread.

    Args:
        dataset_name: registered name or path; evaluate_on: 'test' or 'validation'.
        store: where the levels are kept; the default store if None.
        should_stop: asked between the levels.

    Raises:
        InputError: the data set cannot be used.
        ProbeNotConvergedError: a probe did not reach its optimum.
        CancelledError: should_stop returned True; nothing was stored.
        StoreError: the levels cannot be stored.
    """
    store = store or RunStore()
    dataset = load_dataset(dataset_name)
    found = read_levels(store.home, dataset.fingerprint, evaluate_on)
    if found is not None:
        return found
    with one_thread():
        levels = _measure(dataset, evaluate_on, should_stop)
    measured = ReferenceLevels(dataset.fingerprint, evaluate_on, levels)
    write_levels(store.home, measured)
    return measured


def _measure(
    dataset: Dataset, evaluate_on: str, should_stop: ShouldStop | None
) -> tuple[Level, ...]:
    split = make_split(dataset, evaluate_on)
    references: tuple[
        tuple[str, str, Literal["floor", "ceiling"], Callable[[Split], list[Ints | None]]], ...
    ] = (
        ("majority", mark("Always the most frequent class"), "floor", _majority),
        ("random", mark("Untrained encoder"), "floor", _untrained),
        ("stft", mark("Raw spectral frames, nothing learnt"), "floor", _raw_frames),
        ("boosted_trees", mark("Boosted trees, trained on the labels"), "ceiling", _boosted_trees),
    )
    levels = []
    for name, title, kind, predict in references:
        check_stop(should_stop)
        levels.append(Level(name, title, kind, _accuracy(split, predict(split))))
    return tuple(levels)


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


def _accuracy(split: Split, predictions: list[Ints | None]) -> Estimate | None:
    """Accuracy over seeds and held-out recordings; None where a seed has none."""
    labels = split.test.labels
    known = labelled(labels)
    made = [predicted for predicted in predictions if predicted is not None]
    if len(made) < len(predictions) or not known.any():
        return None
    hits = [(predicted == labels)[known].astype(np.float64) for predicted in made]
    n_recordings = len(split.test.recording_ids)
    counts = resampling_counts(n_recordings)
    recording = split.test.recording[known]
    return estimate(
        np.array([hit.mean() for hit in hits]),
        np.stack([mean_replicates(hit, recording, counts) for hit in hits]),
        n_recordings,
    )
