"""The settings of the generated process line; changing one gives another data set."""

import streamlit as st

from app.components.choice import choose
from emargin_core.datasets.sources.factory import (
    SETTINGS,
    LineSettings,
    name_of_settings,
    parse_settings,
)
from emargin_core.text.errors import InputError
from emargin_core.text.language import gettext as _


def factory_settings(name: str) -> None:
    """Draw a slider for each setting of the line with this name; a change loads the new line."""
    try:
        settings = parse_settings(name.partition(":")[2])
    except InputError:
        settings = LineSettings()
    st.caption(_("This process line is generated. Set how difficult it is:"))
    for setting, bound in SETTINGS.items():
        whole = bound.step >= 1
        kind = int if whole else float
        key = f"factory_{setting}"
        st.session_state[key] = kind(getattr(settings, setting))
        draw = st.number_input if setting == "seed" else st.slider
        draw(
            str(bound.title),
            kind(bound.low),
            kind(bound.high),
            step=kind(bound.step),
            key=key,
            help=str(bound.meaning),
            on_change=_changed,
        )


def _changed() -> None:
    choose(
        "data",
        name_of_settings({setting: st.session_state[f"factory_{setting}"] for setting in SETTINGS}),
    )
