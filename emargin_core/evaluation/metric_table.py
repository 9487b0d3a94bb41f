"""Every metric of a run in one table: what it is called, what it means, which way is better.

The page, the command line, the docs and the tests read it; it imports nothing heavy. Its words are
retold where they are shown.
"""

import math
from dataclasses import dataclass
from typing import Literal

from emargin_core.text.message import Message, Text, lazy_gettext
from emargin_core.text.numbers import percent

ACCURACY = "probe.accuracy"
DAVIES_BOULDIN = "clustering.davies_bouldin"
SILHOUETTE = "clustering.silhouette"
EFFECTIVE_RANK = "geometry.effective_rank"

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
    title: Message
    term: Message
    function: str
    low: float
    high: float
    better: Better
    meaning: Message
    label_free: bool
    invariances: frozenset[Invariance]

    @property
    def percent(self) -> bool:
        """Whether it is a share that is written as a percentage."""
        return self.path.startswith("probe.") or self.path == "clustering.largest_cluster_share"


@dataclass(frozen=True)
class Headline:
    """How one of the four headline metrics is shown, wherever it is.

    label: its short name; note: what it judges, and which side is better; column: its name over a
    column or along an axis, with the unit; bar: the values at the empty and at the full end of a
    bar, the better end last; decimals: of a value that is no percentage.
    """

    path: str
    label: Text
    note: Text
    column: Text
    bar: tuple[float, float]
    decimals: int = 2

    @property
    def percent(self) -> bool:
        """Whether it is written as a percentage."""
        return METRICS[self.path].percent

    @property
    def lower_is_better(self) -> bool:
        """Whether a smaller value is the better one."""
        return METRICS[self.path].better == "lower"

    @property
    def direction(self) -> Message:
        """Which side is better, in words."""
        return DIRECTIONS[METRICS[self.path].better]

    def text(self, value: float) -> str:
        """Write a value as it is read."""
        return percent(value) if self.percent else f"{value:.{self.decimals}f}"


_CLOUD: frozenset[Invariance] = frozenset({"rotation", "scale", "shift"})
_DOUBLED: frozenset[Invariance] = frozenset({"duplication"})
_NAMES: frozenset[Invariance] = frozenset({"relabelling"})
_TURNED: frozenset[Invariance] = frozenset({"rotation", "scale"})
_STANDARDISED: frozenset[Invariance] = frozenset({"scale", "shift", "relabelling"})

_CLUSTERING = (
    Metric(
        "clustering.davies_bouldin",
        lazy_gettext("Cluster overlap"),
        lazy_gettext("Davies–Bouldin index (DBI)"),
        "clustering.davies_bouldin",
        0.0,
        math.inf,
        "lower",
        lazy_gettext(
            "Width of the clusters relative to the distance between their centres, for each "
            "cluster's worst neighbour."
        ),
        True,
        _CLOUD | _DOUBLED | _NAMES,
    ),
    Metric(
        "clustering.silhouette",
        lazy_gettext("Cluster separation"),
        lazy_gettext("Silhouette"),
        "clustering.silhouette",
        -1.0,
        1.0,
        "higher",
        lazy_gettext(
            "How much closer frames are to their own cluster than to the nearest other one."
        ),
        True,
        _CLOUD | _NAMES,
    ),
    Metric(
        "clustering.calinski_harabasz",
        lazy_gettext("Cluster scatter ratio"),
        lazy_gettext("Calinski–Harabasz index"),
        "clustering.calinski_harabasz",
        0.0,
        math.inf,
        "higher",
        lazy_gettext("Scatter between clusters divided by scatter within them."),
        True,
        _CLOUD | _NAMES,
    ),
    Metric(
        "clustering.nmi",
        lazy_gettext("Clusters match true classes"),
        lazy_gettext("Normalised mutual information (NMI)"),
        "clustering.normalized_mutual_info",
        0.0,
        1.0,
        "higher",
        lazy_gettext("How much the clusters tell about the true classes: 0 nothing, 1 everything."),
        False,
        _DOUBLED | _NAMES,
    ),
    Metric(
        "clustering.ari",
        lazy_gettext("Pairs grouped as in the true classes"),
        lazy_gettext("Adjusted Rand index (ARI)"),
        "clustering.adjusted_rand",
        -0.5,
        1.0,
        "higher",
        lazy_gettext("Pairs of frames on which clusters and classes agree; 0 is chance level."),
        False,
        _NAMES,
    ),
    Metric(
        "clustering.davies_bouldin_true",
        lazy_gettext("True-class overlap"),
        lazy_gettext("DBI on true labels"),
        "clustering.davies_bouldin",
        0.0,
        math.inf,
        "lower",
        lazy_gettext("Same as cluster overlap, but for the true classes."),
        False,
        _CLOUD | _DOUBLED | _NAMES,
    ),
    Metric(
        "clustering.silhouette_true",
        lazy_gettext("True-class separation"),
        lazy_gettext("Silhouette on true labels"),
        "clustering.silhouette",
        -1.0,
        1.0,
        "higher",
        lazy_gettext("Same as cluster separation, but for the true classes."),
        False,
        _CLOUD | _NAMES,
    ),
    Metric(
        "clustering.largest_cluster_share",
        lazy_gettext("Frames in the largest cluster"),
        lazy_gettext("Largest cluster share"),
        "clustering.largest_cluster_share",
        0.0,
        1.0,
        "none",
        lazy_gettext("Above 0.95, nearly all frames are in one cluster: a collapse."),
        True,
        _DOUBLED | _NAMES,
    ),
)

