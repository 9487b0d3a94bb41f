"""Learn: the whole story in five steps, each with one picture that answers to a control."""

from collections.abc import Callable
from urllib.parse import urlencode

import streamlit as st

from app.components.choice import choose, chosen
from app.components.chosen_data import link_query
from app.components.plain import plain
from app.views.learn.blobs import scores_step
from app.views.learn.force import margin_step
from app.views.learn.motion import collapse_step
from app.views.learn.pairs import pair_step
from app.views.learn.question import question_step
from app.views.learn.teacher_note import teacher_note
from emargin_core.text.errors import ExplorerError
from emargin_core.text.language import gettext
from emargin_core.text.message import lazy_gettext

STEPS: dict[str, tuple[str, Callable[[], None]]] = {
    "pair": (lazy_gettext("1 The pair"), pair_step),
    "margin": (lazy_gettext("2 The margin"), margin_step),
    "collapse": (lazy_gettext("3 The collapse"), collapse_step),
    "scores": (lazy_gettext("4 The scores"), scores_step),
    "question": (lazy_gettext("5 A question"), question_step),
}
"""Name of each step in the address -> its title, and what draws it."""
FIRST = "pair"


def step_switch() -> str:
    """Draw the five steps as one switch; the name of the chosen one stands in the address."""
    asked = st.query_params.get("step")
    if asked is not None and asked not in STEPS:
        st.error(
            gettext(
                "In this page's address, step: '{asked}' is not a step of this page; choose "
                "from {known}. The first is shown.",
                asked=plain(asked),
                known=", ".join(STEPS),
            ),
            icon=":material/link_off:",
        )
    st.session_state["step_box"] = chosen("step", STEPS, FIRST)
    return str(
        st.segmented_control(
            gettext("Step"),
            list(STEPS),
            format_func=lambda name: str(STEPS[name][0]),
            required=True,
            key="step_box",
            on_change=_keep,
            label_visibility="collapsed",
        )
    )


def _keep() -> None:
    go_to(st.session_state["step_box"])


def go_to(step: str) -> None:
    """Show another step, and put it into the address."""
    choose("step", step)


def signposts(step: str) -> None:
    """Draw the ways on: the step before, the next one, and a link to this one."""
    names = list(STEPS)
    place = names.index(step)
    with st.container(horizontal=True, vertical_alignment="center", key="signposts"):
        if place > 0:
            st.button(
                gettext("Back: {title}", title=str(STEPS[names[place - 1]][0])),
                icon=":material/arrow_back:",
                key="step_back",
                on_click=go_to,
                args=(names[place - 1],),
            )
        if place < len(names) - 1:
            st.button(
                gettext("Next: {title}", title=str(STEPS[names[place + 1]][0])),
                type="primary",
                icon=":material/arrow_forward:",
                icon_position="right",
                key="step_next",
                on_click=go_to,
                args=(names[place + 1],),
            )
        else:
            st.page_link(
                "views/compare/page.py",
                label=gettext("Compare two methods yourself"),
                icon=":material/compare:",
                query_params=link_query(to_compare=True),
            )
        with st.popover(gettext("Link"), icon=":material/link:", key="step_link"):
            st.caption(
                gettext(
                    "This address opens this step. The address in the browser also includes "
                    "the slider positions."
                )
            )
            base = (st.context.url or "http://localhost:8501/learn").split("?")[0]
            st.code(f"{base}?{urlencode({'step': step})}", language=None)
        teacher_note(step)


@st.fragment
def body(step: str) -> None:
    """Draw one step; its controls redraw nothing else."""
    try:
        STEPS[step][1]()
    except ExplorerError as error:
        st.error(plain(str(error)), icon=":material/error:")


st.markdown(f"### {gettext('Learn: why prettier clusters can mean worse decisions')}")
current = step_switch()
body(current)
signposts(current)
