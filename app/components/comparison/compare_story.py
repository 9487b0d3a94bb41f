"""The comparison told in two cards and a reason: maps, gauges, why, and where it comes from."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.components.charts.chart import Charts
from app.components.charts.chart_words import map_says, spectrum_says, strip_says
from app.components.charts.figure_table import figure_table
from app.components.charts.spectrum import spectrum_picture, spectrum_table
from app.components.charts.strip import class_row, margin_row, strip_figure
from app.components.charts.time_strip import time_strip
from app.components.choice import views
from app.components.comparison.footer import footer, settings_words
from app.components.comparison.gauges import gauge_card, reading
from app.components.comparison.look_closer import look_closer
from app.components.comparison.training_film import SIDES
from app.components.comparison.training_view import watched_until
from app.components.maps.embedding_map import (
    COLOUR_BY,
    HEIGHT,
    colour_groups,
    coming_from,
    embedding_map,
    last_picture,
    map_table,
    sample_of,
    shown_frames,
)
from app.components.maps.map_legend import map_legend
from app.components.maps.pointed_frames import pointed_frames
from app.components.maps.travelling_map import travelling_map
from app.components.plain import plain
from emargin_core.analysis.comparison import Comparison
from emargin_core.analysis.explanation import against_raw, for_scale, reasons
from emargin_core.analysis.forecast.forecast import Expectation
from emargin_core.analysis.label_curve import label_curve_words, label_curves
from emargin_core.config import EMBEDDING_SIZE, METHODS
from emargin_core.evaluation.metric_table import EFFECTIVE_RANK, HEADLINES, Headline
from emargin_core.report.figures.palette import BASELINE, CANDIDATE
from emargin_core.store.reference_scores import ReferenceScores
from emargin_core.store.result import Result
from emargin_core.text.language import gettext as _
from emargin_core.text.language import gettext_noop, ngettext, sentences
from emargin_core.text.message import lazy_gettext
from emargin_core.text.numbers import percent

VIEW = "story"
"""What the maps, their legend and the strip share."""
DRAWING = {
    "baseline": gettext_noop("The map is being drawn."),
    "candidate": gettext_noop("The map is being aligned."),
}
KEEPER = "map-baseline"
"""The map that tells what is selected, and knows where its frames come from, for all of them."""
_FADED = """<style>
.st-key-story [data-testid=stElementContainer]:not(:has(.expecting)){opacity:.72}
.st-key-story [data-testid=stPlotlyChart]{opacity:.75}
.st-key-story .gauge span{opacity:1}
.st-key-story .stMarkdownColoredText{color:inherit!important}
</style>"""
"""An earlier comparison, but for what is expected of the settings asked for; words stay legible."""


def _gauges(comparison: Comparison) -> tuple[Headline, ...]:
    """The headline metrics; the bar of the effective rank ends where both sides fit."""
    size = EMBEDDING_SIZE
    rank = HEADLINES[EFFECTIVE_RANK]
    ranks = [run.metric(rank.path) or 0.0 for run in (*comparison.baseline, *comparison.candidate)]
    empty, full = rank.bar
    note = lazy_gettext("effective rank of {size}").format(size=size)
    bar = (empty, full if max(ranks) <= full else float(size))
    return tuple((HEADLINES | {rank.path: replace(rank, note=note, bar=bar)}).values())


def story(
    comparison: Comparison,
    whole: Comparison | None,
    layouts: Mapping[str, NDArray[np.float64] | None],
    reference_scores: ReferenceScores | None,
    stale: bool,
    expected: Mapping[str, Expectation],
) -> None:
    """Draw the two cards, the legend, the reason, the closer look and the footer.

    whole: of the runs that are measured whole, which the closer look shows; None without any;
    layouts: the map of each side, (n_frames, 2), None while it is drawn.
    stale: the settings asked for are others; expected: of each side that is not measured with them.
    """
    if stale:
        st.html(_FADED)
    runs = {"baseline": comparison.baseline, "candidate": comparison.candidate}
    places = {
        side: _stand_in(runs[side][0]) if layout is None else layout
        for side, layout in layouts.items()
    }
    selected = _selected(comparison.baseline[0], places["baseline"])
    with st.container(key="story", gap="small"):
        ways = ways_to_colour(comparison.candidate[0])
        colour_by = ways.get(st.session_state.get("colour"), next(iter(ways.values())))
        maps: Charts = {}
        for (side, layout), column in zip(layouts.items(), st.columns(2, gap="small"), strict=True):
            note = _(DRAWING[side]) if layout is None else ""
            with column, st.container(border=True, gap=None):
                maps |= _card(comparison, side, colour_by, places[side], note, expected.get(side))
        _legend(comparison.candidate[0], colour_by, list(ways))
        if len(selected):
            st.caption(_selected_words(comparison.candidate[0], colour_by, selected))
        charts = maps | _why(comparison, reference_scores, whole is comparison)
        if whole is not comparison:
            st.caption(_closer_look_words(comparison, whole))
        if whole is not None:
            footer(whole, charts, stale)
            look_closer(whole, reference_scores, selected)


def _closer_look_words(comparison: Comparison, whole: Comparison | None) -> str:
    if whole is None:
        return _("The closer look follows when all of it is measured.")
    return _(
        "The closer look, the report and the command are over {n} of {all} runs of each side, "
        "until the others are measured whole.",
        n=len(whole.candidate),
        all=len(comparison.candidate),
    )


def placeholder() -> None:
    """Hold the places of the two cards until the first result is there, and say what comes."""
    words = (
        _(
            "**Baseline.** An encoder learns from the signal alone: neighbouring seconds are "
            "drawn together, all others are pushed apart."
        ),
        _(
            "**Candidate.** The same training with an added margin, which is meant to give "
            "tidier groups."
        ),
    )
    for column, text in zip(st.columns(2, gap="small"), words, strict=True):
        with column, st.container(border=True):
            st.markdown(text)
            _reserve()
    st.caption(
        _(
            "Both are then scored on recordings never seen in training: how tidy are the "
            "groups, and how often is a simple classifier right?"
        )
    )


def _reserve() -> None:
    """Keep the place of a card, still: an animation would take time from the training."""
    st.html(
        f"<div class='reserved' style='height:{HEIGHT + 150}px;border-radius:6px;opacity:.75;"
        "background:color-mix(in srgb,currentColor 6%,transparent)'></div>"
    )


def _stand_in(run: Result) -> NDArray[np.float64]:
    """What is shown of a run until its map is drawn: its own, or the last picture of its training.

    Returns (n_frames, 2), NaN for frames that have no place.
    """
    last = watched_until(run) if run.preliminary else None
    return own_layout(run) if last is None else last_picture(last, run)


def _selected(result: Result, layout: NDArray[np.float64]) -> NDArray[np.int64]:
    """Frames that the viewer drew a lasso around, in whichever map; kept by the baseline's."""
    chosen = (st.session_state.get(KEEPER) or {}).get("chosen")
    shown = shown_frames(layout)
    if not chosen or chosen["sample"] != sample_of(result, shown):
        return np.empty(0, dtype=np.int64)
    return np.intersect1d(chosen["frames"], shown)


