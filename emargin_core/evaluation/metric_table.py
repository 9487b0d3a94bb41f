"""Every metric of a run in one table: what it is called, what it means, which way is better.

The page, the command line, the docs and the tests read it; it imports nothing heavy.
"""

import math
from dataclasses import dataclass
from typing import Literal

Better = Literal["higher", "lower", "none"]
Invariance = Literal["rotation", "scale", "shift", "duplication", "relabelling"]


@dataclass(frozen=True)
class Metric:
    """One number of a result.

    path: place in the result, 'group.name'; title: in everyday words; term: the field's name;
    function: what computes it, relative to `emargin_core.evaluation`; low, high: its range;
    label_free: computed without any class label; invariances: what changes nothing: rotating,
    rescaling or shifting the embedding, doubling every frame, renaming clusters and classes.
    """

    path: str
    title: str
    term: str
    function: str
    low: float
    high: float
    better: Better
    meaning: str
    label_free: bool
    invariances: frozenset[Invariance]


_CLOUD: frozenset[Invariance] = frozenset({"rotation", "scale", "shift"})
_DOUBLED: frozenset[Invariance] = frozenset({"duplication"})
_NAMES: frozenset[Invariance] = frozenset({"relabelling"})
_TURNED: frozenset[Invariance] = frozenset({"rotation", "scale"})
_STANDARDISED: frozenset[Invariance] = frozenset({"scale", "shift", "relabelling"})

_CLUSTERING = (
    Metric(
        "clustering.davies_bouldin", "Overlap of clusters", "Davies-Bouldin index (DBI)",
        "clustering.davies_bouldin", 0.0, math.inf, "lower",
        "Width of the clusters against the distance between their centres, worst neighbour each.",
        True, _CLOUD | _DOUBLED | _NAMES,
    ),
    Metric(
        "clustering.silhouette", "Tidiness of clusters", "Silhouette",
        "clustering.silhouette", -1.0, 1.0, "higher",
        "How much closer frames are to their own cluster than to the nearest other one.",
        True, _CLOUD | _NAMES,
    ),
    Metric(
        "clustering.calinski_harabasz", "Separation of clusters", "Calinski-Harabasz index",
        "clustering.calinski_harabasz", 0.0, math.inf, "higher",
        "Scatter between clusters over scatter within them.",
        True, _CLOUD | _NAMES,
    ),
    Metric(
        "clustering.nmi", "Clusters against true classes", "Normalised mutual information (NMI)",
        "clustering.normalized_mutual_info", 0.0, 1.0, "higher",
        "How much the clusters say about the true classes: 0 nothing, 1 all.",
        False, _DOUBLED | _NAMES,
    ),
    Metric(
        "clustering.ari", "Pairs grouped as in the true classes", "Adjusted Rand index (ARI)",
        "clustering.adjusted_rand", -0.5, 1.0, "higher",
        "Pairs of frames that clusters and classes treat alike, beyond chance (0).",
        False, _NAMES,
    ),
    Metric(
        "clustering.davies_bouldin_true", "Overlap of true classes", "DBI on true labels",
        "clustering.davies_bouldin", 0.0, math.inf, "lower",
        "The same as the overlap of clusters, for the true classes.",
        False, _CLOUD | _DOUBLED | _NAMES,
    ),
    Metric(
        "clustering.silhouette_true", "Tidiness of true classes", "Silhouette on true labels",
        "clustering.silhouette", -1.0, 1.0, "higher",
        "The same as the tidiness of clusters, for the true classes.",
        False, _CLOUD | _NAMES,
    ),
    Metric(
        "clustering.largest_cluster_share", "Frames in the largest cluster",
        "Largest cluster share", "clustering.largest_cluster_share", 0.0, 1.0, "none",
        "Above 0.95 one cluster has swallowed the data: a collapse.",
        True, _DOUBLED | _NAMES,
    ),
)  # fmt: skip

