"""What a teacher may ask at each step of the Learn page."""

import streamlit as st

from emargin_core.language import mark, say

NOTES: dict[str, tuple[str, ...]] = {
    "pair": (
        mark(
            "Which of the negatives would you not want to push away, and why can the method not "
            "know?"
        ),
        mark("Move the threshold. Where should a transition be called, and where is one missed?"),
        mark("What would go wrong if frames next to each other often showed different things?"),
    ),
    "margin": (
        mark("At which likeness does a frame that is not a pair feel nothing at all?"),
        mark("Set the scale to 0.5. For which frames does the pull stop, and is there any push?"),
        mark(
            "Choose the released method and move the threshold from 0 to 1. What changes, and why?"
        ),
    ),
    "collapse": (
        mark("Which falls first: the mean distance, or the directions in use?"),
        mark("Predict before you press Play: does scale 1 collapse faster or slower than scale 5?"),
        mark("Why does a little spread help although it knows nothing about the exercises?"),
    ),
    "scores": (
        mark(
            "Find settings with a Silhouette above 0.7 and fewer than half of the decisions right."
        ),
        mark(
            "Find settings with a Silhouette below 0.4 and more than nine of ten decisions right."
        ),
        mark("Why must a collapsed embedding get no score rather than a perfect one?"),
    ),
    "question": (
        mark("Which number, taken without labels, would have warned of B in the first question?"),
        mark("Would you trust a supplier who shows Silhouette alone? What would you ask for?"),
        mark("How many labelled recordings would you need before you adopted B?"),
    ),
}  # fmt: skip


def teacher_note(step: str) -> None:
    """Draw the note behind its button."""
    with st.popover(say("Teacher's note"), icon=":material/school:", key="teacher_note"):
        st.markdown(say("**Questions for the class**, about five minutes:"))
        st.markdown("\n".join(f"{n}. {say(text)}" for n, text in enumerate(NOTES[step], start=1)))
        st.caption(say("Let everybody guess before a slider is moved. More in `docs/learn.md`."))
