"""What is in doubt about a file, each question with a button for every answer."""

from collections.abc import Callable

import streamlit as st

from app.components.plain import plain
from emargin_core.datasets.tables.inspection import FileReport
from emargin_core.datasets.tables.questions import Change, Problem
from emargin_core.text.language import gettext as _
from emargin_core.text.plain_text import listed

OnAnswer = Callable[[Change], None]


def questions(report: FileReport, on_answer: OnAnswer) -> None:
    """Draw the problems; an answer calls `on_answer` with the decision."""
    for number, problem in enumerate(report.problems):
        asks = bool(problem.remedies)
        with st.container(border=True):
            show = st.warning if asks else st.error
            icon = ":material/help:" if asks else ":material/error:"
            show(_as_sentence(problem), icon=icon)
            if problem.asks == "rate":
                _rate(number, on_answer)
            elif asks:
                _buttons(number, problem, on_answer)


def answer_words(remedy: Change) -> str:
    """Say what an answer does, in a few words."""
    values = dict(remedy)
    match values:
        case {"na": ()}:
            return _("No, it is a value")
        case {"na": _words, "missing": "interpolate"}:
            return _("Missing: fill short gaps")
        case {"na": _words, "missing": "drop"}:
            return _("Missing: leave those rows out")
        case {"hold": _names}:
            return _("Hold its last value")
        case {"missing": "interpolate"}:
            return _("Fill short gaps")
        case {"missing": "drop"}:
            return _("Leave those rows out")
        case {"fill_labels": True}:
            return _("Yes, each counts until the next")
        case {"leave_out": names, **rest} if not rest:
            return _("Leave out {names}", names=listed(names))
        case {"time_unit": unit}:
            return {"s": _("Seconds"), "ms": _("Milliseconds"), "us": _("Microseconds")}.get(
                unit, _("Nanoseconds")
            )
        case {"time_format": order}:
            return _("The day is first") if order == "dmy" else _("The month is first")
        case {"decimal": mark}:
            return _("A comma") if mark == "," else _("A point")
        case {"channels": names}:
            return _("Take {names} as a channel", names=listed(n.removeprefix("+") for n in names))
        case {"time": "", "rate": rate}:
            return _("Leave the time out: {rate:g} a second", rate=rate)
        case {"resample": rate}:
            return _("Resample to {rate:g} a second", rate=rate)
        case {"label": ""} | {"label": "", "leave_out": _}:
            return _("There is no label")
        case {"label": name}:
            return _("{name} is the label", name=name)
        case {"row_is": kind}:
            known = {"window": _("A whole window"), "embedding": _("An embedding")}
            return known.get(kind, _("One sample"))
        case {"restarts": True}:
            return _("Begin a new recording there")
        case {"sort": True}:
            return _("Sort by time")
        case {"header": 0}:
            return _("There is no header")
        case {"frame": length}:
            return _("Frames of {length}", length=str(length).removesuffix(" samples"))
    return _("Do without it")


def _rate(number: int, on_answer: OnAnswer) -> None:
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    left.number_input(_("Samples per second"), 1e-6, 1e6, 50.0, key="own_rate")
    right.button(
        _("Use this rate"),
        type="primary",
        key=f"own_answer_{number}_0",
        on_click=lambda: on_answer((("rate", st.session_state.own_rate),)),
    )


def _buttons(number: int, problem: Problem, on_answer: OnAnswer) -> None:
    with st.container(horizontal=True):
        for place, remedy in enumerate(problem.remedies):
            st.button(
                plain(answer_words(remedy)),
                type="primary" if place == 0 else "secondary",
                key=f"own_answer_{number}_{place}",
                on_click=on_answer,
                args=(remedy,),
            )


def _as_sentence(problem: Problem) -> str:
    words = str(problem.what)
    return plain(f"{words[:1].upper()}{words[1:]}")
