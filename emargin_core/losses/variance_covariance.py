"""A second repair: keep every dimension of the embedding varied and unlike the others."""

from torch import Tensor

from emargin_core.losses.base import check_embeddings

TARGET_DEVIATION = 1.0
VARIANCE_FLOOR = 1e-4
COVARIANCE_WEIGHT = 1.0 / 25.0


def variance_covariance_loss(embeddings: Tensor) -> Tensor:
    """Return v + c / 25, the variance and covariance terms of VICReg on the raw embedding.

    v = mean_d max(0, 1 - sqrt(var_d + 0.0001)), var_d the variance of dimension d (over N - 1);
    c = (1/D) sum_{d != e} C_de^2, C the covariance matrix (over N - 1).

    VICReg weighs v with 25 and c with 1; this is the same mixture divided by 25, so that a weight
    of 1 means a variance term between 0 and 1. Not invariant to scale: both look at the embedding
    as the encoder gives it. 0 is the best possible; constant rows give 0.99.

    Shape: embeddings (N, D); returns a scalar >= 0. O(N D^2) time, O(D^2) memory.
    Source: Bardes et al. 2022, arXiv 2105.04906.
    Raises ValueError unless (N, D), floating, N >= 2.
    """
    check_embeddings(embeddings)
    n_frames, n_dims = embeddings.shape
    centred = embeddings - embeddings.mean(dim=0)
    covariance = centred.T @ centred / (n_frames - 1)
    variances = covariance.diagonal()
    deviations = (variances + VARIANCE_FLOOR).sqrt()
    variance_term = (TARGET_DEVIATION - deviations).clamp(min=0.0).mean()
    covariance_term = (covariance.square().sum() - variances.square().sum()) / n_dims
    return variance_term + COVARIANCE_WEIGHT * covariance_term
