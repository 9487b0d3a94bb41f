"""What a loss does to two frames that are not a pair, as their similarity changes.

Every loss here holds its negatives in a log-sum-exp of energies E(S), so that the gradient on the
similarity S of a negative is a positive weight times dE/dS. The sign of dE/dS decides: above 0,
descent lowers S and the two frames are pushed apart; below 0 they are pulled together.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emargin_core.config import GAMMA
from emargin_core.evaluation.indicator import share_marked
from emargin_core.text.errors import InputError

Floats = NDArray[np.float64]

METHODS = ("infonce", "emargin", "emargin-released")
SIMILARITIES: Floats = np.round(np.linspace(-1.0, 1.0, 81), 3)


@dataclass(frozen=True, eq=False)
class PairCurve:
    """Energy and push of a negative at each similarity, all (n,).

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
    """Return what a negative of an anchor feels; infonce looks neither at the mark nor the scale.

    marked: whether the margin is switched on for the anchor. similarities: (n,) in [-1, 1].

    Raises:
        InputError: a method that has no such energy.
    """
    if method not in METHODS:
        raise InputError(
            "the method is '{method}'; it must be one of {methods}",
            method=method,
            methods=", ".join(METHODS),
        )
    if method == "infonce":
        energy, push = similarities / temperature, np.full(similarities.shape, 1.0 / temperature)
    else:
        energy, push = margin_energy(similarities, np.array(marked), scale, temperature)
    return PairCurve(similarities, energy, push)


def margin_energy(
    similarities: Floats, marked: NDArray[np.bool_], scale: float, temperature: float
) -> tuple[Floats, Floats]:
    """Return E and dE/dS of negatives, each of the shape of the similarities S.

    E = c ( -(1 - y) S^2 / 2 + y max(0, scale - S)^2 / 2 ), c = GAMMA / temperature, y = marked,
    which is broadcast to S. As `emargin_core.losses.negatives.MarginEnergy`, without torch.
    """
    gaps = np.where(marked, np.maximum(scale - similarities, 0.0), -similarities)
    curvature = np.where(marked, 0.5, -0.5) * GAMMA / temperature
    return curvature * gaps**2, -2.0 * curvature * gaps


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
