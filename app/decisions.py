"""The decision that this session works at: from the address or new, kept at every change.

A decision gets its name, and its place on disk, with the first change; the address then names it.
"""

from typing import Any

import streamlit as st
from pydantic import ValidationError

from app import background
from emargin_core.config import ExperimentConfig, make_config
from emargin_core.decide.field_labels import FieldLabels
from emargin_core.decide.plan_state import DecisionPlan, DecisionStore
from emargin_core.errors import ExplorerError, InputError
from emargin_core.gallery_plan import BASELINES, CANDIDATES
from emargin_core.language import say

ADDRESS = "decision"
_PLAN, _NAME, _TURN, _FAULT = "decide_plan", "decide_id", "decide_turn", "decide_fault"


def decisions() -> DecisionStore:
    """All decisions of this server."""
    return DecisionStore(background.run_store().home)


def first_plan() -> DecisionPlan:
    """The decision to begin with: the comparison that comes with the program."""
    return DecisionPlan(
        baseline=make_config(**BASELINES[0]), pilot=make_config(**CANDIDATES[0]), repeats=3
    )


def current() -> DecisionPlan:
    """The decision of this session; one that the address names is opened first.

    Raises:
        InputError: the address names none that can be opened; a new one is begun.
    """
    asked = st.query_params.get(ADDRESS)
    if asked is not None and asked != st.session_state.get(_NAME):
        start_anew()
        open_decision(asked)
    if _PLAN not in st.session_state:
        st.session_state[_PLAN] = first_plan()
        st.session_state.setdefault(_TURN, 0)
    if name() is not None:
        st.query_params[ADDRESS] = name()
    return st.session_state[_PLAN]


def name() -> str | None:
    """Name of the decision, None until it is kept."""
    return st.session_state.get(_NAME)


def open_decision(wanted: str) -> None:
    """Take up a stored decision.

    Raises:
        InputError: there is none, or it cannot be read.
    """
    plan = decisions().load(wanted)
    _take(wanted, plan)


def start_anew() -> None:
    """Begin a new decision; the one at hand stays where it is kept."""
    _take(None, first_plan())


def change(**fields: Any) -> None:
    """Change the decision and keep it; what cannot be kept stays in this session, and is said."""
    plan = st.session_state[_PLAN]
    try:
        changed = DecisionPlan.model_validate(dict(plan) | fields)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        st.session_state[_FAULT] = say("{place}: {fault}", place=place, fault=first["msg"])
        return
    if changed != plan:
        _keep(changed, name())


def keep_as_new() -> None:
    """Keep what this session has under a name of its own."""
    had = name()
    plan = st.session_state[_PLAN]
    field = decisions().load_field(had, plan) if had else None
    _keep(plan.model_copy(update={"revision": 0}), None)
    if field is not None and name() not in (None, had):
        decisions().save_field(str(name()), field)


def keep_field(field: FieldLabels, file_name: str) -> None:
    """Keep labels from the field with the decision.

    Raises:
        StoreError: they could not be written.
    """
    change(field_file=file_name[:200], field_empty=field.empty)
    if name() is not None:
        decisions().save_field(str(name()), field)


def fault() -> str | None:
    """What went wrong when it was last kept; None if nothing did."""
    return st.session_state.get(_FAULT)


def widget_key(word: str) -> str:
    """Key of a widget: another for every decision opened, so that it shows that one's value."""
    return f"decide_{word}_{st.session_state.get(_TURN, 0)}"


def seeds_of(config: ExperimentConfig, repeats: int) -> tuple[ExperimentConfig, ...]:
    """A setting with as many seeds, one after another."""
    return tuple(
        config.model_copy(update={"seed": config.seed + place}) for place in range(repeats)
    )


def _keep(plan: DecisionPlan, known_as: str | None) -> None:
    st.session_state[_PLAN] = plan
    try:
        kept_as, written = decisions().save(plan, known_as)
    except ExplorerError as error:
        st.session_state[_FAULT] = str(error)
        return
    st.session_state.pop(_FAULT, None)
    st.session_state[_PLAN], st.session_state[_NAME] = written, kept_as
    st.query_params[ADDRESS] = kept_as


def _take(known_as: str | None, plan: DecisionPlan) -> None:
    st.session_state[_PLAN], st.session_state[_NAME] = plan, known_as
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
    st.session_state.pop(_FAULT, None)
    st.query_params.pop(ADDRESS, None)
    if known_as is not None:
        st.query_params[ADDRESS] = known_as


def field_of(plan: DecisionPlan) -> FieldLabels | None:
    """Labels from the field that were kept with the decision.

    Raises:
        InputError: they cannot be read.
    """
    known_as = name()
    if known_as is None and plan.field_file is not None:
        raise InputError(say("the labels from the field were not kept; upload them again"))
    return None if known_as is None else decisions().load_field(known_as, plan)
