"""Gradients of three losses on a few points, in NumPy: the page moves points without torch.

Each loss is a function of the similarities S = Z Z^T of unit rows Z (n_points, n_dimensions). The
formulas are those of `emargin_core.losses`, whose gradients by autograd the tests compare with.
"""

import numpy as np
from numpy.typing import NDArray

from emargin_core.learn.force import margin_energy

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SHARPNESS = 4.0
"""Of the uniformity term, in S: exp(-2 |z_i - z_j|^2) = exp(4 S_ij - 4)."""


def along_sphere(slopes: Floats, units: Floats) -> Floats:
    """Return dL/dZ along the sphere, (n, D), from dL/dS (n, n) and the unit rows (n, D)."""
    gradient = (slopes + slopes.T) @ units
    return np.asarray(gradient - units * (units * gradient).sum(axis=1, keepdims=True))


def info_nce_slopes(similarities: Floats, temperature: float) -> Floats:
    """dL/dS (n, n) of the double form of `losses.info_nce.info_nce_loss`; n >= 3."""
    n_points = len(similarities)
    itself, before, after = (np.eye(n_points, k=k, dtype=bool) for k in (0, -1, 1))
    logits = np.hstack([similarities[:-2], similarities[1:-1]]) / temperature
    others = np.hstack([~(itself | after)[:-2], ~(itself | before | after)[1:-1]])
    pairs = np.hstack([after[:-2], after[1:-1]])
    by_anchor = (_softmax(logits, others) - _softmax(logits, pairs)) / temperature
    slopes = np.zeros_like(similarities)
    slopes[:-2] += by_anchor[:, :n_points]
    slopes[1:-1] += by_anchor[:, n_points:]
    return slopes / (n_points - 2)


def margin_slopes(similarities: Floats, marked: Flags, scale: float, temperature: float) -> Floats:
    """dL/dS (n, n) of `losses.margin.margin_loss` in one segment; marked: (n,); n >= 2."""
    n_points = len(similarities)
    itself, before, after = (np.eye(n_points, k=k, dtype=bool) for k in (0, -1, 1))
    pairs = before | after
    energy, push = margin_energy(similarities, marked[:, None], scale, temperature)
    logits = np.where(pairs, similarities / temperature, energy)
    difference = _softmax(logits, ~itself) - _softmax(logits, pairs)
    return np.asarray(difference * np.where(pairs, 1.0 / temperature, push) / n_points)


def released_slopes(
    similarities: Floats, marked: Flags, scale: float, temperature: float
) -> Floats:
    """dL/dS (n, n) of the double form of `losses.released.released_margin_loss`; n >= 3.

    Not finite where that loss has no value.
    """
    n_points = len(similarities)
    energy, push = margin_energy(similarities, marked[:, None], scale, temperature)
    with np.errstate(over="ignore", invalid="ignore"):
        exponentials = np.exp(energy)
        np.fill_diagonal(exponentials, 0.0)
        pairs = np.exp(np.diagonal(similarities, 1) / temperature)
        sums = exponentials.sum(axis=1)
        beneath = sums[:-2] - pairs[:-1] + sums[1:-1]
        beneath = np.where(beneath > 0.0, beneath, np.nan)[:, None]
        above = pairs[:-1] + pairs[1:]
        pushed = exponentials * push
        slopes = np.zeros_like(similarities)
        slopes[:-2] += pushed[:-2] / beneath
        slopes[1:-1] += pushed[1:-1] / beneath
        rows = np.arange(n_points - 2)
        pull = pairs[:-1] * (1.0 / beneath[:, 0] + 1.0 / above)
        slopes[rows, rows + 1] -= pull / temperature
        slopes[rows + 1, rows + 2] -= pairs[1:] / above / temperature
    return slopes / (n_points - 2)


def uniformity_slopes(similarities: Floats) -> Floats:
    """dL/dS (n, n) of `losses.uniformity.uniformity_loss`."""
    weights = np.exp(SHARPNESS * similarities)
    np.fill_diagonal(weights, 0.0)
    return np.asarray(SHARPNESS * weights / weights.sum())


def _softmax(logits: Floats, among: Flags) -> Floats:
    """Softmax of each row over the marked entries, 0 elsewhere; every row has a marked entry."""
    kept = np.where(among, logits, -np.inf)
    weights = np.exp(kept - kept.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