_PROBE = (
    Metric(
        "probe.accuracy",
        lazy_gettext("Right decisions"),
        lazy_gettext("Linear-probe accuracy, converged"),
        "probe.converged_probe",
        0.0,
        1.0,
        "higher",
        lazy_gettext(
            "Share of held-out frames that a linear classifier on the embedding gets right."
        ),
        False,
        _STANDARDISED,
    ),
    Metric(
        "probe.balanced_accuracy",
        lazy_gettext("Right decisions, classes weighted equally"),
        lazy_gettext("Balanced accuracy"),
        "scores.balanced_accuracy",
        0.0,
        1.0,
        "higher",
        lazy_gettext("The same share, with every class weighted equally, however rare."),
        False,
        _STANDARDISED,
    ),
    Metric(
        "probe.macro_f1",
        lazy_gettext("Classes found and not confused"),
        lazy_gettext("Macro F1"),
        "scores.macro_f1",
        0.0,
        1.0,
        "higher",
        lazy_gettext("Balance of recall and precision, with every class weighted equally."),
        False,
        _STANDARDISED,
    ),
    Metric(
        "probe.paper_accuracy",
        lazy_gettext("Right decisions by the paper's probe"),
        lazy_gettext("Linear-probe accuracy, 10 epochs, raw embedding"),
        "network_probes.paper_probe",
        0.0,
        1.0,
        "higher",
        lazy_gettext(
            "A short, unscaled probe; it misses information in directions of low variance."
        ),
        False,
        frozenset(),
    ),
    Metric(
        "probe.knn_accuracy",
        lazy_gettext("Right decisions by neighbours"),
        lazy_gettext("k-NN accuracy (k = 20, cosine)"),
        "probe.knn_probe",
        0.0,
        1.0,
        "higher",
        lazy_gettext(
            "Share of held-out frames whose class is the most common among the nearest "
            "training frames."
        ),
        False,
        _TURNED | _NAMES,
    ),
    Metric(
        "probe.mlp_accuracy",
        lazy_gettext("Right decisions by a small network"),
        lazy_gettext("MLP-probe accuracy"),
        "network_probes.mlp_probe",
        0.0,
        1.0,
        "higher",
        lazy_gettext(
            "If well above the linear probe, the information is present but not linearly readable."
        ),
        False,
        frozenset(),
    ),
)

