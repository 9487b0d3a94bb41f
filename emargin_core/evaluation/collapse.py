"""The one definition of a collapsed embedding."""

from dataclasses import dataclass
from typing import Literal

MIN_EFFECTIVE_RANK = 2.0
MAX_CLUSTER_SHARE = 0.95

Sign = Literal["one-point", "no-clusters", "few-directions", "one-cluster"]


@dataclass(frozen=True)
class Collapse:
    """How a collapse shows; value: the effective rank, or the largest cluster's share, if known."""

    sign: Sign
    value: float | None = None


def find_collapse(
    effective_rank: float | None,
    davies_bouldin: float | None,
    silhouette: float | None,
    largest_cluster_share: float | None,
) -> Collapse | None:
    """Return how the embedding shows that it collapsed; None if it did not.

    Collapsed: an undefined index, an effective rank below 2, or one cluster with over 95 % of
    the frames. The first that holds, in this order, counts.
    """
    if effective_rank is None:
        return Collapse("one-point")
    if davies_bouldin is None or silhouette is None or largest_cluster_share is None:
        return Collapse("no-clusters")
    if effective_rank < MIN_EFFECTIVE_RANK:
        return Collapse("few-directions", effective_rank)
    if largest_cluster_share > MAX_CLUSTER_SHARE:
        return Collapse("one-cluster", largest_cluster_share)
    return None
