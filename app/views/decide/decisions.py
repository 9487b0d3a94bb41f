"""The decision of this session: opened from the address or new, saved at every change.

A decision gets its name, and its place on disk, with the first change; the address then names it.
It is about the data chosen for all pages: other data have a decision of their own.
"""

from typing import Any

import streamlit as st
from pydantic import ValidationError

from app import session
from app.components.choice import choose
from app.components.chosen_data import chosen_data, keep_in_address
from app.components.settings import check_margin
from emargin_core.analysis.decide.independent_labels import IndependentLabels
from emargin_core.analysis.decide.plan_state import MAX_SEEDS, DecisionPlan, DecisionStore
from emargin_core.analysis.decide.preference import Preference
from emargin_core.analysis.verdict import EQUAL_WITHIN
from emargin_core.config import ExperimentConfig, make_config
from emargin_core.datasets.registry import is_at_hand
from emargin_core.store.gallery.plan import BASELINES, CANDIDATES
from emargin_core.text.errors import ExplorerError, InputError
from emargin_core.text.message import Message, Text
from emargin_core.text.plain_text import refusal, shown

ADDRESS = "decision"
MARGIN = "equal_within"
_WROTE = "decide_equal_within"
"""Where the session keeps the margin that this page wrote into the address."""
_PLAN, _NAME, _TURN, _FAULT = "decide_plan", "decide_id", "decide_turn", "decide_fault"
_OTHERS = "decide_others"
"""Where the session keeps name and plan of the decisions on other data."""


def decisions() -> DecisionStore:
    """All decisions of this server."""
    return DecisionStore(session.run_store().home)


def first_plan(dataset: str) -> DecisionPlan:
    """A new decision: the comparison last shown of this data, else the default settings.

    With the margin of equality that was last compared with.
    """
    baseline, pilot, repeats = _last_shown(dataset) or (
        make_config(dataset=dataset, **BASELINES[0]),
        make_config(dataset=dataset, **CANDIDATES[0]),
        1,
    )
    margin = st.session_state.get("shown", (EQUAL_WITHIN,))[-1]
    return DecisionPlan(
        baseline=baseline, pilot=pilot, repeats=repeats, preference=Preference(equal_within=margin)
    )


def _last_shown(dataset: str) -> tuple[ExperimentConfig, ExperimentConfig, int] | None:
    """First run of either side of the comparison last shown, and trainings on its first fold.

    None if it is of other data.
    """
    sides = st.session_state.get("shown", ())[:2]
    runs = [run for side in sides if (run := session.known_result(side[0])) is not None]
    if len(runs) < 2 or runs[0].config["dataset"] != dataset:
        return None
    before, after = (
        make_config(**{name: value for name, value in run.config.items() if value is not None})
        for run in runs
    )
    shown_runs = (session.known_result(name) for name in sides[0])
    repeats = sum(run is not None and run.fold == runs[0].fold for run in shown_runs)
    return before, after, min(max(1, repeats), MAX_SEEDS)


def current() -> DecisionPlan:
    """The decision of this session; one that the address names is opened first.

    Raises:
        InputError: the address names none that can be opened; a new one is begun.
    """
    asked = st.query_params.get(ADDRESS)
    if asked is not None and asked != st.session_state.get(_NAME):
        start_anew()
        open_decision(asked)
    _follow(chosen_data())
    _follow_margin()
    keep_in_address(in_address())
    return st.session_state[_PLAN]


def _follow_margin() -> None:
    """Take the margin of equality that the address asks for; the page's inputs show it.

    Raises:
        InputError: what it asks for is no margin; the plan's stays.
    """
    plan = st.session_state[_PLAN]
    asked, wrote = st.query_params.get(MARGIN), st.session_state.get(_WROTE)
    st.session_state[_WROTE] = asked
    if asked not in (None, wrote):
        wanted = plan.preference.model_copy(update={"equal_within": check_margin(asked) / 100})
        if wanted != plan.preference:
            st.session_state[_PLAN] = plan.model_copy(update={"preference": wanted})
            st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
    st.session_state[_WROTE] = margin = in_address()[MARGIN]
    if asked not in (None, margin):
        st.query_params[MARGIN] = margin


