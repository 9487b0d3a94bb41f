"""The user's own file: upload, answer what is in doubt, look, compare."""

import re
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from app import session
from app.components import language
from app.components.charts.data_preview import balance_chart, facts, recording_preview
from app.components.charts.margin_preview import margin_preview
from app.components.choice import choose
from app.components.plain import plain
from app.views.data.columns import columns
from app.views.data.questions import questions
from app.views.data.reading import reading_settings
from emargin_core.datasets.summary import summarise
from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.inspection import FileReport, inspect_file
from emargin_core.datasets.tables.library import add_dataset, list_datasets, remove_dataset
from emargin_core.datasets.tables.questions import Change, TableError, apply
from emargin_core.datasets.tables.read.limits import MAX_UPLOAD_BYTES, SUFFIXES
from emargin_core.text.errors import ExplorerError, InputError
from emargin_core.text.language import current, gettext_noop
from emargin_core.text.language import gettext as _
from emargin_core.text.message import Text
from emargin_core.text.numbers import length_words

LOOK = gettext_noop("Look at the data")
COMPARE = "views/compare/page.py"
UPLOAD_MB = MAX_UPLOAD_BYTES // 2**20
FORGOTTEN_S = 86_400
MOST_CHANNELS = 24
EXAMPLE = """recording,group,time,label,acceleration,turn_rate
run 1,machine A,0.00,idle,0.02,0.11
run 1,machine A,0.02,idle,0.03,0.10
run 1,machine A,0.04,pressing,0.81,0.42
"""


def own_file() -> None:
    """Draw the steps that the file allows."""
    st.markdown(
        _(
            "Any table of text, Parquet or a workbook, as it is: what the columns are is found out "
            "from what is in them, and whatever is in doubt is asked. Several files at once "
            "count as one recording each. The files stay on this machine."
        )
    )
    with st.popover(_("What the file looks like"), icon=":material/table:"):
        st.code(EXAMPLE, language=None)
    uploads = st.file_uploader(
        _("Your file"),
        type=[suffix.lstrip(".") for suffix in SUFFIXES],
        key="own_upload",
        accept_multiple_files=True,
        max_upload_size=UPLOAD_MB,
    )
    st.caption(
        _(
            "Up to {size} MB here. For larger files use `python -m emargin_core "
            "datasets add FILE --name NAME`, which reads them in blocks.",
            size=UPLOAD_MB,
        )
    )
    if uploads:
        with st.spinner(_("Reading the file.")):
            paths = _kept(uploads)
            report = _report_or_why(paths)
        if report is not None:
            _steps(paths, report)
    kept_datasets()


def _kept(uploads: Sequence[Any]) -> tuple[Path, ...]:
    """Write uploaded bytes to files of this session; a name is never used as a path."""
    asked = tuple(upload.file_id for upload in uploads)
    known = st.session_state.get("own_kept")
    if known is not None and known[0] == asked and all(path.is_file() for path in known[1]):
        return known[1]
    if known is not None:
        shutil.rmtree(known[1][0].parent, ignore_errors=True)
    folder, paths = Path(tempfile.mkdtemp(prefix="upload-", dir=_uploads())), []
    for upload in uploads:
        suffix = Path(upload.name).suffix.lower()
        stem = re.sub(r"[^\w.-]+", "_", Path(upload.name).stem)[:60].strip(".") or "file"
        path = folder / f"{stem}{suffix if suffix in SUFFIXES else ''}"
        while path in paths:
            path = path.with_name(f"{path.stem}_{path.suffix}")
        with path.open("wb") as file:
            shutil.copyfileobj(upload, file)
        paths.append(path)
    st.session_state.own_kept = (asked, tuple(paths))
    st.session_state.own_choices = Choices()
    return tuple(paths)


def _uploads() -> Path:
    """The folder of uploads; old ones are deleted."""
    folder = session.run_store().home / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if time.time() - old.stat().st_mtime > FORGOTTEN_S:
            shutil.rmtree(old, ignore_errors=True)
    return folder


def _report_or_why(paths: tuple[Path, ...]) -> FileReport | None:
    """The report; what makes the file no table is said here, with the settings that may mend it."""
    try:
        return _inspected(
            tuple(map(str, paths)),
            tuple(path.stat().st_mtime_ns for path in paths),
            st.session_state.own_choices,
        )
    except InputError as error:
        st.error(plain(str(error)), icon=":material/error:")
        if isinstance(error, TableError):
            for place, remedy in enumerate(error.problem.remedies):
                st.button(
                    _("Read it without a header"),
                    key=f"own_mend_{place}",
                    on_click=_answer,
                    args=(remedy,),
                )
        reading_settings(None, st.session_state.own_choices, _choose, _file_key())
        return None


