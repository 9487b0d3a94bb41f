"""What a teacher may ask at each step of the Learn page."""

import streamlit as st

from emargin_core.text.language import gettext as _
from emargin_core.text.message import lazy_gettext

NOTES: dict[str, tuple[str, ...]] = {
    "pair": (
        lazy_gettext(
            "Which of the negatives would you not want to push away, and why can the method not "
            "know?"
        ),
        lazy_gettext(
            "Move the threshold. Where should a transition be marked, and where is one missed?"
        ),
        lazy_gettext(
            "What would go wrong if frames next to each other often showed different things?"
        ),
    ),
    "margin": (
        lazy_gettext("At which similarity does no force act on a negative?"),
        lazy_gettext(
            "Set the scale to 0.5. For which frames does the pull stop, and is there any push?"
        ),
        lazy_gettext(
            "Choose the released method and move the threshold from 0 to 1. What changes, and why?"
        ),
    ),
    "collapse": (
        lazy_gettext("Which falls first: the mean distance, or the directions in use?"),
        lazy_gettext(
            "Predict before you press Play: does scale 1 collapse faster or slower than scale 5?"
        ),
        lazy_gettext(
            "Why does a small uniformity weight help, although it uses no knowledge of the "
            "exercises?"
        ),
    ),
    "scores": (
        lazy_gettext(
            "Find settings with a Silhouette above 0.7 and fewer than half of the decisions right."
        ),
        lazy_gettext(
            "Find settings with a Silhouette below 0.4 and more than nine of ten decisions right."
        ),
        lazy_gettext("Why must a collapsed embedding get no score rather than a perfect one?"),
    ),
    "question": (
        lazy_gettext(
            "Which number, computed without labels, would have warned of B in the first question?"
        ),
        lazy_gettext(
            "Would you trust a supplier who shows Silhouette alone? What would you ask for?"
        ),
        lazy_gettext("How many labelled recordings would you need before you adopted B?"),
    ),
}


def teacher_note(step: str) -> None:
    """Draw the note behind its button."""
    with st.popover(_("Teacher's note"), icon=":material/school:", key="teacher_note"):
        st.markdown(_("**Questions for the class**, about five minutes:"))
        st.markdown("\n".join(f"{n}. {text}" for n, text in enumerate(NOTES[step], start=1)))
        st.caption(_("Ask everyone to guess before moving a slider. More in `docs/learn.md`."))
