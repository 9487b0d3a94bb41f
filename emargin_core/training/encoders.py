"""The encoder: three pointwise convolutions, as in CaTT and eMargin."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from emargin_core.config import EMBEDDING_SIZE

HIDDEN = (128, 64)


class PointwiseEncoder(nn.Module):
    """Embed every frame on its own: three 1x1 convolutions with batch norm and ReLU.

    A 1x1 convolution over time is one linear map applied to each frame, and is written so.

    Shape: (n_frames, n_features) -> (n_frames, 320); every entry is 0 or larger.
    Source: arXiv 2410.15416 and 2507.14828 (channels 128, 64, 320).
    """

    def __init__(self, n_features: int) -> None:
        super().__init__()
        sizes = (n_features, *HIDDEN, EMBEDDING_SIZE)
        layers: list[nn.Module] = []
        for n_in, n_out in pairwise(sizes):
            layers += [nn.Linear(n_in, n_out), nn.BatchNorm1d(n_out), nn.ReLU()]
        self.layers = nn.Sequential(*layers)

    def forward(self, frames: Tensor) -> Tensor:
        """Embed frames (n_frames, n_features)."""
        return self.layers(frames)  # type: ignore[no-any-return]


def make_encoder(n_features: int, seed: int) -> PointwiseEncoder:
    """Create an encoder whose first weights depend on the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return PointwiseEncoder(n_features)


@torch.no_grad()
def embed(encoder: nn.Module, frames: Tensor, block: int = 16_384) -> Tensor:
    """Embed frames with the statistics learnt in training; (n_frames, D)."""
    encoder.eval()
    return torch.cat([encoder(part) for part in frames.split(block)])
