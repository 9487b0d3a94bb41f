"""Finished runs made in a millisecond, true to themselves: scores agree with their frames."""

from dataclasses import replace

import numpy as np
import pandas as pd

from emargin_core.config import make_config
from emargin_core.evaluation import clustering, scores
from emargin_core.evaluation.geometry import geometry
from emargin_core.evaluation.metric_table import METRICS
from emargin_core.store.result import Result

FINGERPRINT = "0123456789abcdef"
CLASSES = ("slow", "middle", "fast")
MACHINES = tuple(f"machine {number}" for number in range(1, 11))
"""Ten units, two held out by each of five folds."""
N_FOLDS = 5
N_FRAMES = 120

HOSTILE = (
    "<script>alert(1)</script>",
    "</style><script>alert(2)</script>",
    "\"'><img src=x onerror=alert(3)>",
    "</title></desc></svg><svg onload=alert(4)><a href='javascript:alert(5)'>x</a>",
    "]]>&lt;script&gt;{{ 7 * 7 }}{% raw %}",
    '=HYPERLINK("http://x") [a](javascript:alert(6)) ![b](http://x/y.png) | `c` <b>',
)
"""What a stranger's data may call itself."""


def make_side(method="emargin", folds=range(N_FOLDS), **settings):
    """Runs of a method on several folds, as one side of a comparison."""
    return tuple(make_run(method, fold=fold, **settings) for fold in folds)


def make_run(
    method="emargin",
    seed=0,
    accuracy=0.8,
    labelled=True,
    words=None,
    fold=0,
    fixed=False,
    **settings,
):
    """A run of a method on a fold's two held-out machines, or on ten that are fixed.

    `words` are the names in its data.
    """
    config = make_config(dataset="pump", method=method, seed=seed, fold=fold, **settings)
    rng = np.random.default_rng([seed, fold, int(1000 * accuracy), sum(map(ord, method))])
    units = MACHINES if fixed else MACHINES[2 * fold : 2 * fold + 2]
    label = np.repeat(np.arange(3), N_FRAMES // 3) if labelled else np.full(N_FRAMES, -1)
    miss = rng.random(N_FRAMES) > accuracy
    predicted = np.where(miss, (label + 1) % 3, label) if labelled else label
    cluster = np.where(rng.random(N_FRAMES) > 0.7, 0, np.repeat(np.arange(3), N_FRAMES // 3))
    silhouette = rng.uniform(0.0, 0.8, N_FRAMES)
    spectrum = np.sort(rng.uniform(0.01, 9.0, 16))[::-1].copy()
    frames = pd.DataFrame(
        {
            "recording": np.arange(N_FRAMES) // (N_FRAMES // len(units)),
            "time": 0.5 + 0.5 * (np.arange(N_FRAMES) % (N_FRAMES // len(units))),
            "label": label,
            "cluster": cluster,
            "predicted": predicted,
            "silhouette": silhouette,
            "transition": rng.random(N_FRAMES) > 0.6,
            "map_x": rng.normal(size=N_FRAMES) + label,
            "map_y": rng.normal(size=N_FRAMES),
        }
    )
    run_id = config.run_id(FINGERPRINT)
    found = {
        "clustering.silhouette": float(silhouette.mean()),
        "clustering.largest_cluster_share": clustering.largest_cluster_share(cluster),
        "clustering.nmi": clustering.normalized_mutual_info(label, cluster),
        "clustering.ari": clustering.adjusted_rand(label, cluster),
        "probe.accuracy": scores.accuracy(label, predicted) if labelled else None,
        "geometry.effective_rank": geometry.effective_rank(spectrum),
    }
    metrics = {}
    for path in METRICS:
        group, name = path.split(".")
        known = labelled or METRICS[path].label_free
        metrics.setdefault(group, {})[name] = found.get(path, 0.6 if known else None)
    replicates = {
        path: value + rng.normal(0, 0.01, 200)
        for path, value in found.items()
        if fixed and value is not None
    }
    run = Result(
        run_id=run_id,
        config=config.canonical(),
        metrics=metrics,
        collapse_reason=None,
        data={
            "title": "Pump vibration",
            "fingerprint": FINGERPRINT,
            "class_names": list(CLASSES) if labelled else [],
            "recordings": list(units),
            "sources": list(units),
            "unit": {
                "noun": "machine",
                "names": list(units),
                "of_recording": list(range(len(units))),
                "in_all": len(MACHINES),
            },
            "n_folds": 1 if fixed else N_FOLDS,
            "split": f"fold {fold + 1} of 5: trained on 8 subjects, tested on {', '.join(units)}",
            "train_frames": 240,
            "test_frames": N_FRAMES,
            "notes": [],
        },
        frames=frames,
        replicates=replicates,
        spectrum=spectrum,
        encoder={"layer.weight": rng.normal(size=(4, 3)).astype(np.float32)},
        details={
            "confusion": scores.confusion(label, predicted, 3).tolist() if labelled else None,
            "per_class_recall": scores.per_class_recall(label, predicted, 3) if labelled else [],
            "label_fractions": [[1.0, metrics["probe"]["accuracy"]]],
            "margin": {
                "marked": 48,
                "frames": N_FRAMES,
                "changes": 4,
                "changes_marked": 3,
                "recall": 0.75,
                "precision": 0.1,
            }
            if method == "emargin"
            else None,
        },
        history={"loss": [1.0, 0.5], "non_finite_steps": 0, "skipped_steps": 0},
        timing={"train_s": 1.0, "evaluate_s": 0.5, "project_s": 0.2, "total_s": 1.7},
        versions={"emargin-explorer": "0.1.0", "numpy": np.__version__},
        created="2026-01-01T00:00:00+00:00",
    )
    return run if words is None else _renamed(run, words)


def _renamed(run, words):
    """The same run of data whose every name is one of `words`."""

    def named(names):
        return [f"{words[n % len(words)]} {n}" for n in range(len(names))]

    data = run.data | {
        "title": words[0],
        "class_names": named(run.data["class_names"]),
        "recordings": named(run.data["recordings"]),
        "unit": run.data["unit"] | {"names": named(run.data["unit"]["names"])},
        "split": words[1 % len(words)],
        "notes": list(words),
    }
    return replace(run, data=data)
