"""Soft assignment by time: the nearer two frames are in time, the more they attract."""

import math

import torch
from torch import Tensor

from emargin_core.losses.base import (
    Batch,
    TemporalLoss,
    check_temperature,
    neighbour_links,
    nothing_to_learn,
    unit_rows,
)
from emargin_core.losses.negatives import LinearEnergy, negatives_logsumexp

SHARPNESS = 1.0
"""How fast the assignment falls with the number of frames between (0.54, 0.24, 0.09, ...)."""

REACH = 10
"""Frames further apart than this have assignment 0 (it would be below 0.0001)."""


class SoftTemporalLoss(TemporalLoss):
    r"""Cross entropy between assignments by time and the softmax of similarities.

    .. math::
        -\frac{1}{N} \sum_t \sum_{s \neq t} \frac{w_{ts}}{\sum_r w_{tr}}
        \log \frac{e^{S_{ts} / \tau}}{\sum_{r \neq t} e^{S_{tr} / \tau}}, \quad
        w_{ts} = 2 \, \mathrm{sigmoid}(-|t - s|)

    with w = 0 across segments and beyond 10 frames. The denominator runs over the whole batch.

    Shape: embeddings (N, D), segments (N,) or None; returns a scalar >= 0.

    Source: after the temporal loss of SoftCLT, arXiv 2312.16424. That loss compares two augmented
    views; with one view the term of a frame with itself falls away, and the assignments are
    scaled to sum to 1, so that frames at the edge of a segment weigh as much as others.

    Degenerate input: a frame alone in its segment is no anchor; without any anchor the loss is 0
    with a zero gradient. N = 2: the only other frame has probability 1, the loss is 0.
    """

    def __init__(self, temperature: float) -> None:
        super().__init__()
        self.temperature = check_temperature(temperature)

    def compute(self, batch: Batch) -> Tensor:
        """Return the loss."""
        n_frames = batch.embeddings.shape[0]
        links = neighbour_links(n_frames, batch.segments, batch.embeddings.device)
        if not bool(links.any()):
            return nothing_to_learn(batch.embeddings)
        units = unit_rows(batch.embeddings)
        window = torch.cat([links.new_zeros(1), ~links]).cumsum(dim=0)
        attraction = units.new_zeros(n_frames)
        weight = units.new_zeros(n_frames)
        for distance in range(1, min(REACH, n_frames - 1) + 1):
            together = window[distance:] == window[:-distance]
            assignment = together.to(units) * (2.0 / (1.0 + math.exp(SHARPNESS * distance)))
            pulls = assignment * (units[distance:] * units[:-distance]).sum(dim=1)
            for ends in (slice(distance, None), slice(None, -distance)):
                attraction[ends] += pulls
                weight[ends] += assignment
        is_anchor = weight > 0.0
        log_sums, _ = negatives_logsumexp(units, LinearEnergy(1.0 / self.temperature))
        mean_pull = attraction[is_anchor] / weight[is_anchor]
        return (log_sums[is_anchor] - mean_pull / self.temperature).mean()
