"""Every metric of a run in one table: what it is called, what it means, which way is better.

The page, the command line, the docs and the tests read it; it imports nothing heavy. Its words are
retold where they are shown.
"""

import math
from dataclasses import dataclass
from typing import Literal

from emargin_core.language import mark

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
        "clustering.davies_bouldin", mark("Overlap of clusters"),
        mark("Davies-Bouldin index (DBI)"),
        "clustering.davies_bouldin", 0.0, math.inf, "lower",
        mark(
            "Width of the clusters against the distance between their centres, "
            "worst neighbour each."
        ),
        True, _CLOUD | _DOUBLED | _NAMES,
    ),
    Metric(
        "clustering.silhouette", mark("Tidiness of clusters"),
        mark("Silhouette"),
        "clustering.silhouette", -1.0, 1.0, "higher",
        mark("How much closer frames are to their own cluster than to the nearest other one."),
        True, _CLOUD | _NAMES,
    ),
    Metric(
        "clustering.calinski_harabasz", mark("Separation of clusters"),
        mark("Calinski-Harabasz index"),
        "clustering.calinski_harabasz", 0.0, math.inf, "higher",
        mark("Scatter between clusters over scatter within them."),
        True, _CLOUD | _NAMES,
    ),
    Metric(
        "clustering.nmi", mark("Clusters against true classes"),
        mark("Normalised mutual information (NMI)"),
        "clustering.normalized_mutual_info", 0.0, 1.0, "higher",
        mark("How much the clusters say about the true classes: 0 nothing, 1 all."),
        False, _DOUBLED | _NAMES,
    ),
    Metric(
        "clustering.ari", mark("Pairs grouped as in the true classes"),
        mark("Adjusted Rand index (ARI)"),
        "clustering.adjusted_rand", -0.5, 1.0, "higher",
        mark("Pairs of frames that clusters and classes treat alike, beyond chance (0)."),
        False, _NAMES,
    ),
    Metric(
        "clustering.davies_bouldin_true", mark("Overlap of true classes"),
        mark("DBI on true labels"),
        "clustering.davies_bouldin", 0.0, math.inf, "lower",
        mark("The same as the overlap of clusters, for the true classes."),
        False, _CLOUD | _DOUBLED | _NAMES,
    ),
    Metric(
        "clustering.silhouette_true", mark("Tidiness of true classes"),
        mark("Silhouette on true labels"),
        "clustering.silhouette", -1.0, 1.0, "higher",
        mark("The same as the tidiness of clusters, for the true classes."),
        False, _CLOUD | _NAMES,
    ),
    Metric(
        "clustering.largest_cluster_share", mark("Frames in the largest cluster"),
        mark("Largest cluster share"), "clustering.largest_cluster_share", 0.0, 1.0, "none",
        mark("Above 0.95 one cluster has swallowed the data: a collapse."),
        True, _DOUBLED | _NAMES,
    ),
)  # fmt: skip

_PROBE = (
    Metric(
        "probe.accuracy", mark("Right decisions"),
        mark("Linear-probe accuracy, converged"),
        "probe.converged_probe", 0.0, 1.0, "higher",
        mark("Share of held-out frames that a linear classifier on the embedding gets right."),
        False, _STANDARDISED,
    ),
    Metric(
        "probe.balanced_accuracy", mark("Right decisions, classes equal"),
        mark("Balanced accuracy"),
        "scores.balanced_accuracy", 0.0, 1.0, "higher",
        mark("The same, every class counting alike however rare."),
        False, _STANDARDISED,
    ),
    Metric(
        "probe.macro_f1", mark("Found and not mixed up, classes equal"),
        mark("Macro F1"),
        "scores.macro_f1", 0.0, 1.0, "higher",
        mark("Balance of finding a class and of naming it wrongly, every class counting alike."),
        False, _STANDARDISED,
    ),
    Metric(
        "probe.paper_accuracy", mark("Right decisions by the paper's probe"),
        mark("Linear-probe accuracy, 10 epochs, raw embedding"),
        "probe.paper_probe", 0.0, 1.0, "higher",
        mark("A short, unscaled probe; it misses what lies in directions of low variance."),
        False, frozenset(),
    ),
    Metric(
        "probe.knn_accuracy", mark("Right decisions by neighbours"),
        mark("k-NN accuracy (k = 20, cosine)"),
        "probe.knn_probe", 0.0, 1.0, "higher",
        mark("Share of held-out frames whose class most of the nearest training frames have."),
        False, _TURNED | _NAMES,
    ),
    Metric(
        "probe.mlp_accuracy", mark("Right decisions by a small network"),
        mark("MLP-probe accuracy"),
        "probe.mlp_probe", 0.0, 1.0, "higher",
        mark("Well above the linear probe: the information is bent, not gone."),
        False, frozenset(),
    ),
)  # fmt: skip

