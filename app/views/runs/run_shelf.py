"""Import of an archive of runs, and the trash."""

import tempfile
from pathlib import Path

import streamlit as st

from app import session
from app.components.plain import plain
from app.views.runs.run_actions import restore
from emargin_core.store.archive.run_archive import MAX_BYTES, import_runs
from emargin_core.store.trash import KEPT_DAYS, Trash
from emargin_core.text.errors import ExplorerError
from emargin_core.text.language import gettext as _
from emargin_core.text.language import ngettext


def import_panel() -> None:
    """Draw the upload of an archive and its outcome."""
    with st.expander(_("Import runs"), icon=":material/unarchive:"):
        st.caption(
            _(
                "A zip file made with **Export**. The whole file is checked before "
                "anything is stored. Imported runs are marked as imported; runs "
                "already stored here do not change."
            )
        )
        turn = st.session_state.get("import_turn", 0)
        file = st.file_uploader(
            _("Archive of runs"),
            type="zip",
            key=f"import_runs-{turn}",
            max_upload_size=MAX_BYTES // 2**20,
        )
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
    trash = Trash(session.run_store().home)
    entries = trash.entries()
    if not entries:
        return
    title = ngettext("{n} deleted run", "{n} deleted runs", len(entries))
    with st.expander(title, icon=":material/delete:"):
        st.caption(_("They are deleted permanently after {days} days.", days=KEPT_DAYS))
        for entry in entries[:20]:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.text(
                    _(
                        "{run}, deleted {when} UTC",
                        run=entry.run_id,
                        when=f"{entry.deleted:%Y-%m-%d %H:%M}",
                    )
                )
                st.button(
                    _("Restore"),
                    key=f"restore-{entry.folder.name}",
                    on_click=restore,
                    args=([entry.run_id],),
                )
        if len(entries) > 20:
            st.caption(
                ngettext(
                    "{n} older one is not shown.",
                    "{n} older ones are not shown.",
                    len(entries) - 20,
                )
            )
        sure = st.checkbox(_("Delete these runs permanently."), key="empty_sure")
        st.button(
            _("Empty the trash"),
            icon=":material/delete_forever:",
            disabled=not sure,
            on_click=_empty,
            key="empty_trash",
        )


def _taken(name: str, content: bytes) -> tuple[bool, str]:
    """Import an uploaded archive; returns whether it succeeded, and a sentence."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive.zip"
        path.write_bytes(content)
        try:
            found = import_runs(path, session.run_store(), name)
        except ExplorerError as error:
            words = str(error).replace(str(path), name).replace(path.name, name)
            return False, words
    session.forget_runs(found.added)
    return True, _(
        "{added} runs added; {present} were stored already.",
        added=len(found.added),
        present=len(found.present),
    )


def _empty() -> None:
    try:
        Trash(session.run_store().home).empty()
    except ExplorerError as error:
        st.error(plain(str(error)))
    st.session_state.pop("runs_deleted", None)
    st.session_state.empty_sure = False
