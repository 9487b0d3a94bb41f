"""The same margin on every frame, whether or not it is a transition."""

import torch
from torch import Tensor

from emargin_core.losses.base import Batch, TemporalLoss, check_scale, check_temperature
from emargin_core.losses.margin import margin_loss


class FixedMarginLoss(TemporalLoss):
    """eMargin with every anchor marked: y_j = 1 for all j; the inputs are not looked at.

    Formula, shapes and degenerate input as in `EMarginLoss`.

    Source: arXiv 2507.14828, the fixed margin it compares with.
    """

    def __init__(self, scale: float, temperature: float) -> None:
        super().__init__()
        self.scale = check_scale(scale)
        self.temperature = check_temperature(temperature)

    def compute(self, batch: Batch) -> Tensor:
        """Return the loss."""
        marked = torch.ones_like(batch.embeddings[:, 0], dtype=torch.bool)
        return margin_loss(batch.embeddings, marked, self.scale, self.temperature, batch.segments)
