"""The sidebar: settings in, two lists of configs out; every setting lives in the URL."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.widgets.choice import choice, chosen
from emargin_core.config import ExperimentConfig, bounds, describe, make_config, slider_range
from emargin_core.datasets import available, is_at_hand
from emargin_core.errors import InputError
from emargin_core.language import retell, say
from emargin_core.methods import METHODS

MAX_REPEATS = 5
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
    """What the sidebar asks for: as many baseline as candidate runs, seed by seed."""

    baseline: tuple[ExperimentConfig, ...]
    candidate: tuple[ExperimentConfig, ...]


def url_problems() -> list[str]:
    """One sentence for each setting in the URL that cannot be used; it then has its default."""
    problems = []
    for name, field in URL_NAMES.items():
        raw = st.query_params.get(name)
        if raw is None:
            continue
        try:
            _check(name, field, raw)
        except InputError as error:
            problems.append(
                say(
                    "In this page's address, {name}: {problem}. The default is used.",
                    name=name,
                    problem=retell(str(error)),
                )
            )
    return problems


def _check(name: str, field: str, raw: str) -> None:
    if field == "dataset":
        if not is_at_hand(raw):
            raise InputError(
                say(
                    "'{name}' is not a data set at hand here; known are {known}",
                    name=raw,
                    known=", ".join(available()),
                )
            )
        return
    make_config(**{field: raw})
    if field in ("method", "seed", "clusters"):
        return
    low, high, _ = slider_range(field)
    if not low <= float(raw) <= high:
        raise InputError(
            say("{value} is outside the slider, {low:g} to {high:g}", value=raw, low=low, high=high)
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
        threshold = _slider(say("Margin threshold"), "threshold", "threshold" not in reads)
        scale = _slider(say("Margin scale"), "scale", "scale" not in reads)
        spread = _slider(say("Spread (repair)"), "spread", not METHODS[candidate].trains)
        baseline = _method(say("Compare with"), "baseline", "infonce")
        with st.expander(say("More settings")):
            more = _more(baseline)
    shared = {"dataset": dataset, "threshold": threshold, "scale": scale}
    shared |= {"iterations": more["iterations"], "clusters": more["clusters"]}
    return ComparisonSettings(
        baseline=tuple(
            make_config(
                **shared, method=baseline, temperature=more["baseline_temperature"], seed=seed
            )
            for seed in more["seeds"]
        ),
        candidate=tuple(
            make_config(
                **shared,
                method=more["candidate"],
                temperature=more["temperature"],
                uniformity=spread,
                variance_covariance=more["variance"],
                seed=seed,
            )
            for seed in more["seeds"]
        ),
    )


def data_choice() -> str:
    """Draw the choice of data set; what the address names is offered too, a path never."""
    titles = {name: retell(title) for name, title in available().items()}
    named = chosen("data", _AtHand(), DEFAULTS.dataset)
    return choice(say("Data"), "data", titles | {named: titles.get(named, named)}, DEFAULTS.dataset)


class _AtHand:
    """All names that a data set may have in the address."""

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and is_at_hand(name)


def _more(baseline: str) -> dict[str, Any]:
    """The settings that are rarely changed."""
    more: dict[str, Any] = {}
    more["candidate"] = _method(say("Method in question"), "candidate", DEFAULTS.method)
    more["variance"] = _slider(
        say("Variance weight (second repair)"), "variance", not METHODS[more["candidate"]].trains
    )
    more["temperature"] = _slider(
        say("Its temperature"),
        "temperature",
        "temperature" not in METHODS[more["candidate"]].settings,
    )
    more["baseline_temperature"] = _slider(
        say("Baseline's temperature"),
        "baseline_temperature",
        "temperature" not in METHODS[baseline].settings,
    )
    more["iterations"] = _slider(say("Training steps"), "iterations")
    lowest, highest = bounds("clusters")
    more["clusters"] = st.number_input(
        say("Clusters"),
        int(lowest or 0),
        int(highest or 0),
        DEFAULTS.clusters,
        key="clusters",
        bind="query-params",
        placeholder=say("as many as classes"),
        help=say(describe("clusters")),
    )
    low, high = bounds("seed")
    seed = st.number_input(
        say("Seed"),
        int(low or 0),
        int(high or 0),
        DEFAULTS.seed,
        key="seed",
        bind="query-params",
        help=say(describe("seed")),
    )
    repeats = st.slider(
        say("Repeats"),
        1,
        MAX_REPEATS,
        1,
        key="repeats",
        bind="query-params",
        help=say(
            "Train each method this many times, with seeds that follow one another. More repeats "
            "make the verdict surer."
        ),
    )
    more["seeds"] = [int(seed) + index for index in range(max(1, min(repeats, MAX_REPEATS)))]
    return more


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
        st.caption(say("Not used by this method.") if disabled else say(describe(field)))
    return value


def _method(label: str, name: str, default: str) -> str:
    return choice(label, name, {key: say(method.title) for key, method in METHODS.items()}, default)
