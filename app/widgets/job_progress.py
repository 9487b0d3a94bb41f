"""What the workers are doing for this page, with a way to stop it."""

from collections.abc import Sequence

import streamlit as st

from app import background
from emargin_core.jobs import JobStatus
from emargin_core.language import retell, say, say_many, sentences

POLL_S = 1.0
POLLS_A_SECOND = 15
"""Of all who wait for the same together: fifty who looked each second took half a core."""


def active(keys: Sequence[str]) -> list[JobStatus]:
    """Those of the jobs that are still under way, whoever asked for them."""
    return [job for job in _known(keys) if not job.ended]


def failures(keys: Sequence[str]) -> list[str]:
    """What went wrong, one sentence each, without repetition."""
    failed = (retell(job.message) for job in _known(keys) if job.state == "failed")
    return list(dict.fromkeys(failed))


def progress_banner(keys: tuple[str, ...]) -> None:
    """Show one bar for all jobs; reruns the page when they have ended. Call only while active.

    The more people wait for one job, the less often each of them looks.
    """
    people = max((len(job.owners) for job in active(keys)), default=1)
    st.fragment(_banner, run_every=max(POLL_S, people / POLLS_A_SECOND))(keys)


def _banner(keys: tuple[str, ...]) -> None:
    waiting = active(keys)
    if not waiting:
        st.rerun()
    done = len(keys) - len(waiting)
    share = (done + sum(job.progress.fraction for job in waiting)) / len(keys)
    with st.container(border=True, key="progress"):
        text, stop = st.columns([5, 1], vertical_alignment="center")
        text.progress(min(1.0, share), text=_words(waiting, done, len(keys)))
        if stop.button(say("Cancel"), icon=":material/stop:", width="stretch", key="cancel"):
            for job in waiting:
                background.jobs().cancel(job.key, background.session_owner())


def _words(waiting: list[JobStatus], done: int, total: int) -> str:
    if any(job.state == "stopping" for job in waiting):
        return say("Stopping; nothing of it is stored.")
    running = [job for job in waiting if job.state == "running"]
    if not running:
        return _place(waiting)
    left = [job.progress.seconds_left for job in running if job.progress.seconds_left is not None]
    stage = say(running[0].progress.stage).capitalize()
    words = (
        say("{stage}, about {seconds:.0f} s left.", stage=stage, seconds=max(left))
        if left
        else say("{stage}.", stage=stage)
    )
    return sentences(words, _count(done + 1, total))


def _count(run: int, total: int) -> str:
    return say("Run {run} of {total}.", run=run, total=total) if total > 2 else ""


def _place(waiting: list[JobStatus]) -> str:
    """Where in the line the first of these jobs stands."""
    places = [background.jobs().queue_position(job.key) for job in waiting]
    if None in places:
        return say("Starting the workers.")
    ahead = min(place for place in places if place is not None)
    if ahead == 0:
        return say("All workers are busy; yours is next.")
    return say_many(
        "All workers are busy; {n} run is before yours.",
        "All workers are busy; {n} runs are before yours.",
        ahead,
    )


def _known(keys: Sequence[str]) -> list[JobStatus]:
    return [status for key in keys if (status := background.jobs().status(key)) is not None]
