"""Scrubbing: one slider along a line of stored runs; map, gauges and accuracy move at once."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app import session
from app.components import job_progress
from app.components.comparison.footer import SETTINGS
from app.components.comparison.gauges import Reading, gauge_html, reading
from app.components.maps.map_legend import map_legend
from app.components.maps.travelling_map import coloured, travelling_map
from emargin_core.evaluation.metric_table import HEADLINES, Headline
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.jobs.facade import map_key
from emargin_core.store.gallery.gallery import Entry
from emargin_core.store.result import Result
from emargin_core.text.language import current
from emargin_core.text.language import gettext as _
from emargin_core.text.message import lazy_gettext

POINTS = 1_000
TITLES = {
    "threshold": lazy_gettext("Margin threshold"),
    "scale": lazy_gettext("Margin scale"),
    "uniformity": lazy_gettext("Uniformity weight"),
}
"""Parameters that the slider can move along."""


@dataclass(frozen=True)
class Stop:
    """One position of the slider: the parameter's value and the run that has it."""

    value: float
    run_id: str


def scrubber(name: str, stops: Sequence[Stop], shipped: bool = False) -> None:
    """Draw the slider and what it moves; aligns the maps first where they are not yet.

    shipped: the runs are the gallery's, whose maps lie on one another already.
    """
    if shipped:
        shipped_scene(name, tuple(stops))
        return
    missing = [stop for stop in stops[1:] if layout_of(stops, stop) is None]
    if missing:
        _prepare(stops, missing)
        return
    _scene(name, tuple(stops))


def layout_of(stops: Sequence[Stop], stop: Stop) -> NDArray[np.float64] | None:
    """Map of a stop, turned onto that of the first; (n_frames, 2), NaN outside the sample."""
    if stop == stops[0]:
        first = session.stored_result(stop.run_id)
        return None if first is None else first.frames[["map_x", "map_y"]].to_numpy(dtype=float)
    return session.run_store().get_map(stop.run_id, stops[0].run_id)


def shipped_scene(name: str, stops: tuple[Stop, ...]) -> None:
    """The same from the gallery: maps of the first seed, metrics without their intervals."""
    data = shipped_film(name, stops, current())
    if data is None:
        st.info(_("Maps of these runs are not included in the program."), icon=":material/map:")
        return
    _draw(data, f"scrub_shipped_{name}")


@st.cache_data(max_entries=16, show_spinner=False)
def shipped_film(name: str, stops: tuple[Stop, ...], language: str) -> dict[str, Any] | None:
    """As `film`, of runs of the gallery; None where it lacks one of the maps.

    language: the current one, which the cache knows the words by.
    """
    gallery = session.gallery()
    maps = None if gallery is None else gallery.scrub_maps()
    if gallery is None or maps is None or any(s.run_id not in maps.layouts for s in stops):
        return None
    names = {
        int(code): _("unlabelled") if code < 0 else maps.class_names[code]
        for code in np.unique(maps.labels)
    }
    entries = [gallery.entries[stop.run_id] for stop in stops]
    cards = [
        _words(name, stops, stop, entry.collapse_reason)
        + gauge_html([(g, _against_first(entry, entries[0], g)) for g in HEADLINES.values()])
        for stop, entry in zip(stops, entries, strict=True)
    ]
    places = np.stack([maps.layouts[stop.run_id] for stop in stops])
    return _as_film(name, stops, places, maps.labels, names, cards)


def _against_first(entry: Entry, first: Entry, gauge: Headline) -> Reading:
    group, metric = gauge.path.split(".")
    value, start = entry.metrics[group][metric], first.metrics[group][metric]
    if value is None:
        return Reading(None)
    if start is None or entry is first:
        return Reading(Estimate(value, None, None))
    return Reading(
        Estimate(value, None, None),
        Estimate(start, None, None),
        Estimate(value - start, None, None),
        entry.collapsed,
    )


def _prepare(stops: Sequence[Stop], missing: Sequence[Stop]) -> None:
    keys = [map_key(stop.run_id, stops[0].run_id) for stop in missing]
    first = session.stored_result(stops[0].run_id)
    for stop, key in zip(missing, keys, strict=True):
        run = session.stored_result(stop.run_id)
        if session.jobs().status(key) is None and run is not None and first is not None:
            session.jobs().submit_map(run, first, session.session_owner())
    st.caption(_("Aligning the maps ({n}).", n=len(stops)))
    places = dict(zip(keys, missing, strict=True))
    if job_progress.under_way(keys, lambda key: layout_of(stops, places[key]) is not None):
        job_progress.progress_banner(tuple(keys))
    for problem in job_progress.failures(keys):
        st.error(problem)


