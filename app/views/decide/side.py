"""The sidebar: the decision's name, its link, and a list of other decisions."""

from urllib.parse import urlencode

import streamlit as st

from app.components.chosen_data import chosen_data
from app.components.plain import plain
from app.views.decide import decisions
from app.views.decide.decisions import widget_key
from emargin_core.analysis.decide.plan_state import DecisionPlan
from emargin_core.text.errors import ExplorerError, InputError
from emargin_core.text.language import gettext as _

SHOWN = 30


def decision_sidebar(plan: DecisionPlan) -> None:
    """Draw name, state and link of the decision, and the other decisions of this server."""
    title = st.text_input(
        _("This decision"),
        plan.title,
        max_chars=80,
        key=widget_key("title"),
        placeholder=_("Give it a name"),
    )
    if title != plan.title:
        decisions.change(title=title)
        st.rerun()
    _state(plan)
    with st.container(horizontal=True):
        if decisions.name() is not None:
            with st.popover(_("Link"), icon=":material/link:"):
                st.caption(
                    _("Anyone who can open this program can open this decision with the link.")
                )
                st.code(_address(), language=None)
        st.button(_("New"), icon=":material/add:", key="decide_new", on_click=decisions.start_anew)
    _others()


def _state(plan: DecisionPlan) -> None:
    fault = decisions.fault()
    if fault is not None:
        st.error(plain(str(fault)), icon=":material/error:")
        st.button(_("Save as new"), key="decide_save_new", on_click=decisions.keep_as_new)
    elif decisions.name() is None:
        st.caption(_("Saved automatically from your first change on."))
    else:
        st.caption(_("Saved on {day} at {time} UTC.", day=plan.saved[:10], time=plan.saved[11:16]))


def _others() -> None:
    """Draw a list of the other decisions, newest first."""
    names = [name for name in decisions.decisions().ids() if name != decisions.name()][:SHOWN]
    if not names:
        return
    titles = {name: _title(name) for name in names}
    wanted = st.selectbox(
        _("Open another"),
        names,
        index=None,
        key=widget_key("open"),
        format_func=titles.__getitem__,
        placeholder=_("Choose"),
    )
    if wanted is not None:
        try:
            decisions.open_decision(wanted)
        except ExplorerError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        st.rerun()


def _title(name: str) -> str:
    try:
        plan = decisions.decisions().load(name)
    except InputError:
        return _("unreadable ({name})", name=name)
    return f"{plan.title or _('unnamed')} ({plan.saved[:10]})"


def _address() -> str:
    base = (st.context.url or "http://localhost:8501").split("?")[0]
    named = {"data": chosen_data(), decisions.ADDRESS: decisions.name() or ""}
    return f"{base}?{urlencode(named)}"
