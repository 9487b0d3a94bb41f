"""Runs: computed, imported and precomputed runs; find, name, compare, report, export."""

import streamlit as st

from app import session
from app.components.plain import plain
from app.views.runs.run_actions import actions, undo_bar
from app.views.runs.run_shelf import import_panel, trash_panel
from app.views.runs.run_table import filtered, run_table
from emargin_core.text.errors import ExplorerError
from emargin_core.text.language import gettext

st.markdown(f"### {gettext('Runs')}")
st.markdown(
    gettext(
        "All runs finished here, and those that come with the program. A run is one "
        "setting trained with one seed and measured on recordings never seen in "
        "training."
    )
)
try:
    undo_bar()
    runs = session.listed_runs()
    shown = filtered(runs)
    st.caption(gettext("{shown} of {all} runs.", shown=len(shown), all=len(runs)))
    actions(run_table(runs, shown))
    import_panel()
    trash_panel()
except ExplorerError as error:
    st.error(plain(str(error)), icon=":material/error:")
