"""Learn: the whole story in five steps, each with one picture that answers to a control."""

from collections.abc import Callable
from urllib.parse import urlencode

import streamlit as st

from app.widgets.choice import choose, chosen
from app.widgets.learn_blobs import scores_step
from app.widgets.learn_force import margin_step
from app.widgets.learn_motion import collapse_step
from app.widgets.learn_pairs import pair_step
from app.widgets.learn_question import question_step
from app.widgets.plain import plain
from app.widgets.teacher_note import teacher_note
from emargin_core.errors import ExplorerError
from emargin_core.language import mark, retell, say

STEPS: dict[str, tuple[str, Callable[[], None]]] = {
    "pair": (mark("1 The pair"), pair_step),
    "margin": (mark("2 The margin"), margin_step),
    "collapse": (mark("3 The collapse"), collapse_step),
    "scores": (mark("4 The scores"), scores_step),
    "question": (mark("5 A question"), question_step),
}
"""Name of each step in the address -> its title, and what draws it."""
FIRST = "pair"


def step_switch() -> str:
    """Draw the five steps as one switch; the name of the chosen one stands in the address."""
    asked = st.query_params.get("step")
    if asked is not None and asked not in STEPS:
        st.error(
            say(
                "In this page's address, step: '{asked}' is no step of this page; known are "
                "{known}. The first is shown.",
                asked=plain(asked), known=", ".join(STEPS),
            ),
            icon=":material/link_off:",
        )  # fmt: skip
    st.session_state["step_box"] = chosen("step", STEPS, FIRST)
    return str(
        st.segmented_control(
            say("Step"), list(STEPS), format_func=lambda name: say(STEPS[name][0]),
            required=True, key="step_box", on_change=_keep, label_visibility="collapsed",
        )
    )  # fmt: skip


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
                say("Back: {title}", title=say(STEPS[names[place - 1]][0])),
                icon=":material/arrow_back:", key="step_back", on_click=go_to,
                args=(names[place - 1],),
            )  # fmt: skip
        if place < len(names) - 1:
            st.button(
                say("Next: {title}", title=say(STEPS[names[place + 1]][0])), type="primary",
                icon=":material/arrow_forward:", icon_position="right", key="step_next",
                on_click=go_to, args=(names[place + 1],),
            )  # fmt: skip
        else:
            st.page_link(
                "views/compare.py", label=say("Now compare for yourself"),
                icon=":material/compare:",
            )  # fmt: skip
        with st.popover(say("Link"), icon=":material/link:", key="step_link"):
            st.caption(
                say(
                    "This address opens this step. The address of the page itself also holds "
                    "where you left the sliders."
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
        st.error(plain(retell(str(error))), icon=":material/error:")


st.markdown(f"### {say('Learn: why prettier clusters can mean worse decisions')}")
current = step_switch()
body(current)
signposts(current)
