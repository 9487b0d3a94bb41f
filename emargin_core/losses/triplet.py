"""Triplet margin loss over neighbouring frames."""

import math

import torch
from torch import Tensor

from emargin_core.losses.base import Batch, TemporalLoss, check_scale, neighbour_links, unit_rows

MAX_TRIPLETS = 500_000
"""Above this, each pair is compared with evenly spaced frames instead of with every frame."""


class TripletLoss(TemporalLoss):
    """A neighbouring frame must be closer than any other frame, by the scale.

    Mean over the triplets that are not yet satisfied of max(0, S_an - S_ap + scale), with S the
    cosine, p a neighbour of a in its segment and n any other frame. (S_an - S_ap is half the
    difference of squared distances, so this is the usual triplet loss on the unit sphere.)

    Shape: embeddings (N, D), segments (N,) or None; returns a scalar >= 0.

    Source: Schroff et al. 2015, arXiv 1503.03832.

    Degenerate input: without any triplet (N = 2, or no two frames share a segment) the loss is 0
    with a zero gradient. Cosines differ by at most 2, so from a scale of 2 on no triplet is ever
    satisfied. Needs the N x N similarities: about 3.3 GB at N = 20,000.
    """

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale = check_scale(scale)

    def compute(self, batch: Batch) -> Tensor:
        """Return the loss."""
        n_frames = batch.embeddings.shape[0]
        links = neighbour_links(n_frames, batch.segments, batch.embeddings.device)
        others, is_neighbour = other_frames(links)
        predecessors = torch.arange(n_frames, device=links.device).roll(1)
        units = unit_rows(batch.embeddings)
        # One gather, so that the gradient needs no second N x N matrix.
        columns = torch.cat([others, predecessors[:, None]], dim=1)
        similarities = (units @ units.T).gather(1, columns)
        to_others = similarities[:, :-1].masked_fill(is_neighbour, -math.inf)
        to_successor, to_predecessor = similarities[:, :1], similarities[:, -1:]
        gaps = (to_others - to_successor)[:-1][links], (to_others - to_predecessor)[1:][links]
        hinges = (torch.cat(gaps) + self.scale).relu()
        return hinges.sum() / (hinges > 0.0).sum().clamp(min=1)


def other_frames(links: Tensor, limit: int = MAX_TRIPLETS) -> tuple[Tensor, Tensor]:
    """Return the frames each anchor is compared with, (N, K) int64, and which are its neighbours.

    links: (N-1,) bool, True where j and j+1 are neighbours. All other frames, K = N - 1, while
    the triplets (anchor, neighbour, other frame) number at most `limit`; else those at K evenly
    spaced distances from the anchor (counted round the batch), the same in every call. The first
    is always the successor.
    """
    n_frames = len(links) + 1
    n_pairs = 2 * int(links.sum())
    n_others = min(n_frames - 1, max(1, limit // max(1, n_pairs)))
    anchors = torch.arange(n_frames, device=links.device)[:, None]
    steps = 1 + torch.arange(n_others, device=links.device) * (n_frames - 1) // n_others
    others = (anchors + steps) % n_frames
    ends = links.new_zeros(1)
    is_neighbour = (others == anchors + 1) & torch.cat([links, ends])[:, None]
    is_neighbour |= (others == anchors - 1) & torch.cat([ends, links])[:, None]
    return others, is_neighbour
