"""Runs whose frames are made by hand, so that every expected number can be counted."""

import numpy as np
import pandas as pd

from emargin_core.evaluation.replicates import mean_replicates
from emargin_core.evaluation.uncertainty import resampling_counts
from emargin_core.result import Result

CLASSES = ["calm", "busy", "broken"]


def make_run(labels, predicted, recording, *, seed=0, davies_bouldin=0.9, silhouette=0.4,
             collapse_reason=None, classes=CLASSES, n_recordings=None):  # fmt: skip
    """A result with these frames; its accuracy and replicates are computed from them."""
    labels, predicted, recording = (np.asarray(v, dtype=np.int64)
                                    for v in (labels, predicted, recording))  # fmt: skip
    n = n_recordings or int(recording.max()) + 1
    known = labels >= 0
    hits = (labels == predicted)[known].astype(float)
    counts = resampling_counts(n)
    accuracy = float(hits.mean()) if known.any() and (predicted >= 0).any() else None
    time = pd.Series(recording).groupby(recording).cumcount().to_numpy() * 0.5 + 0.5
    replicates = {
        "clustering.davies_bouldin": np.full(len(counts), davies_bouldin),
        "clustering.silhouette": np.full(len(counts), silhouette),
    }
    if accuracy is not None:
        replicates["probe.accuracy"] = mean_replicates(hits, recording[known], counts)
    names = [f"machine {code}" for code in range(n)]
    return Result(
        run_id=f"{seed:016x}",
        config={"method": "emargin", "dataset": "watch", "seed": seed, "evaluate_on": "test"},
        metrics={
            "clustering": {"davies_bouldin": davies_bouldin, "silhouette": silhouette},
            "probe": {"accuracy": accuracy},
            "geometry": {},
        },
        collapse_reason=collapse_reason,
        data={"title": "T", "fingerprint": "f", "class_names": classes if known.any() else [],
              "recordings": names, "sources": names, "split": "", "test_frames": len(labels)},
        frames=pd.DataFrame({"recording": recording, "time": time, "label": labels,
                             "predicted": predicted}),
        replicates=replicates,
        spectrum=np.ones(4),
        encoder={},
        details={},
        history={"loss": [], "non_finite_steps": 0, "skipped_steps": 0},
        timing={},
        versions={},
        created="",
    )  # fmt: skip


def draw(accuracy, seeds=(0, 1, 2), n_recordings=6, frames=200, spread=0.02, **traits):
    """Runs of about this accuracy: the same recordings and labels each time, seeded decisions."""
    hard = np.random.default_rng(7).normal(0, spread, n_recordings)
    recording = np.repeat(np.arange(n_recordings), frames)
    labels = np.random.default_rng(3).integers(0, 3, len(recording))
    made = []
    for seed in seeds:
        rng = np.random.default_rng([seed, int(1000 * accuracy)])
        right = rng.random(len(labels)) < accuracy + hard[recording]
        predicted = np.where(right, labels, (labels + rng.integers(1, 3, len(labels))) % 3)
        made.append(make_run(labels, predicted, recording, seed=seed, **traits))
    return made
