"""Third step of the Learn page: points that a loss moves, and the collapse."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app import session
from app.components.charts.chart import numbers_button
from app.components.comparison.how_it_came_about import replays
from app.components.comparison.training_film import SIDES
from app.views.learn.motion_stage import motion_stage
from emargin_core.config import make_config
from emargin_core.learn.simulation import N_STRETCHES, STEPS, Motion, Rule, simulate
from emargin_core.report.figures.palette import CANDIDATE, LINE, class_colour
from emargin_core.text.language import gettext as _
from emargin_core.text.language import gettext_noop
from emargin_core.text.message import lazy_gettext

RULES: dict[str, Rule] = {
    gettext_noop("InfoNCE, no margin"): Rule("infonce"),
    gettext_noop("eMargin, scale 5"): Rule("emargin", scale=5.0),
    gettext_noop("eMargin, scale 1"): Rule("emargin", scale=1.0),
    gettext_noop("eMargin, scale 5, uniformity weight 0.1"): Rule(
        "emargin", scale=5.0, uniformity=0.1
    ),
    gettext_noop("eMargin as released, scale 5"): Rule("emargin-released", scale=5.0),
}
"""What each loss is called; the first stands on the left, against all others."""
SURFACES = {2: lazy_gettext("circle"), 3: lazy_gettext("sphere")}
MAX_SEED = 999


@st.cache_data(max_entries=32, show_spinner=False)
def motions(n_dimensions: int, seed: int) -> list[Motion]:
    """How every loss moves the same points; worked out once."""
    return [simulate(rule, n_dimensions, seed) for rule in RULES.values()]


def collapse_step() -> None:
    """Play, pause, step and reset; watch the directions in use."""
    words, picture = st.columns([1, 1.9], gap="medium")
    with words:
        st.markdown(
            _(
                "**What happens to all frames together?** Here 48 frames are points on a "
                "circle or a sphere. They represent four segments of a signal, each with its "
                "own colour and marker; the thin line joins them in time order. Press "
                "**Play**: the points take {steps} small steps downhill on the loss.\n\n"
                "Watch the **directions in use** (the *effective rank*). A sphere has 3, a "
                "circle 2. Near 1, all points lie on one line, and all other information "
                "about the frames is lost. This is **collapse**.",
                steps=STEPS,
            )
        )
        n_dimensions = st.segmented_control(
            _("The points lie on a"),
            list(SURFACES),
            default=3,
            required=True,
            format_func=lambda size: str(SURFACES[size]),
            key="surface",
        )
        seed = st.number_input(
            _("Random seed"), 0, MAX_SEED, 0, key="motion_seed", bind="query-params"
        )
        st.info(
            _(
                "**Without the margin**, points push each other apart and stay spread out. "
                "**With it**, they run together. A small *uniformity weight* adds a term that "
                "pushes all points apart and prevents this: choose it and play again."
            ),
            icon=":material/lightbulb:",
        )
    size, seed = (n_dimensions if n_dimensions in SURFACES else 3), min(max(int(seed), 0), MAX_SEED)
    with picture, st.container(border=True):
        with st.spinner(_("Computing the motion (first time only)."), show_time=False):
            found = motions(size, seed)
        motion_stage(film(found, f"{size}-{seed}"), key="motion")
        numbers_button("motion", _says(found), lambda: _table(found))
    _real_training()


def _real_training() -> None:
    """Replay the trainings of the default comparison, where they were watched."""
    configs = [make_config(method=method) for method in ("infonce", "emargin")]
    runs = [session.stored_result(session.run_id_of(config)) for config in configs]
    watched = {side: run for side, run in zip(SIDES, runs, strict=True) if run and run.snapshots}
    if len(watched) == len(SIDES):
        st.markdown(
            _(
                "**The same in a real training.** Both methods on frames of real sensor data that "
                "they never saw, after so many training steps. On which side does the effective "
                "rank fall, and what do the other numbers do meanwhile?"
            )
        )
        replays(watched)


def film(found: list[Motion], name: str) -> dict[str, Any]:
    """What the stage shows; see `motion_stage`."""
    first = found[0]
    return {
        "film": name,
        "dimensions": first.places.shape[2],
        "steps": first.steps.tolist(),
        "stretches": first.stretches.tolist(),
        "colours": [class_colour(code) for code in range(N_STRETCHES)],
        "left": LINE,
        "right": CANDIDATE,
        "words": {
            "choose": _("On the right:"),
            "play": _("Play"),
            "pause": _("Pause"),
            "step": _("Step"),
            "reset": _("Reset"),
            "position": _("Training step"),
            "course": _("Directions in use over time: dashed left, solid right"),
            "begin": _("start"),
            "end": _("step {n}", n=int(first.steps[-1])),
        },
        "acts": [_act(_(title), motion) for title, motion in zip(RULES, found, strict=True)],
    }


def _act(title: str, motion: Motion) -> dict[str, Any]:
    note = ""
    if motion.undefined_at is not None:
        note = _(
            "At step {step} this loss became undefined; the points stop there.",
            step=motion.undefined_at,
        )
    n_kept = len(motion.steps)
    return {
        "title": title,
        "places": np.round(1000 * motion.places).astype(int).reshape(n_kept, -1).tolist(),
        "ranks": [None if rank is None else round(rank, 3) for rank in motion.effective_rank],
        "lines": [_line(motion, moment) for moment in range(n_kept)],
        "note": note,
    }


def _line(motion: Motion, moment: int) -> str:
    rank, distance = motion.effective_rank[moment], float(motion.mean_distance[moment])
    size = motion.places.shape[2]
    if rank is None:
        return _("all points coincide; no direction is left to measure.")
    return _(
        "{rank} of {size} directions in use, mean distance {distance}.",
        rank=f"{rank:.1f}",
        size=size,
        distance=f"{distance:.2f}",
    )


def _says(found: list[Motion]) -> str:
    ends = [
        f"{_(title)}: {_line(motion, len(motion.steps) - 1)}"
        for title, motion in zip(RULES, found, strict=True)
    ]
    return _("At the last step:") + " " + " ".join(ends)


def _table(found: list[Motion]) -> pd.DataFrame:
    table: dict[str, Any] = {_("step"): found[0].steps}
    for title, motion in zip(RULES, found, strict=True):
        table[f"{_(title)}: {_('directions in use')}"] = [
            None if rank is None else round(rank, 3) for rank in motion.effective_rank
        ]
        table[f"{_(title)}: {_('mean distance')}"] = np.round(motion.mean_distance, 3)
    return pd.DataFrame(table)
