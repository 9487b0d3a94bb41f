"""The one pipeline that everything calls: data, frames, training, evaluation, map, store."""

import time
from dataclasses import asdict, replace
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
from emargin_core.experiment.assessment import assess_first, assess_rest
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


def run_experiment(
    config: ExperimentConfig,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
    *,
    store: RunStore | None = None,
    on_snapshot: OnSnapshot | None = None,
) -> Result:
    """Train, evaluate, project and store; a result that exists is taken from the store.

    Where a `first_look` at this run is stored, it goes on from there. Computed on one thread,
    whatever the machine has, so that the numbers do not depend on it; several runs share the cores
    through `emargin_core.jobs`.

    Args:
        config: the settings; the data set is loaded by its name or path.
        on_progress: told about ten times a second at most what is being done.
        should_stop: asked at least every ten training steps and between stages.
        store: where results are kept; the default store if None.
        on_snapshot: told pictures of the training, about one a second, which are kept with the run;
            they take less than a fifth of the training's time, and change no number. Without it,
            nothing is watched.

    Raises:
        InputError: the data set or the settings cannot be used.
        TrainingDivergedError: loss or gradient became not finite.
        CancelledError: should_stop returned True; nothing was stored.
        StoreError: the result cannot be stored.
    """
    store = store or RunStore()
    dataset, run_id = _named(config)
    found = store.get(run_id)
    if found is not None:
        return found.as_cached()
    store.check_writable()
    tell = on_progress or (lambda progress: None)
    with one_thread():
        split = _split(config, dataset)
        first = _stored_first_look(store, run_id) or _first_look(
            config, dataset, split, tell, should_stop, on_snapshot
        )
        result = _completed(first, config, split, store, tell, should_stop)
    store.put(result)
    store.drop_preliminary(run_id)
    return result


def first_look(
    config: ExperimentConfig,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
    *,
    store: RunStore | None = None,
    on_snapshot: OnSnapshot | None = None,
) -> Result:
    """Train, measure what a verdict rests on, and store that as preliminary, without a map.

    `run_experiment` with the same config adds the rest. Arguments and errors are its own; a result
    that exists, whole or preliminary, is taken from the store.
    """
    store = store or RunStore()
    dataset, run_id = _named(config)
    found = store.get(run_id) or _stored_first_look(store, run_id)
    if found is not None:
        return found.as_cached()
    store.check_writable()
    tell = on_progress or (lambda progress: None)
    with one_thread():
        split = _split(config, dataset)
        first = _first_look(config, dataset, split, tell, should_stop, on_snapshot)
    store.put_preliminary(first)
    return first


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
    reference = own_map(baseline, store=store)
    config, _, embeddings = _held_out(candidate)
    with one_thread():
        sample = np.flatnonzero(np.isfinite(reference[:, 0]))
        layout = np.full_like(reference, np.nan)
        placed = project_aligned(embeddings[sample], reference[sample], seed=config.seed)
        if placed is not None:
            layout[sample] = placed
    store.put_map(candidate.run_id, baseline.run_id, layout)
    return layout


def own_map(result: Result, *, store: RunStore) -> NDArray[np.float64]:
    """The map of a run by itself, as in `aligned_map`; that of a first look is kept apart."""
    if not result.preliminary:
        return result.frames[["map_x", "map_y"]].to_numpy(dtype=np.float64)
    layout = store.get_map(result.run_id, result.run_id)
    if layout is None:
        config, split, embeddings = _held_out(result)
        with one_thread():
            layout = _map(embeddings, split.test.labels, config.seed)
        store.put_map(result.run_id, result.run_id, layout)
    return layout


def _held_out(result: Result) -> tuple[ExperimentConfig, Split, NDArray[np.float32]]:
    """Config and split of a result, and its held-out frames in its embedding, (n_frames, D)."""
    if not result.encoder:
        raise InputError(
            "run {run_id} comes without its encoder, which its map needs; compute it first",
            run_id=result.run_id,
        )
    config = make_config(**{k: v for k, v in result.config.items() if v is not None})
    split = _split(config, load_dataset(config.dataset))
    with one_thread():
        return config, split, _embeddings(_restored(result, split), split)[1]


