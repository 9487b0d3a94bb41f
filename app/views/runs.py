"""Runs: all that was computed, imported or shipped; to find, name, compare, report, take along."""

import streamlit as st

from app import background
from app.widgets.plain import plain
from app.widgets.run_actions import actions, undo_bar
from app.widgets.run_shelf import import_panel, trash_panel
from app.widgets.run_table import filtered, run_table
from emargin_core.errors import ExplorerError
from emargin_core.language import retell, say

st.markdown(f"### {say('Runs')}")
st.markdown(
    say(
        "Every training that was ever finished here, and those that come with the program. A run "
        "is one setting with one seed, measured on recordings it had never seen."
    )
)
try:
    undo_bar()
    runs = background.listed_runs()
    shown = filtered(runs)
    st.caption(say("{shown} of {all} runs.", shown=len(shown), all=len(runs)))
    actions(run_table(runs, shown))
    import_panel()
    trash_panel()
except ExplorerError as error:
    st.error(plain(retell(str(error))), icon=":material/error:")
