"""The decision's name, its link, and the way to others."""

from urllib.parse import urlencode

import streamlit as st

from app import decisions
from app.decisions import widget_key
from app.widgets.plain import plain
from emargin_core.decide.plan_state import DecisionPlan
from emargin_core.errors import ExplorerError, InputError
from emargin_core.language import retell, say

SHOWN = 30


def decision_sidebar(plan: DecisionPlan) -> None:
    """Draw name, state, link, and what else was decided here."""
    title = st.text_input(
        say("This decision"), plan.title, max_chars=80, key=widget_key("title"),
        placeholder=say("Give it a name"),
    )  # fmt: skip
    if title != plan.title:
        decisions.change(title=title)
        st.rerun()
    _state(plan)
    with st.container(horizontal=True):
        if decisions.name() is not None:
            with st.popover(say("Link"), icon=":material/link:"):
                st.caption(say("Whoever can open this program can open the decision with it."))
                st.code(_address(), language=None)
        st.button(say("New"), icon=":material/add:", key="decide_new",
                  on_click=decisions.start_anew)  # fmt: skip
    _others()


def _state(plan: DecisionPlan) -> None:
    fault = decisions.fault()
    if fault is not None:
        st.error(plain(retell(fault)), icon=":material/error:")
        st.button(say("Save as a new one"), key="decide_save_new", on_click=decisions.keep_as_new)
    elif decisions.name() is None:
        st.caption(say("Kept from your first change on."))
    else:
        st.caption(say("Kept on {day} at {time} UTC.", day=plan.saved[:10], time=plan.saved[11:16]))


def _others() -> None:
    """A list of what was decided before, the last first."""
    names = [name for name in decisions.decisions().ids() if name != decisions.name()][:SHOWN]
    if not names:
        return
    titles = {name: _title(name) for name in names}
    wanted = st.selectbox(say("Open another"), names, index=None, key=widget_key("open"),
                          format_func=titles.__getitem__, placeholder=say("Choose"))  # fmt: skip
    if wanted is not None:
        try:
            decisions.open_decision(wanted)
        except ExplorerError as error:
            st.error(plain(retell(str(error))), icon=":material/error:")
            return
        st.rerun()


def _title(name: str) -> str:
    try:
        plan = decisions.decisions().load(name)
    except InputError:
        return say("unreadable ({name})", name=name)
    return f"{plan.title or say('unnamed')} ({plan.saved[:10]})"


def _address() -> str:
    base = (st.context.url or "http://localhost:8501").split("?")[0]
    return f"{base}?{urlencode({decisions.ADDRESS: decisions.name() or ''})}"
