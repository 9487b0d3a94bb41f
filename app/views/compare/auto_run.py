"""Train as I move: runs start by themselves once the settings have stood still for a moment."""

import time
from collections.abc import Collection

import streamlit as st

from app import session
from emargin_core.text.language import gettext as _

REST_S = 0.6
LOOK_S = 0.2

SEEN, TRIED, ASKED = "auto_seen", "auto_tried", "auto_asked"
"""In the session: the runs of the settings and since when, those tried last, those to cancel."""


def auto_run_switch() -> bool:
    """Draw the switch; off, and not to be moved, while somebody else waits for a worker."""
    others = session.jobs().others_wait(session.session_owner())
    switch = st.toggle(
        _("Train as I move"),
        key="auto_run",
        disabled=others,
        help=_("Off while others wait for a worker.")
        if others
        else _(
            "Starts a first look when the settings have not changed for a moment, and cancels the "
            "one it started before."
        ),
    )
    return switch and not others


def is_pending(runs: tuple[str, ...]) -> bool:
    """Whether these runs, which the settings need, are still to be asked for.

    They are once only: what was cancelled or failed does not start again by itself.
    """
    return bool(st.session_state.get(TRIED) != runs)


def is_due(runs: tuple[str, ...]) -> bool:
    """Whether these runs are pending, and the settings have stood still; call at every rerun."""
    now = time.monotonic()
    if st.session_state.get(SEEN, ((), now))[0] != runs:
        st.session_state[SEEN] = (runs, now)
    return is_pending(runs) and now - st.session_state[SEEN][1] >= REST_S


def note_tried(runs: tuple[str, ...]) -> None:
    """Note that these runs were asked for, whoever did it."""
    st.session_state[TRIED] = runs


def supersede(runs: Collection[str]) -> None:
    """Cancel what was started by itself for other settings; `runs` take its place.

    A run that was looked at is completed: little is left of it.
    """
    for name in st.session_state.get(ASKED, set()) - set(runs):
        job = session.jobs().status(name)
        if job is not None and not job.looked:
            session.jobs().cancel(name, session.session_owner())
    st.session_state[ASKED] = set(runs)


@st.fragment(run_every=LOOK_S)
def await_rest() -> None:
    """Rerun the page once the settings have stood still. Call only while runs are pending."""
    _runs, since = st.session_state[SEEN]
    if time.monotonic() - since >= REST_S:
        st.rerun()
