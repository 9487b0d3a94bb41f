"""Entry point: `python -m streamlit run app/main.py`."""

import sys
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:  # `streamlit run` puts this folder on the path, not its parent
    sys.path.insert(0, str(ROOT))

from app import background  # noqa: E402

st.set_page_config(
    page_title="eMargin Explorer",
    page_icon=str(ROOT / "assets" / "icon.svg"),
    layout="wide",
    initial_sidebar_state="auto",
)
st.logo(ROOT / "assets" / "logo.svg", size="large")
background.jobs()
st.navigation(
    [
        st.Page(
            "views/compare.py",
            title="Compare",
            icon=":material/compare:",
            default=True,
            help="Two methods side by side: do better clusters mean better decisions?",
        ),
        st.Page(
            "views/sensitivity.py",
            title="Sensitivity",
            icon=":material/grid_view:",
            help="Threshold and scale, many settings at once: where are clusters and decisions "
            "both good?",
        ),
        st.Page(
            "views/trust.py",
            title="Which metric to trust",
            icon=":material/rule:",
            help="Every label-free score put to the test: does it order models by accuracy?",
        ),
        st.Page(
            "views/data.py",
            title="Data",
            icon=":material/database:",
            help="What the comparison is made on, and how to bring your own.",
        ),
    ]
).run()
background.settle()
