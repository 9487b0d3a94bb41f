"""What settings score on validation groups, nested in the training groups of every test fold.

Two trainings a setting: one leaves out the first folds, more than half of them where their number
is odd, the other the last. Each is scored on every fold that it leaves out. For test fold f count
the scores on the other folds that were left out together with it, so that nothing of f took part.
Where the test part is fixed, as published or the end of a lone group, all scores count.

Only what a choice needs is measured: no map, no further probes. Every score is kept as it comes, so
that what was interrupted goes on.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from emargin_core.config import RESULT_VERSION, ExperimentConfig
from emargin_core.datasets.base import Dataset
from emargin_core.datasets.frames import Frames
from emargin_core.datasets.splits import count_folds, leave_out, make_split
from emargin_core.evaluation import clustering
from emargin_core.evaluation import scores as class_scores
from emargin_core.evaluation.checks import labelled
from emargin_core.evaluation.geometry import geometry
from emargin_core.evaluation.probe import converged_probe
from emargin_core.experiment.run import cluster_count
from emargin_core.store.run_store import RunStore
from emargin_core.sweeps.tuned.validation_score import Score, Scores
from emargin_core.text.errors import InputError, StoreError, TrainingDivergedError
from emargin_core.training.encoders import embed, make_encoder
from emargin_core.training.fit import fit
from emargin_core.training.one_thread import one_thread

MIN_FOLDS = 3


@dataclass(frozen=True, eq=False)
class TrainingPart:
    """Training frames, and the frames of each fold that was left out."""

    train: Frames
    held_out: dict[int, Frames]


OnScored = Callable[[int, int], None]


def left_out_folds(dataset: Dataset) -> list[tuple[int, ...]]:
    """The folds that each training leaves out.

    Raises:
        InputError: fewer than three groups, so that none is left to train on.
    """
    n_folds = count_folds(dataset, "validation")
    if n_folds == 1:
        return [(0,)]
    if n_folds < MIN_FOLDS:
        raise InputError(
            "data set '{name}' has {n} groups to train on; choosing inside the training groups "
            "takes at least {least}",
            name=dataset.name,
            n=n_folds,
            least=MIN_FOLDS,
        )
    half = (n_folds + 1) // 2
    return [tuple(range(half)), tuple(range(n_folds - half, n_folds))]


def training_part(dataset: Dataset, left_out: tuple[int, ...]) -> TrainingPart:
    """Cut the frames of one training, standardised on those that it trains on."""
    if count_folds(dataset, "validation") == 1:
        split = make_split(dataset, "validation")
        return TrainingPart(split.train, {0: split.test})
    return TrainingPart(*leave_out(dataset, left_out))


def validation_scores(
    configs: Sequence[ExperimentConfig],
    dataset: Dataset,
    store: RunStore,
    on_scored: OnScored | None = None,
) -> list[Scores | None]:
    """Score each setting for every test fold; None for one whose training failed.

    Fold and held-out part of the configs are not read. What is stored is not computed again.

    Args:
        configs: the settings, all on `dataset`; on_scored: told how many of how many trainings
            are there.

    Raises:
        InputError: the data set has too few groups. StoreError: a score cannot be stored.
    """
    book = ScoreBook(store, dataset)
    found: list[dict[int, list[Score]]] = [{} for _ in configs]
    trainings, failed, done = left_out_folds(dataset), set(), 0
    fixed = count_folds(dataset) == 1
    for left_out in trainings:
        part = training_part(dataset, left_out)
        for index, config in enumerate(configs):
            name = _name(config, left_out, dataset)
            scored = book.get(name)
            if scored is None:
                scored = book.put(name, train_and_score(config, part, dataset))
            if not scored:
                failed.add(index)
            for test_fold in (0,) if fixed else left_out:
                found[index].setdefault(test_fold, []).extend(
                    score for fold, score in scored.items() if fixed or fold != test_fold
                )
            done += 1
            if on_scored is not None:
                on_scored(done, len(trainings) * len(configs))
    return [None if index in failed else scores for index, scores in enumerate(found)]


def train_and_score(
    config: ExperimentConfig, part: TrainingPart, dataset: Dataset
) -> dict[int, Score]:
    """Train on one part and score by fold left out; empty where the training diverged."""
    with one_thread():
        encoder = make_encoder(part.train.inputs.shape[1], config.seed)
        try:
            fit(encoder, config, part.train)
        except TrainingDivergedError:
            return {}
        train, *tests = (
            embed(encoder, torch.from_numpy(frames.inputs)).numpy()
            for frames in (part.train, *part.held_out.values())
        )
        predicted = converged_probe(train, part.train.labels, np.concatenate(tests))
        found, begin = dict[int, Score](), 0
        for (fold, frames), test in zip(part.held_out.items(), tests, strict=True):
            rows = slice(begin, begin + len(test))
            begin = rows.stop
            clusters = clustering.kmeans_clusters(test, cluster_count(config, dataset), config.seed)
            found[fold] = Score(
                _accuracy(frames, None if predicted is None else predicted[rows]),
                clustering.davies_bouldin(test, clusters),
                clustering.silhouette(test, clusters),
                geometry.effective_rank(geometry.singular_values(test)),
                clustering.largest_cluster_share(clusters),
            )
    return found


def _accuracy(frames: Frames, predicted: Any) -> float | None:
    known = labelled(frames.labels)
    if predicted is None or not known.any():
        return None
    return class_scores.accuracy(frames.labels[known], predicted[known])


def _name(config: ExperimentConfig, left_out: tuple[int, ...], dataset: Dataset) -> str:
    setting = config.model_copy(update={"fold": 0, "evaluate_on": "validation"})
    return f"{setting.run_id(dataset.fingerprint)} without {left_out}"


class ScoreBook:
    """Scores in a file of JSON lines, one a training; a line that was torn is measured again."""

    def __init__(self, store: RunStore, dataset: Dataset) -> None:
        store.check_writable()
        self._path = _path(store.home, dataset)
        self._found: dict[str, dict[int, Score]] = {}
        if self._path.is_file():
            for line in self._path.read_text(encoding="utf-8").splitlines():
                self._take(line)

    def get(self, name: str) -> dict[int, Score] | None:
        """Scores by fold left out, empty where the training diverged; None where not measured."""
        return self._found.get(name)

    def put(self, name: str, scored: dict[int, Score]) -> dict[int, Score]:
        """Keep the scores of a training and return them.

        Raises:
            StoreError: they cannot be written.
        """
        line = {"run": name, "scores": {fold: asdict(score) for fold, score in scored.items()}}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write("\n" + json.dumps(line))  # begins a line, also after a torn one
        except OSError as error:
            raise StoreError(
                "the validation scores could not be written to {parent}: {error}",
                parent=self._path.parent,
                error=error,
            ) from error
        self._found[name] = scored
        return scored

    def _take(self, line: str) -> None:
        try:
            found = json.loads(line)
            scored = {int(fold): Score(**score) for fold, score in found["scores"].items()}
            self._found[found["run"]] = scored
        except (ValueError, KeyError, TypeError):
            return


def _path(home: Path, dataset: Dataset) -> Path:
    return home / "validation" / f"{dataset.fingerprint}-v{RESULT_VERSION}.jsonl"
