"""The sidebar: settings in, two lists of configs out; every setting lives in the URL."""

import contextlib
import math
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.components.choice import choice, chosen
from app.components.chosen_data import KEPT_SETTINGS, address_problem, data_choice
from emargin_core.analysis.verdict import EQUAL_WITHIN
from emargin_core.config import (
    METHODS,
    ExperimentConfig,
    bounds,
    describe,
    make_config,
    slider_range,
)
from emargin_core.text.errors import InputError
from emargin_core.text.language import gettext
from emargin_core.text.plain_text import shown

MAX_REPEATS = 5
MAX_EQUAL_WITHIN = 20.0
DEFAULTS = make_config()
URL_NAMES = {
    "data": "dataset",
    "threshold": "threshold",
    "scale": "scale",
    "spread": "uniformity",
    "variance": "variance_covariance",
    "temperature": "temperature",
    "baseline_temperature": "temperature",
    "baseline": "method",
    "candidate": "method",
    "iterations": "iterations",
    "seed": "seed",
    "clusters": "clusters",
}
"""Name of each setting in the URL -> the config's field that bounds it."""


@dataclass(frozen=True)
class ComparisonSettings:
    """What the sidebar asks for.

    baseline, candidate: of the first fold and seed; n_seeds: trainings of each method on a fold;
    equal_within: difference in accuracy that does not matter, as a share.
    """

    baseline: ExperimentConfig
    candidate: ExperimentConfig
    n_seeds: int
    equal_within: float


def url_problems() -> list[str]:
    """One sentence for each setting in the URL that cannot be used; it then has its default.

    Of the data set, the page's heading says so.
    """
    problems = []
    for name, field in URL_NAMES.items():
        raw = st.query_params.get(name)
        if raw is None or name == "data":
            continue
        try:
            _check(name, field, raw)
        except InputError as error:
            problems.append(address_problem(name, error))
    try:
        check_margin(st.query_params.get("equal_within", "0"))
    except InputError as error:
        problems.append(address_problem("equal_within", error))
    return problems


def check_margin(raw: str) -> float:
    """Read a margin of equality from the address, in points of accuracy.

    Raises:
        InputError: it is no number of points that can be.
    """
    try:
        points = float(raw)
    except ValueError:
        points = math.nan
    if not 0.0 <= points <= MAX_EQUAL_WITHIN:
        raise InputError(
            "'{value}' is no margin; use points of accuracy from 0 to {highest:g}",
            value=shown(raw),
            highest=MAX_EQUAL_WITHIN,
        )
    return points


def _check(name: str, field: str, raw: str) -> None:
    make_config(**{field: raw})
    if field in ("method", "seed", "clusters"):
        return
    low, high, _ = slider_range(field)
    if not low <= float(raw) <= high:
        raise InputError(
            "{value} is outside the slider's range, {low:g} to {high:g}",
            value=raw,
            low=low,
            high=high,
        )


def sidebar() -> ComparisonSettings:
    """Draw the sidebar's settings and return what they ask for.

    Raises:
        InputError: a value outside its bounds, from a client that ignores them.
    """
    with st.sidebar:
        dataset = data_choice()
        candidate = chosen("candidate", METHODS, DEFAULTS.method)
        reads = METHODS[candidate].settings
        threshold = _slider(gettext("Margin threshold"), "threshold", "threshold" not in reads)
        scale = _slider(gettext("Margin scale"), "scale", "scale" not in reads)
        uniformity = _slider(gettext("Uniformity weight"), "spread", not METHODS[candidate].trains)
        baseline = _method(gettext("Baseline method"), "baseline", "infonce")
        with st.expander(gettext("More settings")):
            more = _more(baseline)
    shared = {"dataset": dataset, "threshold": threshold, "scale": scale}
    shared |= {name: more[name] for name in ("iterations", "clusters", "seed")}
    return ComparisonSettings(
        baseline=make_config(**shared, method=baseline, temperature=more["baseline_temperature"]),
        candidate=make_config(
            **shared,
            method=more["candidate"],
            temperature=more["temperature"],
            uniformity=uniformity,
            variance_covariance=more["variance"],
        ),
        n_seeds=more["n_seeds"],
        equal_within=more["equal_within"] / 100,
    )