def _scene(name: str, stops: Sequence[Stop]) -> None:
    """Everything that the slider shows is in the browser already, so that it answers at once."""
    data = film(name, tuple(stops), current())
    if data is None:
        st.error(_("One of these runs is no longer stored; run the sweep again."))
        return
    _draw(data, f"scrub_{name}")


def _draw(data: dict[str, Any], key: str) -> None:
    travelling_map(data, key=key)
    map_legend(key, {int(code): name for code, name in data["names"].items()}, f"{key}_legend")


@st.cache_data(max_entries=16, show_spinner=False)
def film(name: str, stops: tuple[Stop, ...], language: str) -> dict[str, Any] | None:
    """All positions of the slider: places of the points, gauges, and the words that go with them.

    Coordinates are whole thousandths of the width of the widest map. language: the current one,
    which the cache knows the words by.
    """
    runs = [session.stored_result(stop.run_id) for stop in stops]
    layouts = [layout_of(stops, stop) for stop in stops]
    first = runs[0]
    if first is None or any(part is None for part in (*runs, *layouts)):
        return None
    shown = np.flatnonzero(np.isfinite(np.stack(layouts)[:, :, 0]).all(axis=0))
    shown = shown[:: max(1, len(shown) // POINTS)]
    codes, names = _classes(first, shown)
    cards = [_card(name, stops, stop) for stop in stops]
    return _as_film(name, stops, np.stack(layouts)[:, shown], codes, names, cards)


def _as_film(
    name: str,
    stops: Sequence[Stop],
    places: NDArray[np.floating],
    codes: NDArray[np.int64],
    names: dict[int, str],
    cards: list[str],
) -> dict[str, Any]:
    """What `travelling_map` draws; places: (n_stops, n_points, 2)."""
    low = places.min(axis=(0, 1))
    size = float((places.max(axis=(0, 1)) - low).max()) or 1.0
    whole = np.round(1000 * (places - low) / size).astype(int)
    title, words = str(TITLES[name]), [f"{stop.value:g}" for stop in stops]
    return coloured(codes) | {
        "film": " ".join(stop.run_id for stop in stops),
        "title": title,
        "words": words,
        "alts": [
            _("Map of the held-out frames, {title} {value}", title=title, value=word)
            for word in words
        ],
        "places": whole.reshape(len(stops), -1).tolist(),
        "names": {str(code): name for code, name in names.items()},
        "cards": cards,
    }


def _classes(run: Result, shown: NDArray[np.int64]) -> tuple[NDArray[np.int64], dict[int, str]]:
    """Codes of the points, and what they are called; clusters where there are no classes."""
    known = run.data["class_names"]
    codes = run.frames["label" if known else "cluster"].to_numpy()[shown]
    names = {
        int(code): _("unlabelled")
        if code < 0
        else known[code]
        if known
        else _("cluster {n}", n=code + 1)
        for code in np.unique(codes)
    }
    return codes, names


def _card(name: str, stops: Sequence[Stop], stop: Stop) -> str:
    """Gauges of one position, with ticks where the first one stands."""
    against = session.comparison_of((stops[0].run_id,), (stop.run_id,))
    side = "baseline" if stop == stops[0] else "candidate"
    words = _words(name, stops, stop, against.candidate[0].collapse_reason)
    return words + gauge_html([(g, reading(against, side, g)) for g in HEADLINES.values()])


def _words(name: str, stops: Sequence[Stop], stop: Stop, collapse_reason: str | None) -> str:
    here, start = (str(SETTINGS[name].format(value=place.value)) for place in (stop, stops[0]))
    words = f"<p><b>{html.escape(here[:1].upper() + here[1:])}</b>"
    if stop != stops[0]:
        words += f" <small>{html.escape(_('the tick marks {setting}', setting=start))}</small>"
    if collapse_reason is not None:
        reason = html.escape(str(collapse_reason))
        words += f"<br><b>{html.escape(_('Collapsed:'))}</b> {reason}"
    return words + "</p>"
