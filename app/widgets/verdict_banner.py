"""The first thing read: what happened, in one sentence, and what to do about it."""

import streamlit as st

from emargin_core.verdict import Kind, Verdict

_LOOKS = {
    "mismatch": (st.warning, ":material/balance:"),
    "collapsed": (st.error, ":material/compress:"),
    "aligned-gain": (st.success, ":material/trending_up:"),
    "aligned-loss": (st.warning, ":material/trending_down:"),
    "inconclusive": (st.info, ":material/help:"),
}


def verdict_banner(verdict: Verdict) -> None:
    """Show the verdict; its kind decides colour and icon, its words say the same."""
    show, icon = _LOOKS[_known(verdict.kind)]
    show(f"{verdict.meaning}  \n:small[{verdict.advice}]", title=verdict.headline, icon=icon)


def _known(kind: Kind) -> Kind:
    return kind if kind in _LOOKS else "inconclusive"
