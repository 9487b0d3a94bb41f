"""What the workers are doing for this page, with a way to stop it."""

from collections.abc import Callable, Sequence

import streamlit as st

from app import session
from emargin_core.jobs.status import STAGES, JobStatus
from emargin_core.text.language import gettext as _
from emargin_core.text.language import ngettext, sentences

POLL_S = 1.0
WATCHING_S = 0.5
"""As often looks who watches a training, where few do."""
POLLS_A_SECOND = 15
"""Of all who wait for the same together: fifty who looked each second took half a core."""


def active(keys: Sequence[str], first_look: bool = False) -> list[JobStatus]:
    """Those of the jobs that are still under way, whoever asked for them.

    first_look: runs whose first look is stored are not counted.
    """
    return [job for job in _known(keys) if not (job.ended or (first_look and job.looked))]


def under_way(
    keys: Sequence[str], is_there: Callable[[str], object] | None = None, first_look: bool = False
) -> bool:
    """Whether jobs are under way whose outcomes the page has just missed; reruns it if one came.

    A job may end after the page looked for its outcome: what is drawn then would say that nothing
    was computed, and wait for nothing. is_there: whether the outcome of a job
    can be had by now; unless given, whether a run of this name is stored. first_look: as in
    `active`.
    """
    if active(keys, first_look):
        return True
    if any((is_there or session.stored_result)(key) for key in keys):
        st.rerun()
    return False


def failures(keys: Sequence[str]) -> list[str]:
    """What went wrong, one sentence each, without repetition."""
    failed = (str(job.message) for job in _known(keys) if job.state == "failed")
    return list(dict.fromkeys(failed))


def progress_banner(
    keys: tuple[str, ...], watch: Callable[[], None] | None = None, first_look: bool = False
) -> None:
    """Show one bar for all jobs; reruns the page as each of them ends, at once if all have.

    The more people wait for one job, the less often each of them looks. watch: draws what there is
    to see of the jobs, under the bar and as often. first_look: as in `active`.
    """
    waiting = active(keys, first_look)
    if not waiting:
        st.rerun()
    people = max(len(job.owners) for job in waiting)
    every = max(POLL_S if watch is None else WATCHING_S, people / POLLS_A_SECOND)
    st.fragment(_banner, run_every=every)(keys, len(waiting), watch, first_look)


def _banner(
    keys: tuple[str, ...], n_waiting: int, watch: Callable[[], None] | None, first_look: bool
) -> None:
    waiting = active(keys, first_look)
    if len(waiting) < n_waiting:
        st.rerun()
    done = len(keys) - len(waiting)
    share = (done + sum(job.progress.fraction for job in waiting)) / len(keys)
    with st.container(border=True, key="progress"):
        text, stop = st.columns([5, 1], vertical_alignment="center")
        text.progress(min(1.0, share), text=_words(waiting, done, len(keys)))
        mine = any(map(session.can_cancel, waiting))
        if stop.button(
            _("Cancel"),
            icon=":material/stop:",
            width="stretch",
            key="cancel",
            disabled=not mine,
            help=None if mine else _("Others asked for this too, and still wait for it."),
        ):
            for job in waiting:
                session.cancel(job)
    if watch is not None:
        watch()


def _words(waiting: list[JobStatus], done: int, total: int) -> str:
    if any(job.state == "stopping" for job in waiting):
        return _("Stopping; nothing from this run is stored.")
    running = [job for job in waiting if job.state == "running"]
    if not running:
        return _place(waiting)
    left = [job.progress.seconds_left for job in running if job.progress.seconds_left is not None]
    stage = str(STAGES[running[0].progress.stage]).capitalize()
    words = (
        _("{stage}, about {seconds:.0f} s left.", stage=stage, seconds=max(left))
        if left
        else _("{stage}.", stage=stage)
    )
    return sentences(words, _count(done + 1, total))


def _count(run: int, total: int) -> str:
    return _("Run {run} of {total}.", run=run, total=total) if total > 2 else ""


def _place(waiting: list[JobStatus]) -> str:
    """Where in the line the first of these jobs stands."""
    places = [session.jobs().queue_position(job.key) for job in waiting]
    if None in places:
        return _("Starting the workers.")
    ahead = min(place for place in places if place is not None)
    if ahead == 0:
        return _("All workers are busy; your run is next.")
    return ngettext(
        "All workers are busy; {n} run is ahead of yours.",
        "All workers are busy; {n} runs are ahead of yours.",
        ahead,
    )


def _known(keys: Sequence[str]) -> list[JobStatus]:
    return [status for key in keys if (status := session.jobs().status(key)) is not None]
