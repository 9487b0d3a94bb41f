"""How far a sweep is, with a way to stop it and to go on."""

import streamlit as st

from app import session
from app.components.plain import plain
from emargin_core.sweeps.status import SweepStatus
from emargin_core.text.errors import ExplorerError
from emargin_core.text.language import gettext as _
from emargin_core.text.language import sentences
from emargin_core.text.numbers import length_words

POLL_S = 1.5


def sweep_banner(name: str, status: SweepStatus) -> None:
    """Show progress while it works, and what became of it otherwise; nothing when it is done."""
    if not status.ended:
        _live(name, status.done + status.failed)
        return
    if status.state == "done":
        if status.failed:
            st.caption(
                _(
                    "{n} of {all} trials failed; the table shows why.",
                    n=status.failed,
                    all=status.total,
                )
            )
        return
    words = _(
        "{n} of {all} trials are done and stored.", n=status.done + status.failed, all=status.total
    )
    with st.container(border=True):
        text, button = st.columns([5, 1], vertical_alignment="center")
        if status.state == "failed":
            text.error(sentences(plain(str(status.message)), words), icon=":material/error:")
        else:
            text.info(sentences(_("Stopped."), words), icon=":material/pause:")
        if session.sweeps().is_current(name) and button.button(
            _("Resume"), icon=":material/play_arrow:", width="stretch", key="sweep_go_on"
        ):
            try:
                session.sweeps().resume(name, session.jobs())
            except ExplorerError as error:
                st.error(plain(str(error)))
                return
            st.rerun()


@st.fragment(run_every=POLL_S)
def _live(name: str, drawn: int) -> None:
    """Poll; redraw the page when trials have come in, and when it has ended."""
    status = session.sweeps().status(name)
    if status.ended or status.done + status.failed != drawn:
        st.rerun()
    with st.container(border=True, key="sweep_progress"):
        text, button = st.columns([5, 1], vertical_alignment="center")
        text.progress(status.fraction, text=_words(status))
        if button.button(
            _("Stop"),
            icon=":material/stop:",
            width="stretch",
            key="sweep_stop",
            disabled=status.state == "stopping",
        ):
            session.sweeps().cancel(name)


def _words(status: SweepStatus) -> str:
    if status.state == "stopping":
        return _("Stopping; finished trials are kept.")
    count = {"n": status.done + status.failed, "all": status.total}
    if status.rate_per_minute is None or status.seconds_left is None:
        return _("{n} of {all} trials done, {running} running.", running=status.running, **count)
    return _(
        "{n} of {all} trials done, {rate:.1f} per minute, about {left} left.",
        rate=status.rate_per_minute,
        left=length_words(status.seconds_left),
        **count,
    )
