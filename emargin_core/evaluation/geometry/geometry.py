"""The geometry of an embedding: one front door to its small files.

spectrum: how many directions are used; sphere: how the unit vectors lie; neighbours: dimension and
learnability; scatter: width of classes against their distance.
"""

from emargin_core.evaluation.geometry.neighbours import cluster_learnability, intrinsic_dimension
from emargin_core.evaluation.geometry.scatter import scatter_ratio
from emargin_core.evaluation.geometry.spectrum import (
    alpha_req,
    effective_rank,
    nesum,
    singular_values,
    spectral_slope,
    stable_rank,
    variance_share,
)
from emargin_core.evaluation.geometry.sphere import alignment, self_clustering, uniformity

__all__ = [
    "alignment",
    "alpha_req",
    "cluster_learnability",
    "effective_rank",
    "intrinsic_dimension",
    "nesum",
    "scatter_ratio",
    "self_clustering",
    "singular_values",
    "spectral_slope",
    "stable_rank",
    "uniformity",
    "variance_share",
]
