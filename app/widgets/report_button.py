"""One click to a report: a single file to read, print or send."""

from collections.abc import Sequence

import streamlit as st

from app import background
from emargin_core.language import current, say, speaking
from emargin_core.report.formats import MIME, write
from emargin_core.report.subject import names_of, subject
from emargin_core.result import Result


def report_button(
    baseline: Sequence[Result], candidate: Sequence[Result], key: str, kind: str = "html"
) -> None:
    """Offer the report of these runs, written when it is asked for, in the language of the page.

    Args:
        baseline, candidate: paired runs; no baseline where there is nothing to compare with.
        kind: one of `emargin_core.report.formats.FORMATS`.
    """
    language, store, shipped = current(), background.run_store(), background.gallery()

    def made() -> str:
        with speaking(language):
            runs = subject(tuple(baseline), tuple(candidate), store, shipped)
            return write(runs, kind, names_of(runs.runs, store))

    names = [side[0].run_id for side in (baseline, candidate) if side]
    st.download_button(
        say("Report"),
        made,
        file_name=f"report-{'-'.join(names)}.{kind}",
        mime=MIME[kind],
        icon=":material/article:",
        on_click="ignore",
        key=key,
        help=say(
            "One file with verdict, figures, every number and its limits. To make a PDF, open it "
            "and print."
        ),
    )
