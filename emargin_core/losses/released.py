"""eMargin as its authors' published code computes it, kept for audits."""

import torch
import torch.nn.functional as F
from torch import Tensor

from emargin_core.config import GAMMA
from emargin_core.losses.base import (
    Batch,
    TemporalLoss,
    check_embeddings,
    check_inputs,
    check_scale,
    check_setting,
    check_temperature,
)


def transition_indicator(inputs: Tensor, threshold: float, double: bool = True) -> Tensor:
    """Return y_i = 1 where cos(x_i, x_{i+1}) <= threshold, else 0, as the paper defines it.

    inputs: (N, F). Shape of the result: (N,) in the double form, where the last frame is compared
    with the first; (N-1,) in the single form. Of the type of inputs.
    """
    check_inputs(inputs)
    check_setting("threshold", threshold)
    cosines = F.cosine_similarity(inputs, inputs.roll(-1, dims=0), dim=1)
    indicator = (cosines <= threshold).to(inputs.dtype)
    return indicator if double else indicator[:-1]


def released_indicator(inputs: Tensor, threshold: float, double: bool = True) -> Tensor:
    """Return the indicator as the published code computes it.

    The code writes 0 where the cosine exceeds the threshold, and then 1 where what is now there
    does not. From a threshold of 0 on, the zeros just written do not exceed it either: every
    frame ends up with 1, whatever the inputs. Below 0 the result is the paper's.

    Shapes as in `transition_indicator`.
    """
    indicator = transition_indicator(inputs, threshold, double)
    return torch.ones_like(indicator) if threshold >= 0.0 else indicator


def released_margin_loss(
    embeddings: Tensor, indicator: Tensor, temperature: float, margin: float, double: bool = True
) -> Tensor:
    """Return the margin loss of the published code for a given indicator.

    With S the cosines of embeddings, e_j = exp(S[j+1, j] / tau), y one value a column:

    double: g = -(1-y) S^2/2 + y max(0, margin-S)^2/2; X = exp(0.05 g / tau) without its diagonal;
        num_j = e_j + e_{j+1}; den_j = (column j of X) - e_j + (column j+1 of X) - num_j;
        -mean log(num_j / (den_j + num_j)), j = 0..N-3
    single: diagonal of S set to 0; g = (1-y) S^2/2 + y max(0, margin-S)^2/2;
        den_j = sum_i exp(g_ij) - e_j; -mean log(e_j / den_j), j = 0..N-2

    Shape: embeddings (N, D), normalised inside; indicator (N,) double, (N-1,) single.
    Source: github.com/sfi-norwai/eMargin, commit 0f12008.
    Not finite where den becomes negative (e is subtracted from a sum that does not contain it),
    where exp overflows (large margin, small temperature), and for N = 2 in the double form.
    Raises ValueError on a bad shape, temperature or margin.
    """
    check_embeddings(embeddings)
    check_temperature(temperature)
    check_setting("margin", margin, low=0.0)
    n_columns = embeddings.shape[0] if double else embeddings.shape[0] - 1
    if tuple(indicator.shape) != (n_columns,):
        raise ValueError(f"indicator has shape {tuple(indicator.shape)}; it must be ({n_columns},)")
    units = F.normalize(embeddings, dim=1)
    similarities = units @ units.T
    marked = indicator.to(similarities)
    loss = _double_form if double else _single_form
    return loss(similarities, marked, temperature, margin)


def _double_form(similarities: Tensor, marked: Tensor, temperature: float, margin: float) -> Tensor:
    pairs = (similarities.diagonal(-1) / temperature).exp()  # N-1
    energies = -(1.0 - marked) * similarities.square() / 2.0
    energies = energies + marked * (margin - similarities).clamp(min=0.0).square() / 2.0
    exponentials = (GAMMA * energies / temperature).exp()
    itself = torch.eye(len(similarities), dtype=torch.bool, device=similarities.device)
    columns = exponentials.masked_fill(itself, 0.0).sum(dim=0)  # N
    numerators = pairs[:-1] + pairs[1:]  # N-2
    denominators = columns[:-2] - pairs[:-1] + columns[1:-1] - numerators
    return -(numerators / (denominators + numerators)).log().mean()


def _single_form(similarities: Tensor, marked: Tensor, temperature: float, margin: float) -> Tensor:
    pairs = (similarities.diagonal(-1) / temperature).exp()  # N-1
    itself = torch.eye(len(similarities), dtype=torch.bool, device=similarities.device)
    columns = similarities.masked_fill(itself, 0.0)[:, :-1]
    energies = (1.0 - marked) * columns.square() / 2.0
    energies = energies + marked * (margin - columns).clamp(min=0.0).square() / 2.0
    denominators = energies.exp().sum(dim=0) - pairs
    return -(pairs / denominators).log().mean()


class EMarginReleasedLoss(TemporalLoss):
    """The published margin loss with the published indicator; may be NaN or infinite.

    See `released_margin_loss`. Neighbours are j and j+1 of the whole batch, across segments, as
    in the published code.
    """

    def __init__(
        self, threshold: float, scale: float, temperature: float, double: bool = True
    ) -> None:
        super().__init__()
        self.threshold = check_setting("threshold", threshold)
        self.scale = check_scale(scale)
        self.temperature = check_temperature(temperature)
        self.uses_two_pairs = double

    def compute(self, batch: Batch) -> Tensor:
        """Return what the published code gives; raise ValueError without inputs."""
        if batch.inputs is None:
            raise ValueError("inputs is None; the margin needs the (N, F) input frames")
        indicator = released_indicator(batch.inputs, self.threshold, self.uses_two_pairs)
        return released_margin_loss(
            batch.embeddings, indicator, self.temperature, self.scale, self.uses_two_pairs
        )
