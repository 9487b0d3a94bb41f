"""The first thing read: what happened, in one sentence, and what to do about it."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from emargin_core.analysis.verdict_words import Verdict
from emargin_core.text.language import gettext as _

COLLAPSED = ":material/compress:"
_LOOKS = {
    "mismatch": (st.warning, ":material/balance:"),
    "collapsed": (st.error, COLLAPSED),
    "aligned-gain": (st.success, ":material/trending_up:"),
    "aligned-loss": (st.warning, ":material/trending_down:"),
    "inconclusive": (st.info, ":material/help:"),
}


@dataclass(frozen=True)
class Suggestion:
    """Settings to try next, by their names in the URL."""

    label: str
    values: dict[str, float]


def verdict_banner(verdict: Verdict, offer: Callable[[], None] | None = None) -> None:
    """Show the verdict; its kind decides colour and icon, its words say the same.

    A first look is grey. `offer` draws the button of what to do next beside it.
    """
    if offer is None:
        _banner(verdict)
        return
    banner, button = st.columns([5, 1.3], vertical_alignment="center", gap="small")
    with banner:
        _banner(verdict)
    with button:
        offer()


def _banner(verdict: Verdict) -> None:
    text = f"**{verdict.headline}** {verdict.meaning}  \n:small[{verdict.advice}]"
    if verdict.settled:
        show, icon = _LOOKS[verdict.kind]
        show(text, icon=icon)
        return
    with st.container(border=True, key="first-look"):
        icon = COLLAPSED if verdict.kind == "collapsed" else ":material/visibility:"
        st.markdown(f"{icon} {text}")


def suggestion_button(suggestion: Suggestion) -> None:
    """Draw the button that takes a suggestion."""
    st.button(
        suggestion.label,
        icon=":material/arrow_forward:",
        on_click=_apply,
        args=(suggestion,),
        help=_("Sets the slider to this value and trains."),
        width="stretch",
    )


def take_suggestion() -> bool:
    """Whether a suggestion was taken by the last click; asked once."""
    return bool(st.session_state.pop("suggestion_taken", False))


def _apply(suggestion: Suggestion) -> None:
    st.session_state.update(suggestion.values)
    st.session_state.suggestion_taken = True
