"""The runs that a stage needs: compare those that are stored, and offer to train the rest."""

import streamlit as st

from app import session
from app.components import job_progress
from app.components.chosen_data import title_of
from app.components.plain import plain
from emargin_core.analysis.comparison import Comparison
from emargin_core.analysis.decide.plan_state import DecisionPlan
from emargin_core.analysis.protocol import settling
from emargin_core.analysis.verdict_words import over
from emargin_core.config import ExperimentConfig
from emargin_core.text.language import gettext as _
from emargin_core.text.language import ngettext, sentences

Pairs = dict[tuple[str, str], tuple[ExperimentConfig, ExperimentConfig]]


def compared(plan: DecisionPlan, candidate: ExperimentConfig, stage: str) -> Comparison | None:
    """Compare the baseline and a setting on the folds that are trained for both.

    Draws a button to train what is missing, or its progress; None while there is nothing to
    compare.
    """
    pairs = _pairs(plan, candidate)
    missing = _missing(pairs)
    if missing:
        _train(missing, stage)
    there = [names for names in pairs if not set(names) & set(missing)]
    if not there:
        return None
    before, after = zip(*there, strict=True)
    return session.comparison_of(before, after, plan.preference.equal_within)


def all_there(plan: DecisionPlan, candidate: ExperimentConfig) -> bool:
    """Whether every run that settles the comparison is stored."""
    return not _missing(_pairs(plan, candidate))


def _pairs(plan: DecisionPlan, candidate: ExperimentConfig) -> Pairs:
    """Names of both sides' runs, for each fold and training, with their configs."""
    n_folds = session.n_folds_of(candidate)
    sides = (settling(config, n_folds, plan.repeats) for config in (plan.baseline, candidate))
    return {
        (session.run_id_of(before), session.run_id_of(after)): (before, after)
        for before, after in zip(*sides, strict=True)
    }


def _missing(pairs: Pairs) -> dict[str, ExperimentConfig]:
    return {
        name: config
        for names, configs in pairs.items()
        for name, config in zip(names, configs, strict=True)
        if session.stored_result(name) is None
    }


def _train(missing: dict[str, ExperimentConfig], stage: str) -> None:
    """Draw progress and a cancel button during training, else a button to start it."""
    if job_progress.under_way(list(missing)):
        job_progress.progress_banner(tuple(missing))
        return
    for problem in job_progress.failures(list(missing)):
        st.error(plain(problem), icon=":material/error:")
    time = session.expected_wait(list(missing.values()))
    st.info(
        sentences(
            ngettext(
                "One more training run is needed to settle the comparison.",
                "{n} more training runs are needed to settle the comparison.",
                len(missing),
            ),
            "" if time is None else _("It takes about {time} on this computer.", time=time),
        ),
        icon=":material/tune:",
    )
    st.button(
        ngettext("Train this run", "Train these {n} runs", len(missing)),
        type="primary",
        icon=":material/play_arrow:",
        key=f"decide_train_{stage}",
        on_click=_ask_for,
        args=(missing,),
    )


def _ask_for(missing: dict[str, ExperimentConfig]) -> None:
    session.run_store().check_writable()
    for name, config in missing.items():
        session.jobs().forget(name)
        session.jobs().submit(config, name, session.session_owner())


def provenance(comparison: Comparison) -> None:
    """Draw the data, units and folds of a comparison, and whether it is precomputed."""
    runs = (*comparison.baseline, *comparison.candidate)
    first = comparison.candidate[0]
    labels = sorted({str(run.precomputed) for run in runs if run.precomputed})
    st.caption(
        sentences(
            _(
                "{data}: {over}, never seen in training.",
                data=plain(title_of(first)),
                over=over(comparison.held_out, first.unit.noun),
            ),
            *(_("{sentence}.", sentence=plain(str(label))) for label in labels),
        )
    )
