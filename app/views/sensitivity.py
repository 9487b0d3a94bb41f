"""Sensitivity: how threshold and scale change clusters and decisions, and what to try next."""

import pandas as pd
import streamlit as st

from app import background
from app.settings import data_choice
from app.sweeps import GALLERY, findings_of, sweep_words
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
from emargin_core.methods import METHODS

VIEWS = ("Maps of the grid", "Trade-off", "Move the slider", "Details")


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
    return st.selectbox("Sweep", names, place, format_func=sweep_words,
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
        st.caption("No trial has finished." if complete
                   else "The first results will stand here in a moment.")  # fmt: skip
        return
    advised = found.recommendation.point
    chosen = chosen_setting(settings, advised.key if advised else settings["setting"].iloc[0])
    headline(found, settings, complete)
    view = st.segmented_control(
        "View", VIEWS, default=VIEWS[0], required=True, key="sens_view", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    if view == "Trade-off":
        trade_off(found, settings, chosen)
    elif view == "Move the slider":
        slider_view(name, settings, chosen)
    elif view == "Details":
        details(name, ended, found, settings)
    else:
        maps(settings, chosen)
    if view != "Details":
        chosen_row(found, settings, chosen, wanted)
    shipped = background.gallery()
    if name == GALLERY and shipped is not None:
        st.caption(f"{plain(shipped.label)}. Computed anew by `{plain(shipped.command)}`.")


def headline(found: Findings, settings: pd.DataFrame, ended: bool) -> None:
    """The setting to try next, and why."""
    advice = found.recommendation
    if advice.point is None:
        st.info(plain(advice.reason), icon=":material/search_off:")
        return
    words = settings.set_index("setting").loc[advice.point.key, "words"]
    so_far = "" if ended else " So far, of what has finished."
    text = f"**Try {plain(words)}.** {plain(advice.reason)}{so_far}"
    if advice.basis == "accuracy-lost":
        st.warning(f"**Nothing to adopt yet.** {plain(advice.reason)}{so_far}",
                   icon=":material/balance:")  # fmt: skip
    elif advice.basis == "dominating":
        st.success(text, icon=":material/star:")
    else:
        st.info(text, icon=":material/explore:")
    words = []
    if found.baseline:
        first = found.baseline[0]
        title = METHODS[first.config["method"]].title
        words.append(f"Baseline: {title}, {settings_words(first)}, as it stands, not tuned.")
    if advice.basis in ("dominating", "accuracy-kept"):
        words.append(
            "The best of many has been lucky in part: it was chosen on the recordings that score "
            "it. Before adopting it, let `python -m emargin_core contest` choose on others."
        )
    st.caption(" ".join(words))


with st.sidebar:
    wanted = data_choice()
heading, form = st.columns([4, 1], vertical_alignment="bottom")
heading.markdown("### How sensitive is it?")
try:
    with form:
        sweep_form(wanted)
    name = choose_sweep(wanted)
    if name is None:
        st.markdown(
            "The effect of the margin changes much with its threshold and scale. A sweep trains "
            "many settings and shows the whole surface: where clusters get tidier, where decisions "
            "suffer, and whether some setting gives both."
        )
        st.info("No sweep of this data is stored yet. Start one with **New sweep**.",
                icon=":material/grid_view:")  # fmt: skip
    else:
        show(name)
except ExplorerError as error:
    st.error(plain(str(error)), icon=":material/error:")
