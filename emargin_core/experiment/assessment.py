"""From embeddings to numbers: every metric of one run, its frames and its replicates.

In two parts: what a verdict and its reasons rest on, and the rest, which takes longer.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emargin_core.datasets.base import UNLABELLED
from emargin_core.datasets.frames import Frames
from emargin_core.datasets.splits import Split
from emargin_core.evaluation import clustering, network_probes, probe, replicates, scores
from emargin_core.evaluation.collapse import MAX_CLUSTER_SHARE, Collapse, find_collapse
from emargin_core.evaluation.geometry import geometry
from emargin_core.evaluation.metric_table import METRICS
from emargin_core.evaluation.uncertainty import resampling_counts
from emargin_core.store.result import Metrics, Result
from emargin_core.text.message import Message, Text
from emargin_core.training.progress import ShouldStop, check_stop

Embeddings = NDArray[np.float32]
Predictions = dict[str, NDArray[np.int64] | None]


@dataclass(frozen=True, eq=False)
class Assessment:
    """What is measured on the held-out frames of one run; None also where it is not yet."""

    metrics: Metrics
    collapse_reason: Text | None
    frames: pd.DataFrame
    replicates: dict[str, NDArray[np.float64]]
    spectrum: NDArray[np.float64]
    details: dict[str, Any]


def assess_first(
    split: Split,
    train: Embeddings,
    test: Embeddings,
    *,
    n_classes: int,
    n_clusters: int,
    seed: int,
    should_stop: ShouldStop | None = None,
) -> Assessment:
    """Measure what a verdict and its reasons rest on.

    train, test: embeddings (n_frames, D) of the split's training and held-out frames.

    Raises:
        CancelledError: should_stop returned True; it is asked before each part, none of which
            takes long.
    """
    labels = split.test.labels
    spectrum = geometry.singular_values(test)
    clusters = clustering.kmeans_clusters(test, n_clusters, seed)
    check_stop(should_stop)
    silhouette_values = clustering.silhouette_values(test, clusters)
    predictions = _predictions(
        {
            "accuracy": lambda: probe.converged_probe(train, split.train.labels, test),
            "paper_accuracy": lambda: network_probes.paper_probe(
                train, split.train.labels, test, seed, n_classes
            ),
        },
        should_stop,
    )
    check_stop(should_stop)
    main = predictions["accuracy"]
    metrics: Metrics = _not_measured()
    metrics["clustering"] |= _clustering(test, clusters, silhouette_values, labels)
    metrics["probe"] |= _accuracies(labels, predictions) | _fairer_scores(labels, main)
    metrics["geometry"]["effective_rank"] = geometry.effective_rank(spectrum)
    check_stop(should_stop)
    frames = pd.DataFrame(
        {
            "recording": split.test.recording,
            "time": split.test.time,
            "label": labels,
            "cluster": clusters,
            "predicted": np.full(len(test), UNLABELLED) if main is None else main,
            "silhouette": np.nan if silhouette_values is None else silhouette_values,
        }
    )
    resampled = _replicates(split, test, frames, main) | _hit_replicates(split, predictions)
    check_stop(should_stop)
    return Assessment(
        metrics=metrics,
        collapse_reason=_words(
            find_collapse(
                effective_rank=metrics["geometry"]["effective_rank"],
                davies_bouldin=metrics["clustering"]["davies_bouldin"],
                silhouette=metrics["clustering"]["silhouette"],
                largest_cluster_share=metrics["clustering"]["largest_cluster_share"],
            )
        ),
        frames=frames,
        replicates=resampled,
        spectrum=spectrum,
        details=_details(labels, main, n_classes) | {"label_fractions": []},
    )


def assess_rest(
    first: Result,
    split: Split,
    train: Embeddings,
    test: Embeddings,
    *,
    seed: int,
    should_stop: ShouldStop | None = None,
) -> Result:
    """Add to a result with the numbers of `assess_first` all other metrics and the label curve.

    Raises:
        CancelledError: as in `assess_first`.
    """
    labels = split.train.labels
    predictions = _predictions(
        {
            "knn_accuracy": lambda: probe.knn_probe(train, labels, test),
            "mlp_accuracy": lambda: network_probes.mlp_probe(train, labels, test, seed),
        },
        should_stop,
    )
    check_stop(should_stop)
    clusters = first.frames["cluster"].to_numpy()
    metrics = {group: dict(values) for group, values in first.metrics.items()}
    metrics["probe"] |= _accuracies(split.test.labels, predictions)
    metrics["geometry"] |= _geometry(split.test, test, clusters, first.spectrum, seed)
    check_stop(should_stop)
    curve = _label_fractions(split, train, test, metrics["probe"]["accuracy"], seed)
    return replace(
        first,
        metrics=metrics,
        replicates=first.replicates | _hit_replicates(split, predictions),
        details=first.details | {"label_fractions": curve},
    )


def _not_measured() -> Metrics:
    """Every metric there is, by group and name, None."""
    metrics: Metrics = {}
    for path in METRICS:
        group, name = path.split(".")
        metrics.setdefault(group, {})[name] = None
    return metrics


def _words(collapse: Collapse | None) -> Message | None:
    if collapse is None:
        return None
    if collapse.sign == "one-point":
        return Message("all frames fall on one point")
    if collapse.sign == "no-clusters":
        return Message("the frames form no clusters that could be scored")
    if collapse.sign == "few-directions":
        tenths = math.floor(10 * (collapse.value or 0.0)) / 10  # never rounded up to 2.0
        return Message("the embedding uses {n} directions, fewer than two", n=f"{tenths:.1f}")
    share = f"{100 * MAX_CLUSTER_SHARE:.0f}"
    return Message("one cluster holds over {share} % of the frames", share=share)


def _predictions(
    probes: Mapping[str, Callable[[], NDArray[np.int64] | None]], should_stop: ShouldStop | None
) -> Predictions:
    """Predicted class of each held-out frame, by the name of its accuracy in the result."""
    found = {}
    for name, predict in probes.items():
        check_stop(should_stop)
        found[name] = predict()
    return found


def _clustering(
    test: Embeddings,
    clusters: NDArray[np.int64],
    silhouette_values: NDArray[np.float64] | None,
    labels: NDArray[np.int64],
) -> dict[str, float | None]:
    return {
        "davies_bouldin": clustering.davies_bouldin(test, clusters),
        "silhouette": clustering.mean_silhouette(silhouette_values),
        "calinski_harabasz": clustering.calinski_harabasz(test, clusters),
        "nmi": clustering.normalized_mutual_info(labels, clusters),
        "ari": clustering.adjusted_rand(labels, clusters),
        "davies_bouldin_true": clustering.davies_bouldin(test, labels),
        "silhouette_true": clustering.silhouette(test, labels),
        "largest_cluster_share": clustering.largest_cluster_share(clusters),
    }


def _accuracies(labels: NDArray[np.int64], predictions: Predictions) -> dict[str, float | None]:
    """Accuracy of each probe on the labelled frames."""
    known = labels != UNLABELLED
    return {
        name: None if found is None else scores.accuracy(labels[known], found[known])
        for name, found in predictions.items()
    }


def _fairer_scores(
    labels: NDArray[np.int64], main: NDArray[np.int64] | None
) -> dict[str, float | None]:
    """Scores of the main probe in which each class counts the same."""
    if main is None:
        return {"balanced_accuracy": None, "macro_f1": None}
    known = labels != UNLABELLED
    return {
        "balanced_accuracy": scores.balanced_accuracy(labels[known], main[known]),
        "macro_f1": scores.macro_f1(labels[known], main[known]),
    }


def _geometry(
    frames: Frames,
    test: Embeddings,
    clusters: NDArray[np.int64],
    spectrum: NDArray[np.float64],
    seed: int,
) -> dict[str, float | None]:
    neighbours = np.flatnonzero(frames.segment[:-1] == frames.segment[1:])
    positives = np.stack([neighbours, neighbours + 1], axis=1)
    return {
        "alignment": geometry.alignment(test, positives),
        "uniformity": geometry.uniformity(test, seed),
        "stable_rank": geometry.stable_rank(test),
        "nesum": geometry.nesum(spectrum),
        "alpha_req": geometry.alpha_req(spectrum),
        "self_clustering": geometry.self_clustering(test),
        "intrinsic_dimension": geometry.intrinsic_dimension(test, seed),
        "cluster_learnability": geometry.cluster_learnability(test, clusters, seed),
        "scatter_ratio": geometry.scatter_ratio(test, frames.labels),
        **{f"variance_share_{n}": geometry.variance_share(spectrum, n) for n in (1, 2, 5)},
    }


def _replicates(
    split: Split, test: Embeddings, table: pd.DataFrame, main: NDArray[np.int64] | None
) -> dict[str, NDArray[np.float64]]:
    """Metrics on resampled units, by their path; none where folds are repeated instead."""
    if split.n_folds > 1:
        return {}
    unit = _unit(split)
    labels = split.test.labels
    counts = resampling_counts(len(split.unit.names))
    clusters = table["cluster"].to_numpy()
    known = labels != UNLABELLED
    found = {
        "clustering.davies_bouldin": replicates.davies_bouldin_replicates(
            test, clusters, unit, counts
        ),
        "clustering.silhouette": replicates.mean_replicates(
            table["silhouette"].to_numpy(), unit, counts
        ),
        "clustering.calinski_harabasz": replicates.calinski_harabasz_replicates(
            test, clusters, unit, counts
        ),
        "geometry.effective_rank": replicates.effective_rank_replicates(test, unit, counts),
    }
    if known.any():
        tables = replicates.cross_tables(labels[known], clusters[known], unit[known], counts)
        found["clustering.nmi"] = replicates.mutual_info_replicates(tables)
        found["clustering.ari"] = replicates.adjusted_rand_replicates(tables)
    if main is not None:
        tables = replicates.cross_tables(labels[known], main[known], unit[known], counts)
        found["probe.balanced_accuracy"] = replicates.balanced_accuracy_replicates(tables)
        found["probe.macro_f1"] = replicates.macro_f1_replicates(tables)
    return found


def _hit_replicates(split: Split, predictions: Predictions) -> dict[str, NDArray[np.float64]]:
    """Accuracies on resampled units, by their path; none where folds are repeated instead."""
    if split.n_folds > 1:
        return {}
    labels, unit = split.test.labels, _unit(split)
    counts = resampling_counts(len(split.unit.names))
    known = labels != UNLABELLED
    return {
        f"probe.{name}": replicates.mean_replicates(
            (predicted == labels)[known].astype(np.float64), unit[known], counts
        )
        for name, predicted in predictions.items()
        if predicted is not None
    }


def _unit(split: Split) -> NDArray[np.int64]:
    """Unit of each held-out frame, (n_frames,)."""
    return np.array(split.unit.of_recording, dtype=np.int64)[split.test.recording]


def _details(
    labels: NDArray[np.int64], predictions: NDArray[np.int64] | None, n_classes: int
) -> dict[str, Any]:
    """What the page shows of the main probe class by class."""
    if predictions is None:
        return {"confusion": None, "per_class_recall": [None] * n_classes}
    return {
        "confusion": scores.confusion(labels, predictions, n_classes).tolist(),
        "per_class_recall": scores.per_class_recall(labels, predictions, n_classes),
    }


def _label_fractions(
    split: Split, train: Embeddings, test: Embeddings, accuracy: float | None, seed: int
) -> list[tuple[float, float | None]]:
    """Accuracy of the converged probe by share of the training labels; all of them come last."""
    parts = [fraction for fraction in probe.FRACTIONS if fraction < 1.0]
    curve = probe.label_fraction_curve(
        train, split.train.labels, test, split.test.labels, parts, seed
    )
    return [*curve.items(), (1.0, accuracy)]
