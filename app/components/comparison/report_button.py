"""One click to a report: a single file to read, print or send."""

from collections.abc import Sequence

import streamlit as st

from app import session
from emargin_core.analysis.verdict import EQUAL_WITHIN
from emargin_core.report.formats import MIME, write
from emargin_core.report.subject import names_of, subject
from emargin_core.store.result import Result
from emargin_core.text.language import current, speaking
from emargin_core.text.language import gettext as _


def report_button(
    baseline: Sequence[Result],
    candidate: Sequence[Result],
    key: str,
    kind: str = "html",
    equal_within: float = EQUAL_WITHIN,
) -> None:
    """Offer the report of these runs, written when it is asked for, in the language of the page.

    Args:
        baseline, candidate: paired runs; no baseline where there is nothing to compare with.
        kind: one of `emargin_core.report.formats.FORMATS`.
        equal_within: difference in accuracy that does not matter, as a share.
    """
    language, store, shipped = current(), session.run_store(), session.gallery()

    def made() -> str:
        with speaking(language):
            runs = subject(tuple(baseline), tuple(candidate), store, shipped, equal_within)
            return write(runs, kind, names_of(runs.runs, store))

    names = [side[0].run_id for side in (baseline, candidate) if side]
    st.download_button(
        _("Report"),
        made,
        file_name=f"report-{'-'.join(names)}.{kind}",
        mime=MIME[kind],
        icon=":material/article:",
        on_click="ignore",
        key=key,
        help=_(
            "One file with the verdict, figures, all numbers and their limitations. To make a "
            "PDF, open it and print."
        ),
    )
