"""What every loss shares: one check of its input, one meaning of neighbour, one normalisation."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

NORM_FLOOR = 1e-12
"""Rows shorter than this have no direction: they count as zero."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Frames in time order, as `TemporalLoss.forward` takes and has checked them."""

    embeddings: Tensor
    inputs: Tensor | None
    segments: Tensor | None
    labels: Tensor | None


class TemporalLoss(nn.Module, ABC):
    """A loss over the frames of a batch, in time order.

    Subclasses implement `compute`; the arguments are checked here, once.
    """

    def forward(
        self,
        embeddings: Tensor,
        inputs: Tensor | None = None,
        segments: Tensor | None = None,
        labels: Tensor | None = None,
    ) -> Tensor:
        """Return the loss, a scalar.

        embeddings: (N, D) floating, raw; a loss that works on directions normalises them itself.
        inputs: (N, F) floating, the standardised frames the embeddings were made from.
        segments: (N,) integer, the window each frame comes from; None means one window.
        labels: (N,) integer, the class of each frame, -1 where unknown.

        Raises ValueError on fewer than 2 frames, a wrong shape or type, or unequal lengths.
        """
        check_embeddings(embeddings)
        if inputs is not None:
            check_inputs(inputs, embeddings.shape[0])
        check_integers("segments", segments, embeddings.shape[0])
        check_integers("labels", labels, embeddings.shape[0])
        return self.compute(Batch(embeddings, inputs, segments, labels))

    @abstractmethod
    def compute(self, batch: Batch) -> Tensor:
        """Return the loss of a batch that is known to be well formed."""


def check_embeddings(embeddings: Tensor) -> None:
    """Raise ValueError unless embeddings is (N, D), floating, with N >= 2 and D >= 1."""
    if embeddings.ndim != 2 or embeddings.shape[1] < 1:
        raise ValueError(
            f"embeddings has shape {tuple(embeddings.shape)}; it must be (N, D) with D >= 1"
        )
    if embeddings.shape[0] < 2:
        raise ValueError(f"embeddings has {embeddings.shape[0]} frame(s); N must be 2 or more")
    if not embeddings.is_floating_point():
        raise ValueError(f"embeddings has type {embeddings.dtype}; it must be floating point")


def check_inputs(inputs: Tensor, n_frames: int | None = None) -> None:
    """Raise ValueError unless inputs is (N, F) and floating, with N = n_frames where given."""
    if inputs.ndim != 2:
        raise ValueError(f"inputs has shape {tuple(inputs.shape)}; it must be (N, F)")
    if n_frames is not None and inputs.shape[0] != n_frames:
        raise ValueError(
            f"inputs has {inputs.shape[0]} frames; it must have as many as embeddings, {n_frames}"
        )
    if not inputs.is_floating_point():
        raise ValueError(f"inputs has type {inputs.dtype}; it must be floating point")


def check_integers(name: str, values: Tensor | None, n_frames: int) -> None:
    """Raise ValueError unless values is None or (n_frames,) of an integer type."""
    if values is None:
        return
    if tuple(values.shape) != (n_frames,):
        raise ValueError(f"{name} has shape {tuple(values.shape)}; it must be ({n_frames},)")
    if values.is_floating_point() or values.is_complex() or values.dtype == torch.bool:
        raise ValueError(f"{name} has type {values.dtype}; it must be an integer type")


def check_setting(name: str, value: float, low: float = -math.inf, above: bool = False) -> float:
    """Return value as a float; raise ValueError unless finite and >= low (> low if `above`)."""
    number = float(value)
    if math.isfinite(number) and (number > low or (number == low and not above)):
        return number
    if low == -math.inf:
        allowed = "a finite number"
    elif above:
        allowed = f"a finite number above {low:g}"
    else:
        allowed = f"a finite number, {low:g} or more"
    raise ValueError(f"{name} is {value}; it must be {allowed}")


def check_temperature(value: float) -> float:
    """Return the temperature; raise ValueError unless it is finite and above 0."""
    return check_setting("temperature", value, low=0.0, above=True)


def check_scale(value: float) -> float:
    """Return the scale of the margin; raise ValueError unless it is finite and 0 or more."""
    return check_setting("scale", value, low=0.0)


def neighbour_links(n_frames: int, segments: Tensor | None, device: torch.device) -> Tensor:
    """Tell of frames 0..N-2 whether the successor is in the same segment: (N-1,) bool."""
    if segments is None:
        return torch.ones(n_frames - 1, dtype=torch.bool, device=device)
    return (segments[1:] == segments[:-1]).to(device)


def nothing_to_learn(embeddings: Tensor) -> Tensor:
    """Return a zero that belongs to the graph, so that its gradient is zero and not missing."""
    return embeddings.mul(0.0).sum()


def unit_rows(embeddings: Tensor) -> Tensor:
    """Scale each row of (N, D) to length 1.

    A row shorter than 1e-12 has no direction: it becomes zero and gets a zero gradient (where
    `torch.nn.functional.normalize` gives it a gradient multiplied by 1e12).
    """
    return _UnitRows.apply(embeddings)  # type: ignore[no-any-return, no-untyped-call]


class _UnitRows(torch.autograd.Function):
    """x / |x| in one pass each way: dx = (dz - z <z, dz>) / |x|."""

    @staticmethod
    def forward(ctx: Any, embeddings: Tensor) -> Tensor:
        lengths = torch.linalg.vector_norm(embeddings, dim=1, keepdim=True)
        inverse = torch.where(lengths > NORM_FLOOR, lengths.reciprocal(), 0.0)
        units = embeddings * inverse
        ctx.save_for_backward(units, inverse)
        return units

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_units: Tensor) -> Tensor:
        units, inverse = ctx.saved_tensors
        radial = torch.linalg.vecdot(grad_units, units)[:, None]
        return torch.addcmul(grad_units, units, radial, value=-1.0).mul_(inverse)
