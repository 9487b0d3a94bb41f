"""The runs that a stage needs: compared where all are there, else a way to train the others."""

import streamlit as st

from app import background
from app.decisions import seeds_of
from app.widgets import job_progress
from app.widgets.plain import plain
from emargin_core.comparison import Comparison
from emargin_core.config import ExperimentConfig
from emargin_core.language import retell, say, say_many


def compared(
    baseline: ExperimentConfig, candidate: ExperimentConfig, repeats: int, stage: str
) -> Comparison | None:
    """Compare two settings seed by seed; None, and a way to train, while runs are missing."""
    before, after = seeds_of(baseline, repeats), seeds_of(candidate, repeats)
    configs = {background.run_id_of(config): config for config in (*before, *after)}
    missing = {
        name: config for name, config in configs.items()
        if background.stored_result(name) is None
    }  # fmt: skip
    if missing:
        _train(missing, stage)
        return None
    return background.comparison_of(
        tuple(background.run_id_of(config) for config in before),
        tuple(background.run_id_of(config) for config in after),
    )


def all_there(baseline: ExperimentConfig, candidate: ExperimentConfig, repeats: int) -> bool:
    """Whether every run of both settings is stored."""
    configs = (*seeds_of(baseline, repeats), *seeds_of(candidate, repeats))
    return all(background.stored_result(background.run_id_of(config)) for config in configs)


def _train(missing: dict[str, ExperimentConfig], stage: str) -> None:
    """Progress and cancel while they are trained, else what is missing and a button."""
    if job_progress.active(list(missing)):
        job_progress.progress_banner(tuple(missing))
        return
    for problem in job_progress.failures(list(missing)):
        st.error(plain(problem), icon=":material/error:")
    st.info(
        say_many(
            "One training run is still missing before both methods can be compared decision by "
            "decision.",
            "{n} training runs are still missing before both methods can be compared decision by "
            "decision.",
            len(missing),
        ),
        icon=":material/tune:",
    )
    st.button(
        say_many("Train this run", "Train these {n} runs", len(missing)),
        type="primary",
        icon=":material/play_arrow:",
        key=f"decide_train_{stage}",
        on_click=_ask_for,
        args=(missing,),
    )


def _ask_for(missing: dict[str, ExperimentConfig]) -> None:
    background.run_store().check_writable()
    for name, config in missing.items():
        background.jobs().forget(name)
        background.jobs().submit(config, name, background.session_owner())


def whence(comparison: Comparison) -> None:
    """On which data this was measured, and what of it comes with the program."""
    runs = (*comparison.baseline, *comparison.candidate)
    first = comparison.candidate[0]
    labels = sorted({run.precomputed for run in runs if run.precomputed})
    st.caption(
        say(
            "{data}: {recordings} recordings never seen in training, {repeats} trainings of each "
            "method.",
            data=plain(retell(first.data["title"])), recordings=first.n_recordings,
            repeats=len(comparison.candidate),
        )
        + "".join(f" {plain(retell(label))}." for label in labels)
    )  # fmt: skip
