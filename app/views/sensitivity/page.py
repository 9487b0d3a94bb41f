"""Sensitivity: how threshold and scale change clusters and decisions, and what to try next."""

import pandas as pd
import streamlit as st

from app import session
from app.components.choice import views
from app.components.chosen_data import data_choice, heading
from app.components.comparison.footer import SETTINGS
from app.components.plain import plain
from app.components.sweeps.stored import (
    GALLERY,
    confirmation_of,
    confirmed_choice,
    findings_of,
    sweep_words,
)
from app.components.sweeps.sweep_views import (
    chosen_row,
    chosen_setting,
    details,
    maps,
    slider_view,
    trade_off,
    with_words,
)
from app.views.sensitivity.confirm import confirm_row, confirmation_words
from app.views.sensitivity.sweep_form import sweep_form
from app.views.sensitivity.sweep_progress import sweep_banner
from app.views.sensitivity.tuned_story import recommendation, recommended, tuned_story
from emargin_core.analysis.recommendation_words import chosen_words, reason
from emargin_core.analysis.verdict_words import over
from emargin_core.config import METHODS
from emargin_core.sweeps.findings import Baseline, Findings
from emargin_core.text.errors import ExplorerError
from emargin_core.text.language import gettext, gettext_noop, sentences

VIEWS = (
    gettext_noop("Grid maps"),
    gettext_noop("Trade-off"),
    gettext_noop("Move the slider"),
    gettext_noop("Details"),
    gettext_noop("Tuned comparison"),
)


def choose_sweep(dataset: str) -> str | None:
    """The sweeps of this data set, newest first, and what comes with the program."""
    runner = session.sweeps()
    names = [name for name in runner.stored() if runner.spec(name).base.dataset == dataset]
    shipped = session.gallery()
    if shipped is not None and shipped.dataset == dataset:
        names.append(GALLERY)
    if not names:
        return None
    wanted = st.session_state.get("sweep_chosen")
    place = names.index(wanted) if wanted in names else 0
    return st.selectbox(
        gettext("Sweep"), names, place, format_func=sweep_words, label_visibility="collapsed"
    )


def show(name: str) -> None:
    """Draw a sweep, finished or under way, or what comes with the program."""
    complete, ended = True, 0
    if name != GALLERY:
        status = session.sweeps().status(name)
        sweep_banner(name, status)
        complete, ended = status.ended, status.done + status.failed
    found = findings_of(name, ended)
    settings = with_words(found.settings)
    if settings.empty:
        st.caption(
            gettext("No trial has finished.")
            if complete
            else gettext("The first results will appear here in a moment.")
        )
        return
    advised = found.recommendation.point
    chosen = chosen_setting(settings, advised.key if advised else settings["setting"].iloc[0])
    won = recommended(session.tuned_records(), wanted) if name == GALLERY else None
    if won is not None:
        recommendation(won)
    elif complete:
        headline(name, ended, found, settings)
    else:
        st.caption(gettext("Results so far; the recommendation comes with the last trial."))
    shown = VIEWS if session.tuned_records() else VIEWS[:-1]
    view = views(gettext("View"), "sens_view", shown, label_visibility="collapsed")
    if view == "Trade-off":
        trade_off(found, settings, chosen)
    elif view == "Move the slider":
        slider_view(name, settings, chosen)
    elif view == "Details":
        details(name, ended, found, settings)
    elif view == "Tuned comparison":
        tuned_story(session.tuned_records(), wanted)
    else:
        maps(settings, chosen)
    if view not in ("Details", "Tuned comparison"):
        chosen_row(found, settings, chosen, wanted)
    shipped = session.gallery()
    if name == GALLERY and shipped is not None:
        st.caption(
            gettext(
                "{label}. `{command}` recomputes it.",
                label=plain(str(shipped.label)),
                command=plain(shipped.command),
            )
        )


def headline(name: str, ended: int, found: Findings, settings: pd.DataFrame) -> None:
    """The setting to try next and why, what was confirmed of it, and the way to confirm it."""
    advice = found.recommendation
    confirmation = confirmation_of(name, ended)
    comparison = None if confirmation is None else confirmed_choice(confirmation)
    text = plain(reason(advice))
    if advice.point is not None:
        words = settings.set_index("setting").loc[advice.point.key, "words"]
        text = sentences(gettext("**Try {setting}.**", setting=plain(words)), text)
    lines = []
    if advice.judged is not None:
        evidence = found.evidence(advice.judged)
        counted = over(evidence.held_out, evidence.noun)
        lines.append(chosen_words(advice, counted))
    if confirmation is not None and (comparison is not None or advice.point is not None):
        lines.append(confirmation_words(confirmation, comparison))
    text += "".join(f"  \n:small[{plain(line)}]" for line in lines)
    if advice.basis == "better-on-both":
        held = comparison is not None and comparison.judgement.better_on_both
        (st.success if held else st.info)(text, icon=":material/star:")
    else:
        icon = ":material/search_off:" if advice.point is None else ":material/explore:"
        st.info(text, icon=icon)
    if found.baseline is not None:
        confirm_row(confirmation, baseline_words(found.baseline))


def baseline_words(baseline: Baseline) -> str:
    """What the settings are compared with."""
    config = baseline.config
    named = [
        str(SETTINGS[field].format(value=config[field]))
        for field in ("threshold", "scale", "temperature", "uniformity")
        if config[field]
    ]
    return gettext(
        "Baseline: {method}, {settings}.",
        method=str(METHODS[config["method"]].title),
        settings=gettext(", ").join(named) or gettext("no settings"),
    )


with st.sidebar:
    wanted = data_choice()
top = st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute")
with top:
    heading(gettext("how much do the settings matter?"), width="content")
try:
    with top:
        sweep_form(wanted)
    name = choose_sweep(wanted)
    if name is None:
        st.markdown(
            gettext(
                "The effect of the margin depends strongly on its threshold and scale. A "
                "sweep trains many settings and shows where clusters get tidier, where "
                "decisions get worse, and whether a setting gives tidy clusters and good "
                "decisions."
            )
        )
        st.info(
            gettext("No sweep of this data is stored yet. Start one with **New sweep**."),
            icon=":material/grid_view:",
        )
        if session.tuned_records():
            tuned_story(session.tuned_records(), wanted)
    else:
        show(name)
except ExplorerError as error:
    st.error(plain(str(error)), icon=":material/error:")
