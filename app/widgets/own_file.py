"""The user's own file: upload, say what its columns are, look at it, keep it."""

import re
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import streamlit as st

from app import background
from app.widgets.choice import choose
from app.widgets.data_preview import balance_chart, facts, length_words, recording_preview
from app.widgets.margin_preview import margin_preview
from app.widgets.plain import plain
from emargin_core.datasets.inspection import FileReport, inspect_file
from emargin_core.datasets.library import add_dataset, list_datasets, remove_dataset
from emargin_core.datasets.mapping import ColumnMapping
from emargin_core.datasets.table_scan import Missing
from emargin_core.datasets.tables import MAX_UPLOAD_BYTES, SUFFIXES
from emargin_core.errors import ExplorerError
from emargin_core.language import mark, retell, say
from emargin_core.summary import summarise

LOOK = mark("Look at the data")
UPLOAD_MB = MAX_UPLOAD_BYTES // 2**20
FORGOTTEN_S = 86_400
NONE = mark("(none)")
MISSING: dict[Missing, str] = {
    "refuse": mark("Refuse the file"),
    "interpolate": mark("Fill short gaps, leave long ones out"),
    "drop": mark("Leave those rows out"),
}
PARTS = {
    "recording": (mark("Recording"), mark("Which stretch of signal a row belongs to.")),
    "group": (
        mark("Group"),
        mark("What must not be in training and test at once: a person, a machine."),
    ),
    "time": (mark("Time"), mark("Seconds, or dates with times.")),
    "label": (
        mark("Label"),
        mark("What is going on. Without it there are clusters, but no accuracy."),
    ),
}
EXAMPLE = """recording,group,time,label,acceleration,turn_rate
run 1,machine A,0.00,idle,0.02,0.11
run 1,machine A,0.02,idle,0.03,0.10
run 1,machine A,0.04,pressing,0.81,0.42
"""


def own_file() -> None:
    """Draw the steps, as far as they can be taken."""
    st.markdown(
        say(
            "One row a sample, one column a channel; CSV or Parquet. Columns that say which "
            "recording, which person or machine, when, and what was going on are found by their "
            "names; you can correct that. The file stays on this machine."
        )
    )
    with st.popover(say("What such a file looks like"), icon=":material/table:"):
        st.code(EXAMPLE, language=None)
    upload = st.file_uploader(
        say("Your file"), type=[suffix.lstrip(".") for suffix in SUFFIXES], key="own_upload",
        max_upload_size=UPLOAD_MB,
    )  # fmt: skip
    st.caption(
        say(
            "Up to {size} MB here. Larger files: `python -m emargin_core datasets add FILE --name "
            "NAME`, which reads them block by block.",
            size=UPLOAD_MB,
        )
    )
    if upload is not None:
        with st.spinner(say("Reading the file.")):
            path = _kept(upload)
            report = _report(path, None, "refuse")
        _steps(path, report)
    kept_datasets()


def _kept(upload: Any) -> Path:
    """The uploaded bytes as a file of this session; the name it came with is never a path."""
    known = st.session_state.get("own_kept")
    if known is not None and known[0] == upload.file_id and known[1].is_file():
        return known[1]
    if known is not None:
        shutil.rmtree(known[1].parent, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix="upload-", dir=_uploads()))
    suffix = Path(upload.name).suffix.lower()
    stem = re.sub(r"[^\w.-]+", "_", Path(upload.name).stem)[:60].strip(".") or "file"
    path = folder / f"{stem}{suffix if suffix in SUFFIXES else ''}"
    with path.open("wb") as file:
        shutil.copyfileobj(upload, file)
    st.session_state.own_kept = (upload.file_id, path)
    return path


def _uploads() -> Path:
    """Where uploads wait to be kept; those that nobody came back to are cleared away."""
    folder = background.run_store().home / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if time.time() - old.stat().st_mtime > FORGOTTEN_S:
            shutil.rmtree(old, ignore_errors=True)
    return folder


def _report(path: Path, mapping: ColumnMapping | None, missing: Missing) -> FileReport:
    return _inspected(str(path), path.stat().st_mtime_ns, mapping, missing)


@st.cache_resource(max_entries=16, show_spinner=False)
def _inspected(
    path: str, modified: int, mapping: ColumnMapping | None, missing: Missing
) -> FileReport:
    return inspect_file(Path(path), mapping, missing)


