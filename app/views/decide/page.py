"""Decide: pilot, threshold, classifier check and verdict, one stage at a time."""

import html

import streamlit as st

from app import session
from app.components import choice
from app.components.chosen_data import data_choice, heading, keep_in_address
from app.components.plain import plain
from app.views.decide import decisions
from app.views.decide.costs import cost_form
from app.views.decide.pilot import pilot
from app.views.decide.rollout import checked, rollout
from app.views.decide.runs import all_there, compared, provenance
from app.views.decide.side import decision_sidebar
from app.views.decide.threshold import Chosen, chosen, setting_words, threshold
from app.views.decide.verdict import answer_banner, download, findings, money
from emargin_core.analysis.comparison import Comparison
from emargin_core.analysis.decide.decision import decide
from emargin_core.analysis.decide.plan_state import DecisionPlan
from emargin_core.text.errors import ExplorerError
from emargin_core.text.language import gettext
from emargin_core.text.message import lazy_gettext

STAGES = {
    "pilot": lazy_gettext("1 Pilot"),
    "threshold": lazy_gettext("2 Threshold"),
    "rollout": lazy_gettext("3 Classifier check"),
    "verdict": lazy_gettext("Verdict"),
}
QUESTIONS = {
    "pilot": lazy_gettext(
        "Try the method on a small data set: does it give tidier groups and better decisions?"
    ),
    "threshold": lazy_gettext("Which setting gives both, with the weights you choose?"),
    "rollout": lazy_gettext("Does the classifier also agree with labels given independently?"),
    "verdict": lazy_gettext("What does it cost, what does it save, and what should you do?"),
}
NAMES = tuple(STAGES)


def stage_chosen(plan: DecisionPlan) -> str:
    """Draw the four stages as steps and return the chosen one; it is also in the address."""
    st.session_state["stage_box"] = stage = choice.chosen("stage", NAMES, NAMES[0])
    done = {name for name in NAMES[: NAMES.index(stage)] if is_done(name, plan)}
    st.segmented_control(
        gettext("Stage"),
        NAMES,
        required=True,
        key="stage_box",
        on_change=_take_stage,
        format_func=lambda name: ("✓ " if name in done else "") + str(STAGES[name]),
        label_visibility="collapsed",
    )
    st.session_state["stage_chosen"] = stage
    keep_in_address({"stage": stage})
    return stage


def is_done(stage: str, plan: DecisionPlan) -> bool:
    """Whether a stage that was left has its result."""
    if stage == "rollout":
        return plan.label_file is not None
    config = plan.pilot if stage == "pilot" else chosen(plan).config
    return config is not None and all_there(plan, config)


def _take_stage() -> None:
    _go(st.session_state["stage_box"])


def show(plan: DecisionPlan, stage: str) -> None:
    """Draw one stage."""
    if stage == "pilot":
        pilot(plan)
    elif stage == "threshold":
        threshold(plan)
    else:
        picked = chosen(plan)
        if picked.config is None:
            st.warning(plain(picked.reason), icon=":material/search_off:")
            use_pilot(plan)
            return
        st.caption(gettext("With the method: {setting}.", setting=setting_words(picked.config)))
        comparison = compared(plan, picked.config, stage)
        if comparison is None:
            use_pilot(plan)
        elif stage == "rollout":
            rollout(plan, comparison)
            provenance(comparison)
        else:
            verdict(plan, comparison, picked)


def use_pilot(plan: DecisionPlan) -> None:
    """Offer the setting of the pilot, whose runs are stored, in place of the chosen one."""
    st.button(
        gettext("Use the setting from the pilot instead"),
        icon=":material/undo:",
        key="decide_use_pilot",
        on_click=decisions.change,
        kwargs={"preference": plan.preference.model_dump() | {"way": "pilot"}},
    )


def verdict(plan: DecisionPlan, comparison: Comparison, picked: Chosen) -> None:
    """Draw the answer, its reasons and its costs."""
    label_check = None
    try:
        label_check = checked(plan, comparison)
    except ExplorerError as error:
        st.error(plain(str(error)), icon=":material/error:")
    wanted = plan.preference.minimum if plan.preference.way == "minimum" else None
    decision = decide(
        comparison,
        plan.costs,
        minimum=wanted,
        label_check=label_check,
        chosen_among=picked.among,
        confirmed=picked.confirmed,
        reference_scores=session.stored_reference_scores(comparison.candidate[0]),
    )
    answer_banner(decision)
    left, right = st.columns([1.7, 1.1], gap="medium")
    with left:
        with st.container(border=True):
            findings(decision)
        with st.container(border=True):
            money(decision)
        download(decision, decisions.name())
    with right, st.container(border=True):
        cost_form(plan, comparison.candidate[0].data["class_names"])
    provenance(comparison)


def steps(stage: str) -> None:
    """Draw the buttons to the previous and the next stage."""
    place = NAMES.index(stage)
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        if place > 0:
            st.button(
                gettext("Back: {stage}", stage=str(STAGES[NAMES[place - 1]])),
                icon=":material/arrow_back:",
                key="decide_back",
                on_click=_go,
                args=(NAMES[place - 1],),
            )
        if place + 1 < len(NAMES):
            st.button(
                gettext("Next: {stage}", stage=str(STAGES[NAMES[place + 1]])),
                type="primary",
                icon=":material/arrow_forward:",
                key="decide_next",
                on_click=_go,
                args=(NAMES[place + 1],),
            )


def _go(stage: str) -> None:
    st.query_params.update(decisions.in_address() | {"stage": stage})  # one step in the history
    choice.choose("stage", stage)


with st.sidebar:
    data_choice()
heading(gettext("should you adopt the method?"))
try:
    try:
        plan = decisions.current()
    except ExplorerError as error:
        st.error(plain(str(error)), icon=":material/link_off:")
        plan = decisions.current()
    with st.sidebar:
        decision_sidebar(plan)
    stage = stage_chosen(plan)
    st.html(f"<p style='margin:0'>{html.escape(str(QUESTIONS[stage]))}</p>")
    show(plan, stage)
    steps(stage)
except ExplorerError as error:
    st.error(plain(str(error)), icon=":material/error:")
