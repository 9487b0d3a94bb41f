"""Runs whose frames are made by hand, so that every expected number can be counted."""

import numpy as np
import pandas as pd

from emargin_core.evaluation.replicates import mean_replicates
from emargin_core.evaluation.uncertainty import resampling_counts
from emargin_core.store.result import Result

CLASSES = ["calm", "busy", "broken"]


def make_run(
    labels,
    predicted,
    recording,
    *,
    seed=0,
    fold=0,
    n_folds=1,
    first_unit=0,
    in_all=None,
    davies_bouldin=0.9,
    silhouette=0.4,
    collapse_reason=None,
    classes=CLASSES,
    n_units=None,
):
    """A result with these frames, each recording a machine; its accuracy comes from them.

    Where the held-out part is fixed (n_folds = 1), it has replicates over machines.
    """
    labels, predicted, recording = (
        np.asarray(v, dtype=np.int64) for v in (labels, predicted, recording)
    )
    n = n_units or int(recording.max()) + 1
    known = labels >= 0
    hits = (labels == predicted)[known].astype(float)
    accuracy = float(hits.mean()) if known.any() and (predicted >= 0).any() else None
    time = pd.Series(recording).groupby(recording).cumcount().to_numpy() * 0.5 + 0.5
    replicates = {}
    if n_folds == 1:
        counts = resampling_counts(n)
        replicates = {
            "clustering.davies_bouldin": np.full(len(counts), davies_bouldin),
            "clustering.silhouette": np.full(len(counts), silhouette),
        }
        if accuracy is not None:
            replicates["probe.accuracy"] = mean_replicates(hits, recording[known], counts)
    names = [f"machine {first_unit + code}" for code in range(n)]
    return Result(
        run_id=f"{seed:015x}{fold}",
        config={
            "method": "emargin",
            "dataset": "watch",
            "seed": seed,
            "fold": fold,
            "evaluate_on": "test",
        },
        metrics={
            "clustering": {"davies_bouldin": davies_bouldin, "silhouette": silhouette},
            "probe": {"accuracy": accuracy},
            "geometry": {},
        },
        collapse_reason=collapse_reason,
        data={
            "title": "T",
            "fingerprint": "f",
            "class_names": classes if known.any() else [],
            "recordings": names,
            "sources": names,
            "unit": {
                "noun": "machine",
                "names": names,
                "of_recording": list(range(n)),
                "in_all": in_all or n,
            },
            "n_folds": n_folds,
            "split": "",
            "test_frames": len(labels),
        },
        frames=pd.DataFrame(
            {"recording": recording, "time": time, "label": labels, "predicted": predicted}
        ),
        replicates=replicates,
        spectrum=np.ones(4),
        encoder={},
        details={},
        history={"loss": [], "non_finite_steps": 0, "skipped_steps": 0},
        timing={"total_s": 15.0},
        versions={},
        created="",
    )


def draw(
    accuracy,
    folds=range(5),
    seeds=(0,),
    units=2,
    frames=200,
    spread=0.02,
    davies_bouldin=0.9,
    silhouette=0.4,
    **traits,
):
    """A side of five folds: about this accuracy, the same labels each time, seeded decisions.

    `units` machines are held out in each fold; the cluster scores differ a little between folds.
    """
    made = []
    for fold in folds:
        hard = np.random.default_rng([7, fold]).normal(0, spread, units)
        recording = np.repeat(np.arange(units), frames)
        labels = np.random.default_rng([3, fold]).integers(0, 3, len(recording))
        for seed in seeds:
            rng = np.random.default_rng([seed, fold, int(1000 * accuracy)])
            right = rng.random(len(labels)) < accuracy + hard[recording]
            predicted = np.where(right, labels, (labels + rng.integers(1, 3, len(labels))) % 3)
            scores = {
                "davies_bouldin": davies_bouldin + 0.01 * rng.normal(),
                "silhouette": silhouette + 0.01 * rng.normal(),
            }
            placed = {"fold": fold, "n_folds": 5, "first_unit": units * fold, "in_all": 5 * units}
            made.append(
                make_run(labels, predicted, recording, seed=seed, **placed, **scores, **traits)
            )
    return made


def draw_fixed(accuracy, seeds=(0, 1, 2), units=6, frames=200, spread=0.02, **traits):
    """A side whose held-out part is fixed, trained with several seeds."""
    hard = np.random.default_rng(7).normal(0, spread, units)
    recording = np.repeat(np.arange(units), frames)
    labels = np.random.default_rng(3).integers(0, 3, len(recording))
    made = []
    for seed in seeds:
        rng = np.random.default_rng([seed, int(1000 * accuracy)])
        right = rng.random(len(labels)) < accuracy + hard[recording]
        predicted = np.where(right, labels, (labels + rng.integers(1, 3, len(labels))) % 3)
        made.append(make_run(labels, predicted, recording, seed=seed, **traits))
    return made
