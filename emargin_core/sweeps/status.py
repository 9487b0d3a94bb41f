"""How far a sweep is, as pages and the command line show it."""

import time
from dataclasses import dataclass
from typing import Literal

from emargin_core.text.message import Text

PRIORITY = -10
"""Of a sweep's runs: below that of runs that a person waits for."""

SweepState = Literal["running", "stopping", "stopped", "done", "failed"]


@dataclass(frozen=True)
class SweepStatus:
    """State and counts of a sweep.

    state: stopped = unfinished, and nobody works at it; failed = its workers or storage did, and
    `message` says how in one sentence; running elsewhere also counts as running.
    done, failed, running: trials; total: trials that there will be; rate_per_minute: trials
    computed in a minute since it was started or resumed; seconds_left: at that rate, and None
    until the first trial has been computed here.
    """

    name: str
    state: SweepState
    done: int
    failed: int
    running: int
    total: int
    rate_per_minute: float | None = None
    seconds_left: float | None = None
    message: Text = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen unless somebody resumes it."""
        return self.state in ("stopped", "done", "failed")

    @property
    def fraction(self) -> float:
        """Share of the trials that have ended, in [0, 1]."""
        return (self.done + self.failed) / self.total


class Pace:
    """How fast trials are computed; those found in the store say nothing about that."""

    def __init__(self) -> None:
        self._began: float | None = None
        self._computed = 0

    def begin(self) -> None:
        """A trial was sent to the workers."""
        if self._began is None:
            self._began = time.monotonic()

    def computed(self) -> None:
        """A trial came back from the workers."""
        self._computed += 1

    def per_minute(self) -> float | None:
        """Trials a minute; None until one was computed."""
        if self._began is None or self._computed == 0:
            return None
        return 60 * self._computed / max(time.monotonic() - self._began, 1e-3)