_GEOMETRY = (
    Metric(
        "geometry.effective_rank", mark("Directions in use"),
        mark("Effective rank (RankMe, centred)"),
        "geometry.effective_rank", 1.0, math.inf, "higher",
        mark("How many directions the embedding uses; below 2 it has collapsed."),
        True, _CLOUD | _DOUBLED,
    ),
    Metric(
        "geometry.alignment", mark("Distance of neighbours in time"),
        mark("Alignment"),
        "geometry.alignment", 0.0, 4.0, "lower",
        mark("How far apart frames that follow each other are; a collapse makes it small as well."),
        True, _TURNED,
    ),
    Metric(
        "geometry.uniformity", mark("Evenness of spread"),
        mark("Uniformity"),
        "geometry.uniformity", -8.0, 0.0, "lower",
        mark("How evenly the frames fill the sphere; 0 is one single point."),
        True, _TURNED,
    ),
    Metric(
        "geometry.stable_rank", mark("Strong directions, mean included"),
        mark("Stable rank, not centred"),
        "geometry.stable_rank", 1.0, math.inf, "higher",
        mark("Total energy in units of the strongest direction, which may be the mean."),
        True, _TURNED | _DOUBLED,
    ),
    Metric(
        "geometry.nesum", mark("Strong directions"),
        mark("NESum"),
        "geometry.nesum", 1.0, math.inf, "higher",
        mark("Total variance in units of the strongest direction."),
        True, _CLOUD | _DOUBLED,
    ),
    Metric(
        "geometry.alpha_req", mark("Decay of the spectrum off ideal"),
        mark("alpha-ReQ, |alpha - 1|"),
        "geometry.alpha_req", 0.0, math.inf, "lower",
        mark("How far the variances are from falling off as 1 / k."),
        True, _CLOUD | _DOUBLED,
    ),
    Metric(
        "geometry.self_clustering", mark("Pull into few directions"),
        mark("Self-clustering"),
        "geometry.self_clustering", -1.0, 1.0, "lower",
        mark("Excess similarity over random directions: 0 none, 1 all on one line."),
        True, _TURNED,
    ),
    Metric(
        "geometry.intrinsic_dimension", mark("Degrees of freedom"),
        mark("Intrinsic dimension (TwoNN)"),
        "geometry.intrinsic_dimension", 0.0, math.inf, "none",
        mark("Dimension of the surface on which the frames seem to lie."),
        True, _CLOUD | _DOUBLED,
    ),
    Metric(
        "geometry.cluster_learnability", mark("Clusters easy to learn"),
        mark("Cluster learnability (CLID)"),
        "geometry.cluster_learnability", 0.0, 1.0, "higher",
        mark("How often the nearest earlier frame gives a frame's cluster away."),
        True, _CLOUD | _NAMES,
    ),
    Metric(
        "geometry.scatter_ratio", mark("Width of true classes against distance"),
        mark("Within / between scatter"), "geometry.scatter_ratio", 0.0, math.inf, "lower",
        mark("Squared distances within the true classes over those between their means."),
        False, _CLOUD | _DOUBLED | _NAMES,
    ),
    *(
        Metric(
            f"geometry.variance_share_{n}", title,
            mark("Explained variance, first {n}").format(n=n),
            "geometry.variance_share", 0.0, 1.0, "lower",
            mark("Close to 1, hardly any other direction is used."),
            True, _CLOUD | _DOUBLED,
        )
        for n, title in (
            (1, mark("Variance in the first direction")),
            (2, mark("Variance in {n} directions").format(n=2)),
            (5, mark("Variance in {n} directions").format(n=5)),
        )
    ),
)  # fmt: skip

METRICS: dict[str, Metric] = {metric.path: metric for metric in (*_CLUSTERING, *_PROBE, *_GEOMETRY)}
"""By path, in the order in which they are shown."""
