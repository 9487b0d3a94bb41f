"""The one definition of a collapsed embedding."""

import math

from emargin_core.language import mark

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
        return mark("all frames fall on one point")
    if davies_bouldin is None or silhouette is None or largest_cluster_share is None:
        return mark("the frames form no clusters that could be scored")
    if effective_rank < MIN_EFFECTIVE_RANK:
        tenths = math.floor(10 * effective_rank) / 10  # never rounded up to 2.0
        return mark("the embedding uses {n} directions, fewer than two").format(n=f"{tenths:.1f}")
    if largest_cluster_share > MAX_CLUSTER_SHARE:
        share = f"{100 * MAX_CLUSTER_SHARE:.0f}"
        return mark("one cluster holds over {share} % of the frames").format(share=share)
    return None
