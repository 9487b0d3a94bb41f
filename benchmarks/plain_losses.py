"""The losses as one would write them from their formulas: N x N matrices, gradient by autograd.

What the losses of `emargin_core.losses` are timed and checked against. No blocks, no shortcuts; no
care for overflow beyond what `torch.logsumexp` does by itself.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

GAMMA = 0.05


def plain_info_nce(embeddings: Tensor, temperature: float, double: bool = True) -> Tensor:
    """Return the NT-pair loss of one segment."""
    exponentials = (_cosines(embeddings) / temperature).exp()
    columns = exponentials.sum(dim=0) - exponentials.diagonal()
    pairs = exponentials.diagonal(-1)
    if not double:
        return -(pairs / (columns[:-1] - pairs)).log().mean()
    numerators = pairs[:-1] + pairs[1:]
    denominators = columns[:-2] - pairs[:-1] + columns[1:-1] - numerators
    return -(numerators / denominators).log().mean()


def plain_emargin(
    embeddings: Tensor,
    marked: Tensor,
    scale: float,
    temperature: float,
    segments: Tensor | None = None,
) -> Tensor:
    """Return the margin loss; marked is (N,), True where the anchor has the margin."""
    similarities = _cosines(embeddings)
    shrinking = -similarities.square() / 2.0
    separating = (scale - similarities).clamp(min=0.0).square() / 2.0
    energies = torch.where(marked, separating, shrinking) * (GAMMA / temperature)  # column = anchor
    is_pair = _pairs(len(embeddings), segments)
    is_self = torch.eye(len(embeddings), dtype=torch.bool)
    apart = energies.masked_fill(is_pair | is_self, -math.inf).logsumexp(dim=0)
    near = (similarities / temperature).masked_fill(~is_pair, -math.inf).logsumexp(dim=0)
    return F.softplus(apart - near, threshold=700.0)[is_pair.any(dim=0)].mean()


def plain_released(
    embeddings: Tensor, inputs: Tensor, threshold: float, scale: float, temperature: float
) -> Tensor:
    """Return the published double form step by step, its indicator from all N x N cosines."""
    n_frames = len(embeddings)
    input_cosines = _cosines(inputs)
    here = torch.arange(n_frames)
    indicator = input_cosines[here, (here + 1) % n_frames].clone()
    indicator[indicator > threshold] = 0.0
    indicator[indicator <= threshold] = 1.0
    similarities = _cosines(embeddings)
    shrinking = -(1.0 - indicator) * similarities.square() / 2.0
    separating = indicator * (scale - similarities).clamp(min=0.0).square() / 2.0
    exponentials = (GAMMA * (shrinking + separating) / temperature).exp()
    exponentials = exponentials - torch.diag(exponentials.diagonal())
    columns = exponentials.sum(dim=0)
    pairs = (similarities / temperature).exp().diagonal(-1)
    numerators = pairs[:-1] + pairs[1:]
    denominators = columns[:-2] - pairs[:-1] + columns[1:-1] - numerators
    return -(numerators / (denominators + numerators)).log().mean()


def plain_triplet(embeddings: Tensor, scale: float) -> Tensor:
    """Return the mean of the hinges above 0 over all (anchor, neighbour, other), one segment."""
    similarities = _cosines(embeddings)
    is_pair = _pairs(len(embeddings), None)
    anchors, positives = is_pair.nonzero(as_tuple=True)
    is_other = ~(is_pair | torch.eye(len(embeddings), dtype=torch.bool))[anchors]
    hinges = similarities[anchors] - similarities[anchors, positives][:, None] + scale
    hinges = hinges.clamp(min=0.0)[is_other]
    return hinges[hinges > 0.0].mean()


def plain_supcon(embeddings: Tensor, labels: Tensor, temperature: float) -> Tensor:
    """Return the supervised contrastive loss of frames that all have a label."""
    is_self = torch.eye(len(embeddings), dtype=torch.bool)
    logits = (_cosines(embeddings) / temperature).masked_fill(is_self, -math.inf)
    log_shares = logits - logits.logsumexp(dim=1, keepdim=True)
    same = (labels[:, None] == labels) & ~is_self
    terms = -log_shares.masked_fill(~same, 0.0).sum(dim=1) / same.sum(dim=1)
    return terms[same.any(dim=1)].mean()


def plain_soft(embeddings: Tensor, temperature: float, reach: int = 10) -> Tensor:
    """Return the soft assignment loss of one segment."""
    time = torch.arange(len(embeddings))
    distance = (time[:, None] - time).abs()
    assignments = 2.0 * torch.sigmoid(-distance.to(embeddings))
    assignments = assignments.masked_fill((distance == 0) | (distance > reach), 0.0)
    assignments = assignments / assignments.sum(dim=1, keepdim=True)
    logits = (_cosines(embeddings) / temperature).masked_fill(distance == 0, -math.inf)
    log_shares = (logits - logits.logsumexp(dim=1, keepdim=True)).masked_fill(distance == 0, 0.0)
    return -(assignments * log_shares).sum(dim=1).mean()


def plain_uniformity(embeddings: Tensor) -> Tensor:
    """Return log mean_{i<j} exp(-2 |z_i - z_j|^2)."""
    return torch.pdist(F.normalize(embeddings, dim=1)).square().mul(-2.0).exp().mean().log()


def plain_variance_covariance(embeddings: Tensor) -> Tensor:
    """Return the variance term plus 1/25 of the covariance term."""
    covariance = torch.cov(embeddings.T)
    variance_term = F.relu(1.0 - (embeddings.var(dim=0) + 1e-4).sqrt()).mean()
    off_diagonal = covariance - torch.diag(covariance.diagonal())
    return variance_term + off_diagonal.square().sum() / embeddings.shape[1] / 25.0


def _cosines(rows: Tensor) -> Tensor:
    units = F.normalize(rows, dim=1)
    return units @ units.T


def _pairs(n_frames: int, segments: Tensor | None) -> Tensor:
    """Mark the pairs of neighbours inside a segment: (N, N) bool."""
    time = torch.arange(n_frames)
    is_pair = (time[:, None] - time).abs() == 1
    return is_pair if segments is None else is_pair & (segments[:, None] == segments)
