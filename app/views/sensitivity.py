"""Sensitivity: how threshold and scale change clusters and decisions, and what to try next."""

import pandas as pd
import streamlit as st

from app import background
from app.settings import data_choice
from app.sweeps import GALLERY, findings_of, sweep_words
from app.widgets.choice import views
from app.widgets.contest_story import contest_story, recommendation, recommended
from app.widgets.footer import settings_words
from app.widgets.plain import plain
from app.widgets.sweep_form import sweep_form
from app.widgets.sweep_progress import sweep_banner
from app.widgets.sweep_views import (
    chosen_row,
    chosen_setting,
    details,
    maps,
    slider_view,
    trade_off,
    with_words,
)
from emargin_core.errors import ExplorerError
from emargin_core.findings import Findings
from emargin_core.language import mark, retell, say, sentences
from emargin_core.methods import METHODS

VIEWS = (
    mark("Maps of the grid"),
    mark("Trade-off"),
    mark("Move the slider"),
    mark("Details"),
    mark("Fair contest"),
)


def choose_sweep(dataset: str) -> str | None:
    """The sweeps of this data set, newest first, and what comes with the program."""
    runner = background.sweeps()
    names = [name for name in runner.stored() if runner.spec(name).base.dataset == dataset]
    shipped = background.gallery()
    if shipped is not None and shipped.dataset == dataset:
        names.append(GALLERY)
    if not names:
        return None
    wanted = st.session_state.get("sweep_chosen")
    place = names.index(wanted) if wanted in names else 0
    return st.selectbox(say("Sweep"), names, place, format_func=sweep_words,
                        label_visibility="collapsed")  # fmt: skip


def show(name: str) -> None:
    """Draw a sweep, finished or under way, or what comes with the program."""
    complete, ended = True, 0
    if name != GALLERY:
        status = background.sweeps().status(name)
        sweep_banner(name, status)
        complete, ended = status.ended, status.done + status.failed
    found = findings_of(name, ended)
    settings = with_words(found.settings)
    if settings.empty:
        st.caption(say("No trial has finished.") if complete
                   else say("The first results will stand here in a moment."))  # fmt: skip
        return
    advised = found.recommendation.point
    chosen = chosen_setting(settings, advised.key if advised else settings["setting"].iloc[0])
    won = recommended(background.contests(), wanted) if name == GALLERY else None
    if won is not None:
        recommendation(won)
    else:
        headline(found, settings, complete)
    shown = VIEWS if background.contests() else VIEWS[:-1]
    view = views(say("View"), "sens_view", shown, label_visibility="collapsed")
    if view == "Trade-off":
        trade_off(found, settings, chosen)
    elif view == "Move the slider":
        slider_view(name, settings, chosen)
    elif view == "Details":
        details(name, ended, found, settings)
    elif view == "Fair contest":
        contest_story(background.contests(), wanted)
    else:
        maps(settings, chosen)
    if view not in ("Details", "Fair contest"):
        chosen_row(found, settings, chosen, wanted)
    shipped = background.gallery()
    if name == GALLERY and shipped is not None:
        st.caption(
            say(
                "{label}. Computed anew by `{command}`.",
                label=plain(retell(shipped.label)),
                command=plain(shipped.command),
            )
        )


def headline(found: Findings, settings: pd.DataFrame, ended: bool) -> None:
    """The setting to try next, and why."""
    advice = found.recommendation
    if advice.point is None:
        st.info(plain(retell(advice.reason)), icon=":material/search_off:")
        return
    words = settings.set_index("setting").loc[advice.point.key, "words"]
    reason = plain(retell(advice.reason))
    if not ended:
        reason = sentences(reason, say("So far, of what has finished."))
    text = f"{say('**Try {setting}.**', setting=plain(words))} {reason}"
    if advice.basis == "accuracy-lost":
        st.warning(f"{say('**Nothing to adopt yet.**')} {reason}",
                   icon=":material/balance:")  # fmt: skip
    elif advice.basis == "dominating":
        st.success(text, icon=":material/star:")
    else:
        st.info(text, icon=":material/explore:")
    words = []
    if found.baseline:
        first = found.baseline[0]
        words.append(
            say(
                "Baseline: {method}, {settings}, as it stands, not tuned.",
                method=say(METHODS[first.config["method"]].title),
                settings=settings_words(first),
            )
        )
    if advice.basis in ("dominating", "accuracy-kept"):
        lost = any(told.dataset == wanted and not told.holds for told in background.contests())
        words.append(
            say(
                "The best of many has been lucky in part: it was chosen on the recordings that "
                "score it. Where both methods were tuned alike and chosen on others, better "
                "clusters at no loss did not hold on this data: see **Fair contest**."
            )
            if lost
            else say(
                "The best of many has been lucky in part: it was chosen on the recordings that "
                "score it. Before adopting it, let `python -m emargin_core contest` choose on "
                "others."
            )
        )
    st.caption(sentences(*words))


with st.sidebar:
    wanted = data_choice()
heading = st.container(horizontal=True, vertical_alignment="bottom",
                       horizontal_alignment="distribute")  # fmt: skip
heading.markdown(f"### {say('How sensitive is it?')}", width="content")
try:
    with heading:
        sweep_form(wanted)
    name = choose_sweep(wanted)
    if name is None:
        st.markdown(
            say(
                "The effect of the margin changes much with its threshold and scale. A sweep "
                "trains many settings and shows the whole surface: where clusters get tidier, "
                "where decisions suffer, and whether some setting gives both."
            )
        )
        st.info(say("No sweep of this data is stored yet. Start one with **New sweep**."),
                icon=":material/grid_view:")  # fmt: skip
        if background.contests():
            contest_story(background.contests(), wanted)
    else:
        show(name)
except ExplorerError as error:
    st.error(plain(retell(str(error))), icon=":material/error:")
