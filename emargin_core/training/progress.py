"""What a long computation tells while it works, and how it is asked to stop."""

from collections.abc import Callable
from dataclasses import dataclass

from emargin_core.text.errors import CancelledError


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    stage: code of what is being done, see `emargin_core.jobs.status.STAGES`; fraction: share of the
    whole run in [0, 1]; step of steps within training, with the last loss and the estimated seconds
    left of training (None outside training).
    """

    stage: str
    fraction: float
    step: int = 0
    steps: int = 0
    loss: float | None = None
    seconds_left: float | None = None


OnProgress = Callable[[Progress], None]
ShouldStop = Callable[[], bool]


def check_stop(should_stop: ShouldStop | None) -> None:
    """Raise CancelledError if the run was asked to stop."""
    if should_stop is not None and should_stop():
        raise CancelledError("the run was cancelled; nothing was stored")
