"""What can be done with the chosen runs: compare, report, name, export, delete."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from app import background
from app.widgets.open_in_compare import open_in_compare, shows_exactly
from app.widgets.plain import plain
from app.widgets.report_button import report_button
from app.widgets.run_table import CHOSEN, run_label
from emargin_core import mlflow_log
from emargin_core.annotations import (
    MAX_NAME,
    MAX_NOTE,
    make_annotation,
    write_annotation,
)
from emargin_core.errors import ExplorerError, InputError
from emargin_core.language import retell, say, say_many
from emargin_core.report.formats import FORMATS
from emargin_core.report.subject import paired
from emargin_core.run_archive import export_runs
from emargin_core.run_list import ListedRun
from emargin_core.trash import Trash

FORMAT_WORDS = {"html": "HTML", "md": "Markdown", "csv": "CSV"}
DELETED = "runs_deleted"


def actions(chosen: Sequence[ListedRun]) -> None:
    """Draw what the chosen runs allow."""
    if not chosen:
        st.caption(
            say(
                "Choose one run to name it or to write its report; two, or two with several seeds "
                "each, to compare them."
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
        st.info(say_many("{n} run deleted.", "{n} runs deleted.", len(deleted)),
                icon=":material/delete:")  # fmt: skip
        st.button(say("Undo"), icon=":material/undo:", on_click=restore, args=(deleted,),
                  key="undo_delete")  # fmt: skip


def restore(names: Sequence[str]) -> None:
    """Take runs out of the trash."""
    _guarded(lambda: Trash(background.run_store().home).restore(names))
    background.forget_runs(names)
    st.session_state.pop(DELETED, None)


def _compare(chosen: Sequence[ListedRun]) -> None:
    """Which side is which, the Compare page, and the report."""
    try:
        baseline, candidate = paired(chosen)
    except InputError as error:
        st.markdown(say("**Compare or report**"))
        st.caption(
            say(
                "These runs cannot be put side by side: {reason}.",
                reason=plain(retell(str(error))),
            )
        )
        return
    if baseline and st.session_state.get("run_swap"):
        baseline, candidate = candidate, baseline
    if baseline:
        st.markdown(
            say(
                "**Baseline:** {baseline}  \n**Candidate:** {candidate}",
                baseline=_side(baseline), candidate=_side(candidate),
            )
        )  # fmt: skip
        st.toggle(say("Swap the two"), key="run_swap")
    else:
        st.markdown(say("**One setting:** {run}", run=_side(candidate)))
    kind = st.segmented_control(
        say("Report as"), FORMATS, default="html", required=True, key="report_kind",
        format_func=FORMAT_WORDS.__getitem__,
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        whole = all(run.whole for run in chosen)
        if whole:
            sides = [[r for run in side if (r := background.stored_result(run.run_id))]
                     for side in (baseline, candidate)]  # fmt: skip
            whole = [len(side) for side in sides] == [len(baseline), len(candidate)]
            if whole:
                report_button(*sides, key="report", kind=kind or "html")
        exact = bool(baseline) and shows_exactly(candidate[0].config, baseline[0].config)
        if exact:
            open_in_compare(candidate[0].config, baseline[0].config,
                            [run.config["seed"] for run in candidate], "runs_compare")  # fmt: skip
    if not whole:
        st.caption(
            say(
                "Of some of these runs only the metrics are here, so that no report can be written "
                "yet. Open them in Compare, which computes them."
            )
        )
    if baseline and not exact:
        st.caption(
            say(
                "The Compare page has one margin, seed and length of training for both sides; "
                "these two differ in them, or go beyond its sliders. The report compares them all "
                "the same."
            )
        )


def _side(runs: Sequence[ListedRun]) -> str:
    words = plain(run_label(runs[0]))
    if len(runs) == 1:
        return words
    seeds = ", ".join(str(run.config["seed"]) for run in runs)
    return say("{run} and {n} more (seeds {seeds})", run=words, n=len(runs) - 1, seeds=seeds)


def _name(run: ListedRun) -> None:
    """A name and a note of the user's own."""
    with st.form(f"name-{run.run_id}", border=False):
        name = st.text_input(say("Name"), run.name, max_chars=MAX_NAME,
                             key=f"run_name-{run.run_id}")  # fmt: skip
        note = st.text_area(say("Note"), run.note, max_chars=MAX_NOTE, height=90,
                            key=f"run_note-{run.run_id}")  # fmt: skip
        if st.form_submit_button(say("Save"), icon=":material/save:") and _guarded(
            lambda: write_annotation(
                background.run_store().home, run.run_id, make_annotation(name, note)
            )
        ):
            st.rerun()


def _keep(chosen: Sequence[ListedRun]) -> None:
    """Take stored runs along, or away."""
    stored = [run.run_id for run in chosen if run.source != "gallery"]
    with st.container(horizontal=True):
        st.download_button(
            say("Export"), lambda: _archive(stored), file_name="runs.zip",
            mime="application/zip", icon=":material/archive:", on_click="ignore",
            disabled=not stored, key="export_runs",
            help=say("One zip file, to be imported on another machine."),
        )  # fmt: skip
        st.button(
            say("Delete"), icon=":material/delete:", on_click=_delete, args=(stored,),
            disabled=not stored, key="delete_runs",
            help=say("Can be undone for 30 days."),
        )  # fmt: skip
        with st.popover("MLflow", icon=":material/upload:"):
            _mlflow(chosen)
    if len(stored) < len(chosen):
        st.caption(
            say("Precomputed runs come with the program; they are neither exported nor deleted.")
        )


def _mlflow(chosen: Sequence[ListedRun]) -> None:
    """Log the chosen runs, or say how that becomes possible."""
    if not mlflow_log.is_installed():
        st.caption(say("MLflow is not installed. This brings it:"))
        st.code(mlflow_log.HOW_TO_GET, language="bash")
        return
    address = mlflow_log.tracking_address(background.run_store().home)
    st.caption(
        say("Settings, metrics and origin are logged, each run once, to the experiment {name} at:",
            name=mlflow_log.EXPERIMENT)
    )  # fmt: skip
    st.code(address, language=None, wrap_lines=True)
    if st.button(say("Log to MLflow"), key="log_mlflow"):
        try:
            with st.spinner(say("Logging the runs.")):
                found = mlflow_log.log_runs(chosen, address)
        except ExplorerError as error:
            st.error(plain(retell(str(error))), icon=":material/error:")
            return
        st.success(
            say("{added} runs logged; {present} were there already.",
                added=len(found.added), present=len(found.present))
        )  # fmt: skip


def _archive(names: Sequence[str]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs.zip"
        export_runs(names, path, background.run_store())
        return path.read_bytes()


def _delete(names: list[str]) -> None:
    trash = Trash(background.run_store().home)
    moved: list[str] = []
    _guarded(lambda: moved.extend(trash.put(names)))
    trash.expire()
    background.forget_runs(names)
    st.session_state[DELETED] = moved
    st.session_state[CHOSEN] = [n for n in st.session_state.get(CHOSEN, []) if n not in moved]


def _guarded(act: Callable[[], object]) -> bool:
    """Do something; a fault becomes a sentence on the page."""
    try:
        act()
    except ExplorerError as error:
        st.error(plain(retell(str(error))), icon=":material/error:")
        return False
    return True
