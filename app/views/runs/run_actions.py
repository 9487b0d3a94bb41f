"""Actions on the selected runs: compare, report, name, export, delete."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from app import session
from app.components.comparison.open_in_compare import open_in_compare, shows_exactly
from app.components.comparison.report_button import report_button
from app.components.plain import plain
from app.views.runs.run_table import CHOSEN, run_label
from emargin_core.report.formats import FORMATS
from emargin_core.report.subject import paired
from emargin_core.store import mlflow_log
from emargin_core.store.annotations import MAX_NAME, MAX_NOTE, make_annotation, write_annotation
from emargin_core.store.archive.run_archive import export_runs
from emargin_core.store.run_list import ListedRun
from emargin_core.store.trash import Trash
from emargin_core.text.errors import ExplorerError, InputError
from emargin_core.text.language import gettext as _
from emargin_core.text.language import ngettext

FORMAT_WORDS = {"html": "HTML", "md": "Markdown", "csv": "CSV"}
DELETED = "runs_deleted"


def actions(chosen: Sequence[ListedRun]) -> None:
    """Draw the actions that the selected runs allow."""
    if not chosen:
        st.caption(
            _(
                "Select one run to name it or to write its report. Select two, or two"
                " settings with several seeds each, to compare them."
            )
        )
        return
    left, right = st.columns([1.4, 1], gap="medium")
    with left, st.container(border=True):
        _compare(chosen)
    with right, st.container(border=True):
        if len(chosen) == 1:
            _name(chosen[0])
        _keep(chosen)


def undo_bar() -> None:
    """Say what was deleted last in this session, and offer to undo it."""
    deleted = st.session_state.get(DELETED)
    if not deleted:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="undo"):
        st.info(
            ngettext("{n} run deleted.", "{n} runs deleted.", len(deleted)),
            icon=":material/delete:",
        )
        st.button(
            _("Undo"), icon=":material/undo:", on_click=restore, args=(deleted,), key="undo_delete"
        )


def restore(names: Sequence[str]) -> None:
    """Take runs out of the trash."""
    _guarded(lambda: Trash(session.run_store().home).restore(names))
    session.forget_runs(names)
    st.session_state.pop(DELETED, None)


def _compare(chosen: Sequence[ListedRun]) -> None:
    """Draw the two sides, the link to the Compare page, and the report."""
    try:
        baseline, candidate = paired(chosen)
    except InputError as error:
        st.markdown(_("**Compare or report**"))
        st.caption(_("These runs cannot be compared: {reason}.", reason=plain(str(error))))
        return
    if baseline and st.session_state.get("run_swap"):
        baseline, candidate = candidate, baseline
    if baseline:
        st.markdown(
            _(
                "**Baseline:** {baseline}  \n**Candidate:** {candidate}",
                baseline=_side(baseline),
                candidate=_side(candidate),
            )
        )
        st.toggle(_("Swap the two"), key="run_swap")
    else:
        st.markdown(_("**One setting:** {run}", run=_side(candidate)))
    kind = st.segmented_control(
        _("Report as"),
        FORMATS,
        default="html",
        required=True,
        key="report_kind",
        format_func=FORMAT_WORDS.__getitem__,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        whole = all(run.whole for run in chosen)
        if whole:
            sides = [
                [r for run in side if (r := session.stored_result(run.run_id))]
                for side in (baseline, candidate)
            ]
            whole = [len(side) for side in sides] == [len(baseline), len(candidate)]
            if whole:
                report_button(*sides, key="report", kind=kind or "html")
        exact = bool(baseline) and shows_exactly(candidate[0].config, baseline[0].config)
        if exact:
            open_in_compare(
                candidate[0].config,
                baseline[0].config,
                [run.config["seed"] for run in candidate],
                "runs_compare",
            )
    if not whole:
        st.caption(
            _(
                "Only the metrics of some of these runs are stored, so no report can "
                "be written yet. Open them in Compare to compute the rest."
            )
        )
    if baseline and not exact:
        st.caption(
            _(
                "The Compare page uses the same margin, seed and training steps for "
                "both sides. These two differ in one of them or exceed its sliders; a"
                " report can still compare them."
            )
        )


def _side(runs: Sequence[ListedRun]) -> str:
    words = plain(run_label(runs[0]))
    if len(runs) == 1:
        return words
    seeds = _(", ").join(str(run.config["seed"]) for run in runs)
    return _("{run} and {n} more (seeds {seeds})", run=words, n=len(runs) - 1, seeds=seeds)


def _name(run: ListedRun) -> None:
    """A name and a note of the user's own."""
    with st.form(f"name-{run.run_id}", border=False):
        name = st.text_input(_("Name"), run.name, max_chars=MAX_NAME, key=f"run_name-{run.run_id}")
        note = st.text_area(
            _("Note"), run.note, max_chars=MAX_NOTE, height=90, key=f"run_note-{run.run_id}"
        )
        if st.form_submit_button(_("Save"), icon=":material/save:") and _guarded(
            lambda: write_annotation(
                session.run_store().home, run.run_id, make_annotation(name, note)
            )
        ):
            st.rerun()


def _keep(chosen: Sequence[ListedRun]) -> None:
    """Draw export, delete and MLflow."""
    stored = [run.run_id for run in chosen if run.source != "gallery"]
    with st.container(horizontal=True):
        st.download_button(
            _("Export"),
            lambda: _archive(stored),
            file_name="runs.zip",
            mime="application/zip",
            icon=":material/archive:",
            on_click="ignore",
            disabled=not stored,
            key="export_runs",
            help=_("One zip file that can be imported on another machine."),
        )
        st.button(
            _("Delete"),
            icon=":material/delete:",
            on_click=_delete,
            args=(stored,),
            disabled=not stored,
            key="delete_runs",
            help=_("You can undo this for 30 days."),
        )
        with st.popover("MLflow", icon=":material/upload:"):
            _mlflow(chosen)
    if len(stored) < len(chosen):
        st.caption(_("Precomputed runs come with the program; they cannot be exported or deleted."))


def _mlflow(chosen: Sequence[ListedRun]) -> None:
    """Draw the MLflow button, or how to install MLflow."""
    if not mlflow_log.is_installed():
        st.caption(_("MLflow is not installed. Install it with:"))
        st.code(mlflow_log.HOW_TO_GET, language="bash")
        return
    address = mlflow_log.tracking_address(session.run_store().home)
    st.caption(
        _(
            "Settings, metrics and provenance are logged, each run once, to the "
            "experiment {name} at:",
            name=mlflow_log.EXPERIMENT,
        )
    )
    st.code(address, language=None, wrap_lines=True)
    if st.button(_("Log to MLflow"), key="log_mlflow"):
        try:
            with st.spinner(_("Logging the runs.")):
                found = mlflow_log.log_runs(chosen, address)
        except ExplorerError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        st.success(
            _(
                "{added} runs logged; {present} had been logged before.",
                added=len(found.added),
                present=len(found.present),
            )
        )


def _archive(names: Sequence[str]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs.zip"
        export_runs(names, path, session.run_store())
        return path.read_bytes()


def _delete(names: list[str]) -> None:
    trash = Trash(session.run_store().home)
    moved: list[str] = []
    _guarded(lambda: moved.extend(trash.put(names)))
    trash.expire()
    session.forget_runs(names)
    st.session_state[DELETED] = moved
    st.session_state[CHOSEN] = [n for n in st.session_state.get(CHOSEN, []) if n not in moved]


def _guarded(act: Callable[[], object]) -> bool:
    """Run an action; an expected error is shown on the page."""
    try:
        act()
    except ExplorerError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return False
    return True
