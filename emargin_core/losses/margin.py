"""The arithmetic of the margin losses, given which anchors are marked."""

import math

import torch
from torch import Tensor

from emargin_core.config import GAMMA
from emargin_core.losses.base import neighbour_links, nothing_to_learn, unit_rows
from emargin_core.losses.negatives import MarginEnergy, negatives_logsumexp


def margin_loss(
    embeddings: Tensor,
    marked: Tensor,
    scale: float,
    temperature: float,
    segments: Tensor | None = None,
    block_rows: int | None = None,
) -> Tensor:
    """Return the mean over anchors j of softplus(A_j - B_j).

    A_j = logsumexp over negatives i of E_ij (see `MarginEnergy`, c = GAMMA / temperature),
    B_j = logsumexp over the one or two neighbours p of j in its segment of S_pj / temperature.
    marked: (N,) bool, the anchors with the margin. block_rows: see `negatives_logsumexp`.
    """
    links = neighbour_links(embeddings.shape[0], segments, embeddings.device)
    is_anchor = _either_side(links, links, fill=False).any(dim=0)
    if not bool(is_anchor.any()):
        return nothing_to_learn(embeddings)
    units = unit_rows(embeddings)
    energy = MarginEnergy(marked, scale, GAMMA / temperature, like=units)
    apart, adjacent = negatives_logsumexp(units, energy, links, block_rows)
    near = torch.where(links, adjacent / temperature, -math.inf)
    before, after = _either_side(near, near, fill=-math.inf)[:, is_anchor]
    gaps = apart[is_anchor] - torch.logaddexp(before, after)
    return torch.logaddexp(gaps, torch.zeros_like(gaps)).mean()  # softplus, exact at any size


def _either_side(before: Tensor, after: Tensor, fill: float) -> Tensor:
    """Lay out one value a link as the values before and after each frame: (2, N)."""
    edge = before.new_full((1,), fill)
    return torch.stack([torch.cat([edge, before]), torch.cat([after, edge])])
