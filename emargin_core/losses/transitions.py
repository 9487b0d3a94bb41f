"""Where the margin acts: the frames that are unlike what follows them."""

import torch
from torch import Tensor

from emargin_core.losses.base import check_inputs, check_integers, check_setting, neighbour_links


def transition_flags(inputs: Tensor, threshold: float, segments: Tensor | None = None) -> Tensor:
    """Mark the frames whose cosine with their successor is at most the threshold: (N,) bool.

    y_i = 1 where cos(x_i, x_{i+1}) <= threshold. The last frame of a segment has no successor and
    is compared with its predecessor; a frame alone in its segment counts as equal to itself
    (cosine 1). A zero frame has cosine 0 with everything. Cosines are clipped to [-1, 1], so a
    threshold below -1 marks none and a threshold of 1 or more marks all.

    inputs: (N, F), the standardised frames. segments: (N,) integer or None for one segment.
    Raises ValueError on a wrong shape or a threshold that is not finite.
    """
    check_setting("threshold", threshold)
    return neighbour_cosines(inputs, segments) <= threshold


def neighbour_cosines(inputs: Tensor, segments: Tensor | None = None) -> Tensor:
    """Cosine with the successor, else the predecessor, else 1: (N,); see `transition_flags`.

    Raises ValueError on a wrong shape.
    """
    inputs = torch.as_tensor(inputs)
    check_inputs(inputs)
    if segments is not None:
        segments = torch.as_tensor(segments)
    check_integers("segments", segments, inputs.shape[0])
    n_frames = inputs.shape[0]
    alone = inputs.new_ones(1)
    if n_frames < 2:
        return inputs.new_ones(n_frames)
    links = neighbour_links(n_frames, segments, inputs.device)
    lengths = torch.linalg.vector_norm(inputs, dim=1)
    products = (lengths[:-1] * lengths[1:]).clamp_min(torch.finfo(inputs.dtype).tiny)
    cosines = torch.linalg.vecdot(inputs[:-1], inputs[1:]) / products
    cosines = cosines.clamp(-1.0, 1.0).where(links, 1.0)
    with_successor = torch.cat([cosines, alone])
    with_predecessor = torch.cat([alone, cosines])
    has_successor = torch.cat([links, links.new_zeros(1)])
    return with_successor.where(has_successor, with_predecessor)
