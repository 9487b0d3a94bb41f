"""Entry point: `python -m streamlit run app/main.py`."""

import sys
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:  # `streamlit run` puts this folder on the path, not its parent
    sys.path.insert(0, str(ROOT))

from app import background, language, look, sign_in  # noqa: E402
from app.widgets.plain import plain  # noqa: E402
from emargin_core.errors import ExplorerError  # noqa: E402
from emargin_core.language import retell, say  # noqa: E402

st.set_page_config(
    page_title="eMargin Explorer",
    page_icon=str(ROOT / "assets" / "icon.svg"),
    layout="wide",
    initial_sidebar_state="auto",
)
st.logo(ROOT / "assets" / "logo.svg", size="large")
language.settle_language()
sign_in.require_sign_in()
try:
    background.jobs()
except ExplorerError as error:  # a setting of the server is wrong
    st.error(plain(retell(str(error))), icon=":material/error:")
    st.stop()
look.ink()
page = st.navigation(
    [
        st.Page(
            "views/compare.py",
            title=say("Compare"),
            icon=":material/compare:",
            default=True,
            help=say("Two methods side by side: do better clusters mean better decisions?"),
        ),
        st.Page(
            "views/sensitivity.py",
            title=say("Sensitivity"),
            icon=":material/grid_view:",
            help=say(
                "Threshold and scale, many settings at once: where are clusters and decisions "
                "both good?"
            ),
        ),
        st.Page(
            "views/learn.py",
            title=say("Learn"),
            icon=":material/school:",
            help=say("The whole story in five short steps, each with something to try."),
        ),
        st.Page(
            "views/trust.py",
            title=say("Which metric to trust"),
            icon=":material/rule:",
            help=say("Every label-free score put to the test: does it order models by accuracy?"),
        ),
        st.Page(
            "views/decide.py",
            title=say("Decide"),
            icon=":material/gavel:",
            help=say("From a pilot to an answer: adopt it, leave it, or gather more data."),
        ),
        st.Page(
            "views/data.py",
            title=say("Data"),
            icon=":material/database:",
            help=say("What the comparison is made on, and how to bring your own."),
        ),
        st.Page(
            "views/runs.py",
            title=say("Runs"),
            icon=":material/inventory_2:",
            help=say("All that was computed: find, name, compare, report, take along, delete."),
        ),
    ]
)
page.run()
with st.sidebar, st.container(key="language", gap=None):
    language.language_switch()
    language.tell_browser()
background.settle()
