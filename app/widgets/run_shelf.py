"""Runs that come in or go out: an archive to import, and the trash."""

import tempfile
from pathlib import Path

import streamlit as st

from app import background
from app.widgets.plain import plain
from app.widgets.run_actions import restore
from emargin_core.errors import ExplorerError
from emargin_core.language import retell, say, say_many
from emargin_core.run_archive import MAX_BYTES, import_runs
from emargin_core.trash import KEPT_DAYS, Trash


def import_panel() -> None:
    """Take an archive, say what came of it."""
    with st.expander(say("Import runs"), icon=":material/unarchive:"):
        st.caption(
            say(
                "A zip file from **Export**. All of it is checked before anything is kept; "
                "imported runs stay marked as such, and runs that are here already stay as they "
                "are."
            )
        )
        turn = st.session_state.get("import_turn", 0)
        file = st.file_uploader(
            say("Archive of runs"), type="zip", key=f"import_runs-{turn}",
            max_upload_size=MAX_BYTES // 2**20,
        )  # fmt: skip
        if file is not None:
            st.session_state.imported = _taken(file.name, file.getvalue())
            st.session_state.import_turn = turn + 1
            st.rerun()
        said = st.session_state.pop("imported", None)
        if said is not None:
            good, words = said
            (st.success if good else st.error)(plain(words))


def trash_panel() -> None:
    """Deleted runs, to be restored or removed for good; nothing if there are none."""
    trash = Trash(background.run_store().home)
    entries = trash.entries()
    if not entries:
        return
    title = say_many("{n} deleted run", "{n} deleted runs", len(entries))
    with st.expander(title, icon=":material/delete:"):
        st.caption(say("They are removed for good after {days} days.", days=KEPT_DAYS))
        for entry in entries[:20]:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.text(say("{run}, deleted {when} UTC", run=entry.run_id,
                            when=f"{entry.deleted:%Y-%m-%d %H:%M}"))  # fmt: skip
                st.button(say("Restore"), key=f"restore-{entry.folder.name}", on_click=restore,
                          args=([entry.run_id],))  # fmt: skip
        if len(entries) > 20:
            st.caption(
                say_many("{n} older one is not shown.", "{n} older ones are not shown.",
                         len(entries) - 20)
            )  # fmt: skip
        sure = st.checkbox(say("I want these runs removed for good."), key="empty_sure")
        st.button(say("Empty"), icon=":material/delete_forever:", disabled=not sure,
                  on_click=_empty, key="empty_trash")  # fmt: skip


def _taken(name: str, content: bytes) -> tuple[bool, str]:
    """Import an uploaded archive: whether it went well, and the words for it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive.zip"
        path.write_bytes(content)
        try:
            found = import_runs(path, background.run_store(), name)
        except ExplorerError as error:
            words = str(error).replace(str(path), name).replace(path.name, name)
            return False, retell(words)
    background.forget_runs(found.added)
    return True, say(
        "{added} runs added; {present} were here already.",
        added=len(found.added), present=len(found.present),
    )  # fmt: skip


def _empty() -> None:
    try:
        Trash(background.run_store().home).empty()
    except ExplorerError as error:
        st.error(plain(retell(str(error))))
    st.session_state.pop("runs_deleted", None)
    st.session_state.empty_sure = False
