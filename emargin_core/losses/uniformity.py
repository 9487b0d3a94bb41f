"""The repair: what keeps the embedding from collapsing."""

import math

import torch
from torch import Tensor

from emargin_core.losses.base import NORM_FLOOR, check_embeddings, nothing_to_learn, unit_rows
from emargin_core.losses.negatives import LinearEnergy, negatives_logsumexp

SHARPNESS = 2.0


def uniformity_loss(embeddings: Tensor, block_rows: int | None = None) -> Tensor:
    """Return log mean_{i<j} exp(-2 |z_i - z_j|^2), z the normalised rows of (N, D).

    Between -8 (all pairs opposite, which only N = 2 can reach) and 0 (all equal: a collapse);
    lower is more evenly spread. Works at any N: O(N^2) time, O(N) memory above a few thousand.

    Source: Wang and Isola 2020, arXiv 2005.10242.

    Degenerate input: a zero row is at distance 1 from every direction and 0 from other zero rows,
    and gets a zero gradient. Raises ValueError unless (N, D), floating, N >= 2.
    """
    check_embeddings(embeddings)
    n_frames = embeddings.shape[0]
    directed = torch.linalg.vector_norm(embeddings.detach(), dim=1) > NORM_FLOOR
    n_directed = int(directed.sum())
    n_zero = n_frames - n_directed
    if n_zero:
        embeddings = embeddings[directed]
    pairs_with_zero = n_zero * (n_zero - 1) + 2 * n_zero * n_directed * math.exp(-SHARPNESS)
    log_sum = nothing_to_learn(embeddings) + (math.log(pairs_with_zero) if n_zero else -math.inf)
    if n_directed >= 2:
        # On unit rows |z_i - z_j|^2 = 2 - 2 S_ij.
        log_sums, _ = negatives_logsumexp(
            unit_rows(embeddings), LinearEnergy(2.0 * SHARPNESS), block_rows=block_rows
        )
        log_sum = torch.logaddexp(log_sum, log_sums.logsumexp(dim=0) - 2.0 * SHARPNESS)
    return log_sum - math.log(n_frames * (n_frames - 1))
