"""What `bench losses` measures: each loss beside its plain arithmetic, on one made-up batch."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from benchmarks import plain_losses as plain
from emargin_core.losses import build_loss, uniformity_loss, variance_covariance_loss
from emargin_core.losses.transitions import transition_flags

N_FEATURES = 156
N_DIMENSIONS = 320
THRESHOLD, SCALE, TEMPERATURE = 0.0, 5.0, 0.5


@dataclass(frozen=True)
class Batch:
    """Frames as in training: 156 features in, 320 non-negative dimensions out, float32."""

    embeddings: Tensor
    inputs: Tensor
    labels: Tensor


Loss = Callable[[Batch], Tensor]


@dataclass(frozen=True)
class Case:
    """A loss of ours and what it is measured against; blockwise: memory grows as N, not N^2."""

    ours: Loss
    plain: Loss
    blockwise: bool


def make_batch(n_frames: int, seed: int = 0) -> Batch:
    """Draw a batch; labels are runs of 50 frames of 7 classes."""
    generator = torch.Generator().manual_seed(seed)
    embeddings = torch.randn(n_frames, N_DIMENSIONS, generator=generator).relu_()
    inputs = torch.randn(n_frames, N_FEATURES, generator=generator)
    labels = torch.arange(n_frames) // 50 % 7
    return Batch(embeddings.requires_grad_(), inputs, labels)


def _method(name: str) -> Loss:
    loss = build_loss(name, threshold=THRESHOLD, scale=SCALE, temperature=TEMPERATURE, double=True)
    if loss is None:
        raise ValueError(f"'{name}' has no loss to measure")
    return lambda batch: loss(batch.embeddings, batch.inputs, None, batch.labels)


def _plain_emargin(batch: Batch) -> Tensor:
    marked = transition_flags(batch.inputs, THRESHOLD)
    return plain.plain_emargin(batch.embeddings, marked, SCALE, TEMPERATURE)


def _plain_fixed_margin(batch: Batch) -> Tensor:
    marked = torch.ones(len(batch.embeddings), dtype=torch.bool)
    return plain.plain_emargin(batch.embeddings, marked, SCALE, TEMPERATURE)


def _plain_released(batch: Batch) -> Tensor:
    return plain.plain_released(batch.embeddings, batch.inputs, THRESHOLD, SCALE, TEMPERATURE)


CASES: dict[str, Case] = {
    "emargin, against released": Case(_method("emargin"), _plain_released, True),
    "emargin": Case(_method("emargin"), _plain_emargin, True),
    "fixed-margin": Case(_method("fixed-margin"), _plain_fixed_margin, True),
    "infonce": Case(
        _method("infonce"), lambda b: plain.plain_info_nce(b.embeddings, TEMPERATURE), True
    ),
    "soft": Case(_method("soft"), lambda b: plain.plain_soft(b.embeddings, TEMPERATURE), True),
    "uniformity": Case(
        lambda b: uniformity_loss(b.embeddings),
        lambda b: plain.plain_uniformity(b.embeddings),
        True,
    ),
    "variance-covariance": Case(
        lambda b: variance_covariance_loss(b.embeddings),
        lambda b: plain.plain_variance_covariance(b.embeddings),
        True,
    ),
    "emargin-released": Case(_method("emargin-released"), _plain_released, False),
    "triplet": Case(_method("triplet"), lambda b: plain.plain_triplet(b.embeddings, SCALE), False),
    "supcon": Case(
        _method("supcon"), lambda b: plain.plain_supcon(b.embeddings, b.labels, TEMPERATURE), True
    ),
}
