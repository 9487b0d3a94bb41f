"""Triplet margin loss over neighbouring frames."""

import torch
from pytorch_metric_learning.distances import DotProductSimilarity
from pytorch_metric_learning.losses import TripletMarginLoss
from torch import Tensor

from emargin_core.losses.base import (
    TemporalLoss,
    check_scale,
    neighbour_links,
    nothing_to_learn,
    unit_rows,
)

MAX_TRIPLETS = 500_000
"""Above this, each pair is compared with evenly spaced frames instead of with every frame."""


class TripletLoss(TemporalLoss):
    """A neighbouring frame must be closer than any other frame, by the scale.

    Mean over the triplets that are not yet satisfied of max(0, S_an - S_ap + scale), with S the
    cosine, p a neighbour of a in its segment and n any other frame. (S_an - S_ap is half the
    difference of squared distances, so this is the usual triplet loss on the unit sphere.)

    Shape: embeddings (N, D), segments (N,) or None; returns a scalar >= 0.

    Source: Schroff et al. 2015, arXiv 1503.03832; `TripletMarginLoss` of pytorch-metric-learning.

    Degenerate input: without any triplet (N = 2, or no two frames share a segment) the loss is 0
    with a zero gradient. Cosines differ by at most 2, so from a scale of 2 on no triplet is ever
    satisfied. Needs the N x N similarities: about 3.3 GB at N = 20,000.
    """

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale = check_scale(scale)
        self.loss = TripletMarginLoss(
            margin=self.scale, distance=DotProductSimilarity(normalize_embeddings=False)
        )

    def compute(
        self,
        embeddings: Tensor,
        inputs: Tensor | None,
        segments: Tensor | None,
        labels: Tensor | None,
    ) -> Tensor:
        """Return the loss."""
        links = neighbour_links(embeddings.shape[0], segments, embeddings.device)
        triplets = neighbour_triplets(links)
        if len(triplets[0]) == 0:
            return nothing_to_learn(embeddings)
        loss: Tensor = self.loss(unit_rows(embeddings), indices_tuple=triplets)
        return loss


def neighbour_triplets(links: Tensor, limit: int = MAX_TRIPLETS) -> tuple[Tensor, Tensor, Tensor]:
    """Return the triplets (anchor, neighbour, other frame), each (T,) int64.

    links: (N-1,) bool, True where j and j+1 are neighbours. All of them while they number at most
    `limit`; else the other frames are those at evenly spaced distances from the anchor (counted
    round the batch), the same in every call.
    """
    n_frames = len(links) + 1
    first = links.nonzero()[:, 0]
    anchors = torch.cat([first, first + 1])
    positives = torch.cat([first + 1, first])
    n_others = min(n_frames - 1, max(1, limit // max(1, len(anchors))))
    steps = 1 + torch.arange(n_others, device=links.device) * (n_frames - 1) // n_others
    others = (anchors[:, None] + steps) % n_frames  # pairs x others
    closed = torch.cat([links, links.new_zeros(1)])  # closed[j]: j and j+1 are neighbours
    is_neighbour = (others == anchors[:, None] + 1) & closed[anchors][:, None]
    is_neighbour |= (others == anchors[:, None] - 1) & closed[others]
    rows, columns = (~is_neighbour).nonzero(as_tuple=True)
    return anchors[rows], positives[rows], others[rows, columns]
