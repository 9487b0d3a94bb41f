"""The knobs of the generated process line; turning one gives another data set."""

import streamlit as st

from app.widgets.choice import choose
from emargin_core.datasets.factory import KNOBS, Knobs, knobs_name, parse_knobs
from emargin_core.errors import InputError
from emargin_core.language import say


def factory_knobs(name: str) -> None:
    """Draw a slider for each knob of the line with this name; a change loads the new line."""
    try:
        knobs = parse_knobs(name.partition(":")[2])
    except InputError:
        knobs = Knobs()
    st.caption(say("This line is generated. Make it as hard as you like:"))
    for knob, bound in KNOBS.items():
        whole = bound.step >= 1
        kind = int if whole else float
        key = f"knob_{knob}"
        st.session_state[key] = kind(getattr(knobs, knob))
        draw = st.number_input if knob == "seed" else st.slider
        draw(
            say(bound.title),
            kind(bound.low),
            kind(bound.high),
            step=kind(bound.step),
            key=key,
            help=say(bound.meaning),
            on_change=_turned,
        )


def _turned() -> None:
    choose("data", knobs_name({knob: st.session_state[f"knob_{knob}"] for knob in KNOBS}))
