"""How it came about: the trainings of both sides once more, each with a slider over its steps."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from app.components.comparison.training_film import SIDES, class_words, replay
from app.components.maps.map_legend import map_legend
from app.components.maps.travelling_map import travelling_map
from emargin_core.analysis.comparison import Comparison
from emargin_core.config import METHODS
from emargin_core.store.result import Result
from emargin_core.text.language import gettext as _


def how_it_came_about(comparison: Comparison) -> None:
    """Draw the first training of each side that was watched, or say that there is none."""
    runs = dict(zip(SIDES, (comparison.baseline, comparison.candidate), strict=True))
    watched = {
        side: next((run for run in found if run.snapshots), found[0])
        for side, found in runs.items()
    }
    if any(run.snapshots for run in watched.values()):
        replays(watched)
    else:
        _say_what_is_missing()


def replays(runs: Mapping[str, Result]) -> None:
    """Draw the training of each side beside the other; at least one of them was watched."""
    for column, (side, run) in zip(st.columns(2, gap="small"), runs.items(), strict=True):
        with column, st.container(border=True, gap=None):
            heading = _(SIDES[side], method=str(METHODS[run.config["method"]].title))
            st.markdown(f"**{heading}**")
            if run.snapshots:
                travelling_map(replay(run.run_id, heading, run.snapshots), key=f"replay-{side}")
            else:
                _say_what_is_missing()
    _legend_and_note([run for run in runs.values() if run.snapshots])


def _say_what_is_missing() -> None:
    st.info(
        _("There are no pictures of this training. Runs that you watch on this page keep them."),
        icon=":material/movie:",
    )


def _legend_and_note(runs: list[Result]) -> None:
    codes = np.unique(np.concatenate([run.snapshots[0].labels for run in runs])).tolist()
    names = class_words(runs[0].data["class_names"], codes)
    map_legend("replay", names, key="replay-legend")
    st.caption(
        _(
            "Each position shows the encoder after so many training steps, on {n} held-out frames. "
            "Quick estimates, which can differ from the result.",
            n=len(runs[0].snapshots[0].labels),
        )
    )
