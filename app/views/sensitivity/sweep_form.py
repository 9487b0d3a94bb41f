"""What to sweep: a grid of values or a search, started from here."""

from typing import Any

import streamlit as st

from app import session
from app.components.plain import plain
from emargin_core.config import METHODS, make_config, slider_range
from emargin_core.evaluation.uncertainty import MIN_FOLDS
from emargin_core.sweeps.space import HEAD_START, SweepSpec, make_grid, make_search
from emargin_core.text.errors import ExplorerError
from emargin_core.text.language import gettext as _
from emargin_core.text.language import gettext_noop, sentences
from emargin_core.text.message import lazy_gettext

GRID = {
    "threshold": (lazy_gettext("Thresholds"), [-0.4, -0.2, 0.0, 0.2, 0.4, 0.6, 0.8, 1.0],
                  [0.0, 0.2, 0.4, 0.6, 0.8]),
    "scale": (lazy_gettext("Scales"), [0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0],
              [0.5, 1.0, 2.0, 5.0]),
    "uniformity": (lazy_gettext("Uniformity weights"), [0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0], [0.0]),
    "temperature": (lazy_gettext("Temperatures"), [0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0], [0.5]),
}  # fmt: skip
"""Parameter -> title, values on offer (others can be typed), values chosen at first."""
MOST_FIRST = 20
AFTER_TEN = (95, 68)
"""Score after ten trials with and without a head start, see docs/head_start.md."""
SWEEPABLE = {
    name: method.title
    for name, method in METHODS.items()
    if method.trains and "threshold" in method.settings
}


def sweep_form(dataset: str) -> None:
    """Draw the form; starting a sweep shows it."""
    with st.popover(_("New sweep"), icon=":material/add:", width="content"):
        kind = st.segmented_control(
            _("Type"),
            (gettext_noop("Grid"), gettext_noop("Search")),
            default="Grid",
            required=True,
            key="sweep_kind",
            format_func=_,
            help=_("A grid tries every combination. A search tries settings that look promising."),
        )
        method = st.selectbox(
            _("Method"),
            list(SWEEPABLE),
            format_func=lambda name: str(SWEEPABLE[name]),
            key="sweep_method",
        )
        steps = st.slider(
            _("Training steps"),
            *slider_range("iterations")[:2],
            make_config().iterations,
            slider_range("iterations")[2],
            key="sweep_iterations",
        )
        try:
            base = make_config(
                dataset=dataset, method=method, iterations=steps, evaluate_on="validation"
            )
            spec = _grid(base, session.n_folds_of(base)) if kind == "Grid" else _search(base)
        except ExplorerError as error:
            st.error(plain(str(error)))
            return
        st.caption(_cost(spec))
        if st.button(_("Start"), type="primary", width="stretch", key="sweep_start"):
            _start(spec)


def _cost(spec: SweepSpec) -> str:
    """How many trainings the sweep takes that are not stored, and how long; what it may find."""
    trials = [spec.base] * spec.trials if spec.is_search else map(spec.config, spec.cells())
    configs = [*trials, *spec.baseline_configs()]
    stored = set(session.run_store().ids())
    new = [
        config for config in configs if spec.is_search or session.run_id_of(config) not in stored
    ]
    time = session.expected_wait(new)
    return sentences(
        _("{n} trainings including the baseline's.", n=len(configs)),
        _("{n} of them are stored.", n=len(configs) - len(new)) if len(new) < len(configs) else "",
        "" if time is None else _("About {time} on this computer.", time=time),
        _("You can stop and resume later."),
    )


def _grid(base: Any, n_folds: int) -> SweepSpec:
    values: dict[str, list[Any]] = {}
    for name, (title, offered, first) in GRID.items():
        chosen = st.multiselect(
            str(title),
            offered,
            first,
            accept_new_options=True,
            key=f"grid_{name}",
            format_func=lambda value: f"{float(value):g}" if _is_number(value) else str(value),
        )
        values[name] = [_number(value, title) for value in chosen]
    repeats = st.slider(_("Seeds"), 1, 5, 1, key="grid_seeds")
    values["seed"] = list(range(repeats))
    folds = (
        st.slider(
            _("Folds"),
            1,
            n_folds,
            n_folds,
            key="grid_folds",
            help=_(
                "Every setting is trained and scored on each fold. Fewer folds are faster; with "
                "fewer than {n} nothing can be claimed.",
                n=MIN_FOLDS,
            ),
        )
        if n_folds > 1
        else 1
    )
    values["fold"] = list(range(folds))
    return make_grid(base, values)


def _search(base: Any) -> SweepSpec:
    trials = st.number_input(_("Trials"), 5, 500, 40, key="search_trials")
    st.caption(
        _(
            "Varies threshold, scale, temperature and uniformity weight, looking for high "
            "accuracy, low Davies–Bouldin and high Silhouette together, on one fold. Collapsed "
            "settings are rejected. What it finds is a first look: sweep a grid around it."
        )
    )
    first = st.number_input(
        _("First trials from other data"),
        0,
        MOST_FIRST,
        HEAD_START,
        key="search_head_start",
        help=_(
            "These trials begin with the settings that did best on other data, the most similar "
            "data first: what comes with the program, and what your own sweeps confirmed."
        ),
    )
    st.caption(
        _(
            "Measured on six data sets with short trainings: with 5 such trials a search is ahead "
            "at first, though settings drawn by order of magnitude gain most of that. After 10 "
            "trials it had on average {ahead} % of what 40 trials without them found, else "
            "{behind} %; after 40 no difference can be told.",
            ahead=AFTER_TEN[0],
            behind=AFTER_TEN[1],
        )
    )
    return make_search(base, int(trials), head_start=min(int(first), int(trials)))


def _number(value: Any, title: str) -> float:
    from emargin_core.text.errors import InputError

    try:
        return float(value)
    except (TypeError, ValueError):
        raise InputError(
            "{title}: '{value}' is not a number", title=str(title), value=str(value)[:20]
        ) from None


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _start(spec: SweepSpec) -> None:
    try:
        name = session.sweeps().start(spec, session.jobs())
    except ExplorerError as error:
        st.error(plain(str(error)))
        return
    st.session_state.sweep_chosen = name
    st.rerun()
