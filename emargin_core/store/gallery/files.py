"""The files of a gallery, made of stored runs, maps and the reference scores of the test groups."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from emargin_core.config import RESULT_VERSION, ExperimentConfig
from emargin_core.projection.projection import sample_frames
from emargin_core.store.gallery.gallery import FORMAT, INDEX, SCRUB, Entry, map_file, run_file
from emargin_core.store.gallery.plan import GalleryPlan
from emargin_core.store.reference_scores import (
    REFERENCE_SCORES_VERSION,
    ReferenceScores,
    read_reference_scores,
)
from emargin_core.store.result import Result
from emargin_core.store.result_files import ENCODER, to_files
from emargin_core.store.run_store import RunStore
from emargin_core.text.errors import ExplorerError, StoreError
from emargin_core.text.message import Message

_INT16 = 32_767


def gallery_files(
    plan: GalleryPlan, names: Mapping[ExperimentConfig, str], store: RunStore
) -> dict[str, bytes]:
    """Return all that the gallery holds, by file name.

    Args:
        plan: what it is to hold; names: the run_id of each of its runs.
        store: has every run, map and reference score of the plan.

    Raises:
        StoreError: something is missing there.
        ExplorerError: the runs were made by different versions.
    """
    reference = read_run(store, names[plan.reference])
    scrubbed, scrub = _scrub(plan, names, reference, store)
    runs = [read_run(store, run_id) for run_id in dict.fromkeys(names.values())]
    index = {
        "format": FORMAT,
        "result_version": RESULT_VERSION,
        "levels_version": REFERENCE_SCORES_VERSION,
        "versions": _one_of_each(runs),
        "date": max(run.created[:10] for run in runs),
        "command": plan.command,
        "dataset": plan.dataset,
        "data": {name: reference.data[name] for name in ("fingerprint", "title")},
        "entries": [_entry(run) for run in runs],
        "grid": [names[config] for config in plan.grid],
        "baseline": [names[config] for config in plan.baseline],
        "levels": [_reference_scores(reference, store).to_json()],
        "scrub": scrub,
    }
    return {
        INDEX: json.dumps(index, allow_nan=False, sort_keys=True, default=Message.to_json).encode(),
        SCRUB: scrubbed,
        **_whole_runs({names[config] for config in plan.whole}, runs),
        **_pair_maps([(names[after], names[before]) for before, after in plan.pairs], store),
    }


def read_run(store: RunStore, run_id: str) -> Result:
    """Read a run that must be there.

    Raises:
        StoreError: it is not, or cannot be read.
    """
    result = store.get(run_id)
    if result is None:
        raise StoreError(
            "run {run_id} was stored and cannot be read back from {home}",
            run_id=run_id,
            home=store.home,
        )
    return result


def _whole_runs(wanted: set[str], runs: list[Result]) -> dict[str, bytes]:
    return {
        run_file(run.run_id, name): content
        for run in runs
        if run.run_id in wanted
        for name, content in to_files(run).items()
        if name != ENCODER
    }


def _pair_maps(pairs: list[tuple[str, str]], store: RunStore) -> dict[str, bytes]:
    """Aligned maps in single precision, which is what the map's code gives."""
    return {
        map_file(*pair): save({"map": np.ascontiguousarray(_layout(store, *pair), np.float32)})
        for pair in pairs
    }


def make_entry(result: Result) -> Entry:
    """What the gallery knows of a run."""
    return Entry(
        run_id=result.run_id,
        config=result.config,
        metrics=result.metrics,
        collapse_reason=result.collapse_reason,
        data={name: result.data[name] for name in ("fingerprint", "title")},
        held_out={
            "n_folds": result.n_folds,
            "noun": result.unit.noun,
            "n_units": len(result.unit.names),
            "n_units_in_all": result.unit.in_all,
        },
        seconds=result.timing["total_s"],
        created=result.created,
    )


def _entry(result: Result) -> dict[str, Any]:
    """The same for the index, which names the data once."""
    return {name: value for name, value in vars(make_entry(result)).items() if name != "data"}


def _reference_scores(reference: Result, store: RunStore) -> ReferenceScores:
    fingerprint = reference.data["fingerprint"]
    reference_scores = read_reference_scores(store.home, fingerprint, "test")
    if reference_scores is None:
        raise StoreError("the reference levels cannot be read back from {home}", home=store.home)
    return reference_scores


def _one_of_each(runs: list[Result]) -> dict[str, str]:
    """The versions that made all runs: the gallery names one of each."""
    first, *others = runs
    for other in others:
        if other.versions != first.versions:
            raise ExplorerError(
                "runs {run_id} and {run_id2} were made by different versions ({versions} and "
                "{versions2}); set EMARGIN_HOME to an empty folder",
                run_id=first.run_id,
                run_id2=other.run_id,
                versions=_words(first.versions, other.versions),
                versions2=_words(other.versions, first.versions),
            )
    return first.versions


def _words(versions: dict[str, str], others: dict[str, str]) -> str:
    return ", ".join(f"{name} {v}" for name, v in versions.items() if others.get(name) != v)


def _scrub(
    plan: GalleryPlan, names: Mapping[ExperimentConfig, str], reference: Result, store: RunStore
) -> tuple[bytes, dict[str, Any]]:
    """Maps of the scrubbed runs on the same frames, as 16-bit places, and what they are of.

    A run without a map is left out.
    """
    labels = reference.frames["label"].to_numpy(dtype=np.int64)
    own = reference.frames[["map_x", "map_y"]].to_numpy(dtype=np.float64)
    shown = np.flatnonzero(np.isfinite(own[:, 0]))
    frames = shown[sample_frames(labels[shown], plan.map_frames)]
    layouts = {}
    for config in plan.scrubbed:
        run_id = names[config]
        whole = own if run_id == reference.run_id else _layout(store, run_id, reference.run_id)
        if np.isfinite(whole[frames]).all():
            layouts[run_id] = whole[frames]
    places = np.stack(list(layouts.values())) if layouts else np.zeros((0, len(frames), 2))
    scale = float(np.abs(places).max(initial=0.0)) / _INT16 or 1.0
    arrays = {
        "places": np.rint(places / scale).astype(np.int16),
        "scale": np.array([scale]),
        "frames": frames.astype(np.int32),
        "labels": labels[frames].astype(np.int32),
    }
    described = {
        "run_ids": list(layouts),
        "reference": reference.run_id,
        "class_names": reference.data["class_names"],
    }
    return save(arrays), described


def _layout(store: RunStore, candidate: str, baseline: str) -> NDArray[np.float64]:
    layout = store.get_map(candidate, baseline)
    if layout is None:
        raise StoreError(
            "map {candidate}-{baseline} was stored and cannot be read back from {home}",
            candidate=candidate,
            baseline=baseline,
            home=store.home,
        )
    return layout
