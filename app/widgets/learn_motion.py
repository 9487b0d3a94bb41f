"""Third step of the Learn page: points that a loss moves, and the collapse."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app.palette import CANDIDATE, LINE, class_colour
from app.widgets.chart import numbers_button
from app.widgets.motion_stage import motion_stage
from emargin_core.language import mark, say
from emargin_core.learn.simulation import N_STRETCHES, STEPS, Motion, Rule, simulate

RULES: dict[str, Rule] = {
    mark("InfoNCE, no margin"): Rule("infonce"),
    mark("eMargin, scale 5"): Rule("emargin", scale=5.0),
    mark("eMargin, scale 1"): Rule("emargin", scale=1.0),
    mark("eMargin, scale 5, with spread 0.1"): Rule("emargin", scale=5.0, spread=0.1),
    mark("eMargin as released, scale 5"): Rule("emargin-released", scale=5.0),
}
"""What each loss is called; the first stands on the left, against all others."""
SURFACES = {2: mark("circle"), 3: mark("sphere")}
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
            say(
                "**What becomes of all frames together?** Here 48 frames are points on a circle or "
                "a sphere. They stand for four stretches of a signal, one colour and mark each; "
                "the thin line joins them in time. Press **Play**: the loss alone moves them, "
                "{steps} small steps downhill.\n\n"
                "Watch the **directions in use** (the *effective rank*). A sphere has 3, a circle "
                "2. Near 1 all points lie on one line: whatever else the frames had to say is "
                "gone. That is the **collapse**.",
                steps=STEPS,
            )
        )
        n_dimensions = st.segmented_control(
            say("The points lie on a"), list(SURFACES), default=3, required=True,
            format_func=lambda size: say(SURFACES[size]), key="surface",
        )  # fmt: skip
        seed = st.number_input(
            say("Another beginning (seed)"), 0, MAX_SEED, 0, key="motion_seed",
            bind="query-params",
        )  # fmt: skip
        st.info(
            say(
                "**Without the margin** points push each other apart and stay spread out. **With "
                "it** they run together. A little *spread*, a term that pushes all points apart, "
                "repairs it: choose it and play again."
            ),
            icon=":material/lightbulb:",
        )
    size, seed = (n_dimensions if n_dimensions in SURFACES else 3), min(max(int(seed), 0), MAX_SEED)
    with picture, st.container(border=True):
        with st.spinner(say("Moving the points, once."), show_time=False):
            found = motions(size, seed)
        motion_stage(film(found, f"{size}-{seed}"), key="motion")
        numbers_button("motion", _says(found), lambda: _table(found))


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
            "choose": say("On the right:"),
            "play": say("Play"),
            "pause": say("Pause"),
            "step": say("Step"),
            "reset": say("Reset"),
            "position": say("Training step"),
            "course": say("Directions in use over time: dashed left, solid right"),
            "begin": say("begin"),
            "end": say("step {n}", n=int(first.steps[-1])),
        },
        "acts": [
            _act(say(title), motion) for title, motion in zip(RULES, found, strict=True)
        ],
    }  # fmt: skip


def _act(title: str, motion: Motion) -> dict[str, Any]:
    note = ""
    if motion.undefined_at is not None:
        note = say(
            "At step {step} this loss had no value any more; from there the points stand still.",
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
        return say("all points are one: no direction is left to measure.")
    return say(
        "{rank} of {size} directions in use, mean distance {distance}.",
        rank=f"{rank:.1f}", size=size, distance=f"{distance:.2f}",
    )  # fmt: skip


def _says(found: list[Motion]) -> str:
    ends = [
        f"{say(title)}: {_line(motion, len(motion.steps) - 1)}"
        for title, motion in zip(RULES, found, strict=True)
    ]
    return say("At the last step.") + " " + " ".join(ends)


def _table(found: list[Motion]) -> pd.DataFrame:
    table: dict[str, Any] = {say("step"): found[0].steps}
    for title, motion in zip(RULES, found, strict=True):
        table[f"{say(title)}: {say('directions in use')}"] = [
            None if rank is None else round(rank, 3) for rank in motion.effective_rank
        ]
        table[f"{say(title)}: {say('mean distance')}"] = np.round(motion.mean_distance, 3)
    return pd.DataFrame(table)
