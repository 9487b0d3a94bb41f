"""The one expensive step that the losses share: log-sum-exp over the negatives of each anchor.

With S = Z Z^T, each anchor j needs logsumexp_{i in negatives of j} E(S_ij). S is symmetric, so an
anchor is a row here, and rows can be worked through in blocks: memory is N times the block.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

DENSE_LIMIT = 36_000_000
"""Largest N x N matrix (entries) that is kept for the gradient instead of worked out again."""

BLOCK_ENTRIES = 4_000_000
"""Entries of one block of rows in the streamed form."""


TILE_ROWS = 256
"""Rows of S worked out at once where all of it is kept: at N = 800 they stay in a core's cache."""


class PairEnergy(ABC):
    """How a similarity S_ij turns into the energy E_ij that is summed over negatives i."""

    @abstractmethod
    def of(self, similarities: Tensor, rows: slice) -> tuple[Tensor, Tensor | None]:
        """Return E and V, with dE/dS = row_factor * V, for the anchors `rows`: each (n_rows, N).

        V, or E where V = None stands for 1, takes the memory of `similarities`.
        """

    @abstractmethod
    def row_factor(self) -> Tensor | float:
        """Return the part of dE/dS that is the same for all of an anchor's negatives, (N,)."""


@dataclass(frozen=True)
class LinearEnergy(PairEnergy):
    """E_ij = slope * S_ij."""

    slope: float

    def of(self, similarities: Tensor, rows: slice) -> tuple[Tensor, Tensor | None]:
        """Return E = slope * S, V = 1."""
        return similarities.mul_(self.slope), None

    def row_factor(self) -> float:
        """Return the slope."""
        return self.slope


class MarginEnergy(PairEnergy):
    """E_ij = c ( -(1 - y_j) S_ij^2 / 2 + y_j max(0, margin - S_ij)^2 / 2 ), c = strength.

    Written as E_ij = k_j U_ij^2 with U = max(margin - S, 0), k = c/2 where the anchor is marked
    (y_j = 1) and U = -S, k = -c/2 where it is not; then dE/dS = -2 k U.
    """

    def __init__(self, marked: Tensor, margin: float, strength: float, like: Tensor) -> None:
        sign = marked.to(like).mul_(2.0).sub_(1.0)[:, None]  # N x 1
        self.offsets = marked.to(like).mul_(margin)[:, None]
        self.floors = torch.where(marked, 0.0, -math.inf).to(like)[:, None]
        self.curvatures = sign * (strength / 2.0)

    def of(self, similarities: Tensor, rows: slice) -> tuple[Tensor, Tensor | None]:
        """Return E = k U^2 and V = U."""
        gaps = torch.sub(self.offsets[rows], similarities, out=similarities)
        gaps = torch.clamp(gaps, min=self.floors[rows], out=gaps)
        return gaps.square().mul_(self.curvatures[rows]), gaps

    def row_factor(self) -> Tensor:
        """Return -2 k."""
        return self.curvatures[:, 0].mul(-2.0)


