"""How far a sweep is, with a way to stop it and to go on."""

import streamlit as st

from app import background
from app.widgets.plain import plain
from emargin_core.errors import ExplorerError
from emargin_core.language import retell, say, sentences
from emargin_core.sweep import SweepStatus

POLL_S = 1.5


def sweep_banner(name: str, status: SweepStatus) -> None:
    """Show progress while it works, and what became of it otherwise; nothing when it is done."""
    if not status.ended:
        _live(name, status.done + status.failed)
        return
    if status.state == "done":
        if status.failed:
            st.caption(
                say(
                    "{n} of {all} trials failed; the table says why.",
                    n=status.failed,
                    all=status.total,
                )
            )
        return
    words = say(
        "{n} of {all} trials are done and kept.",
        n=status.done + status.failed,
        all=status.total,
    )
    with st.container(border=True):
        text, button = st.columns([5, 1], vertical_alignment="center")
        if status.state == "failed":
            text.error(sentences(plain(retell(status.message)), words), icon=":material/error:")
        else:
            text.info(sentences(say("Stopped."), words), icon=":material/pause:")
        if button.button(
            say("Go on"), icon=":material/play_arrow:", width="stretch", key="sweep_go_on"
        ):
            try:
                background.sweeps().resume(name, background.jobs())
            except ExplorerError as error:
                st.error(plain(retell(str(error))))
                return
            st.rerun()


@st.fragment(run_every=POLL_S)
def _live(name: str, drawn: int) -> None:
    """Poll; redraw the page when trials have come in, and when it has ended."""
    status = background.sweeps().status(name)
    if status.ended or status.done + status.failed != drawn:
        st.rerun()
    with st.container(border=True, key="sweep_progress"):
        text, button = st.columns([5, 1], vertical_alignment="center")
        text.progress(status.fraction, text=_words(status))
        if button.button(say("Stop"), icon=":material/stop:", width="stretch", key="sweep_stop",
                         disabled=status.state == "stopping"):  # fmt: skip
            background.sweeps().cancel(name)


def _words(status: SweepStatus) -> str:
    if status.state == "stopping":
        return say("Stopping; what is finished is kept.")
    count = {"n": status.done + status.failed, "all": status.total}
    if status.rate_per_minute is None or status.seconds_left is None:
        return say("{n} of {all} trials, {running} under way.", running=status.running, **count)
    minutes = status.seconds_left / 60
    return say(
        "{n} of {all} trials, {rate:.1f} a minute, about {left} left.",
        rate=status.rate_per_minute,
        left=say("{n:.0f} min", n=minutes)
        if minutes >= 1.5
        else say("{n:.0f} s", n=status.seconds_left),
        **count,
    )
