"""The first thing read: what happened, in one sentence, and what to do about it."""

from dataclasses import dataclass

import streamlit as st

from emargin_core.language import say
from emargin_core.verdict import Verdict

_LOOKS = {
    "mismatch": (st.warning, ":material/balance:"),
    "collapsed": (st.error, ":material/compress:"),
    "aligned-gain": (st.success, ":material/trending_up:"),
    "aligned-loss": (st.warning, ":material/trending_down:"),
    "inconclusive": (st.info, ":material/help:"),
}


@dataclass(frozen=True)
class Suggestion:
    """Settings to try next, by their names in the URL."""

    label: str
    values: dict[str, float]


def verdict_banner(verdict: Verdict, suggestion: Suggestion | None) -> None:
    """Show the verdict; its kind decides colour and icon, its words say the same."""
    show, icon = _LOOKS[verdict.kind]
    text = f"**{verdict.headline}** {verdict.meaning}  \n:small[{verdict.advice}]"
    if suggestion is None:
        show(text, icon=icon)
        return
    banner, button = st.columns([6, 1], vertical_alignment="center", gap="small")
    with banner:
        show(text, icon=icon)
    with button:
        st.button(
            suggestion.label,
            icon=":material/arrow_forward:",
            on_click=_apply,
            args=(suggestion,),
            help=say("Sets the slider and trains with it."),
            width="content",
        )


def take_suggestion() -> bool:
    """Whether a suggestion was taken by the last click; asked once."""
    return bool(st.session_state.pop("suggestion_taken", False))


def _apply(suggestion: Suggestion) -> None:
    st.session_state.update(suggestion.values)
    st.session_state.suggestion_taken = True
