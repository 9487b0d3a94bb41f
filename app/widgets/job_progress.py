"""What the workers are doing for this page, with a way to stop it."""

from collections.abc import Sequence

import streamlit as st

from app import background
from emargin_core.jobs import JobStatus

POLL_S = 1.0


def active(keys: Sequence[str]) -> list[JobStatus]:
    """Those of the jobs that are still under way, whoever asked for them."""
    return [job for job in _known(keys) if not job.ended]


def failures(keys: Sequence[str]) -> list[str]:
    """What went wrong, one sentence each, without repetition."""
    return list(dict.fromkeys(job.message for job in _known(keys) if job.state == "failed"))


@st.fragment(run_every=POLL_S)
def progress_banner(keys: tuple[str, ...]) -> None:
    """Show one bar for all jobs; reruns the page when they have ended. Call only while active."""
    waiting = active(keys)
    if not waiting:
        st.rerun()
    done = len(keys) - len(waiting)
    share = (done + sum(job.progress.fraction for job in waiting)) / len(keys)
    with st.container(border=True, key="progress"):
        text, stop = st.columns([5, 1], vertical_alignment="center")
        text.progress(min(1.0, share), text=_words(waiting, done, len(keys)))
        if stop.button("Cancel", icon=":material/stop:", width="stretch", key="cancel"):
            for job in waiting:
                background.jobs().cancel(job.key, background.session_owner())


def _words(waiting: list[JobStatus], done: int, total: int) -> str:
    if any(job.state == "stopping" for job in waiting):
        return "Stopping; nothing of it is stored."
    running = [job for job in waiting if job.state == "running"]
    if not running:
        ahead = background.jobs().queue_position(waiting[0].key)
        return f"Waiting for a worker; {ahead} ahead." if ahead else "Starting the workers."
    left = [job.progress.seconds_left for job in running if job.progress.seconds_left is not None]
    stage = running[0].progress.stage.capitalize()
    count = f" Run {done + 1} of {total}." if total > 2 else ""
    return f"{stage}, about {max(left):.0f} s left.{count}" if left else f"{stage}.{count}"


def _known(keys: Sequence[str]) -> list[JobStatus]:
    return [status for key in keys if (status := background.jobs().status(key)) is not None]
