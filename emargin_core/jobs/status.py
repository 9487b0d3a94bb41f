"""What can be said of a job while it waits, works and ends."""

from dataclasses import dataclass, field
from typing import Literal

from emargin_core.language import mark
from emargin_core.progress import Progress

State = Literal["waiting", "running", "stopping", "done", "failed", "cancelled"]
ENDED: tuple[State, ...] = ("done", "failed", "cancelled")


@dataclass
class JobStatus:
    """State of one job; `message` is one plain sentence when it failed.

    lost: it failed because workers or scheduler did, not because of what was asked; counted: it
    counts towards the number of runs that each of its owners may have.
    """

    key: str
    state: State = "waiting"
    progress: Progress = field(default_factory=lambda: Progress(mark("waiting for a worker"), 0.0))
    message: str = ""
    lost: bool = False
    owners: frozenset[str] = frozenset()
    counted: bool = False

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ENDED
