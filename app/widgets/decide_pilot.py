"""Stage 1, the pilot: with and without the method on a small set, judged by both kinds of score."""

from typing import Any

import numpy as np
import streamlit as st

from app import background
from app.decisions import change, widget_key
from app.widgets.chart import chart
from app.widgets.compare_story import own_layout, ways_to_colour
from app.widgets.decide_runs import compared, whence
from app.widgets.embedding_map import Groups, colour_groups, embedding_map, legend_html
from app.widgets.footer import settings_words
from app.widgets.gauges import Gauge, gauge_card, reading
from app.widgets.plain import plain
from app.widgets.verdict_banner import verdict_banner
from emargin_core.comparison import Comparison
from emargin_core.config import ExperimentConfig, describe, make_config, slider_range
from emargin_core.datasets import available
from emargin_core.decide.plan_state import MAX_SEEDS, DecisionPlan
from emargin_core.language import retell, say
from emargin_core.methods import METHODS
from emargin_core.result import Result

MAP_HEIGHT = 260
NOBODY = np.array([], dtype=np.int64)


def pilot(plan: DecisionPlan) -> None:
    """Draw the stage: the verdict, both sides with their scores, and what is compared."""
    comparison = compared(plan.baseline, plan.pilot, plan.repeats, "pilot")
    if comparison is not None:
        verdict_banner(comparison.verdict, None)
        for place, side in zip(st.columns(2, gap="small"), ("baseline", "candidate"), strict=True):
            with place, st.container(border=True, gap=None):
                _side(comparison, side)
        st.html(legend_html(_groups(comparison.candidate[0])))
        whence(comparison)
    with st.expander(say("What is compared"), expanded=comparison is None, icon=":material/tune:"):
        _settings(plan)


def _side(comparison: Comparison, side: str) -> None:
    runs = comparison.baseline if side == "baseline" else comparison.candidate
    title = say(METHODS[runs[0].config["method"]].title)
    role = (say("Without: {method}", method=title) if side == "baseline"
            else say("With: {method}", method=title))  # fmt: skip
    st.markdown(f"**{role}** :small[:gray[{settings_words(runs[0])}]]")
    _map(comparison, side)
    gauge_card([(gauge, reading(comparison, side, gauge)) for gauge in _gauges()])


def _map(comparison: Comparison, side: str) -> None:
    """The groups as they lie, the same moments on both sides, one colour a class."""
    before, after = comparison.baseline[0], comparison.candidate[0]
    run = before if side == "baseline" else after
    layout = background.stored_map(after, before) if side == "candidate" else None
    if layout is None:
        layout = own_layout(run)
    figure = embedding_map(run, layout, _groups(run), NOBODY)
    says = say("Every point is a moment of the held-out recordings; moments that the method finds "
               "alike lie together.")  # fmt: skip
    chart(figure, f"decide-map-{side}", says, height=MAP_HEIGHT)


def _groups(run: Result) -> Groups:
    """The colours of the map: true classes where there are labels, else clusters."""
    return colour_groups(run, next(iter(ways_to_colour(run).values())))


def _gauges() -> tuple[Gauge, ...]:
    """Two scores of the groups, one of the decisions: the pilot is judged by both kinds."""
    overlap, tidiness, accuracy = (
        "clustering.davies_bouldin", "clustering.silhouette", "probe.accuracy",
    )  # fmt: skip
    return (
        Gauge(overlap, say("Overlap of groups"), say("Davies–Bouldin; lower is better"), 2.0, 0.0),
        Gauge(tidiness, say("Tidiness of groups"), say("Silhouette; higher is better"), 0.0, 1.0),
        Gauge(accuracy, say("Right decisions"), say("linear probe; higher is better"), 0.0, 1.0,
              percent=True),
    )  # fmt: skip


def _settings(plan: DecisionPlan) -> None:
    """Data and both settings; nothing changes until the button is pressed."""
    with st.form(widget_key("pilot"), border=False):
        data, without, with_it = st.columns(3, gap="medium")
        titles = {name: retell(title) for name, title in available().items()}
        titles |= {plan.pilot.dataset: titles.get(plan.pilot.dataset, plan.pilot.dataset)}
        chosen: dict[str, Any] = {}
        with data:
            names = list(titles)
            chosen["dataset"] = st.selectbox(
                say("Data"), names, names.index(plan.pilot.dataset),
                format_func=titles.__getitem__, key=widget_key("data"),
            )  # fmt: skip
            chosen["iterations"] = _slider("iterations", say("Training steps"), plan.pilot)
            repeats = st.slider(say("Repeats"), 1, MAX_SEEDS, plan.repeats,
                                key=widget_key("repeats"))  # fmt: skip
        with without:
            before = _method(say("Without"), "baseline", plan.baseline)
            before_temperature = _slider("temperature", say("Temperature"), plan.baseline,
                                         "before")  # fmt: skip
        with with_it:
            after = _method(say("With"), "candidate", plan.pilot)
            threshold = _slider("threshold", say("Margin threshold"), plan.pilot)
            scale = _slider("scale", say("Margin scale"), plan.pilot)
            spread = _slider("uniformity", say("Spread (repair)"), plan.pilot)
        if st.form_submit_button(say("Use these settings"), type="primary"):
            shared = chosen | {"seed": plan.pilot.seed}
            kept = {name: getattr(plan.pilot, name) for name in ("temperature",)}
            change(
                baseline=make_config(**shared, method=before, temperature=before_temperature),
                pilot=make_config(**shared, **kept, method=after, threshold=threshold,
                                  scale=scale, uniformity=spread),
                repeats=repeats,
            )  # fmt: skip
            st.rerun()
    st.caption(
        say("Repeats: each method is trained that often, with other random numbers each time. "
            "Your own recordings: add them on the Data page.")
    )  # fmt: skip


def _method(label: str, word: str, config: ExperimentConfig) -> str:
    names = list(METHODS)
    return st.selectbox(
        label, names, names.index(config.method), key=widget_key(word),
        format_func=lambda name: plain(say(METHODS[name].title)),
    )  # fmt: skip


def _slider(field: str, label: str, config: ExperimentConfig, word: str = "") -> Any:
    low, high, step = slider_range(field)
    value = min(max(getattr(config, field), low), high)
    return st.slider(label, low, high, value, step, help=say(describe(field)),
                     key=widget_key(f"{field}{word}"))  # fmt: skip
