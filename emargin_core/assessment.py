"""From embeddings to numbers: every metric of one run, its frames and its replicates."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emargin_core.datasets.base import UNLABELLED
from emargin_core.evaluation import clustering, geometry, probe, replicates
from emargin_core.evaluation.collapse import collapse_reason
from emargin_core.evaluation.uncertainty import resampling_counts
from emargin_core.frames import Frames, Split
from emargin_core.result import Metrics

Embeddings = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Assessment:
    """All that is measured on the held-out frames of one run."""

    metrics: Metrics
    collapse_reason: str | None
    frames: pd.DataFrame
    replicates: dict[str, NDArray[np.float64]]
    spectrum: NDArray[np.float64]
    details: dict[str, Any]


def assess(
    split: Split, train: Embeddings, test: Embeddings, n_classes: int, seed: int
) -> Assessment:
    """Measure the embeddings (n_frames, D) of a split's training and held-out frames."""
    spectrum = geometry.singular_values(test)
    clusters = clustering.kmeans_clusters(test, n_classes, seed)
    blades = clustering.silhouette_values(test, clusters)
    predictions = _predictions(split, train, test, n_classes, seed)
    metrics: Metrics = {
        "clustering": _clustering(test, clusters, split.test.labels),
        "probe": _probe(split.test.labels, predictions),
        "geometry": _geometry(split.test, test, clusters, spectrum, seed),
    }
    main = predictions["accuracy"]
    frames = pd.DataFrame(
        {
            "recording": split.test.recording,
            "time": split.test.time,
            "label": split.test.labels,
            "cluster": clusters,
            "predicted": np.full(len(test), UNLABELLED) if main is None else main,
            "silhouette": np.full(len(test), np.nan) if blades is None else blades,
        }
    )
    return Assessment(
        metrics=metrics,
        collapse_reason=collapse_reason(
            effective_rank=metrics["geometry"]["effective_rank"],
            davies_bouldin=metrics["clustering"]["davies_bouldin"],
            silhouette=metrics["clustering"]["silhouette"],
            largest_cluster_share=metrics["clustering"]["largest_cluster_share"],
        ),
        frames=frames,
        replicates=_replicates(split.test, test, frames, predictions),
        spectrum=spectrum,
        details=_details(split, train, test, main, n_classes, seed),
    )


def _predictions(
    split: Split, train: Embeddings, test: Embeddings, n_classes: int, seed: int
) -> dict[str, NDArray[np.int64] | None]:
    """Predicted class of each held-out frame, by the name of its accuracy in the result."""
    labels = split.train.labels
    return {
        "accuracy": probe.converged_probe(train, labels, test),
        "paper_accuracy": probe.paper_probe(train, labels, test, seed, n_classes),
        "knn_accuracy": probe.knn_probe(train, labels, test),
        "mlp_accuracy": probe.mlp_probe(train, labels, test, seed),
    }


def _clustering(
    test: Embeddings, clusters: NDArray[np.int64], labels: NDArray[np.int64]
) -> dict[str, float | None]:
    return {
        "davies_bouldin": clustering.davies_bouldin(test, clusters),
        "silhouette": clustering.silhouette(test, clusters),
        "calinski_harabasz": clustering.calinski_harabasz(test, clusters),
        "nmi": clustering.normalized_mutual_info(labels, clusters),
        "ari": clustering.adjusted_rand(labels, clusters),
        "davies_bouldin_true": clustering.davies_bouldin(test, labels),
        "silhouette_true": clustering.silhouette(test, labels),
        "largest_cluster_share": clustering.largest_cluster_share(clusters),
    }
