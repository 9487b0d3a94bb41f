"""Supervised contrastive loss: an upper bound that reads the training labels."""

from pytorch_metric_learning.distances import DotProductSimilarity
from pytorch_metric_learning.losses import SupConLoss
from torch import Tensor

from emargin_core.losses.base import TemporalLoss, check_temperature, nothing_to_learn, unit_rows


class SupervisedContrastiveLoss(TemporalLoss):
    """Frames of one class attract; frames of other classes are what they are compared with.

    -mean_j mean_{p in P_j} log( e^{S_pj / tau} / sum_{i != j} e^{S_ij / tau} ), P_j the other
    frames of the class of j, over the anchors whose term is above 0.

    Shape: embeddings (N, D), labels (N,) with -1 = unknown; returns a scalar >= 0.

    Source: Khosla et al. 2020, arXiv 2004.11362; `SupConLoss` of pytorch-metric-learning.

    A pair here is two frames of one class, wherever they come from: segments play no part, for
    this method uses no neighbours. Frames without a label are left out altogether.

    Degenerate input: no two labelled frames of one class, or no two of different classes: 0 with
    a zero gradient. An anchor alone in its class has no term. Needs N x N lists of pairs: about
    1.4 GB at N = 5,000.
    """

    def __init__(self, temperature: float) -> None:
        super().__init__()
        self.temperature = check_temperature(temperature)
        self.loss = SupConLoss(
            temperature=self.temperature, distance=DotProductSimilarity(normalize_embeddings=False)
        )

    def compute(
        self,
        embeddings: Tensor,
        inputs: Tensor | None,
        segments: Tensor | None,
        labels: Tensor | None,
    ) -> Tensor:
        """Return the loss; raise ValueError without labels."""
        if labels is None:
            raise ValueError("labels is None; this loss needs the (N,) class of each frame")
        labelled = labels >= 0
        known = labels[labelled]
        n_classes = len(set(known.tolist()))
        if n_classes < 2 or n_classes == len(known):
            return nothing_to_learn(embeddings)
        loss: Tensor = self.loss(unit_rows(embeddings[labelled]), known)
        return loss
