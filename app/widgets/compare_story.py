"""The comparison told in two cards and a reason: maps, gauges, why, and where it comes from."""

import html
from datetime import datetime

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.palette import BASELINE, CANDIDATE
from app.widgets.embedding_map import (
    COLOUR_BY,
    HEIGHT,
    colour_groups,
    embedding_map,
    legend_html,
)
from app.widgets.gauges import Gauge, Reading, gauge_card
from app.widgets.spectrum import spectrum_figure
from app.widgets.strip import strip_figure
from emargin_core.comparison import Comparison, metric_interval
from emargin_core.methods import METHODS
from emargin_core.result import Result

CHART = {"displayModeBar": False}
GAUGES = (
    Gauge("clustering.davies_bouldin", "Davies–Bouldin", "clusters; lower is better", 2.0, 0.0),
    Gauge("clustering.silhouette", "Silhouette", "clusters; higher is better", 0.0, 1.0),
    Gauge("probe.accuracy", "Linear-probe accuracy", "decisions; higher is better", 0.0, 1.0,
          percent=True),
    Gauge("geometry.effective_rank", "Directions in use", "effective rank", 0.0, 100.0,
          decimals=1),
)  # fmt: skip


def story(comparison: Comparison, layout: NDArray[np.float64] | None, stale: bool) -> None:
    """Draw the two cards, the legend, the reason and the footer."""
    before, after = comparison.baseline[0], comparison.candidate[0]
    if stale:
        st.html(
            "<style>.st-key-story{opacity:.55}</style><b>Below: the earlier comparison, "
            f"{html.escape(_settings(after))}.</b>"
        )
    with st.container(key="story", gap="small"):
        colour_by = st.session_state.get("colour", "label")
        left, right = st.columns(2, gap="small")
        with left, st.container(border=True, gap=None):
            _card(comparison, "baseline", colour_by, _own_layout(before))
        with right, st.container(border=True, gap=None):
            _card(comparison, "candidate", colour_by, layout)
        _legend(after, colour_by)
        _why(comparison)
        _footer(comparison)


def placeholder() -> None:
    """Hold the places of the two cards until the first result is there."""
    for column in st.columns(2, gap="small"):
        with column:
            st.skeleton(height=HEIGHT + 230)


def _card(
    comparison: Comparison, side: str, colour_by: str, layout: NDArray[np.float64] | None
) -> None:
    runs = comparison.baseline if side == "baseline" else comparison.candidate
    title = METHODS[runs[0].config["method"]].title
    role = "Baseline" if side == "baseline" else "Candidate"
    st.markdown(f"**{role}: {title}** :small[:gray[{_settings(runs[0])}]]")
    if layout is None:
        st.skeleton(height=HEIGHT)
    else:
        groups = colour_groups(runs[0], colour_by)
        st.plotly_chart(
            embedding_map(runs[0], layout, groups),
            config=CHART,
            key=f"map-{side}",
            height=HEIGHT,
        )
    gauge_card([(gauge, _reading(comparison, side, gauge)) for gauge in GAUGES])


def _reading(comparison: Comparison, side: str, gauge: Gauge) -> Reading:
    before = metric_interval(comparison.baseline, gauge.path)
    if side == "baseline":
        return Reading(before)
    return Reading(
        metric_interval(comparison.candidate, gauge.path),
        before,
        comparison.differences[gauge.path],
        any(run.collapsed for run in comparison.candidate),
    )


def _own_layout(result: Result) -> NDArray[np.float64]:
    return result.frames[["map_x", "map_y"]].to_numpy(dtype=np.float64)


def _legend(result: Result, colour_by: str) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        st.html(legend_html(colour_groups(result, colour_by)), width="content")
        st.segmented_control(
            "Colour by",
            list(COLOUR_BY),
            format_func=COLOUR_BY.__getitem__,
            default="label",
            required=True,
            key="colour",
            bind="query-params",
            label_visibility="collapsed",
            width="content",
        )


def _why(comparison: Comparison) -> None:
    before, after = comparison.baseline[0], comparison.candidate[0]
    with st.container(border=True):
        words, spectrum, strip = st.columns([1, 1, 1.3], gap="medium")
        with words:
            st.markdown("**Why this happens**  \n" + _reason(comparison))
        with spectrum:
            st.html(
                "<b>Strength of each direction</b> "
                f"<span style='color:{BASELINE}'>baseline</span> / "
                f"<span style='color:{CANDIDATE}'>candidate</span>"
            )
            st.plotly_chart(spectrum_figure(before, after), config=CHART, key="spectrum")
        with strip:
            st.markdown("**Where the margin acted, in one recording**")
            st.plotly_chart(strip_figure(after, 0), config=CHART, key="strip")


def _reason(comparison: Comparison) -> str:
    return ""


def _footer(comparison: Comparison) -> None:
    first = comparison.candidate[0]
    made = datetime.fromisoformat(first.created)
    st.caption(
        f"{first.data['title']}: {first.data['split']}; {first.data['test_frames']:,} frames never "
        f"seen in training. Computed {made:%Y-%m-%d %H:%M} UTC in {first.timing['total_s']:.0f} s."
    )


def _settings(result: Result) -> str:
    config = result.config
    words = [
        f"{name} {config[key]:g}"
        for name, key in (("threshold", "threshold"), ("scale", "scale"),
                          ("temperature", "temperature"))
        if config[key] is not None
    ]  # fmt: skip
    if config["uniformity"]:
        words.append(f"spread {config['uniformity']:g}")
    return ", ".join(words)