_PROBE = (
    Metric(
        "probe.accuracy", "Right decisions", "Linear-probe accuracy, converged",
        "probe.converged_probe", 0.0, 1.0, "higher",
        "Share of held-out frames that a linear classifier on the embedding gets right.",
        False, _STANDARDISED,
    ),
    Metric(
        "probe.balanced_accuracy", "Right decisions, classes equal", "Balanced accuracy",
        "scores.balanced_accuracy", 0.0, 1.0, "higher",
        "The same, every class counting alike however rare.",
        False, _STANDARDISED,
    ),
    Metric(
        "probe.macro_f1", "Found and not mixed up, classes equal", "Macro F1",
        "scores.macro_f1", 0.0, 1.0, "higher",
        "Balance of finding a class and of naming it wrongly, every class counting alike.",
        False, _STANDARDISED,
    ),
    Metric(
        "probe.paper_accuracy", "Right decisions by the paper's probe",
        "Linear-probe accuracy, 10 epochs, raw embedding",
        "probe.paper_probe", 0.0, 1.0, "higher",
        "A short, unscaled probe; it misses what lies in directions of low variance.",
        False, frozenset(),
    ),
    Metric(
        "probe.knn_accuracy", "Right decisions by neighbours", "k-NN accuracy (k = 20, cosine)",
        "probe.knn_probe", 0.0, 1.0, "higher",
        "Share of held-out frames whose class most of the nearest training frames have.",
        False, _TURNED | _NAMES,
    ),
    Metric(
        "probe.mlp_accuracy", "Right decisions by a small network", "MLP-probe accuracy",
        "probe.mlp_probe", 0.0, 1.0, "higher",
        "Well above the linear probe: the information is bent, not gone.",
        False, frozenset(),
    ),
)  # fmt: skip

_GEOMETRY = (
    Metric(
        "geometry.effective_rank", "Directions in use", "Effective rank (RankMe, centred)",
        "geometry.effective_rank", 1.0, math.inf, "higher",
        "How many directions the embedding uses; below 2 it has collapsed.",
        True, _CLOUD | _DOUBLED,
    ),
    Metric(
        "geometry.alignment", "Distance of neighbours in time", "Alignment",
        "geometry.alignment", 0.0, 4.0, "lower",
        "How far apart frames that follow each other are; a collapse makes it small as well.",
        True, _TURNED,
    ),
    Metric(
        "geometry.uniformity", "Evenness of spread", "Uniformity",
        "geometry.uniformity", -8.0, 0.0, "lower",
        "How evenly the frames fill the sphere; 0 is one single point.",
        True, _TURNED,
    ),
    Metric(
        "geometry.stable_rank", "Strong directions, mean included", "Stable rank, not centred",
        "geometry.stable_rank", 1.0, math.inf, "higher",
        "Total energy in units of the strongest direction, which may be the mean.",
        True, _TURNED | _DOUBLED,
    ),
    Metric(
        "geometry.nesum", "Strong directions", "NESum",
        "geometry.nesum", 1.0, math.inf, "higher",
        "Total variance in units of the strongest direction.",
        True, _CLOUD | _DOUBLED,
    ),
    Metric(
        "geometry.alpha_req", "Decay of the spectrum off ideal", "alpha-ReQ, |alpha - 1|",
        "geometry.alpha_req", 0.0, math.inf, "lower",
        "How far the variances are from falling off as 1 / k.",
        True, _CLOUD | _DOUBLED,
    ),
    Metric(
        "geometry.self_clustering", "Pull into few directions", "Self-clustering",
        "geometry.self_clustering", -1.0, 1.0, "lower",
        "Excess similarity over random directions: 0 none, 1 all on one line.",
        True, _TURNED,
    ),
    Metric(
        "geometry.intrinsic_dimension", "Degrees of freedom", "Intrinsic dimension (TwoNN)",
        "geometry.intrinsic_dimension", 0.0, math.inf, "none",
        "Dimension of the surface on which the frames seem to lie.",
        True, _CLOUD | _DOUBLED,
    ),
    Metric(
        "geometry.cluster_learnability", "Clusters easy to learn", "Cluster learnability (CLID)",
        "geometry.cluster_learnability", 0.0, 1.0, "higher",
        "How often the nearest earlier frame gives a frame's cluster away.",
        True, _CLOUD | _NAMES,
    ),
    Metric(
        "geometry.scatter_ratio", "Width of true classes against distance",
        "Within / between scatter", "geometry.scatter_ratio", 0.0, math.inf, "lower",
        "Squared distances within the true classes over those between their means.",
        False, _CLOUD | _DOUBLED | _NAMES,
    ),
    *(
        Metric(
            f"geometry.variance_share_{n}",
            "Variance in the first direction" if n == 1 else f"Variance in {n} directions",
            f"Explained variance, first {n}",
            "geometry.variance_share", 0.0, 1.0, "lower",
            "Close to 1, hardly any other direction is used.",
            True, _CLOUD | _DOUBLED,
        )
        for n in (1, 2, 5)
    ),
)  # fmt: skip

METRICS: dict[str, Metric] = {metric.path: metric for metric in (*_CLUSTERING, *_PROBE, *_GEOMETRY)}
"""By path, in the order in which they are shown."""
