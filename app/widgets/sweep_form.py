"""What to sweep: a grid of values or a search, started from here."""

from typing import Any

import streamlit as st

from app import background
from app.widgets.plain import plain
from emargin_core.config import make_config, slider_range
from emargin_core.errors import ExplorerError
from emargin_core.language import mark, retell, say
from emargin_core.methods import METHODS
from emargin_core.sweep import SweepSpec, make_grid, make_search

GRID = {
    "threshold": (mark("Thresholds"), [-0.4, -0.2, 0.0, 0.2, 0.4, 0.6, 0.8, 1.0],
                  [0.0, 0.2, 0.4, 0.6, 0.8]),
    "scale": (mark("Scales"), [0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0], [0.5, 1.0, 2.0, 5.0]),
    "uniformity": (mark("Spreads"), [0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0], [0.0]),
    "temperature": (mark("Temperatures"), [0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0], [0.5]),
}  # fmt: skip
"""Parameter -> title, values on offer (others can be typed), values chosen at first."""
SWEEPABLE = {name: method.title for name, method in METHODS.items()
             if method.trains and "threshold" in method.settings}  # fmt: skip
SECONDS_A_RUN = 18


def sweep_form(dataset: str) -> None:
    """Draw the form; starting a sweep shows it."""
    with st.popover(say("New sweep"), icon=":material/add:", width="content"):
        kind = st.segmented_control(
            say("How"), (mark("Grid"), mark("Search")), default="Grid", required=True,
            key="sweep_kind", format_func=say,
            help=say("A grid tries every combination. A search proposes what looks promising."),
        )  # fmt: skip
        method = st.selectbox(
            say("Method"),
            list(SWEEPABLE),
            format_func=lambda name: say(SWEEPABLE[name]),
            key="sweep_method",
        )
        steps = st.slider(say("Training steps"), *slider_range("iterations")[:2],
                          make_config().iterations, slider_range("iterations")[2],
                          key="sweep_iterations")  # fmt: skip
        try:
            base = make_config(dataset=dataset, method=method, iterations=steps)
            spec = _grid(base) if kind == "Grid" else _search(base)
        except ExplorerError as error:
            st.error(plain(retell(str(error))))
            return
        runs = spec.trials + len(spec.seeds)
        minutes = runs * SECONDS_A_RUN / 60 / max(1, background.jobs().capacity())
        st.caption(
            say(
                "{n} trainings with the baseline's, very roughly {minutes} min here. What is "
                "stored is not computed again; it can be stopped and taken up later.",
                n=runs,
                minutes=max(1, round(minutes)),
            )
        )
        if st.button(say("Start"), type="primary", width="stretch", key="sweep_start"):
            _start(spec)


def _grid(base: Any) -> SweepSpec:
    values: dict[str, list[Any]] = {}
    for name, (title, offered, first) in GRID.items():
        chosen = st.multiselect(
            say(title), offered, first, accept_new_options=True, key=f"grid_{name}",
            format_func=lambda value: f"{float(value):g}" if _is_number(value) else str(value),
        )  # fmt: skip
        values[name] = [_number(value, title) for value in chosen]
    repeats = st.slider(say("Repeats (seeds)"), 1, 5, 1, key="grid_seeds")
    values["seed"] = list(range(repeats))
    return make_grid(base, values)


def _search(base: Any) -> SweepSpec:
    trials = st.number_input(say("Trials"), 5, 500, 40, key="search_trials")
    st.caption(
        say(
            "Looks for high accuracy, low Davies–Bouldin and high Silhouette at once, over "
            "threshold, scale, temperature and spread. Collapsed settings are turned down."
        )
    )
    return make_search(base, int(trials))


def _number(value: Any, title: str) -> float:
    from emargin_core.errors import InputError

    try:
        return float(value)
    except (TypeError, ValueError):
        raise InputError(
            say("{title}: '{value}' is not a number", title=say(title), value=str(value)[:20])
        ) from None


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _start(spec: SweepSpec) -> None:
    try:
        name = background.sweeps().start(spec, background.jobs())
    except ExplorerError as error:
        st.error(plain(retell(str(error))))
        return
    st.session_state.sweep_chosen = name
    st.rerun()
