"""Where a comparison comes from, and how to take it along."""

from datetime import datetime
from urllib.parse import urlencode

import streamlit as st

from app.widgets.chart import Charts, charts_numbers
from app.widgets.look_closer import numbers
from app.widgets.plain import plain
from app.widgets.report_button import report_button
from emargin_core.comparison import Comparison
from emargin_core.language import mark, retell, say, sentences, speaking
from emargin_core.methods import METHODS
from emargin_core.reproduce import compare_command
from emargin_core.result import Result, other_versions

SETTINGS = {
    "threshold": mark("threshold {value:g}"),
    "scale": mark("scale {value:g}"),
    "temperature": mark("temperature {value:g}"),
    "uniformity": mark("spread {value:g}"),
    "variance_covariance": mark("variance weight {value:g}"),
}


def footer(comparison: Comparison, charts: Charts) -> None:
    """Say from which data and settings the figures come; offer link, numbers and command."""
    first = comparison.candidate[0]
    with st.container(horizontal=True, vertical_alignment="center", key="footer"):
        data = say(
            "{data}: {split}; {n:,} frames never seen in training.",
            data=plain(retell(first.data["title"])),
            split=plain(retell(first.data["split"])),
            n=first.data["test_frames"],
        )
        made = say("{seeds}, {steps}.", seeds=_seeds(comparison), steps=_steps(first))
        runs = (*comparison.baseline, *comparison.candidate)
        st.caption(sentences(_whence(runs), data, made, _versions(runs)))
        charts_numbers(charts, "story-numbers")
        with st.popover(say("Link"), icon=":material/link:"):
            st.caption(say("This address opens the page with these settings."))
            st.code(_address(), language=None)
        st.download_button(
            say("CSV"),
            lambda: _csv(comparison),
            file_name=f"compare-{comparison.baseline[0].run_id}-{first.run_id}.csv",
            mime="text/csv",
            icon=":material/download:",
        )
        report_button(comparison.baseline, comparison.candidate, key="report")
        with st.popover(say("Command"), icon=":material/terminal:"):
            st.caption(say("This command computes the same numbers without the page."))
            st.code(
                compare_command(comparison.baseline, comparison.candidate),
                language="bash",
                wrap_lines=True,
            )


def settings_words(result: Result) -> str:
    """The settings that a method reads, as words."""
    config = result.config
    method = METHODS[config["method"]]
    words = [
        say(message, value=config[name])
        for name, message in SETTINGS.items()
        if config[name] is not None and (config[name] or name in ("threshold", "scale"))
    ]
    if method.reads_labels:
        words.append(say("reads the labels: an upper bound"))
    return say(", ").join(words)


def _csv(comparison: Comparison) -> str:
    """The numbers for a program, in English whatever the page speaks."""
    with speaking("en"):
        return numbers(comparison).to_csv(index=False)


def _whence(runs: tuple[Result, ...]) -> str:
    """When the runs were computed, and which of them came with the program."""
    labels = [plain(retell(run.precomputed)) for run in runs if run.precomputed]
    own = [run for run in runs if not run.precomputed]
    if not own:
        return say("{label}; the command computes it anew.", label=labels[0])
    made = max(datetime.fromisoformat(run.created) for run in own)
    seconds = max(run.timing["total_s"] for run in own)
    own_words = {"made": f"{made:%Y-%m-%d %H:%M}", "seconds": seconds}
    if not labels:
        return say("Computed {made} UTC in {seconds:.0f} s a run.", **own_words)
    return say(
        "Computed {made} UTC in {seconds:.0f} s a run; {n} of {all} runs: {label}.",
        n=len(labels),
        all=len(runs),
        label=labels[0],
        **own_words,
    )


def _versions(runs: tuple[Result, ...]) -> str:
    """Say which packages were of another version when the runs were made; empty if none."""
    others = [
        say("{name} {made}, here {here}", name=plain(name), made=plain(made), here=plain(here))
        for name, made, here in other_versions(runs)
    ]
    return say("Made with {packages}.", packages="; ".join(others)) if others else ""


def _seeds(comparison: Comparison) -> str:
    seeds = [run.config["seed"] for run in comparison.candidate]
    if len(seeds) == 1:
        return say("Seed {seed}", seed=seeds[0])
    return say("Seeds {first} to {last}", first=seeds[0], last=seeds[-1])


def _steps(result: Result) -> str:
    steps = len(result.history["loss"])
    return say("{n:,} training steps", n=steps) if steps else say("no training")


def _address() -> str:
    base = (st.context.url or "http://localhost:8501").split("?")[0]
    chosen = urlencode(st.query_params.to_dict())
    return f"{base}?{chosen}" if chosen else base
