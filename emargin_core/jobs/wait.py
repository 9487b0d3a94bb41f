"""Waiting for jobs in a program that has nothing else to do; pages poll instead."""

import math
import time
from collections.abc import Callable, Collection, Iterable

from emargin_core.jobs.facade import Jobs
from emargin_core.jobs.status import JobStatus
from emargin_core.text.errors import ExplorerError

POLL_S = 0.02


def wait_for(
    jobs: Jobs,
    keys: Iterable[str],
    on_look: Callable[[Collection[JobStatus]], None] | None = None,
    timeout_s: float = math.inf,
    first_look: bool = False,
) -> None:
    """Return when all jobs are done; those that ended stay in the store if another one fails.

    first_look: of runs asked for so, it is enough that their first look is stored.
    on_look: told their states as they are now, until the last one is done.

    Raises:
        ExplorerError: a job failed or was cancelled, or they take longer than timeout_s.
    """
    deadline = time.monotonic() + timeout_s
    looked = {key: JobStatus(key) for key in keys}
    while True:
        for key, last in looked.items():
            if last.state != "done":
                looked[key] = jobs.status(key) or JobStatus(key, "cancelled")
        if on_look is not None:
            on_look(looked.values())
        for status in looked.values():
            if status.state in ("failed", "cancelled"):
                if status.message:
                    raise ExplorerError("{message}", message=status.message)
                raise ExplorerError("a run was cancelled")
        if all(s.state == "done" or (first_look and s.looked) for s in looked.values()):
            return
        if time.monotonic() > deadline:
            raise ExplorerError("the workers did not finish within {s:.0f} s", s=timeout_s)
        time.sleep(POLL_S)
