"""Confirm: train the choice beside the baseline, on groups that had no part in choosing it."""

from collections.abc import Sequence

import streamlit as st

from app import session
from app.components import job_progress
from app.components.plain import plain
from emargin_core.analysis.comparison import Comparison
from emargin_core.analysis.recommendation_words import agreement_words, confirmed_words
from emargin_core.analysis.verdict_words import over
from emargin_core.config import ExperimentConfig
from emargin_core.sweeps.confirmation import Confirmation
from emargin_core.sweeps.status import PRIORITY
from emargin_core.text.errors import ExplorerError
from emargin_core.text.language import gettext as _
from emargin_core.text.language import ngettext, sentences


def confirmation_words(confirmation: Confirmation, comparison: Comparison | None) -> str:
    """What was confirmed, in the words of Compare; that nothing was, if so."""
    if comparison is None:
        return _("Not confirmed yet: these groups chose it, so they flatter it.")
    return sentences(
        confirmed_words(
            comparison.differences, over(comparison.held_out, comparison.evidence.noun)
        ),
        comparison.verdict.headline,
        agreement_words(len(confirmation.chosen), confirmation.n_agreeing, confirmation.n_kept),
    )


def confirm_row(confirmation: Confirmation | None, beside: str) -> None:
    """Draw the button that asks for the runs which are missing, or how far they are.

    beside: a caption for the same row.
    """
    configs = () if confirmation is None else confirmation.runs
    names = {session.run_id_of(config): config for config in configs}
    missing = [name for name in names if session.stored_result(name) is None]
    if job_progress.under_way(missing):
        job_progress.progress_banner(tuple(missing))
        st.caption(beside)
        return
    for problem in job_progress.failures(missing):
        st.error(plain(problem), icon=":material/error:")
    with st.container(horizontal=True, vertical_alignment="center"):
        if missing:
            _button([names[name] for name in missing], missing)
            st.caption(_cost([names[name] for name in missing]), width="content")
        st.caption(beside, width="content")


def _button(configs: Sequence[ExperimentConfig], names: Sequence[str]) -> None:
    if not st.button(
        _("Confirm"),
        icon=":material/verified:",
        type="primary",
        key="sens_confirm",
        help=_(
            "For each fold, a setting is chosen without its test groups, trained beside the "
            "baseline and tested on them."
        ),
    ):
        return
    try:
        for config, name in zip(configs, names, strict=True):
            session.jobs().submit(config, name, session.session_owner(), priority=PRIORITY)
    except ExplorerError as error:
        st.error(plain(str(error)))
        return
    st.rerun()


def _cost(configs: Sequence[ExperimentConfig]) -> str:
    time = session.expected_wait(configs)
    return sentences(
        ngettext("{n} training.", "{n} trainings.", len(configs)),
        "" if time is None else _("About {time} on this computer.", time=time),
    )
