"""The one pipeline that everything calls: data, frames, training, evaluation, map, store."""

import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from emargin_core.config import METHODS, ExperimentConfig, make_config
from emargin_core.datasets.base import Dataset
from emargin_core.datasets.frames import Frames, framed
from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.splits import Split, make_split
from emargin_core.evaluation.margin_placement import margin_placement
from emargin_core.experiment.assessment import Assessment, assess_first, assess_rest
from emargin_core.experiment.watching import OnSnapshot, Watcher
from emargin_core.losses.released import released_indicator
from emargin_core.losses.transitions import transition_flags
from emargin_core.projection.projection import project, project_aligned, sample_frames
from emargin_core.store.result import Result, current_versions
from emargin_core.store.run_store import RunStore
from emargin_core.text.errors import InputError
from emargin_core.training.encoders import PointwiseEncoder, embed, make_encoder
from emargin_core.training.fit import History, fit
from emargin_core.training.one_thread import one_thread
from emargin_core.training.progress import OnProgress, Progress, ShouldStop, check_stop

MAP_FRAMES = 3_000
CLUSTERS_WITHOUT_LABELS = 8
TRAIN_SHARE = 0.75
"""Rough share of a run's time that training takes, for the progress bar alone."""

OnPreliminary = Callable[[Result], None]
"""Told a preliminary result."""


def run_experiment(
    config: ExperimentConfig,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
    *,
    store: RunStore | None = None,
    on_snapshot: OnSnapshot | None = None,
    on_preliminary: OnPreliminary | None = None,
) -> Result:
    """Train, evaluate, project and store; a result that exists is taken from the store.

    Computed on one thread, whatever the machine has, so that the numbers do not depend on it;
    several runs share the cores through `emargin_core.jobs`.

    Args:
        config: the settings; the data set is loaded by its name or path.
        on_progress: told about ten times a second at most what is being done.
        should_stop: asked at least every ten training steps and between stages.
        store: where results are kept; the default store if None.
        on_snapshot: told pictures of the training, about one a second, which are kept with the run;
            they take less than a fifth of the training's time, and change no number. Without it,
            nothing is watched.
        on_preliminary: told the preliminary result, which holds what a verdict rests on.

    Raises:
        InputError: the data set or the settings cannot be used.
        TrainingDivergedError: loss or gradient became not finite.
        CancelledError: should_stop returned True; nothing was stored.
        StoreError: the result cannot be stored.
    """
    store = store or RunStore()
    dataset = load_dataset(config.dataset)
    run_id = config.run_id(dataset.fingerprint)
    found = store.get(run_id)
    if found is not None:
        return found.as_cached()
    store.check_writable()
    with one_thread():
        result = _compute(
            config, dataset, run_id, on_progress, should_stop, on_snapshot, on_preliminary
        )
    store.put(result)
    return result


def aligned_map(
    candidate: Result, baseline: Result, *, store: RunStore | None = None
) -> NDArray[np.float64]:
    """The candidate's map, started from the baseline's and turned onto it.

    Returns (n_frames, 2) float64, NaN for frames outside the sample, which is the same in both.
    Computed once and stored.

    Raises:
        InputError: the candidate comes without its encoder, as runs of the gallery do.
    """
    store = store or RunStore()
    layout = store.get_map(candidate.run_id, baseline.run_id)
    if layout is not None:
        return layout
    if not candidate.encoder:
        raise InputError(
            "run {run_id} comes without its encoder, which its map needs; compute it first",
            run_id=candidate.run_id,
        )
    config = make_config(**{k: v for k, v in candidate.config.items() if v is not None})
    _, split = _load(config)
    with one_thread():
        embeddings = embed(_restored(candidate, split), torch.from_numpy(split.test.inputs))
        reference = baseline.frames[["map_x", "map_y"]].to_numpy(dtype=np.float64)
        sample = np.flatnonzero(np.isfinite(reference[:, 0]))
        layout = np.full_like(reference, np.nan)
        placed = project_aligned(embeddings.numpy()[sample], reference[sample], seed=config.seed)
        if placed is not None:
            layout[sample] = placed
    store.put_map(candidate.run_id, baseline.run_id, layout)
    return layout


