"""Where a comparison comes from, and how to take it along."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from app.components.charts.chart import Charts, charts_numbers
from app.components.chosen_data import title_of
from app.components.comparison.look_closer import numbers
from app.components.comparison.report_button import report_button
from app.components.plain import plain
from emargin_core.analysis.comparison import Comparison
from emargin_core.analysis.verdict_words import over
from emargin_core.config import METHODS, ExperimentConfig
from emargin_core.report.reproduce import compare_command
from emargin_core.store.result import Result, other_versions
from emargin_core.text.language import gettext as _
from emargin_core.text.language import sentences, speaking
from emargin_core.text.message import lazy_gettext

SETTINGS = {
    "threshold": lazy_gettext("threshold {value:g}"),
    "scale": lazy_gettext("scale {value:g}"),
    "temperature": lazy_gettext("temperature {value:g}"),
    "uniformity": lazy_gettext("uniformity weight {value:g}"),
    "variance_covariance": lazy_gettext("variance-covariance weight {value:g}"),
}


def footer(comparison: Comparison, charts: Charts, stale: bool) -> None:
    """Say from which data and settings the figures come; offer link, numbers and command.

    stale: the comparison is an earlier one, not that of the settings in the address.
    """
    first = comparison.candidate[0]
    with st.container(horizontal=True, vertical_alignment="center", key="footer"):
        data = _(
            "{data}: {over}, {n:,} frames never seen in training. Maps, directions and strip show "
            "one part: {split}.",
            data=plain(title_of(first)),
            over=over(comparison.held_out, comparison.evidence.noun),
            n=sum({run.fold: run.data["test_frames"] for run in comparison.candidate}.values()),
            split=plain(str(first.data["split"])),
        )
        made = _("{seeds}, {steps}.", seeds=_seeds(comparison), steps=_steps(first))
        runs = (*comparison.baseline, *comparison.candidate)
        st.caption(sentences(_provenance(runs), data, made, _versions(runs)))
        charts_numbers(charts, "story-numbers")
        with st.popover(_("Link"), icon=":material/link:"):
            st.caption(
                _(
                    "This address opens the page with the settings on the left, not with those of "
                    "this earlier comparison."
                )
                if stale
                else _("This address opens the page with these settings.")
            )
            st.code(_address(), language=None)
        st.download_button(
            _("CSV"),
            lambda: _csv(comparison),
            file_name=f"compare-{comparison.baseline[0].run_id}-{first.run_id}.csv",
            mime="text/csv",
            icon=":material/download:",
        )
        report_button(
            comparison.baseline,
            comparison.candidate,
            key="report",
            equal_within=comparison.judgement.equal_within,
        )
        with st.popover(_("Command"), icon=":material/terminal:"):
            st.caption(_("This command computes the same numbers without the page."))
            st.code(
                compare_command(
                    comparison.baseline, comparison.candidate, comparison.judgement.equal_within
                ),
                language="bash",
                wrap_lines=True,
            )


def settings_words(result: Result) -> str:
    """The settings that a run's method reads, as words."""
    return config_words(result.config)


def config_words(config: dict[str, Any]) -> str:
    """The settings that a method reads, as words; config: canonical."""
    method = METHODS[config["method"]]
    words = [
        str(message.format(value=config[name]))
        for name, message in SETTINGS.items()
        if config[name] is not None and (config[name] or name in ("threshold", "scale"))
    ]
    if method.reads_labels:
        words.append(_("uses the labels: an upper bound"))
    return _(", ").join(words)


def earlier_words(
    comparison: Comparison, baseline: ExperimentConfig, candidate: ExperimentConfig, n_seeds: int
) -> str:
    """Name data and settings of an earlier comparison, and what else differs from the asked one."""
    before, after = comparison.baseline[0], comparison.candidate[0]
    asked, wanted = baseline.canonical(), candidate.canonical()
    words = [title_of(after), settings_words(after)]
    for run, other in ((before, asked), (after, wanted)):
        if run.config["method"] != other["method"]:
            words.append(str(METHODS[run.config["method"]].title))
    if before.config["temperature"] != asked["temperature"]:
        words.append(_("baseline {settings}", settings=settings_words(before)))
    if after.config["iterations"] != wanted["iterations"]:
        words.append(_steps(after))
    if after.config["clusters"] != wanted["clusters"]:
        n = after.config["clusters"]
        words.append(_("{n} clusters", n=n) if n else _("as many clusters as classes"))
    seeds = sorted({run.config["seed"] for run in comparison.candidate})
    if seeds != list(range(candidate.seed, candidate.seed + n_seeds)):
        words.append(_("seeds {seeds}", seeds=_(", ").join(map(str, seeds))))
    return _("Earlier comparison: {settings}", settings=_(", ").join(filter(None, words)))


def _csv(comparison: Comparison) -> str:
    """The numbers for a program, in English whatever the page speaks."""
    with speaking("en"):
        return numbers(comparison).to_csv(index=False)


def _provenance(runs: tuple[Result, ...]) -> str:
    """When the runs were computed, and which of them came with the program."""
    labels = [plain(str(run.precomputed)) for run in runs if run.precomputed]
    own = [run for run in runs if not run.precomputed]
    if not own:
        return _("{label}; the command recomputes it.", label=labels[0])
    made = max(datetime.fromisoformat(run.created) for run in own)
    seconds = max(run.timing["total_s"] for run in own)
    own_words = {"made": f"{made:%Y-%m-%d %H:%M}", "seconds": seconds}
    if not labels:
        return _("Computed on {made} UTC; {seconds:.0f} s per run.", **own_words)
    return _(
        "Computed on {made} UTC; {seconds:.0f} s per run. {n} of {all} runs: {label}.",
        n=len(labels),
        all=len(runs),
        label=labels[0],
        **own_words,
    )


def _versions(runs: tuple[Result, ...]) -> str:
    """Say which packages were of another version when the runs were made; empty if none."""
    others = [
        _(
            "{name} {made} (installed here: {here})",
            name=plain(name),
            made=plain(made),
            here=plain(here),
        )
        for name, made, here in other_versions(runs)
    ]
    return _("Made with {packages}.", packages="; ".join(others)) if others else ""


def _seeds(comparison: Comparison) -> str:
    seeds = sorted({run.config["seed"] for run in comparison.candidate})
    if len(seeds) == 1:
        return _("Seed {seed}", seed=seeds[0])
    return _("Seeds {first} to {last}", first=seeds[0], last=seeds[-1])


def _steps(result: Result) -> str:
    steps = len(result.history["loss"])
    return _("{n:,} training steps", n=steps) if steps else _("no training")


def _address() -> str:
    base = (st.context.url or "http://localhost:8501").split("?")[0]
    chosen = urlencode(st.query_params.to_dict())
    return f"{base}?{chosen}" if chosen else base
