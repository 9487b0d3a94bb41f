"""Decide: pilot, threshold, rollout check and verdict, one stage at a time."""

import html

import streamlit as st

from app import decisions
from app.widgets.decide_costs import cost_form
from app.widgets.decide_pilot import pilot
from app.widgets.decide_rollout import checked, rollout
from app.widgets.decide_runs import all_there, compared, whence
from app.widgets.decide_side import decision_sidebar
from app.widgets.decide_threshold import chosen, setting_words, threshold
from app.widgets.decide_verdict import answer_banner, grounds, money, take_along
from app.widgets.plain import plain
from emargin_core.comparison import Comparison
from emargin_core.decide.decision import decide
from emargin_core.decide.plan_state import DecisionPlan
from emargin_core.errors import ExplorerError
from emargin_core.language import mark, retell, say

STAGES = {
    "pilot": mark("1 Pilot"),
    "threshold": mark("2 Threshold"),
    "rollout": mark("3 Rollout check"),
    "verdict": mark("Verdict"),
}
QUESTIONS = {
    "pilot": mark("On a small set, with and without the method: tidier groups, better decisions?"),
    "threshold": mark("Which setting gives you both, by your own weights?"),
    "rollout": mark("Does the classifier that would be used hold up, also in the field?"),
    "verdict": mark("What does it cost, what does it save, and what is to be done?"),
}
NAMES = tuple(STAGES)


def stage_chosen(plan: DecisionPlan) -> str:
    """Draw the four stages as steps; the address names the one that is shown."""
    asked = st.session_state.get("decide_stage", st.query_params.get("stage", NAMES[0]))
    stage = asked if asked in NAMES else NAMES[0]
    st.session_state["decide_stage_box"] = stage
    done = {name for name in NAMES[: NAMES.index(stage)] if is_done(name, plan)}
    st.segmented_control(
        say("Stage"), NAMES, required=True, key="decide_stage_box", on_change=_take_stage,
        format_func=lambda name: ("✓ " if name in done else "") + say(STAGES[name]),
        label_visibility="collapsed",
    )  # fmt: skip
    st.query_params["stage"] = stage
    st.session_state["decide_stage"] = stage
    return stage


def is_done(stage: str, plan: DecisionPlan) -> bool:
    """Whether a stage that was left has its result."""
    if stage == "rollout":
        return plan.field_file is not None
    config = plan.pilot if stage == "pilot" else chosen(plan).config
    return config is not None and all_there(plan.baseline, config, plan.repeats)


def _take_stage() -> None:
    st.session_state["decide_stage"] = st.session_state["decide_stage_box"]


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
            return
        st.caption(say("With the method: {setting}.", setting=setting_words(picked.config)))
        comparison = compared(plan.baseline, picked.config, plan.repeats, stage)
        if comparison is None:
            use_pilot(plan)
        elif stage == "rollout":
            rollout(plan, comparison)
            whence(comparison)
        else:
            verdict(plan, comparison, picked.among)


def use_pilot(plan: DecisionPlan) -> None:
    """Offer the pilot's setting, whose runs are there already, in place of the chosen one."""
    st.button(
        say("Go on with the pilot's setting instead"), icon=":material/undo:",
        key="decide_use_pilot", on_click=decisions.change,
        kwargs={"preference": plan.preference.model_dump() | {"way": "pilot"}},
    )  # fmt: skip


def verdict(plan: DecisionPlan, comparison: Comparison, among: int) -> None:
    """Draw the answer, its grounds and its costs."""
    field = None
    try:
        field = checked(plan, comparison)
    except ExplorerError as error:
        st.error(plain(retell(str(error))), icon=":material/error:")
    wanted = plan.preference.minimum if plan.preference.way == "minimum" else None
    decision = decide(comparison, plan.costs, minimum=wanted, field=field, chosen_among=among)
    answer_banner(decision)
    left, right = st.columns([1.7, 1.1], gap="medium")
    with left:
        with st.container(border=True):
            grounds(decision)
        with st.container(border=True):
            money(decision)
        take_along(decision, decisions.name())
    with right, st.container(border=True):
        cost_form(plan, comparison.candidate[0].data["class_names"])
    whence(comparison)


def steps(stage: str) -> None:
    """The way back and on."""
    place = NAMES.index(stage)
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        if place > 0:
            st.button(say("Back: {stage}", stage=say(STAGES[NAMES[place - 1]])),
                      icon=":material/arrow_back:", key="decide_back", on_click=_go,
                      args=(NAMES[place - 1],))  # fmt: skip
        if place + 1 < len(NAMES):
            st.button(say("Next: {stage}", stage=say(STAGES[NAMES[place + 1]])), type="primary",
                      icon=":material/arrow_forward:", key="decide_next", on_click=_go,
                      args=(NAMES[place + 1],))  # fmt: skip


def _go(stage: str) -> None:
    st.session_state["decide_stage"] = stage


try:
    try:
        plan = decisions.current()
    except ExplorerError as error:
        st.error(plain(retell(str(error))), icon=":material/link_off:")
        plan = decisions.current()
    with st.sidebar:
        decision_sidebar(plan)
    st.markdown("### " + say("Should you adopt it?"))
    stage = stage_chosen(plan)
    st.html(f"<p style='margin:0'>{html.escape(say(QUESTIONS[stage]))}</p>")
    show(plan, stage)
    steps(stage)
except ExplorerError as error:
    st.error(plain(retell(str(error))), icon=":material/error:")