def negatives_logsumexp(
    units: Tensor, energy: PairEnergy, links: Tensor | None = None, block_rows: int | None = None
) -> tuple[Tensor, Tensor]:
    """Return (N,) the log-sum-exp over each anchor's negatives, and (N-1,) S[j, j+1].

    units: (N, D). links: (N-1,) bool, True where j and j+1 are a pair; None means no pairs. An
    anchor's negatives are all frames but itself and the frames it is linked to; without any, its
    value is -inf and its gradient zero. block_rows: anchors worked through at once; by default
    all of them while N x N is small, else as many as keep a block near 16 MB in float32.

    The gradient is analytic: with G = dL/dS, dL/dZ = (G + G^T) Z.
    """
    n_frames = units.shape[0]
    if block_rows is None:
        dense = n_frames * n_frames <= DENSE_LIMIT
        block_rows = n_frames if dense else max(1, BLOCK_ENTRIES // n_frames)
    return _NegativesLogSumExp.apply(units, energy, links, block_rows)  # type: ignore[no-any-return, no-untyped-call]


class _NegativesLogSumExp(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, units: Tensor, energy: PairEnergy, links: Tensor | None, block_rows: int
    ) -> tuple[Tensor, Tensor]:
        n_frames = units.shape[0]
        dense = block_rows >= n_frames
        totals = units.new_empty(n_frames)  # log-sum-exp of each row
        adjacent = units.new_empty(n_frames - 1)
        kept = units.new_empty(n_frames, n_frames) if dense else None
        blocks = _row_blocks(n_frames, TILE_ROWS if dense else block_rows)
        for rows in blocks:
            similarities = units[rows] @ units.T if kept is None else _mirrored(kept, units, rows)
            following = similarities.diagonal(rows.start + 1)
            adjacent[rows.start : rows.start + len(following)] = following
            _softmax_times_slope(similarities, energy, links, rows, totals)
        ctx.energy, ctx.links, ctx.blocks = energy, links, blocks
        ctx.save_for_backward(units, kept)
        return totals, adjacent

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_totals: Tensor, grad_adjacent: Tensor) -> tuple[Tensor | None, ...]:
        units, kept = ctx.saved_tensors
        weights = grad_totals * ctx.energy.row_factor()
        if kept is not None:
            grad_s = kept * weights[:, None]
            grad_s.diagonal(1).add_(grad_adjacent)
            # A transpose that is copied first is read in tiles: a third of the time of grad_s + its
            # transpose.
            return grad_s.T.contiguous().add_(grad_s) @ units, None, None, None
        totals = units.new_empty(units.shape[0])
        grad_units = torch.zeros_like(units)
        for rows in ctx.blocks:
            similarities = units[rows] @ units.T
            grad_s = _softmax_times_slope(similarities, ctx.energy, ctx.links, rows, totals)
            grad_s.mul_(weights[rows, None])
            following = grad_s.diagonal(rows.start + 1)
            following.add_(grad_adjacent[rows.start : rows.start + len(following)])
            grad_units[rows].addmm_(grad_s, units)
            grad_units.addmm_(grad_s.T, units[rows])
        return grad_units, None, None, None


def _mirrored(whole: Tensor, units: Tensor, rows: slice) -> Tensor:
    """Return rows of S, whose columns before `rows.start` are there, and mirror what is new.

    whole: (N, N), worked out from above; so S = Z Z^T takes half its products.
    """
    torch.mm(units[rows], units[rows.start :].T, out=whole[rows, rows.start :])
    whole[rows.stop :, rows] = whole[rows, rows.stop :].T
    return whole[rows]


def _softmax_times_slope(
    similarities: Tensor, energy: PairEnergy, links: Tensor | None, rows: slice, totals: Tensor
) -> Tensor:
    """Turn S into softmax over negatives times V, in place; write the rows' log-sum-exp."""
    energies, slopes = energy.of(similarities, rows)
    _hide_pairs(energies, links, rows)
    tops = energies.amax(dim=1, keepdim=True)
    tops = tops.masked_fill_(tops == -math.inf, 0.0)  # an anchor without negatives
    weights = energies.sub_(tops).exp_()
    sums = weights.sum(dim=1, keepdim=True)
    totals[rows] = sums.log().add_(tops)[:, 0]
    weights.div_(sums.clamp_min_(torch.finfo(sums.dtype).tiny))
    return weights if slopes is None else slopes.mul_(weights)


def _hide_pairs(energies: Tensor, links: Tensor | None, rows: slice) -> None:
    """Set an anchor's own entry and those of its linked neighbours to -inf."""
    start, stop = rows.start, rows.stop
    energies.diagonal(start).fill_(-math.inf)
    if links is None:
        return
    after = energies.diagonal(start + 1)
    after.masked_fill_(links[start : start + len(after)], -math.inf)
    before = energies.diagonal(start - 1)
    before.masked_fill_(links[stop - 1 - len(before) : stop - 1], -math.inf)


def _row_blocks(n_rows: int, block_rows: int) -> list[slice]:
    return [slice(start, min(start + block_rows, n_rows)) for start in range(0, n_rows, block_rows)]
