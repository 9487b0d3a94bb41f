"""The table of runs: filtered, sortable, and a choice of rows that outlives the filter."""

import zlib
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from emargin_core.language import mark, retell, say
from emargin_core.methods import METHODS
from emargin_core.report.words import method_title, settings_line
from emargin_core.run_list import ListedRun, matching

CHOSEN = "runs_chosen"
SOURCES = {
    "here": mark("computed here"),
    "imported": mark("imported"),
    "gallery": mark("precomputed"),
}
STATES = {"all": mark("all"), "kept": mark("not collapsed"), "collapsed": mark("collapsed only")}
COLUMNS = (
    ("probe.accuracy", mark("accuracy, %"), "%.1f"),
    ("clustering.silhouette", "Silhouette", "%.2f"),
    ("clustering.davies_bouldin", "Davies–Bouldin", "%.2f"),
    ("geometry.effective_rank", mark("directions in use"), "%.1f"),
)
HEIGHT = 316


def filtered(runs: list[ListedRun]) -> list[ListedRun]:
    """Draw the filters and return the runs that pass them."""
    titles = {run.data["fingerprint"]: retell(run.data["title"]) for run in runs}
    with st.container(horizontal=True, vertical_alignment="bottom", key="run_filters"):
        words = st.text_input(
            say("Find runs"), key="run_search", bind="query-params", width=190,
            placeholder=say("name, note, setting"),
        )  # fmt: skip
        data = st.selectbox(
            say("Data"), ["", *titles], key="run_data", width=190,
            format_func=lambda name: titles.get(name, say("all")),
        )  # fmt: skip
        methods = st.multiselect(
            say("Method"), list(METHODS), key="run_methods", width=220, placeholder=say("all"),
            format_func=lambda name: say(METHODS[name].title),
        )  # fmt: skip
        sources = st.multiselect(
            say("Where from"), list(SOURCES), key="run_sources", width=190,
            placeholder=say("all"), format_func=lambda name: say(SOURCES[name]),
        )  # fmt: skip
        state = st.selectbox(
            say("Collapsed"), list(STATES), key="run_state", width=150,
            format_func=lambda name: say(STATES[name]),
        )  # fmt: skip
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
        alt=say("Runs, one a row; the list below the table chooses the same runs by name."),
    )
    st.multiselect(
        say("Chosen runs"),
        list(by_name),
        key=CHOSEN,
        format_func=lambda name: run_label(by_name[name]) if name in by_name else name,
        placeholder=say("Choose rows above, at their left edge, or runs here by name"),
        on_change=_next_turn,
    )
    return [by_name[name] for name in st.session_state[CHOSEN]]


def run_label(run: ListedRun) -> str:
    """A run on one line: its name, else its settings, always with its seed and first digits."""
    words = run.name or f"{method_title(run)}; {settings_line(run)}"
    return say("{name}, seed {seed} · {id}", name=words, seed=run.config["seed"],
               id=run.run_id[:6])  # fmt: skip


def as_table(runs: Sequence[ListedRun]) -> pd.DataFrame:
    """One row a run, under translated titles; an undefined measure is empty."""
    rows = [
        {
            say("name"): run.name,
            say("method"): method_title(run),
            say("settings"): settings_line(run),
            say("seed"): run.config["seed"],
            **{say(title): _shown(run, path) for path, title, _ in COLUMNS},
            say("collapsed"): say("collapsed") if run.collapsed else "",
            say("data"): retell(run.data["title"]),
            say("where from"): say(SOURCES[run.source]),
            say("made (UTC)"): run.created[:16].replace("T", " "),
            say("note"): run.note,
            say("run"): run.run_id,
        }
        for run in runs
    ]
    table = pd.DataFrame(rows)
    numbers = {say(title): "float64" for _, title, _ in COLUMNS}
    return table.astype(numbers) if rows else table


def _column_config() -> dict[str, object]:
    return {
        say(title): st.column_config.NumberColumn(format=form) for _, title, form in COLUMNS
    } | {
        say("seed"): st.column_config.NumberColumn(width="small"),
        say("name"): st.column_config.TextColumn(width=130),
    }


def _shown(run: ListedRun, path: str) -> float | None:
    value = run.metric(path)
    return 100 * value if value is not None and path.startswith("probe.") else value


def _take_rows(key: str, names: Sequence[str]) -> None:
    """Let the rows decide about the runs that the table shows; others stay chosen."""
    rows = st.session_state[key]["selection"]["rows"]
    marked = [names[row] for row in rows if row < len(names)]
    before = st.session_state.get(CHOSEN, [])
    kept = [name for name in before if name not in names or name in marked]
    st.session_state[CHOSEN] = kept + [name for name in marked if name not in kept]


def _next_turn() -> None:
    """Draw the table anew, with the rows of the list."""
    st.session_state.run_turn = st.session_state.get("run_turn", 0) + 1
