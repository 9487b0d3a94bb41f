"""eMargin: a margin that is switched on where a frame is unlike its successor."""

from torch import Tensor

from emargin_core.losses.base import (
    Batch,
    TemporalLoss,
    check_scale,
    check_setting,
    check_temperature,
)
from emargin_core.losses.margin import margin_loss
from emargin_core.losses.transitions import transition_flags

__all__ = ["EMarginLoss", "transition_flags"]


class EMarginLoss(TemporalLoss):
    r"""Pull neighbours together; shape all other pairs by an energy that depends on the anchor.

    .. math::
        \ell_j = \mathrm{softplus}\Big( \mathrm{logsumexp}_{i \notin P_j \cup \{j\}} E_{ij}
                 - \mathrm{logsumexp}_{p \in P_j} S_{pj} / \tau \Big), \quad
        E_{ij} = \frac{\gamma}{\tau} \Big( -(1 - y_j) \frac{S_{ij}^2}{2}
                 + y_j \frac{\max(0, m - S_{ij})^2}{2} \Big)

    averaged over the anchors j; S cosine of embeddings, P_j the neighbours j-1 and j+1 in the
    segment of j, y_j = 1 where the frame is a transition (`transition_flags`), m = scale,
    gamma = 0.05.

    Shape: embeddings (N, D), inputs (N, F), segments (N,) or None; returns a scalar >= 0.

    Source: arXiv 2507.14828, with the indicator of the paper (the released code marks every frame
    for thresholds of 0 and above) and a softplus in log space (the released form can take the
    logarithm of a negative number).

    Degenerate input: a frame alone in its segment is no anchor, but still a negative of others; an
    anchor without negatives (N = 2) has loss 0; without any anchor the loss is 0 with a zero
    gradient. Zero rows have cosine 0 with everything and get a zero gradient. The value and the
    gradient are finite for every finite input.
    """

    def __init__(self, threshold: float, scale: float, temperature: float) -> None:
        super().__init__()
        self.threshold = check_setting("threshold", threshold)
        self.scale = check_scale(scale)
        self.temperature = check_temperature(temperature)

    def compute(self, batch: Batch) -> Tensor:
        """Return the loss; raise ValueError without inputs."""
        if batch.inputs is None:
            raise ValueError("inputs is None; the margin needs the (N, F) input frames")
        marked = transition_flags(batch.inputs, self.threshold, batch.segments)
        return margin_loss(batch.embeddings, marked, self.scale, self.temperature, batch.segments)