def keep_settings() -> None:
    """Keep the address's settings for the session, so that links back to Compare have them."""
    st.session_state[KEPT_SETTINGS] = {
        name: raw for name, raw in st.query_params.items() if _can_be_used(name, raw)
    }


def _can_be_used(name: str, raw: str) -> bool:
    if name == "repeats":
        return raw.isdecimal()
    try:
        if name == "equal_within":
            check_margin(raw)
        elif name in URL_NAMES and name != "data":
            _check(name, URL_NAMES[name], raw)
        else:
            return False
    except InputError:
        return False
    return True


def _more(baseline: str) -> dict[str, Any]:
    """The settings that are rarely changed."""
    more: dict[str, Any] = {}
    more["candidate"] = _method(gettext("Candidate method"), "candidate", DEFAULTS.method)
    more["variance"] = _slider(
        gettext("Variance-covariance weight"), "variance", not METHODS[more["candidate"]].trains
    )
    more["temperature"] = _slider(
        gettext("Candidate temperature"),
        "temperature",
        "temperature" not in METHODS[more["candidate"]].settings,
    )
    more["baseline_temperature"] = _slider(
        gettext("Baseline temperature"),
        "baseline_temperature",
        "temperature" not in METHODS[baseline].settings,
    )
    more["iterations"] = _slider(gettext("Training steps"), "iterations")
    lowest, highest = bounds("clusters")
    more["clusters"] = st.number_input(
        gettext("Clusters"),
        int(lowest or 0),
        int(highest or 0),
        DEFAULTS.clusters,
        key="clusters",
        bind="query-params",
        placeholder=gettext("same as the number of classes"),
        help=str(describe("clusters")),
    )
    low, high = bounds("seed")
    more["seed"] = st.number_input(
        gettext("Random seed"),
        int(low or 0),
        int(high or 0),
        DEFAULTS.seed,
        key="seed",
        bind="query-params",
        help=str(describe("seed")),
    )
    repeats = st.slider(
        gettext("Seeds"),
        1,
        MAX_REPEATS,
        1,
        key="repeats",
        bind="query-params",
        help=gettext(
            "Trains each method this many times on every fold, with consecutive random seeds."
        ),
    )
    more["n_seeds"] = max(1, min(repeats, MAX_REPEATS))
    more["equal_within"] = equal_within_choice()
    return more


def equal_within_choice() -> float:
    """Draw the difference in accuracy that does not matter, in points.

    Not bound to the address: the Decide page writes the margin of its decision there.
    """
    box, kept = "equal_within_box", "equal_within_chosen"
    points = st.session_state.get(kept, 100 * EQUAL_WITHIN)
    with contextlib.suppress(InputError):  # url_problems says what is wrong
        points = check_margin(st.query_params.get("equal_within", str(points)))
    st.session_state[box] = points
    points = st.number_input(
        gettext("Equal within (points of accuracy)"),
        0.0,
        MAX_EQUAL_WITHIN,
        step=0.5,
        key=box,
        on_change=_write_margin,
        args=(box,),
        help=gettext(
            "Two methods count as equally accurate only if the whole 95 % interval of their "
            "difference lies within this margin."
        ),
    )
    st.session_state[kept] = points = min(max(float(points), 0.0), MAX_EQUAL_WITHIN)
    return points


def _write_margin(box: str) -> None:
    st.query_params["equal_within"] = f"{st.session_state[box]:g}"


def _slider(label: str, name: str, disabled: bool = False) -> Any:
    field = URL_NAMES[name]
    low, high, step = slider_range(field)
    with st.container(gap=None):
        value = st.slider(
            label,
            low,
            high,
            getattr(DEFAULTS, field),
            step,
            key=name,
            bind="query-params",
            disabled=disabled,
        )
        st.caption(gettext("Not used by this method.") if disabled else str(describe(field)))
    return value


def _method(label: str, name: str, default: str) -> str:
    return choice(label, name, {key: str(method.title) for key, method in METHODS.items()}, default)
