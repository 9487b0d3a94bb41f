"""Where a comparison comes from, and how to take it along."""

from datetime import datetime
from urllib.parse import urlencode

import streamlit as st

from app.widgets.chart import Charts, charts_numbers
from app.widgets.look_closer import numbers
from app.widgets.plain import plain
from app.widgets.report_button import report_button
from emargin_core.comparison import Comparison
from emargin_core.methods import METHODS
from emargin_core.reproduce import compare_command
from emargin_core.result import Result


def footer(comparison: Comparison, charts: Charts) -> None:
    """Say from which data and settings the figures come; offer link, numbers and command."""
    first = comparison.candidate[0]
    with st.container(horizontal=True, vertical_alignment="center", key="footer"):
        st.caption(
            f"{_whence((*comparison.baseline, *comparison.candidate))} "
            f"{plain(first.data['title'])}: {plain(first.data['split'])}; "
            f"{first.data['test_frames']:,} frames never seen in training. "
            f"{_seeds(comparison)}, {_steps(first)}."
        )
        charts_numbers(charts, "story-numbers")
        with st.popover("Link", icon=":material/link:"):
            st.caption("This address opens the page with these settings.")
            st.code(_address(), language=None)
        st.download_button(
            "CSV",
            lambda: numbers(comparison).to_csv(index=False),
            file_name=f"compare-{comparison.baseline[0].run_id}-{first.run_id}.csv",
            mime="text/csv",
            icon=":material/download:",
        )
        report_button(comparison.baseline, comparison.candidate, key="report")
        with st.popover("Command", icon=":material/terminal:"):
            st.caption("This command computes the same numbers without the page.")
            st.code(
                compare_command(comparison.baseline, comparison.candidate),
                language="bash",
                wrap_lines=True,
            )


def settings_words(result: Result) -> str:
    """The settings that a method reads, as words."""
    config = result.config
    method = METHODS[config["method"]]
    named = (("threshold", "threshold"), ("scale", "scale"), ("temperature", "temperature"),
             ("uniformity", "spread"), ("variance_covariance", "variance weight"))  # fmt: skip
    words = [
        f"{word} {config[name]:g}"
        for name, word in named
        if config[name] is not None and (config[name] or name in ("threshold", "scale"))
    ]
    return ", ".join([*words, *(["reads the labels: an upper bound"] * method.reads_labels)])


def _whence(runs: tuple[Result, ...]) -> str:
    """When the runs were computed, and which of them came with the program."""
    labels = [plain(run.precomputed) for run in runs if run.precomputed]
    own = [run for run in runs if not run.precomputed]
    if not own:
        return f"{labels[0]}; the command computes it anew."
    made = max(datetime.fromisoformat(run.created) for run in own)
    seconds = max(run.timing["total_s"] for run in own)
    words = f"Computed {made:%Y-%m-%d %H:%M} UTC in {seconds:.0f} s a run"
    return f"{words}; {len(labels)} of {len(runs)} runs: {labels[0]}." if labels else f"{words}."


def _seeds(comparison: Comparison) -> str:
    seeds = [run.config["seed"] for run in comparison.candidate]
    return f"Seed {seeds[0]}" if len(seeds) == 1 else f"Seeds {seeds[0]} to {seeds[-1]}"


def _steps(result: Result) -> str:
    steps = len(result.history["loss"])
    return f"{steps:,} training steps" if steps else "no training"


def _address() -> str:
    base = (st.context.url or "http://localhost:8501").split("?")[0]
    chosen = urlencode(st.query_params.to_dict())
    return f"{base}?{chosen}" if chosen else base
