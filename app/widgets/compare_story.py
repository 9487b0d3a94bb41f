"""The comparison told in two cards and a reason: maps, gauges, why, and where it comes from."""

import html

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.palette import BASELINE, CANDIDATE
from app.widgets.chart import Charts, chart
from app.widgets.chart_words import map_says, spectrum_says, strip_says
from app.widgets.choice import views
from app.widgets.embedding_map import (
    COLOUR_BY,
    HEIGHT,
    colour_groups,
    embedding_map,
    legend_html,
)
from app.widgets.footer import footer, settings_words
from app.widgets.gauges import Gauge, gauge_card, reading
from app.widgets.look_closer import look_closer
from app.widgets.spectrum import spectrum_figure
from app.widgets.strip import class_row, margin_row, strip_figure
from emargin_core.comparison import Comparison
from emargin_core.explanation import for_scale, reasons
from emargin_core.language import mark, say, sentences
from emargin_core.levels import ReferenceLevels
from emargin_core.methods import METHODS
from emargin_core.result import Result

RANK_FULL = 100.0


def _gauges(comparison: Comparison) -> tuple[Gauge, ...]:
    size = len(comparison.baseline[0].spectrum)
    ranks = [run.metric("geometry.effective_rank") or 0.0
             for run in (*comparison.baseline, *comparison.candidate)]  # fmt: skip
    full = RANK_FULL if max(ranks) <= RANK_FULL else float(size)
    return (
        Gauge("clustering.davies_bouldin", mark("Davies–Bouldin"),
              mark("clusters; lower is better"), 2.0, 0.0),
        Gauge("clustering.silhouette", mark("Silhouette"), mark("clusters; higher is better"),
              0.0, 1.0),
        Gauge("probe.accuracy", mark("Linear-probe accuracy"),
              mark("decisions; higher is better"), 0.0, 1.0, percent=True),
        Gauge("geometry.effective_rank", mark("Directions in use"),
              mark("effective rank of {size}"), 0.0, full, decimals=1, more=mark("more by {size}"),
              less=mark("fewer by {size}"), size=size),
    )  # fmt: skip


def story(
    comparison: Comparison,
    layout: NDArray[np.float64] | None,
    levels: ReferenceLevels | None,
    stale: bool,
) -> None:
    """Draw the two cards, the legend, the reason, the closer look and the footer."""
    if stale:
        st.html(
            "<style>.st-key-story{opacity:.55}</style>"
            + html.escape(
                say(
                    "Below: the earlier comparison, {settings}.",
                    settings=settings_words(comparison.candidate[0]),
                )
            )
        )
    chosen = {side: _chosen_in(side) for side in ("baseline", "candidate")}
    with st.container(key="story", gap="small"):
        ways = ways_to_colour(comparison.candidate[0])
        colour_by = ways.get(st.session_state.get("colour"), next(iter(ways.values())))
        left, right = st.columns(2, gap="small")
        with left, st.container(border=True, gap=None):
            maps = _card(
                comparison,
                "baseline",
                colour_by,
                own_layout(comparison.baseline[0]),
                chosen["candidate"],
            )
        with right, st.container(border=True, gap=None):
            maps |= _card(comparison, "candidate", colour_by, layout, chosen["baseline"])
        _legend(comparison.candidate[0], colour_by, list(ways))
        footer(comparison, maps | _why(comparison, levels))
        look_closer(comparison, levels, np.union1d(chosen["baseline"], chosen["candidate"]))


def placeholder() -> None:
    """Hold the places of the two cards until the first result is there, and say what comes."""
    words = (
        say("**Baseline.** An encoder learns from the signal alone: seconds that follow one "
            "another belong together, all others apart."),
        say("**Candidate.** The same, with a margin on top that is meant to tidy the groups up."),
    )  # fmt: skip
    for column, text in zip(st.columns(2, gap="small"), words, strict=True):
        with column, st.container(border=True):
            st.markdown(text)
            _reserve(HEIGHT + 150, "")
    st.caption(
        say(
            "Then both are asked the same two things, on people they have never seen: how tidy "
            "are the groups, and how often is a simple classifier right?"
        )
    )


def _reserve(height: int, words: str) -> None:
    """Keep a place of this height, still: an animation would take time from the training."""
    st.html(
        f"<div class='reserved' style='height:{height}px;display:flex;align-items:center;"
        "justify-content:center;border-radius:6px;opacity:.75;"
        f"background:color-mix(in srgb,currentColor 6%,transparent)'>{html.escape(words)}</div>"
    )


def _chosen_in(side: str) -> NDArray[np.int64]:
    """Frames that the viewer drew a box or lasso around in one of the maps."""
    event = st.session_state.get(f"map-{side}")
    points = event["selection"]["points"] if event else []
    return np.array(sorted({int(point["customdata"][0]) for point in points}), dtype=np.int64)