_GEOMETRY = (
    Metric(
        "geometry.effective_rank",
        lazy_gettext("Directions in use"),
        lazy_gettext("Effective rank (RankMe, centred)"),
        "geometry.effective_rank",
        1.0,
        math.inf,
        "higher",
        lazy_gettext("How many directions the embedding uses; below 2 it has collapsed."),
        True,
        _CLOUD | _DOUBLED,
    ),
    Metric(
        "geometry.alignment",
        lazy_gettext("Distance between neighbours in time"),
        lazy_gettext("Alignment"),
        "geometry.alignment",
        0.0,
        4.0,
        "lower",
        lazy_gettext("Distance between consecutive frames; a collapse makes it small as well."),
        True,
        _TURNED,
    ),
    Metric(
        "geometry.uniformity",
        lazy_gettext("Evenness on the sphere"),
        lazy_gettext("Uniformity"),
        "geometry.uniformity",
        -8.0,
        0.0,
        "lower",
        lazy_gettext("How evenly the frames fill the sphere; 0 is one single point."),
        True,
        _TURNED,
    ),
    Metric(
        "geometry.stable_rank",
        lazy_gettext("Strong directions, mean included"),
        lazy_gettext("Stable rank, not centred"),
        "geometry.stable_rank",
        1.0,
        math.inf,
        "higher",
        lazy_gettext("Total energy in units of the strongest direction, which may be the mean."),
        True,
        _TURNED | _DOUBLED,
    ),
    Metric(
        "geometry.nesum",
        lazy_gettext("Strong directions"),
        lazy_gettext("NESum"),
        "geometry.nesum",
        1.0,
        math.inf,
        "higher",
        lazy_gettext("Total variance in units of the strongest direction."),
        True,
        _CLOUD | _DOUBLED,
    ),
    Metric(
        "geometry.alpha_req",
        lazy_gettext("Spectrum decay, distance from ideal"),
        lazy_gettext("alpha-ReQ, |alpha - 1|"),
        "geometry.alpha_req",
        0.0,
        math.inf,
        "lower",
        lazy_gettext("How far the decay of the variances is from 1 / k."),
        True,
        _CLOUD | _DOUBLED,
    ),
    Metric(
        "geometry.self_clustering",
        lazy_gettext("Concentration in few directions"),
        lazy_gettext("Self-clustering"),
        "geometry.self_clustering",
        -1.0,
        1.0,
        "lower",
        lazy_gettext(
            "Similarity beyond that of random directions: 0 none, 1 all frames on one line."
        ),
        True,
        _TURNED,
    ),
    Metric(
        "geometry.intrinsic_dimension",
        lazy_gettext("Degrees of freedom"),
        lazy_gettext("Intrinsic dimension (TwoNN)"),
        "geometry.intrinsic_dimension",
        0.0,
        math.inf,
        "none",
        lazy_gettext("Estimated dimension of the surface on which the frames lie."),
        True,
        _CLOUD | _DOUBLED,
    ),
    Metric(
        "geometry.cluster_learnability",
        lazy_gettext("Learnability of the clusters"),
        lazy_gettext("Cluster learnability (CLID)"),
        "geometry.cluster_learnability",
        0.0,
        1.0,
        "higher",
        lazy_gettext("How often the nearest earlier frame predicts a frame's cluster."),
        True,
        _CLOUD | _NAMES,
    ),
    Metric(
        "geometry.scatter_ratio",
        lazy_gettext("True-class width relative to distance"),
        lazy_gettext("Within / between scatter"),
        "geometry.scatter_ratio",
        0.0,
        math.inf,
        "lower",
        lazy_gettext(
            "Squared distances within the true classes divided by those between their means."
        ),
        False,
        _CLOUD | _DOUBLED | _NAMES,
    ),
    *(
        Metric(
            f"geometry.variance_share_{n}",
            title,
            Message("Explained variance, first {n}", n=n),
            "geometry.variance_share",
            0.0,
            1.0,
            "lower",
            lazy_gettext("If close to 1, hardly any other direction is used."),
            True,
            _CLOUD | _DOUBLED,
        )
        for n, title in (
            (1, lazy_gettext("Variance in the first direction")),
            (2, Message("Variance in {n} directions", n=2)),
            (5, Message("Variance in {n} directions", n=5)),
        )
    ),
)

METRICS: dict[str, Metric] = {metric.path: metric for metric in (*_CLUSTERING, *_PROBE, *_GEOMETRY)}
"""By path, in the order in which they are shown."""

DIRECTIONS: dict[Better, Message] = {
    "higher": lazy_gettext("higher is better"),
    "lower": lazy_gettext("lower is better"),
    "none": lazy_gettext("neither"),
}
"""Which side of a metric is better, in words."""

HEADLINES: dict[str, Headline] = {
    headline.path: headline
    for headline in (
        Headline(
            DAVIES_BOULDIN,
            lazy_gettext("Davies–Bouldin"),
            lazy_gettext("clusters; lower is better"),
            lazy_gettext("Davies–Bouldin"),
            (2.0, 0.0),
        ),
        Headline(
            SILHOUETTE,
            lazy_gettext("Silhouette"),
            lazy_gettext("clusters; higher is better"),
            lazy_gettext("Silhouette"),
            (0.0, 1.0),
        ),
        Headline(
            ACCURACY,
            lazy_gettext("Linear-probe accuracy"),
            lazy_gettext("decisions; higher is better"),
            lazy_gettext("accuracy, %"),
            (0.0, 1.0),
        ),
        Headline(
            EFFECTIVE_RANK,
            lazy_gettext("Directions in use"),
            lazy_gettext("effective rank"),
            lazy_gettext("directions in use"),
            (0.0, 100.0),
            decimals=1,
        ),
    )
}
"""By path, in the order in which they are shown."""
