"""From a stored run to the Compare page with its settings."""

from typing import Any

import streamlit as st

from app.settings import DEFAULTS, MAX_REPEATS, URL_NAMES
from app.widgets.choice import choose

PAGE = "views/compare.py"
CHOICES = {"data": "dataset", "candidate": "method", "baseline": "method"}


def open_in_compare(
    candidate: dict[str, Any], baseline: dict[str, Any], seeds: list[int], key: str
) -> None:
    """Draw the button; what a config does not name has its default."""
    if st.button("Open in Compare", icon=":material/compare:", key=key, width="stretch"):
        values = compare_values(candidate, baseline, seeds)
        for name in CHOICES:
            choose(name, str(values.pop(name)))
        for name, value in values.items():
            st.session_state[name] = value
        st.switch_page(PAGE, query_params=values | {n: st.query_params[n] for n in CHOICES})


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
