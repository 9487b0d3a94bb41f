"""From a stored run to the Compare page with its settings."""

from typing import Any

import streamlit as st

from app.components import language
from app.components.choice import choose
from app.components.settings import DEFAULTS, MAX_REPEATS, URL_NAMES
from emargin_core.config import make_config, slider_range
from emargin_core.text.language import gettext

PAGE = "views/compare/page.py"
CHOICES = {"data": "dataset", "candidate": "method", "baseline": "method"}


def open_in_compare(
    candidate: dict[str, Any], baseline: dict[str, Any], seeds: list[int], key: str
) -> None:
    """Draw the button; what a config does not name has its default."""
    if st.button(gettext("Open in Compare"), icon=":material/compare:", key=key, width="stretch"):
        values = compare_values(candidate, baseline, seeds)
        for name in CHOICES:
            choose(name, str(values.pop(name)))
        for name, value in values.items():
            st.session_state[name] = value
        named = {name: st.query_params[name] for name in CHOICES}
        st.switch_page(PAGE, query_params=values | named | language.in_address())


def shows_exactly(candidate: dict[str, Any], baseline: dict[str, Any]) -> bool:
    """Whether Compare can show these two configs as they are.

    There both sides share data, seed, steps, clusters and margin, and the sliders have their ends.
    """
    values = compare_values(candidate, baseline, [candidate["seed"]])
    shared = {
        name: values[name]
        for name in ("threshold", "scale", "iterations", "seed", "clusters")
        if name in values
    } | {"dataset": values["data"]}
    after = {
        "method": values["candidate"],
        "temperature": values["temperature"],
        "uniformity": values["spread"],
        "variance_covariance": values["variance"],
    }
    before = {"method": values["baseline"], "temperature": values["baseline_temperature"]}
    return (
        _canonical(shared | after) == _canonical(candidate)
        and _canonical(shared | before) == _canonical(baseline)
        and all(_inside_slider(name, value) for name, value in values.items())
    )


def _canonical(config: dict[str, Any]) -> dict[str, Any]:
    return make_config(**{k: v for k, v in config.items() if v is not None}).canonical()


def _inside_slider(name: str, value: Any) -> bool:
    field = URL_NAMES.get(name, name)
    if field in ("dataset", "method", "seed", "clusters", "repeats"):
        return True
    low, high, _ = slider_range(field)
    return bool(low <= value <= high)


def compare_values(
    candidate: dict[str, Any], baseline: dict[str, Any], seeds: list[int]
) -> dict[str, Any]:
    """The Compare page's settings, by their names in the URL, for these two configs."""
    sides = {"baseline": baseline, "baseline_temperature": baseline}
    values = {}
    for name, field in URL_NAMES.items():
        value = sides.get(name, candidate).get(field)
        if value is None and field != "clusters":
            value = getattr(DEFAULTS, field)
        values[name] = value
    values["seed"] = min(seeds)
    values["repeats"] = min(len(seeds), MAX_REPEATS)
    return {name: value for name, value in values.items() if value is not None}
