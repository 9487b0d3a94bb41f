"""The loss family: one file a loss, one table from a method's name to its loss."""

from collections.abc import Callable
from dataclasses import dataclass

from emargin_core.losses.base import TemporalLoss
from emargin_core.losses.emargin import EMarginLoss
from emargin_core.losses.fixed_margin import FixedMarginLoss
from emargin_core.losses.info_nce import InfoNCELoss
from emargin_core.losses.released import EMarginReleasedLoss
from emargin_core.losses.soft import SoftTemporalLoss
from emargin_core.losses.supcon import SupervisedContrastiveLoss
from emargin_core.losses.transitions import transition_flags
from emargin_core.losses.triplet import TripletLoss
from emargin_core.losses.uniformity import uniformity_loss
from emargin_core.losses.variance_covariance import variance_covariance_loss
from emargin_core.text.errors import InputError

__all__ = [
    "LOSSES",
    "Settings",
    "TemporalLoss",
    "build_loss",
    "transition_flags",
    "uniformity_loss",
    "variance_covariance_loss",
]


@dataclass(frozen=True)
class Settings:
    """The settings a method may read."""

    threshold: float
    scale: float
    temperature: float
    double: bool


LOSSES: dict[str, Callable[[Settings], TemporalLoss | None]] = {
    "infonce": lambda s: InfoNCELoss(s.temperature, s.double),
    "emargin": lambda s: EMarginLoss(s.threshold, s.scale, s.temperature),
    "fixed-margin": lambda s: FixedMarginLoss(s.scale, s.temperature),
    "emargin-released": lambda s: EMarginReleasedLoss(
        s.threshold, s.scale, s.temperature, s.double
    ),
    "triplet": lambda s: TripletLoss(s.scale),
    "supcon": lambda s: SupervisedContrastiveLoss(s.temperature),
    "soft": lambda s: SoftTemporalLoss(s.temperature),
    "random": lambda s: None,
}
"""Keyed like `emargin_core.config.METHODS`."""


def build_loss(
    name: str, *, threshold: float, scale: float, temperature: float, double: bool
) -> TemporalLoss | None:
    """Build the loss of a method; None for "random", which is not trained.

    Settings that the method does not read are ignored. Raises InputError for an unknown name and
    ValueError for a setting out of its range.
    """
    if name not in LOSSES:
        raise InputError(
            "the method is '{name}'; known methods are {losses}",
            name=name,
            losses=", ".join(LOSSES),
        )
    return LOSSES[name](Settings(threshold, scale, temperature, double))
