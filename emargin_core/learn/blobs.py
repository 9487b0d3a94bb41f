"""Three groups of points, their labels, and what the scores make of them.

The scores are the product's own, the same functions that judge a trained embedding.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from emargin_core.evaluation.scores import accuracy
from emargin_core.training.one_thread import one_thread

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Follows = Literal["groups", "cut"]

N_GROUPS = 3
N_SHOWN = 240
N_HELD_OUT = 1_200
TIDY_SILHOUETTE = 0.5
GOOD_ACCURACY = 0.8
MATCHING = 0.5

Reading = Literal["honest", "unrelated", "pretty", "ugly", "poor", "collapsed"]


@dataclass(frozen=True)
class Blobs:
    """What is drawn.

    width: of each group (standard deviation); distance: from one group's centre to the next, from
    left to right; follows: whether the labels are the groups, or the lower, middle and upper third
    of all points, which cut across the groups; agreement: share of the points that keep this label,
    the others draw one blindly.
    """

    width: float
    distance: float
    agreement: float
    follows: Follows
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Scene:
    """The points and what was measured.

    points: (n, 2); labels, groups (as drawn), clusters (as found): (n,); centres: (k, 2) of the
    clusters; widths: (k,) mean distance of a cluster's points to its centre, of which the
    Davies-Bouldin index is made; stock_davies_bouldin: what scikit-learn answers for the groups;
    match: of clusters with labels, 0 to 1; accuracy: share of further points, drawn in the same
    way, whose label a linear classifier that was trained on these names; None where undefined.
    """

    points: Floats
    labels: Ints
    groups: Ints
    clusters: Ints
    centres: Floats
    widths: Floats
    davies_bouldin: float | None
    silhouette: float | None
    stock_davies_bouldin: float
    match: float | None
    accuracy: float | None

    @property
    def reading(self) -> Reading:
        """What scores and decisions together say.

        Tidy is a Silhouette of 0.5 and above, good an accuracy of 80 % and above. honest: both, and
        the clusters are the labels; unrelated: both, but they are not; pretty: tidy but not good;
        ugly: good but not tidy; poor: neither.
        """
        if self.davies_bouldin is None or self.silhouette is None:
            return "collapsed"
        tidy = self.silhouette >= TIDY_SILHOUETTE
        good = self.accuracy is not None and self.accuracy >= GOOD_ACCURACY
        if tidy and good:
            return "honest" if self.match is not None and self.match >= MATCHING else "unrelated"
        if tidy:
            return "pretty"
        return "ugly" if good else "poor"


@lru_cache(maxsize=256)
def scene(blobs: Blobs) -> Scene:
    """Draw the points and measure; the same settings give the same points."""
    # Scikit-learn takes a second to import, which nothing else that teaches has to wait for.
    from sklearn.metrics import davies_bouldin_score

    from emargin_core.evaluation import clustering
    from emargin_core.evaluation.probe import converged_probe

    everywhere, all_groups, all_labels = _draw(blobs)
    points, groups, labels = everywhere[:N_SHOWN], all_groups[:N_SHOWN], all_labels[:N_SHOWN]
    with one_thread():
        clusters = clustering.kmeans_clusters(points, N_GROUPS, blobs.seed)
        guesses = converged_probe(points, labels, everywhere[N_SHOWN:])
        index = clustering.davies_bouldin(points, clusters)
        tidiness = clustering.silhouette(points, clusters)
    found = np.unique(clusters)
    centres = np.stack([points[clusters == code].mean(axis=0) for code in found])
    offsets = np.linalg.norm(points - centres[clusters], axis=1)
    return Scene(
        points=points,
        labels=labels,
        groups=groups,
        clusters=clusters,
        centres=centres,
        widths=np.array([offsets[clusters == code].mean() for code in found]),
        davies_bouldin=index,
        silhouette=tidiness,
        stock_davies_bouldin=float(davies_bouldin_score(points, groups)),
        match=clustering.normalized_mutual_info(labels, clusters),
        accuracy=None if guesses is None else accuracy(all_labels[N_SHOWN:], guesses),
    )


def _draw(blobs: Blobs) -> tuple[Floats, Ints, Ints]:
    """Points, groups and labels.

    The thirds are those of the noise, so that groups without any width still have them, unreadably.
    The more disagreement, the more points draw blindly, and none that did before stops doing so.
    """
    rng = np.random.default_rng(blobs.seed)
    groups = np.arange(N_SHOWN + N_HELD_OUT, dtype=np.int64) % N_GROUPS
    noise = rng.normal(size=(len(groups), 2))
    blind = rng.random(len(groups)) >= blobs.agreement
    drawn = rng.integers(N_GROUPS, size=len(groups))
    labels = groups if blobs.follows == "groups" else _thirds(noise[:, 1])
    centres = np.array([[-1.0, 0.0], [0.0, 0.0], [1.0, 0.0]])
    points = blobs.distance * centres[groups] + blobs.width * noise
    return points, groups, np.where(blind, drawn, labels)


def _thirds(heights: Floats) -> Ints:
    """The lower, middle and upper third of the points."""
    ranks = np.argsort(np.argsort(heights, kind="stable"), kind="stable")
    return np.asarray(N_GROUPS * ranks // len(heights), dtype=np.int64)
