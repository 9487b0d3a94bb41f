"""What a loss does to two frames that are not a pair, as their similarity changes.

Every loss here holds its non-pairs in a log-sum-exp of energies E(S), so that the gradient on the
similarity S of a non-pair is a positive weight times dE/dS. The sign of dE/dS decides: above 0,
descent lowers S and the two frames are pushed apart; below 0 they are pulled together.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from emargin_core.errors import InputError
from emargin_core.indicator import share_marked
from emargin_core.losses.margin import GAMMA
from emargin_core.losses.non_pairs import LinearEnergy, MarginEnergy, PairEnergy

Floats = NDArray[np.float64]

METHODS = ("infonce", "emargin", "emargin-released")
SIMILARITIES: Floats = np.round(np.linspace(-1.0, 1.0, 81), 3)


@dataclass(frozen=True, eq=False)
class PairCurve:
    """Energy and push of a non-pair at each similarity, all (n,).

    push: dE/dS; above 0 the two frames are pushed apart, below 0 pulled together.
    """

    similarities: Floats
    energy: Floats
    push: Floats


def pair_curve(
    method: str,
    *,
    marked: bool,
    scale: float,
    temperature: float,
    similarities: Floats = SIMILARITIES,
) -> PairCurve:
    """Return what a non-pair of an anchor feels; infonce looks neither at the mark nor the scale.

    marked: whether the margin is switched on for the anchor. similarities: (n,) in [-1, 1].

    Raises:
        InputError: a method that has no such energy.
    """
    asked = torch.from_numpy(np.asarray(similarities, dtype=np.float64))[None, :]  # one anchor
    energy = _energy(method, marked, scale, temperature, asked)
    rows = slice(0, 1)
    values, slopes = energy.of(asked.clone(), rows)
    factor = torch.as_tensor(energy.row_factor(rows), dtype=asked.dtype).reshape(-1, 1)
    push = factor * (torch.ones_like(asked) if slopes is None else slopes)
    return PairCurve(np.asarray(similarities), values[0].numpy(), push[0].numpy())


def share_of_anchors_marked(
    method: str, cosines: NDArray[np.float64], threshold: float
) -> float | None:
    """Share of the anchors for which the margin is switched on; None where there is no margin.

    cosines: (n,) of each frame with the next. The released code marks every anchor from a
    threshold of 0 on (`emargin_core.losses.released.released_indicator`).
    """
    if method == "infonce":
        return None
    if method == "emargin-released" and threshold >= 0.0:
        return 1.0
    return share_marked(cosines, threshold)


def _energy(
    method: str, marked: bool, scale: float, temperature: float, like: torch.Tensor
) -> PairEnergy:
    if method == "infonce":
        return LinearEnergy(1.0 / temperature)
    if method in ("emargin", "emargin-released"):
        flags = torch.tensor([marked])
        return MarginEnergy(flags, scale, GAMMA / temperature, like=like)
    raise InputError(f"the method is '{method}'; it must be one of {', '.join(METHODS)}")