def _named(config: ExperimentConfig) -> tuple[Dataset, str]:
    dataset = load_dataset(config.dataset)
    return dataset, config.run_id(dataset.fingerprint)


def _stored_first_look(store: RunStore, run_id: str) -> Result | None:
    """The preliminary result in the store; None, and forgotten, where other versions made it."""
    found = store.get_preliminary(run_id)
    if found is not None and found.versions != current_versions():
        store.drop_preliminary(run_id)
        return None
    return found


def _first_look(
    config: ExperimentConfig,
    dataset: Dataset,
    split: Split,
    tell: OnProgress,
    should_stop: ShouldStop | None,
    on_snapshot: OnSnapshot | None,
) -> Result:
    """Train, and measure what a verdict rests on; there is no map yet."""
    n_clusters = cluster_count(config, dataset)
    _check_frames(split, n_clusters, dataset)
    check_stop(should_stop)
    watcher = None
    if on_snapshot is not None:
        watcher = Watcher(split, config.iterations, n_clusters, config.seed, on_snapshot)
    clock = time.perf_counter()
    encoder = make_encoder(split.train.inputs.shape[1], config.seed)
    history = fit(encoder, config, split.train, lambda p: tell(_scaled(p)), should_stop, watcher)
    trained = time.perf_counter() - clock
    check_stop(should_stop)
    tell(Progress("measuring", TRAIN_SHARE))
    train, test = _embeddings(encoder, split)
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
    marks = _margin_marks(split.test, config)
    first.frames["transition"] = np.zeros(len(first.frames), bool) if marks is None else marks
    first.frames[["map_x", "map_y"]] = np.nan
    total = time.perf_counter() - clock
    return Result(
        run_id=config.run_id(dataset.fingerprint),
        config=config.canonical(),
        metrics=first.metrics,
        collapse_reason=first.collapse_reason,
        data=_describe(dataset, split),
        frames=first.frames,
        replicates=first.replicates,
        spectrum=first.spectrum,
        encoder={name: value.numpy() for name, value in encoder.state_dict().items()},
        details=first.details | {"margin": _margin_details(split.test, marks)},
        history=_history(history),
        timing={
            "train_s": trained,
            "evaluate_s": total - trained,
            "first_look_s": total,
            "total_s": total,
        },
        versions=current_versions(),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        snapshots=watcher.snapshots if watcher else (),
        preliminary=True,
    )


def _completed(
    first: Result,
    config: ExperimentConfig,
    split: Split,
    store: RunStore,
    tell: OnProgress,
    should_stop: ShouldStop | None,
) -> Result:
    """Add to a first look its map, unless that was drawn meanwhile, and all that it left out."""
    train, test = _embeddings(_restored(first, split), split)
    tell(Progress("mapping", 0.85))
    clock = time.perf_counter()
    layout = store.get_map(first.run_id, first.run_id)
    if layout is None:
        layout = _map(test, split.test.labels, config.seed)
    frames = first.frames.copy()
    frames[["map_x", "map_y"]] = layout
    mapped = replace(first, frames=frames, timing=_timed(first, "project_s", clock))
    check_stop(should_stop)
    tell(Progress("completing", 0.9))
    clock = time.perf_counter()
    rest = assess_rest(mapped, split, train, test, seed=config.seed, should_stop=should_stop)
    return replace(rest, timing=_timed(mapped, "evaluate_s", clock), preliminary=False)


def _timed(result: Result, part: str, clock: float) -> dict[str, float]:
    """The timing of a result, with the seconds since `clock` added to a part and to the total."""
    passed = time.perf_counter() - clock
    timing = result.timing
    return timing | {part: timing.get(part, 0.0) + passed, "total_s": timing["total_s"] + passed}


def _embeddings(
    encoder: PointwiseEncoder, split: Split
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    train, test = (embed(encoder, torch.from_numpy(p.inputs)) for p in (split.train, split.test))
    return train.numpy(), test.numpy()


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


def _split(config: ExperimentConfig, dataset: Dataset) -> Split:
    return make_split(framed(dataset, config.frame, config.hop), config.evaluate_on, config.fold)


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
