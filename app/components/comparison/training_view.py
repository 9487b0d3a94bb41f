"""Two cards while runs are under way: each run's training as it goes, none of it a result yet."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app import session
from app.components.comparison.footer import config_words
from app.components.comparison.gauges import Reading, gauge_html
from app.components.comparison.training_film import SIDES, class_words, still
from app.components.comparison.training_gauges import training_gauges_html, value_text
from app.components.maps.map_legend import map_legend
from app.components.maps.travelling_map import travelling_map
from emargin_core.config import METHODS, ExperimentConfig
from emargin_core.datasets.registry import load_dataset
from emargin_core.evaluation.metric_table import HEADLINES
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.jobs.status import STAGES, JobStatus
from emargin_core.store.result import Result
from emargin_core.store.snapshots import MAX_POINTS, Snapshot, in_square
from emargin_core.text.language import current, sentences
from emargin_core.text.language import gettext as _

SPOKEN_PARTS = 4
"""How often in a training its state is read out, so that nobody is talked over each second."""

WATCHED = "watched_runs"
"""In the session: the runs whose training was shown here as it went."""

_DASHED = """<style>
[class*="st-key-under-way-"]{border-style:dashed}
</style>"""


def training_view(run_ids: tuple[str, str], configs: tuple[ExperimentConfig, ...]) -> None:
    """Draw baseline and candidate as far as they are; to be drawn again as they go on."""
    st.html(_DASHED)
    classes: set[int] = set()
    columns = st.columns(2, gap="small")
    for side, name, config, column in zip(SIDES, run_ids, configs, columns, strict=True):
        result = session.known_result(name)
        key = f"under-way-{side}" if result is None else f"trained-{side}"
        with column, st.container(border=True, gap=None, key=key):
            title = str(METHODS[config.method].title)
            heading = _(SIDES[side], method=title)
            st.markdown(f"**{heading}** :small[:gray[{config_words(config.canonical())}]]")
            if result is None:
                st.session_state[WATCHED] = {name} | st.session_state.get(WATCHED, set())
                film, words = _under_way(name, heading), _state(session.jobs().status(name))
            else:
                film = _finished(name, heading, current(), result.preliminary)
                words = _("Trained; the comparison follows when both sides are.")
            st.markdown(f":gray-badge[{words}]" if words else "")
            travelling_map(film, key=f"training-map-{side}")
            classes |= set(film["codes"])
    names = class_words(load_dataset(configs[1].dataset).class_names, sorted(classes))
    map_legend("training", names, key="training-legend")


def watched_until(result: Result) -> Snapshot | None:
    """The last picture of a run's training, where it was watched here until the result came."""
    if result.run_id not in st.session_state.get(WATCHED, ()):
        return None
    snapshots = result.snapshots or session.jobs().snapshots(result.run_id)
    return snapshots[-1] if snapshots else None


def _state(job: JobStatus | None) -> str:
    """What a run is doing, and that it shows no result."""
    if job is None or job.ended:
        return ""
    progress = job.progress
    if progress.stage == "training" and progress.steps:
        return _(
            "training, step {step} of {steps}: not yet a result",
            step=progress.step,
            steps=progress.steps,
        )
    return _("{stage}: not yet a result", stage=str(STAGES[progress.stage]))


def _under_way(name: str, heading: str) -> dict[str, Any]:
    snapshots = session.jobs().snapshots(name)
    if not snapshots:
        return still(name, heading, np.empty((0, 2), np.uint16), np.empty(0, np.int64)) | {
            "cards": [training_gauges_html(())]
        }
    return _latest(name, snapshots[-1].step, heading, current(), snapshots)


@st.cache_data(max_entries=32, show_spinner=False)
def _latest(
    name: str, step: int, heading: str, language: str, _snapshots: Sequence[Snapshot]
) -> dict[str, Any]:
    """The last snapshot, worked out once for all who watch the run; name and step tell them apart.

    language: the current one, which the cache knows the words by.
    """
    snapshot = _snapshots[-1]
    return still(name, heading, snapshot.layout, snapshot.labels) | {
        "words": [str(step)],
        "cards": [training_gauges_html(_snapshots)],
        "says": _spoken(heading, _snapshots),
    }


def _spoken(heading: str, snapshots: Sequence[Snapshot]) -> str:
    """The state of the training when it last came into another quarter."""
    parts = [SPOKEN_PARTS * one.step // max(1, one.steps) for one in snapshots]
    snapshot = snapshots[parts.index(parts[-1])]
    values = [f"{gauge.label!s} {value_text(gauge, snapshot)}." for gauge in HEADLINES.values()]
    state = _(
        "{heading}, training, step {step} of {steps}, not yet a result.",
        heading=heading,
        step=snapshot.step,
        steps=snapshot.steps,
    )
    return sentences(state, *values)


@st.cache_data(max_entries=32, show_spinner=False)
def _finished(name: str, heading: str, language: str, looked: bool) -> dict[str, Any]:
    """A stored run beside one that is under way: its map and its numbers, with no judgement.

    looked: there is only a first look at it.
    """
    result = session.known_result(name)
    assert result is not None
    layout, codes = _points(result)
    return still(name, heading, layout, codes) | {
        "cards": [gauge_html([(gauge, _own(result, gauge.path)) for gauge in HEADLINES.values()])]
    }


def _own(result: Result, path: str) -> Reading:
    value = result.metric(path)
    return Reading(None if value is None else Estimate(value, None, None))


def _points(result: Result) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
    """Places in the square of the snapshots, (n, 2), and classes, (n,), of part of the map.

    Those of a first look, which has no map yet, are of the last picture of its training.
    """
    if result.preliminary and result.snapshots:
        return result.snapshots[-1].layout, result.snapshots[-1].labels.astype(np.int64)
    places = result.frames[["map_x", "map_y"]].to_numpy(dtype=np.float64)
    shown = np.flatnonzero(np.isfinite(places[:, 0]))
    shown = shown[:: max(1, -(-len(shown) // MAX_POINTS))]
    return in_square(places[shown]), result.frames["label"].to_numpy()[shown]
