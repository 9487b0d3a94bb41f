"""The table of runs: filters, sorting, and a selection that survives filtering."""

import zlib
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from emargin_core.config import METHODS
from emargin_core.evaluation.metric_table import (
    ACCURACY,
    DAVIES_BOULDIN,
    EFFECTIVE_RANK,
    HEADLINES,
    SILHOUETTE,
    Headline,
)
from emargin_core.report.words import method_title, settings_line
from emargin_core.store.run_list import ListedRun, matching
from emargin_core.text.language import gettext
from emargin_core.text.message import lazy_gettext

CHOSEN = "runs_chosen"
SOURCES = {
    "here": lazy_gettext("computed here"),
    "imported": lazy_gettext("imported"),
    "gallery": lazy_gettext("precomputed"),
}
STATES = {
    "all": lazy_gettext("all"),
    "kept": lazy_gettext("not collapsed"),
    "collapsed": lazy_gettext("collapsed only"),
}
COLUMNS = tuple(HEADLINES[path] for path in (ACCURACY, SILHOUETTE, DAVIES_BOULDIN, EFFECTIVE_RANK))
HEIGHT = 316


def filtered(runs: list[ListedRun]) -> list[ListedRun]:
    """Draw the filters and return the runs that pass them."""
    titles = {run.data["fingerprint"]: str(run.data["title"]) for run in runs}
    with st.container(horizontal=True, vertical_alignment="bottom", key="run_filters"):
        words = st.text_input(
            gettext("Find runs"),
            key="run_search",
            bind="query-params",
            width=190,
            placeholder=gettext("name, note, setting"),
        )
        data = st.selectbox(
            gettext("Data"),
            ["", *titles],
            key="run_data",
            width=190,
            format_func=lambda name: titles.get(name, gettext("all")),
        )
        methods = st.multiselect(
            gettext("Method"),
            list(METHODS),
            key="run_methods",
            width=220,
            placeholder=gettext("all"),
            format_func=lambda name: str(METHODS[name].title),
        )
        sources = st.multiselect(
            gettext("Provenance"),
            list(SOURCES),
            key="run_sources",
            width=190,
            placeholder=gettext("all"),
            format_func=lambda name: str(SOURCES[name]),
        )
        state = st.selectbox(
            gettext("Collapsed"),
            list(STATES),
            key="run_state",
            width=150,
            format_func=lambda name: str(STATES[name]),
        )
    return [
        run
        for run in matching(runs, words)
        if data in ("", run.data["fingerprint"])
        and (not methods or run.config["method"] in methods)
        and (not sources or run.source in sources)
        and (state == "all" or run.collapsed == (state == "collapsed"))
    ]


def run_table(runs: Sequence[ListedRun], shown: Sequence[ListedRun]) -> list[ListedRun]:
    """Draw the table of `shown` and the list of chosen runs; returns those chosen, in order.

    The list is what counts: rows feed it, and it can be used without the table.
    """
    by_name = {run.run_id: run for run in runs}
    kept = [name for name in st.session_state.get(CHOSEN, ()) if name in by_name]
    st.session_state[CHOSEN] = kept
    names = [run.run_id for run in shown]
    key = f"run_table-{zlib.crc32(','.join(names).encode())}-{st.session_state.get('run_turn', 0)}"
    st.dataframe(
        as_table(shown),
        hide_index=True,
        height=min(HEIGHT, 38 + 35 * max(1, len(shown))),
        key=key,
        on_select=lambda: _take_rows(key, names),
        selection_mode="multi-row",
        selection_default={
            "selection": {"rows": [n for n, name in enumerate(names) if name in kept]}
        },
        column_config=_column_config(),
        alt=gettext("One run per row. The list below the table selects the same runs by name."),
    )
    st.multiselect(
        gettext("Selected runs"),
        list(by_name),
        key=CHOSEN,
        format_func=lambda name: run_label(by_name[name]) if name in by_name else name,
        placeholder=gettext("Select rows above at their left edge, or runs here by name"),
        on_change=_next_turn,
    )
    return [by_name[name] for name in st.session_state[CHOSEN]]


def run_label(run: ListedRun) -> str:
    """A run on one line: its name, else its settings, always with its seed and first digits."""
    words = run.name or f"{method_title(run)}; {settings_line(run)}"
    return gettext(
        "{name}, seed {seed} · {id}", name=words, seed=run.config["seed"], id=run.run_id[:6]
    )


def as_table(runs: Sequence[ListedRun]) -> pd.DataFrame:
    """One row a run, under translated titles; an undefined measure is empty."""
    rows = [
        {
            gettext("name"): run.name,
            gettext("method"): method_title(run),
            gettext("settings"): settings_line(run),
            gettext("seed"): run.config["seed"],
            **{str(metric.column): _shown(run, metric) for metric in COLUMNS},
            gettext("collapsed"): gettext("collapsed") if run.collapsed else "",
            gettext("data"): str(run.data["title"]),
            gettext("provenance"): str(SOURCES[run.source]),
            gettext("created (UTC)"): run.created[:16].replace("T", " "),
            gettext("note"): run.note,
            gettext("run"): run.run_id,
        }
        for run in runs
    ]
    table = pd.DataFrame(rows)
    numbers = {str(metric.column): "float64" for metric in COLUMNS}
    return table.astype(numbers) if rows else table


def _column_config() -> dict[str, object]:
    return {
        str(metric.column): st.column_config.NumberColumn(
            format=f"%.{1 if metric.percent else metric.decimals}f"
        )
        for metric in COLUMNS
    } | {
        gettext("seed"): st.column_config.NumberColumn(width="small"),
        gettext("name"): st.column_config.TextColumn(width=130),
    }


def _shown(run: ListedRun, metric: Headline) -> float | None:
    value = run.metric(metric.path)
    return 100 * value if value is not None and metric.percent else value


def _take_rows(key: str, names: Sequence[str]) -> None:
    """Update the selection from the rows of the table; runs that are filtered out stay selected."""
    rows = st.session_state[key]["selection"]["rows"]
    marked = [names[row] for row in rows if row < len(names)]
    before = st.session_state.get(CHOSEN, [])
    kept = [name for name in before if name not in names or name in marked]
    st.session_state[CHOSEN] = kept + [name for name in marked if name not in kept]


def _next_turn() -> None:
    """Draw the table anew, with the rows of the list."""
    st.session_state.run_turn = st.session_state.get("run_turn", 0) + 1
