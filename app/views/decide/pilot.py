"""Stage 1, the pilot: with and without the method on a small data set."""

from dataclasses import replace
from typing import Any

import streamlit as st

from app import session
from app.components.charts.chart import numbers_button
from app.components.comparison.compare_story import own_layout, ways_to_colour
from app.components.comparison.footer import settings_words
from app.components.comparison.gauges import gauge_card, reading
from app.components.comparison.verdict_banner import verdict_banner
from app.components.maps.embedding_map import Groups, colour_groups, embedding_map, map_table
from app.components.maps.map_legend import map_legend
from app.components.maps.pointed_frames import pointed_frames
from app.components.maps.travelling_map import travelling_map
from app.views.decide.decisions import change, widget_key
from app.views.decide.runs import compared, provenance
from emargin_core.analysis.comparison import Comparison
from emargin_core.analysis.decide.plan_state import MAX_SEEDS, DecisionPlan
from emargin_core.config import METHODS, ExperimentConfig, describe, make_config, slider_range
from emargin_core.evaluation.metric_table import EFFECTIVE_RANK, HEADLINES, METRICS, Headline
from emargin_core.store.result import Result
from emargin_core.text.language import gettext as _

MAP_HEIGHT = 260
VIEW = "decide"
"""What both maps and their legend share."""


def pilot(plan: DecisionPlan) -> None:
    """Draw the stage: the verdict, both sides with their scores, and what is compared."""
    comparison = compared(plan, plan.pilot, "pilot")
    if comparison is not None:
        verdict_banner(comparison.verdict)
        for place, side in zip(st.columns(2, gap="small"), ("baseline", "candidate"), strict=True):
            with place, st.container(border=True, gap=None):
                _side(comparison, side)
        map_legend(VIEW, _groups(comparison.candidate[0]).names, key="decide-map-legend")
        provenance(comparison)
    with st.expander(_("What is compared"), expanded=comparison is None, icon=":material/tune:"):
        _settings(plan)


def _side(comparison: Comparison, side: str) -> None:
    runs = comparison.baseline if side == "baseline" else comparison.candidate
    title = str(METHODS[runs[0].config["method"]].title)
    role = (
        _("Without: {method}", method=title)
        if side == "baseline"
        else _("With: {method}", method=title)
    )
    st.markdown(f"**{role}** :small[:gray[{settings_words(runs[0])}]]")
    _map(comparison, side)
    gauge_card([(gauge, reading(comparison, side, gauge)) for gauge in _gauges()])


def _map(comparison: Comparison, side: str) -> None:
    """The map of one side, coloured by class; both sides show the same moments."""
    before, after = comparison.baseline[0], comparison.candidate[0]
    run = before if side == "baseline" else after
    layout = session.stored_map(after, before) if side == "candidate" else None
    if layout is None:
        layout = own_layout(run)
    groups = _groups(run)
    says = _(
        "Each point is one moment of the held-out data of the first fold. Moments that look "
        "alike to the method lie close together."
    )
    drawn = embedding_map(run, layout, groups, says) | {"view": VIEW, "height": MAP_HEIGHT}
    if side == "baseline":
        drawn["frames"] = pointed_frames(run, layout)
    travelling_map(drawn, key=f"decide-map-{side}")
    numbers_button(f"decide-map-{side}", says, lambda: map_table(layout, groups))


def _groups(run: Result) -> Groups:
    """Codes for the colours of the map: true classes where there are labels, else clusters."""
    return colour_groups(run, next(iter(ways_to_colour(run).values())))


def _gauges() -> tuple[Headline, ...]:
    """Two scores of the clusters, one of the decisions, by their names in everyday words."""
    return tuple(
        replace(
            metric,
            label=METRICS[metric.path].title,
            note=_("{metric}; {direction}", metric=metric.label, direction=metric.direction),
        )
        for metric in HEADLINES.values()
        if metric.path != EFFECTIVE_RANK
    )


def _settings(plan: DecisionPlan) -> None:
    """Inputs for both settings; they apply when the button is pressed."""
    with st.form(widget_key("pilot"), border=False):
        both, without, with_it = st.columns(3, gap="medium")
        with both:
            iterations = _slider("iterations", _("Training steps"), plan.pilot)
            repeats = st.slider(
                _("Trainings on every fold"), 1, MAX_SEEDS, plan.repeats, key=widget_key("repeats")
            )
        with without:
            before = _method(_("Without"), "baseline", plan.baseline)
            before_temperature = _slider("temperature", _("Temperature"), plan.baseline, "before")
        with with_it:
            after = _method(_("With"), "candidate", plan.pilot)
            threshold = _slider("threshold", _("Margin threshold"), plan.pilot)
            scale = _slider("scale", _("Margin scale"), plan.pilot)
            uniformity = _slider("uniformity", _("Uniformity weight"), plan.pilot)
        if st.form_submit_button(_("Use these settings"), type="primary"):
            shared: dict[str, Any] = {
                "dataset": plan.pilot.dataset,
                "iterations": iterations,
                "seed": plan.pilot.seed,
            }
            kept = {name: getattr(plan.pilot, name) for name in ("temperature",)}
            change(
                baseline=make_config(**shared, method=before, temperature=before_temperature),
                pilot=make_config(
                    **shared,
                    **kept,
                    method=after,
                    threshold=threshold,
                    scale=scale,
                    uniformity=uniformity,
                ),
                repeats=repeats,
            )
            st.rerun()
    st.caption(
        _(
            "Each method is trained on every fold, and each time with different random numbers. "
            "You can add your own recordings on the Data page."
        )
    )


def _method(label: str, word: str, config: ExperimentConfig) -> str:
    names = list(METHODS)
    return st.selectbox(
        label,
        names,
        names.index(config.method),
        key=widget_key(word),
        format_func=lambda name: str(METHODS[name].title),
    )


def _slider(field: str, label: str, config: ExperimentConfig, word: str = "") -> Any:
    low, high, step = slider_range(field)
    value = min(max(getattr(config, field), low), high)
    return st.slider(
        label, low, high, value, step, help=str(describe(field)), key=widget_key(f"{field}{word}")
    )