def _selected_words(result: Result, colour_by: str, selected: NDArray[np.int64]) -> str:
    """How many frames are selected, and of which colours, most frequent first."""
    groups = colour_groups(result, colour_by)
    codes, counts = np.unique(groups.codes[selected], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    parts = (f"{plain(groups.names[int(codes[i])])} {counts[i]:,}" for i in order)
    return ngettext(
        "{n:,} frame selected in a map: {parts}.",
        "{n:,} frames selected in a map: {parts}.",
        len(selected),
        parts=_(", ").join(parts),
    )


def _card(
    comparison: Comparison,
    side: str,
    colour_by: str,
    layout: NDArray[np.float64],
    note: str,
    expected: Expectation | None,
) -> Charts:
    """One method: its name and settings, its map, gauges.

    layout: the map's places; note: said in the map; none where these are final.
    """
    runs = comparison.baseline if side == "baseline" else comparison.candidate
    title, key = str(METHODS[runs[0].config["method"]].title), f"map-{side}"
    words = f":gray[{settings_words(runs[0])}]"
    st.markdown(f"**{_(SIDES[side], method=title)}** :small[{words}]")
    groups = colour_groups(runs[0], colour_by)
    says = map_says(title, layout, groups)
    drawn = embedding_map(runs[0], layout, groups, says) | {
        "view": VIEW,
        "lasso": True,
        "note": note,
    }
    if not note and (last := watched_until(runs[0])) is not None:
        drawn["before"] = coming_from(last, runs[0], layout)
    if key == KEEPER:
        drawn["frames"] = pointed_frames(runs[0], layout)
    travelling_map(drawn, key=key)
    rows = [(gauge, reading(comparison, side, gauge)) for gauge in _gauges(comparison)]
    gauge_card(rows, expected)
    return {_("Map: {title}", title=title): (says, partial(map_table, layout, groups))}


def own_layout(result: Result) -> NDArray[np.float64]:
    """The map of a run as it was made, (n_frames, 2), NaN for frames outside the sample."""
    return result.frames[["map_x", "map_y"]].to_numpy(dtype=np.float64)


def ways_to_colour(result: Result) -> dict[str, str]:
    """What points can be coloured by, first the default: no classes without labels."""
    known = bool(result.data["class_names"])
    return {word: column for word, column in COLOUR_BY.items() if known or column != "label"}


def _legend(result: Result, colour_by: str, ways: list[str]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        map_legend(VIEW, colour_groups(result, colour_by).names, key="map-legend")
        views(_("Colour by"), "colour", ways, label_visibility="collapsed", width="content")


def _why(
    comparison: Comparison, reference_scores: ReferenceScores | None, is_whole: bool
) -> Charts:
    before, after = comparison.baseline[0], comparison.candidate[0]
    with st.container(border=True, gap=None, key="why"):
        words, spectrum, strip = st.columns([1.05, 0.85, 1.3], gap="medium")
        with words:
            st.markdown(f"**{_('Why this happens')}**  \n{sentences(*reasons(comparison))}")
        with spectrum:
            st.html(
                f"<b>{_('Strength of each direction')}</b><br>"
                f"<span style='color:{BASELINE}'>━</span> {_('baseline')}&ensp;"
                f"<span style='color:{CANDIDATE}'>━</span> {_('candidate')}"
            )
            says = spectrum_says(before, after)
            st.html(spectrum_picture(before, after, says))
            table = partial(spectrum_table, before, after)
            drawn: Charts = {_("Strength of each direction"): (says, table)}
        with strip:
            drawn |= _strip(after)
        st.caption(
            _("The reference scores are being computed.")
            if reference_scores is None
            else sentences(
                against_raw(comparison, reference_scores),
                label_curve_words(label_curves(comparison, reference_scores)) if is_whole else "",
                for_scale(comparison, reference_scores),
            )
        )
    return drawn


def _strip(after: Result) -> Charts:
    st.markdown(f"**{_('Where the margin acted, in one recording')}**")
    asked = st.session_state.get("recording", 0)
    recording = asked if asked in range(len(after.data["recordings"])) else 0
    first = (
        (_("true class"), "label") if after.data["class_names"] else (_("cluster found"), "cluster")
    )
    rows = [class_row(after, *first), margin_row(after, _("margin"))]
    time_strip(after, rows, recording, VIEW, key="strip")
    says = strip_says(after, recording, rows)
    drawn: Charts = {
        _("Where the margin acted, in one recording"): (
            says,
            lambda: figure_table(strip_figure(after, recording, rows, height=96)),
        )
    }
    placement = after.details["margin"]
    if placement is None:
        st.caption(
            _("This method has no threshold: if it has a margin, the margin acts everywhere.")
        )
        return drawn
    acted = _(
        "Across the recordings shown here, the margin acted on {marked:,} of {frames:,} frames.",
        marked=placement["marked"],
        frames=placement["frames"],
    )
    if not after.data["class_names"]:
        unknown = _("Without labels, it is unknown whether a real change happened there.")
        st.caption(sentences(acted, unknown))
        return drawn
    hits = _(
        "It marks {marked} of {changes} real changes (recall {recall}); {precision} of the "
        "marked transitions are real changes (precision).",
        changes=placement["changes"],
        marked=placement["changes_marked"],
        recall=_rate(placement["recall"]),
        precision=_rate(placement["precision"]),
    )
    st.caption(sentences(acted, hits))
    return drawn


def _rate(share: float | None) -> str:
    return "n/a" if share is None else percent(share)
