"""InfoNCE over neighbouring frames: the baseline without a margin."""

import torch
import torch.nn.functional as F
from torch import Tensor

from emargin_core.losses.base import (
    Batch,
    TemporalLoss,
    check_embeddings,
    check_integers,
    check_temperature,
    neighbour_links,
    nothing_to_learn,
)
from emargin_core.losses.negatives import LinearEnergy, negatives_logsumexp


def info_nce_loss(
    embeddings: Tensor,
    temperature: float,
    double: bool = True,
    segments: Tensor | None = None,
    block_rows: int | None = None,
) -> Tensor:
    r"""Return the NT-pair loss: each frame against its successor and all other frames.

    With e(i, j) = exp(S_ij / tau), averaged over the anchors j:

    single: -log e(j+1, j) / sum_{i not in {j, j+1}} e(i, j)
    double: -log (e(j+1, j) + e(j+2, j+1)) / (sum_{i not in {j, j+1}} e(i, j)
                                             + sum_{i not in {j, j+1, j+2}} e(i, j+1))

    Shape: embeddings (N, D), normalised inside; segments (N,) or None; returns a scalar, which
    can be negative, as the pair is not part of the denominator.

    Source: CaTT, arXiv 2410.15416; equal to its released NT-pair loss where segments is None.

    Degenerate input: an anchor whose successor (double: or whose successor's successor) is in
    another segment is left out of the mean; those frames stay negatives of the others. Without
    any anchor, or with N = 2 (no negatives), the loss is 0 with a zero gradient. A zero row has
    cosine 0 with everything; its gradient is finite but multiplied by 1e12, as in the release.

    block_rows: see `negatives_logsumexp`. Raises ValueError on a bad shape or temperature.
    """
    check_embeddings(embeddings)
    check_integers("segments", segments, embeddings.shape[0])
    check_temperature(temperature)
    links = neighbour_links(embeddings.shape[0], segments, embeddings.device)
    is_anchor = links[:-1] & links[1:] if double else links
    if embeddings.shape[0] == 2 or not bool(is_anchor.any()):
        return nothing_to_learn(embeddings)
    units = F.normalize(embeddings, dim=1)
    apart, adjacent = negatives_logsumexp(units, LinearEnergy(1.0 / temperature), links, block_rows)
    near = adjacent / temperature
    # The predecessor of an anchor is one of its negatives; `apart` leaves it out.
    to_predecessor = torch.cat(
        [near.new_full((1,), -torch.inf), near[:-1].where(links[:-1], -torch.inf)]
    )
    all_but_successor = torch.logaddexp(apart[:-1], to_predecessor)
    if double:
        pair = torch.logaddexp(near[:-1], near[1:])
        others = torch.logaddexp(all_but_successor[:-1], apart[1:-1])
    else:
        pair, others = near, all_but_successor
    return (others - pair)[is_anchor].mean()


class InfoNCELoss(TemporalLoss):
    """Neighbouring frames attract, all other frames repel; see `info_nce_loss`."""

    def __init__(self, temperature: float, double: bool = True) -> None:
        super().__init__()
        self.temperature = check_temperature(temperature)
        self.uses_two_pairs = double

    def compute(self, batch: Batch) -> Tensor:
        """Return the loss."""
        return info_nce_loss(
            batch.embeddings, self.temperature, self.uses_two_pairs, batch.segments
        )