def _compute(
    config: ExperimentConfig,
    dataset: Dataset,
    run_id: str,
    on_progress: OnProgress | None,
    should_stop: ShouldStop | None,
    on_snapshot: OnSnapshot | None,
    on_preliminary: OnPreliminary | None,
) -> Result:
    tell = on_progress or (lambda progress: None)
    split = make_split(framed(dataset, config.frame, config.hop), config.evaluate_on, config.fold)
    n_clusters = cluster_count(config, dataset)
    _check_frames(split, n_clusters, dataset)
    check_stop(should_stop)
    watcher = None
    if on_snapshot is not None:
        watcher = Watcher(split, config.iterations, n_clusters, config.seed, on_snapshot)
    clock = time.perf_counter()
    encoder = make_encoder(split.train.inputs.shape[1], config.seed)
    history = fit(encoder, config, split.train, lambda p: tell(_scaled(p)), should_stop, watcher)
    trained = time.perf_counter()
    check_stop(should_stop)
    tell(Progress("measuring", TRAIN_SHARE))
    train = embed(encoder, torch.from_numpy(split.train.inputs)).numpy()
    test = embed(encoder, torch.from_numpy(split.test.inputs)).numpy()
    first = assess_first(
        split,
        train,
        test,
        n_classes=len(dataset.class_names),
        n_clusters=n_clusters,
        seed=config.seed,
        should_stop=should_stop,
    )
    check_stop(should_stop)
    evaluated = time.perf_counter()
    tell(Progress("mapping", 0.85))
    marks = _margin_marks(split.test, config)
    first.frames["transition"] = np.zeros(len(first.frames), bool) if marks is None else marks
    first.frames[["map_x", "map_y"]] = _map(test, split.test.labels, config.seed)
    projected = time.perf_counter()

    def result_of(assessment: Assessment, preliminary: bool) -> Result:
        total = time.perf_counter() - clock
        timing = {"train_s": trained - clock, "project_s": projected - evaluated}
        return Result(
            run_id=run_id,
            config=config.canonical(),
            metrics=assessment.metrics,
            collapse_reason=assessment.collapse_reason,
            data=_describe(dataset, split),
            frames=assessment.frames,
            replicates=assessment.replicates,
            spectrum=assessment.spectrum,
            encoder={name: value.numpy() for name, value in encoder.state_dict().items()},
            details=assessment.details | {"margin": _margin_details(split.test, marks)},
            history=_history(history),
            timing=timing | {"evaluate_s": total - sum(timing.values()), "total_s": total},
            versions=current_versions(),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            snapshots=watcher.snapshots if watcher else (),
            preliminary=preliminary,
        )

    if on_preliminary is not None:
        on_preliminary(result_of(first, preliminary=True))
    tell(Progress("completing", 0.9))
    rest = assess_rest(first, split, train, test, seed=config.seed, should_stop=should_stop)
    return result_of(rest, preliminary=False)


def cluster_count(config: ExperimentConfig, dataset: Dataset) -> int:
    """Number of clusters: the config's, else that of the classes, else 8."""
    if config.clusters is not None:
        return config.clusters
    return len(dataset.class_names) if dataset.labelled else CLUSTERS_WITHOUT_LABELS


def _check_frames(split: Split, n_clusters: int, dataset: Dataset) -> None:
    fewest = min(len(split.train), len(split.test))
    if fewest <= n_clusters:
        raise InputError(
            "data set '{name}' gives {train:,} frames to train on and {test:,} to test on; more "
            "than {n_clusters}, the number of clusters, are needed of each",
            name=dataset.name,
            train=len(split.train),
            test=len(split.test),
            n_clusters=n_clusters,
        )


def _load(config: ExperimentConfig) -> tuple[Dataset, Split]:
    dataset = load_dataset(config.dataset)
    cut = framed(dataset, config.frame, config.hop)
    return dataset, make_split(cut, config.evaluate_on, config.fold)


def _restored(result: Result, split: Split) -> PointwiseEncoder:
    encoder = PointwiseEncoder(split.train.inputs.shape[1])
    encoder.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in result.encoder.items()})
    return encoder


def _margin_marks(frames: Frames, config: ExperimentConfig) -> NDArray[np.bool_] | None:
    """Held-out frames on which the margin acts; None for a method that has no threshold."""
    if "threshold" not in METHODS[config.method].settings:
        return None
    inputs = torch.from_numpy(frames.inputs)
    if config.method == "emargin-released":
        marks = released_indicator(inputs, config.threshold, double=config.double)
        flags = np.zeros(len(frames), dtype=np.bool_)
        flags[: len(marks)] = marks.numpy() > 0
        return flags
    marks = transition_flags(inputs, config.threshold, torch.from_numpy(frames.segment))
    return marks.numpy().astype(np.bool_)


def _margin_details(frames: Frames, marks: NDArray[np.bool_] | None) -> dict[str, Any] | None:
    if marks is None:
        return None
    placement = margin_placement(marks, frames.labels, frames.segment)
    return asdict(placement) | {"precision": placement.precision, "recall": placement.recall}


def _map(test: NDArray[np.float32], labels: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    layout = np.full((len(test), 2), np.nan)
    sample = sample_frames(labels, MAP_FRAMES)
    placed = project(test[sample], seed=seed)
    if placed is not None:
        layout[sample] = placed
    return layout


def _scaled(progress: Progress) -> Progress:
    return Progress(
        progress.stage,
        TRAIN_SHARE * progress.fraction,
        progress.step,
        progress.steps,
        progress.loss,
        progress.seconds_left,
    )


def _history(history: History) -> dict[str, Any]:
    return {
        "loss": history.loss,
        "non_finite_steps": history.non_finite_steps,
        "skipped_steps": history.skipped_steps,
    }


def _describe(dataset: Dataset, split: Split) -> dict[str, Any]:
    return {
        "title": dataset.title,
        "fingerprint": dataset.fingerprint,
        "class_names": list(dataset.class_names),
        "recordings": list(split.test.recording_ids),
        "sources": list(split.test.sources),
        "unit": {
            "noun": split.unit.noun,
            "names": list(split.unit.names),
            "of_recording": list(split.unit.of_recording),
            "in_all": split.unit.in_all,
        },
        "n_folds": split.n_folds,
        "split": split.note,
        "train_frames": len(split.train),
        "test_frames": len(split.test),
        "notes": list(dataset.notes),
    }