def _steps(path: Path, guessed: FileReport) -> None:
    """Mapping, what is wrong, preview, and the button that keeps it."""
    with st.container(border=True):
        st.markdown(say("**1. What the columns are** :small[guessed; correct what is wrong]"))
        mapping, missing = _mapping(guessed)
    report = guessed
    if mapping != guessed.mapping or missing != "refuse":
        report = _report(path, mapping, missing)
    for problem in report.problems:
        st.error(plain(retell(problem.text)), icon=":material/error:")
    if report.warnings:
        st.warning(
            "  \n".join(_as_sentence(warning) for warning in report.warnings),
            icon=":material/warning:",
        )
    dataset = report.dataset
    if dataset is None:
        st.dataframe(report.preview, hide_index=True)
        return
    summary = summarise(dataset)
    with st.container(border=True):
        st.markdown(say("**2. Is this your data?**"))
        facts(dataset, summary)
        recordings_table(report)
        left, right = st.columns([1.6, 1])
        with left:
            names = [recording.id for recording in dataset.recordings]
            number = st.selectbox(
                say("Recording"), range(len(names)), format_func=lambda i: names[i],
                key="own_recording",
            )  # fmt: skip
            recording_preview(dataset, dataset.recordings[number])
        with right:
            if dataset.class_names:
                balance_chart(dataset, summary, "own_balance")
        if summary.frames is not None:
            margin_preview(dataset)
        with st.expander(say("The first rows of the file")):
            st.dataframe(report.preview, hide_index=True)
    with st.container(border=True):
        st.markdown(say("**3. Keep it**"))
        name_box, button = st.columns([3, 1], vertical_alignment="bottom")
        name_box.text_input(say("Name"), path.stem.replace("_", " ")[:60], key="own_name",
                                   max_chars=80)  # fmt: skip
        button.button(
            say("Add this data"), type="primary", width="stretch", key="own_add",
            on_click=_add, args=(path, mapping, missing),
        )  # fmt: skip
        refusal = st.session_state.pop("own_refusal", None)
        if refusal:
            st.error(plain(retell(refusal)), icon=":material/error:")


def _as_sentence(warning: str) -> str:
    """A warning with a capital and a stop; in another language it may begin with a user's word."""
    words = retell(warning)
    if words == warning:
        words = f"{words[:1].upper()}{words[1:]}"
    return say("{sentence}.", sentence=plain(words))


def _mapping(report: FileReport) -> tuple[ColumnMapping, Missing]:
    """The columns as the user sees them, the guess at first."""
    columns = [column.name for column in report.columns]
    chosen: dict[str, str | None] = {}
    for place, (part, (title, meaning)) in zip(st.columns(4), PARTS.items(), strict=True):
        guess = getattr(report.mapping, part)
        options = [NONE, *columns]
        value = place.selectbox(
            say(title), options, options.index(guess) if guess in options else 0, help=say(meaning),
            format_func=lambda name: say(name) if name == NONE else name,
            key=f"own_{part}_{st.session_state.own_kept[0]}",
        )  # fmt: skip
        chosen[part] = None if value == NONE else value
    channels = st.multiselect(
        say("Channels"), columns, [c for c in report.mapping.channels if c in columns],
        key=f"own_channels_{st.session_state.own_kept[0]}",
        help=say("The measured signals; numbers only."),
    )  # fmt: skip
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    rate = None
    if chosen["time"] is None:
        rate = left.number_input(say("Samples a second"), 0.001, 1e6, 50.0, key="own_rate")
    missing = right.segmented_control(
        say("Missing values"), list(MISSING), default="refuse", required=True, key="own_missing",
        format_func=lambda way: say(MISSING[way]),
    )  # fmt: skip
    return ColumnMapping(channels=tuple(channels), rate=rate, **chosen), missing or "refuse"


def recordings_table(report: FileReport) -> None:
    """Length, rate and gaps of every recording."""
    with st.expander(say("Every recording: length, rate and gaps")):
        st.dataframe(
            [
                {
                    say("recording"): part.id,
                    say("group"): part.group,
                    say("seconds"): part.seconds,
                    say("samples a second"): part.rate,
                    say("gaps"): part.gaps,
                    say("longest gap, s"): part.longest_gap,
                }
                for part in report.recordings
            ],
            hide_index=True,
            placeholder="n/a",
        )


def _add(path: Path, mapping: ColumnMapping, missing: Missing) -> None:
    """Keep the data under the name in the box, and show it; called before the page is drawn."""
    name = st.session_state.own_name
    try:
        added = add_dataset(path, name, mapping, missing, background.run_store().home)
    except ExplorerError as error:
        st.session_state.own_refusal = str(error)
        return
    choose("data", added.name)
    st.session_state.pop("own_kept", None)
    shutil.rmtree(path.parent, ignore_errors=True)
    st.session_state.part = LOOK


def kept_datasets() -> None:
    """The data sets that were added, with a way to remove each."""
    kept = list_datasets(background.run_store().home)
    if not kept:
        return
    st.markdown(say("**Added before**"))
    for entry in kept:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"{plain(entry.title)} :small[:gray[{plain(entry.name)}, "
                f"{length_words(entry.seconds)}]]"
            )
            with st.popover(say("Remove"), icon=":material/delete:"):
                st.markdown(say("The data goes; results that were computed with it stay."))
                if st.button(say("Remove it"), key=f"remove_{entry.name}"):
                    try:
                        remove_dataset(entry.slug, background.run_store().home)
                    except ExplorerError as error:
                        st.error(plain(retell(str(error))))
                    else:
                        st.rerun()