def _card(
    comparison: Comparison,
    side: str,
    colour_by: str,
    layout: NDArray[np.float64] | None,
    chosen: NDArray[np.int64],
) -> Charts:
    """One method: its name and settings, its map with the frames chosen in the other, gauges."""
    drawn: Charts = {}
    runs = comparison.baseline if side == "baseline" else comparison.candidate
    title = say(METHODS[runs[0].config["method"]].title)
    role = (
        say("Baseline: {method}", method=title)
        if side == "baseline"
        else say("Candidate: {method}", method=title)
    )
    st.markdown(f"**{role}** :small[:gray[{settings_words(runs[0])}]]")
    if layout is None:
        _reserve(HEIGHT, say("Turning the map onto the baseline's."))
    else:
        groups = colour_groups(runs[0], colour_by)
        figure, says = (
            embedding_map(runs[0], layout, groups, chosen),
            map_says(title, layout, groups),
        )
        drawn[say("Map: {title}", title=title)] = (says, figure)
        chart(
            figure,
            f"map-{side}",
            says,
            numbers=False,
            height=HEIGHT,
            on_select="rerun",
            selection_mode=("box", "lasso"),
        )
    gauge_card([(gauge, reading(comparison, side, gauge)) for gauge in _gauges(comparison)])
    return drawn


def own_layout(result: Result) -> NDArray[np.float64]:
    """The map of a run as it was made, (n_frames, 2), NaN for frames outside the sample."""
    return result.frames[["map_x", "map_y"]].to_numpy(dtype=np.float64)


def ways_to_colour(result: Result) -> dict[str, str]:
    """What points can be coloured by, first the default: no classes without labels."""
    known = bool(result.data["class_names"])
    return {word: column for word, column in COLOUR_BY.items() if known or column != "label"}


def _legend(result: Result, colour_by: str, ways: list[str]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(legend_html(colour_groups(result, colour_by)))
        views(say("Colour by"), "colour", ways, label_visibility="collapsed", width="content")


def _why(comparison: Comparison, levels: ReferenceLevels | None) -> Charts:
    before, after = comparison.baseline[0], comparison.candidate[0]
    with st.container(border=True, gap=None, key="why"):
        words, spectrum, strip = st.columns([1.05, 0.85, 1.3], gap="medium")
        with words:
            st.markdown(f"**{say('Why this happens')}**  \n{sentences(*reasons(comparison))}")
        with spectrum:
            st.html(
                f"<b>{say('Strength of each direction')}</b><br>"
                f"<span style='color:{BASELINE}'>━</span> {say('baseline')}&ensp;"
                f"<span style='color:{CANDIDATE}'>━</span> {say('candidate')}"
            )
            says, figure = spectrum_says(before, after), spectrum_figure(before, after)
            drawn: Charts = {say("Strength of each direction"): (says, figure)}
            chart(figure, "spectrum", says, numbers=False)
        with strip:
            drawn |= _strip(after)
        st.caption(
            say("For scale: floors and ceiling are being measured.")
            if levels is None
            else for_scale(levels)
        )
    return drawn


def _strip(after: Result) -> Charts:
    st.markdown(f"**{say('Where the margin acted, in one recording')}**")
    asked = st.session_state.get("recording", 0)
    recording = asked if asked in range(after.n_recordings) else 0
    first = (
        (say("true class"), "label")
        if after.data["class_names"]
        else (say("cluster found"), "cluster")
    )
    rows = [class_row(after, *first), margin_row(after, say("margin"))]
    figure = strip_figure(after, recording, rows, height=96)
    says = strip_says(after, recording, rows)
    drawn = {say("Where the margin acted, in one recording"): (says, figure)}
    chart(figure, "strip", says, numbers=False)
    placement = after.details["margin"]
    if placement is None:
        st.caption(say("This method has no threshold: its margin, if any, acts everywhere."))
        return drawn
    acted = say(
        "Over all recordings the margin acted on {marked:,} of {frames:,} frames.",
        marked=placement["marked"],
        frames=placement["frames"],
    )
    if not after.data["class_names"]:
        unknown = say("Without labels nobody can say whether something changed there.")
        st.caption(sentences(acted, unknown))
        return drawn
    hits = say(
        "Of {changes} real changes it marks {marked} (recall {recall}); of its marks {precision} "
        "stand at one (precision).",
        changes=placement["changes"],
        marked=placement["changes_marked"],
        recall=_rate(placement["recall"]),
        precision=_rate(placement["precision"]),
    )
    st.caption(sentences(acted, hits))
    return drawn


def _rate(share: float | None) -> str:
    return "n/a" if share is None else f"{100 * share:.0f} %"