def in_address() -> dict[str, str]:
    """What the address is to have of the decision: its margin and, once it is saved, its name."""
    plan, known_as = st.session_state[_PLAN], name()
    margin = {MARGIN: f"{round(100 * plan.preference.equal_within, 6):g}"}
    return margin if known_as is None else margin | {ADDRESS: known_as}


def _follow(dataset: str) -> None:
    """Turn to this session's decision on the data, or to a new one.

    A new one follows the Compare page until it is first changed.
    """
    others = st.session_state.setdefault(_OTHERS, {})
    if name() is not None or fault() is not None:
        plan = st.session_state[_PLAN]
        if plan.pilot.dataset == dataset:
            return
        others[plan.pilot.dataset] = (name(), plan)
    known_as, plan = others.pop(dataset, None) or (None, first_plan(dataset))
    if (known_as, plan) != (name(), st.session_state.get(_PLAN)):
        _take(known_as, plan)


def name() -> str | None:
    """Id of the decision, None until it is saved."""
    return st.session_state.get(_NAME)


def open_decision(wanted: str) -> None:
    """Open a stored decision, and turn all pages to its data.

    Raises:
        InputError: there is none, it cannot be read, or its data are not on this machine.
    """
    plan = decisions().load(wanted)
    if not is_at_hand(plan.pilot.dataset):
        raise InputError(
            "decision '{name}' is about data '{data}', which is not on this machine; add that "
            "data on the Data page, or start a new decision",
            name=wanted,
            data=shown(plan.pilot.dataset),
        )
    _take(wanted, plan)
    if plan.pilot.dataset != chosen_data():
        choose("data", plan.pilot.dataset)
        st.rerun()  # what is drawn already names other data


def start_anew() -> None:
    """Start a new decision; the current one stays stored."""
    st.session_state.get(_OTHERS, {}).pop(chosen_data(), None)
    _take(None, first_plan(chosen_data()))


def change(**fields: Any) -> None:
    """Change the decision and save it; if that fails, the change stays in the session."""
    plan = st.session_state[_PLAN]
    try:
        changed = DecisionPlan.model_validate(dict(plan) | fields)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        st.session_state[_FAULT] = Message("{place}: {fault}", place=place, fault=refusal(first))
        return
    if changed != plan:
        _keep(changed, name())


def keep_as_new() -> None:
    """Save the decision of this session under a new id."""
    had = name()
    plan = st.session_state[_PLAN]
    labels = decisions().load_labels(had, plan) if had else None
    _keep(plan.model_copy(update={"revision": 0}), None)
    if labels is not None and name() not in (None, had):
        decisions().save_labels(str(name()), labels)


def keep_labels(labels: IndependentLabels, file_name: str) -> None:
    """Save independent labels with the decision.

    Raises:
        StoreError: they could not be written.
    """
    change(label_file=file_name[:200], label_empty=labels.empty)
    if name() is not None:
        decisions().save_labels(str(name()), labels)


def fault() -> Text | None:
    """The error of the last save; None if it succeeded."""
    return st.session_state.get(_FAULT)


def widget_key(word: str) -> str:
    """Key of a widget; it differs for every opened decision, so the widget shows its value."""
    return f"decide_{word}_{st.session_state.get(_TURN, 0)}"


def _keep(plan: DecisionPlan, known_as: str | None) -> None:
    st.session_state[_PLAN] = plan
    try:
        kept_as, written = decisions().save(plan, known_as)
    except ExplorerError as error:
        st.session_state[_FAULT] = error.message
        return
    st.session_state.pop(_FAULT, None)
    st.session_state[_PLAN], st.session_state[_NAME] = written, kept_as
    st.query_params.update(in_address())  # one step in the browser's history


def _take(known_as: str | None, plan: DecisionPlan) -> None:
    st.session_state[_PLAN], st.session_state[_NAME] = plan, known_as
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
    st.session_state.pop(_FAULT, None)
    st.query_params.pop(ADDRESS, None)
    if known_as is not None:
        st.query_params[ADDRESS] = known_as


def labels_of(plan: DecisionPlan) -> IndependentLabels | None:
    """The independent labels saved with the decision.

    Raises:
        InputError: they cannot be read.
    """
    known_as = name()
    if known_as is None and plan.label_file is not None:
        raise InputError("the independent labels were not saved; upload them again")
    return None if known_as is None else decisions().load_labels(known_as, plan)