@st.cache_resource(max_entries=16, show_spinner=False)
def _inspected(paths: tuple[str, ...], modified: tuple[int, ...], choices: Choices) -> FileReport:
    return inspect_file([Path(path) for path in paths], choices)


def _file_key() -> str:
    return str(st.session_state.own_kept[0][0])


def _choose(choices: Choices) -> None:
    st.session_state.own_choices = choices


def _answer(remedy: Change) -> None:
    _choose(apply(st.session_state.own_choices, remedy))


def _steps(paths: tuple[Path, ...], report: FileReport) -> None:
    """Draw the questions, the columns, the look, and the one button."""
    questions(report, _answer)
    with st.container(border=True):
        st.markdown(
            _(
                "**1. What the columns are** :small[found out from their content; change what is "
                "wrong]"
            )
        )
        columns(report, _choose, _file_key())
        reading_settings(report, report.choices, _choose, _file_key())
    if report.warnings:
        st.warning(
            "  \n".join(_as_sentence(warning) for warning in report.warnings),
            icon=":material/warning:",
        )
    dataset = report.dataset
    if dataset is None:
        return
    summary = summarise(dataset)
    with st.container(border=True):
        st.markdown(_("**2. Is this your data?**"))
        facts(dataset, summary)
        left, right = st.columns([1.6, 1])
        with left:
            names = [recording.id for recording in dataset.recordings]
            number = st.selectbox(
                _("Recording"),
                range(len(names)),
                format_func=lambda i: names[i],
                key="own_recording",
            )
            recording_preview(dataset, dataset.recordings[number], MOST_CHANNELS)
        with right:
            if dataset.class_names:
                balance_chart(dataset, summary, "own_balance")
        recordings_table(report)
        if summary.frames is not None:
            margin_preview(dataset)
    with st.container(border=True):
        st.markdown(_("**3. Compare on it**"))
        name_box, button = st.columns([3, 1], vertical_alignment="bottom")
        name_box.text_input(
            _("Name"), paths[0].stem.replace("_", " ")[:60], key="own_name", max_chars=80
        )
        if button.button(_("Compare on this data"), type="primary", width="stretch", key="own_add"):
            _add(paths, report.choices)


def _as_sentence(warning: Text) -> str:
    """A warning with a capital and a stop; in another language it may begin with a user's word."""
    words = str(warning)
    if current() == "en":
        words = f"{words[:1].upper()}{words[1:]}"
    return _("{sentence}.", sentence=plain(words))


def recordings_table(report: FileReport) -> None:
    """Length, rate and gaps of every recording."""
    with st.expander(_("Every recording: length, rate and gaps")):
        st.dataframe(
            [
                {
                    _("recording"): part.id,
                    _("group"): part.group,
                    _("seconds"): part.seconds,
                    _("samples a second"): part.rate,
                    _("gaps"): part.gaps,
                    _("longest gap, s"): part.longest_gap,
                }
                for part in report.recordings
            ],
            hide_index=True,
            placeholder="n/a",
        )


def _add(paths: tuple[Path, ...], choices: Choices) -> None:
    """Save the data under the entered name, and go on to the comparison of it."""
    name = st.session_state.own_name
    try:
        added = add_dataset(paths, name, choices, session.run_store().home)
    except ExplorerError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    choose("data", added.name)
    for key in ("own_kept", "own_choices"):
        st.session_state.pop(key, None)
    shutil.rmtree(paths[0].parent, ignore_errors=True)
    st.toast(_("Added as {name}.", name=plain(added.name)))
    st.switch_page(COMPARE, query_params={"data": added.name} | language.in_address())


def kept_datasets() -> None:
    """The data sets that were added, with a way to remove each."""
    kept = list_datasets(session.run_store().home)
    if not kept:
        return
    st.markdown(_("**Data you added**"))
    for entry in kept:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"{plain(entry.title)} :small[:gray[{plain(entry.name)}, "
                f"{length_words(entry.seconds)}]]"
            )
            with st.popover(_("Remove"), icon=":material/delete:"):
                st.markdown(_("The data is deleted; results computed with it are kept."))
                if st.button(_("Remove it"), key=f"remove_{entry.name}"):
                    try:
                        remove_dataset(entry.slug, session.run_store().home)
                    except ExplorerError as error:
                        st.error(plain(str(error)))
                    else:
                        st.rerun()
