"""Supervised contrastive loss: an upper bound that reads the training labels."""

import torch
from torch import Tensor

from emargin_core.losses.base import (
    Batch,
    TemporalLoss,
    check_temperature,
    nothing_to_learn,
    unit_rows,
)
from emargin_core.losses.negatives import LinearEnergy, negatives_logsumexp


class SupervisedContrastiveLoss(TemporalLoss):
    """Frames of one class attract; frames of other classes are what they are compared with.

    -mean_j mean_{p in P_j} log( e^{S_pj / tau} / sum_{i != j} e^{S_ij / tau} ), P_j the other
    frames of the class of j, over the anchors j that have any.

    Shape: embeddings (N, D), labels (N,) with -1 = unknown; returns a scalar >= 0.

    Source: Khosla et al. 2020, arXiv 2004.11362, equation 2.

    A pair here is two frames of one class, wherever they come from: segments play no part, for
    this method uses no neighbours. Frames without a label are left out altogether.

    Degenerate input: no two labelled frames of one class, or no two of different classes: 0 with
    a zero gradient. An anchor alone in its class has no term.
    """

    def __init__(self, temperature: float) -> None:
        super().__init__()
        self.temperature = check_temperature(temperature)

    def compute(self, batch: Batch) -> Tensor:
        """Return the loss; raise ValueError without labels."""
        if batch.labels is None:
            raise ValueError("labels is None; this loss needs the (N,) class of each frame")
        labelled = batch.labels >= 0
        _, classes, sizes = batch.labels[labelled].unique(return_inverse=True, return_counts=True)
        if len(sizes) < 2 or len(sizes) == len(classes):
            return nothing_to_learn(batch.embeddings)
        units = unit_rows(batch.embeddings[labelled])
        sums = units.new_zeros(len(sizes), units.shape[1]).index_add(0, classes, units)
        n_positives = (sizes - 1)[classes]
        is_anchor = n_positives > 0
        # The mean of S over the positives of an anchor is one product with their sum.
        pull = torch.linalg.vecdot(units, sums[classes] - units)[is_anchor] / n_positives[is_anchor]
        log_sums, _ = negatives_logsumexp(units, LinearEnergy(1.0 / self.temperature))
        terms: Tensor = log_sums[is_anchor] - pull / self.temperature
        return terms.mean()
