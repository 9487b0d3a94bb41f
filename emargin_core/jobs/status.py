"""The state of a job while it waits, runs and ends."""

from dataclasses import dataclass, field
from typing import Literal

from emargin_core.text.message import Text, lazy_gettext
from emargin_core.training.progress import Progress

State = Literal["waiting", "running", "stopping", "done", "failed", "cancelled"]
ENDED: tuple[State, ...] = ("done", "failed", "cancelled")

STAGES = {
    "waiting": lazy_gettext("waiting for a worker"),
    "training": lazy_gettext("training"),
    "measuring": lazy_gettext("measuring clusters and decisions"),
    "mapping": lazy_gettext("drawing the map"),
    "completing": lazy_gettext("measuring what the closer look shows"),
}
"""Stage of a run's progress -> its words."""


@dataclass(frozen=True)
class Ending:
    """How a job ended: a state of `ENDED`, and the other two as in `JobStatus`."""

    state: State
    message: Text = ""
    lost: bool = False


@dataclass
class JobStatus:
    """State of one job; `message` is one plain sentence when it failed.

    lost: it failed because workers or scheduler did, not because of what was asked; counted: it
    counts towards the number of runs that each of its owners may have; looked: of a run, its first
    look is stored, and what is left gives way to everybody's runs.
    """

    key: str
    state: State = "waiting"
    progress: Progress = field(default_factory=lambda: Progress("waiting", 0.0))
    message: Text = ""
    lost: bool = False
    owners: frozenset[str] = frozenset()
    counted: bool = False
    looked: bool = False

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ENDED
