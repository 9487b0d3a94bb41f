"""Scrubbing: one slider along a line of stored runs; map, gauges and accuracy move at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from app import background
from app.palette import class_colour
from app.widgets import job_progress
from app.widgets.gauges import Gauge, gauge_card, reading
from app.widgets.plain import chart_text
from emargin_core.jobs.facade import map_key
from emargin_core.result import Result

CHART = {"displayModeBar": False}
POINTS = 1_000
TRAVEL_MS = 150
GAUGES = (
    Gauge("clustering.davies_bouldin", "Davies–Bouldin", "clusters; lower is better", 2.0, 0.0),
    Gauge("clustering.silhouette", "Silhouette", "clusters; higher is better", 0.0, 1.0),
    Gauge("probe.accuracy", "Linear-probe accuracy", "decisions; higher is better", 0.0, 1.0,
          percent=True),
    Gauge("geometry.effective_rank", "Directions in use", "effective rank", 0.0, 100.0, decimals=1),
)  # fmt: skip


@dataclass(frozen=True)
class Stop:
    """One position of the slider: the parameter's value and the run that has it."""

    value: float
    run_id: str


def scrubber(name: str, stops: Sequence[Stop]) -> None:
    """Draw the slider and what it moves; aligns the maps first where they are not yet."""
    missing = [stop for stop in stops[1:] if layout_of(stops, stop) is None]
    if missing:
        _prepare(stops, missing)
        return
    _scene(name, tuple(stops))


def layout_of(stops: Sequence[Stop], stop: Stop) -> NDArray[np.float64] | None:
    """Map of a stop, turned onto that of the first; (n_frames, 2), NaN outside the sample."""
    if stop == stops[0]:
        first = background.stored_result(stop.run_id)
        return None if first is None else first.frames[["map_x", "map_y"]].to_numpy(dtype=float)
    return background.run_store().get_map(stop.run_id, stops[0].run_id)


def _prepare(stops: Sequence[Stop], missing: Sequence[Stop]) -> None:
    keys = [map_key(stop.run_id, stops[0].run_id) for stop in missing]
    first = background.stored_result(stops[0].run_id)
    for stop, key in zip(missing, keys, strict=True):
        run = background.stored_result(stop.run_id)
        if background.jobs().status(key) is None and run is not None and first is not None:
            background.jobs().submit_map(run, first, background.session_owner())
    st.caption(
        f"Turning {len(stops)} maps onto one another, so that points travel instead of jumping."
    )
    if job_progress.active(keys):
        job_progress.progress_banner(tuple(keys))
    for problem in job_progress.failures(keys):
        st.error(problem)


@st.fragment
def _scene(name: str, stops: tuple[Stop, ...]) -> None:
    """The slider with its map and gauges; only this part is drawn anew when it moves."""
    words = {stop: f"{stop.value:g}" for stop in stops}
    stop = st.select_slider(
        f"Margin {name}", stops, key=f"scrub_{name}", format_func=lambda s: words.get(s, "")
    )
    run = background.stored_result(stop.run_id)
    layout = layout_of(stops, stop)
    if run is None or layout is None:
        st.error("This run is no longer stored; run the sweep again.")
        return
    picture, numbers = st.columns([1.2, 1], gap="medium")
    with picture:
        st.plotly_chart(travel_figure(run, layout), config=CHART, key=f"scrub_map_{name}")
    with numbers:
        st.markdown(
            f"**{name.capitalize()} {stop.value:g}** :small[:gray[the tick is {name} "
            f"{stops[0].value:g}]]"
        )
        against = background.comparison_of((stops[0].run_id,), (stop.run_id,))
        gauge_card([(gauge, reading(against, "candidate", gauge)) for gauge in GAUGES])
        if run.collapsed:
            st.error(f"Collapsed: {run.collapse_reason}.", icon=":material/compress:")


def travel_figure(run: Result, layout: NDArray[np.float64]) -> go.Figure:
    """The map on fixed axes, thinned to what can move smoothly; points keep their place in it."""
    shown = np.flatnonzero(np.isfinite(layout[:, 0]))
    shown = shown[:: max(1, len(shown) // POINTS)]
    column = "label" if run.data["class_names"] else "cluster"
    codes = run.frames[column].to_numpy()[shown]
    names = run.data["class_names"]
    figure = go.Figure()
    for code in np.unique(codes):
        members = shown[codes == code]
        if code < 0:
            title = "unlabelled"
        else:
            title = names[code] if column == "label" else f"cluster {code + 1}"
        figure.add_scatter(
            x=np.round(layout[members, 0], 2),
            y=np.round(layout[members, 1], 2),
            ids=[str(member) for member in members],
            mode="markers",
            name=chart_text(title),
            marker={"size": 5, "color": class_colour(int(code)), "opacity": 0.8},
            hovertemplate="%{fullData.name}<extra></extra>",
        )
    figure.update_layout(
        height=330,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        transition={"duration": TRAVEL_MS, "easing": "cubic-in-out"},
        legend={"orientation": "h", "y": -0.02},
        uirevision="scrub",
        xaxis={"visible": False, "scaleanchor": "y"},
        yaxis={"visible": False},
    )
    return figure
