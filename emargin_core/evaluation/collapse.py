"""The one definition of a collapsed embedding."""

import math

MIN_EFFECTIVE_RANK = 2.0
MAX_CLUSTER_SHARE = 0.95


def collapse_reason(
    effective_rank: float | None,
    davies_bouldin: float | None,
    silhouette: float | None,
    largest_cluster_share: float | None,
) -> str | None:
    """Say in a few words why the embedding counts as collapsed; None if it does not.

    Collapsed: an undefined index, an effective rank below 2, or one cluster with over 95 % of
    the frames. The first that holds, in this order, is named.
    """
    if effective_rank is None:
        return "all frames fall on one point"
    if davies_bouldin is None or silhouette is None or largest_cluster_share is None:
        return "the frames form no clusters that could be scored"
    if effective_rank < MIN_EFFECTIVE_RANK:
        tenths = math.floor(10 * effective_rank) / 10  # never rounded up to 2.0
        return f"the embedding uses {tenths:.1f} directions, fewer than two"
    if largest_cluster_share > MAX_CLUSTER_SHARE:
        return f"one cluster holds over {100 * MAX_CLUSTER_SHARE:.0f} % of the frames"
    return None
