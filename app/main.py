"""Entry point: `python -m streamlit run app/main.py`."""

import sys
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:  # `streamlit run` puts this folder on the path, not its parent
    sys.path.insert(0, str(ROOT))

from app import session  # noqa: E402
from app.components import chosen_data, language, look, sign_in  # noqa: E402
from app.components.plain import plain  # noqa: E402
from app.components.settings import keep_settings  # noqa: E402
from emargin_core.text.errors import ExplorerError  # noqa: E402
from emargin_core.text.language import gettext  # noqa: E402

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
    session.jobs()
except ExplorerError as error:  # a setting of the server is wrong
    st.error(plain(str(error)), icon=":material/error:")
    st.stop()
look.look()
pages = [
    st.Page(
        "views/compare/page.py",
        url_path="compare",
        title=gettext("Compare"),
        icon=":material/compare:",
        default=True,
    ),
    st.Page(
        "views/sensitivity/page.py",
        url_path="sensitivity",
        title=gettext("Sensitivity"),
        icon=":material/grid_view:",
    ),
    st.Page(
        "views/learn/page.py", url_path="learn", title=gettext("Learn"), icon=":material/school:"
    ),
    st.Page(
        "views/trust/page.py",
        url_path="trust",
        title=gettext("Which metric to trust"),
        icon=":material/rule:",
    ),
    st.Page(
        "views/decide/page.py", url_path="decide", title=gettext("Decide"), icon=":material/gavel:"
    ),
    st.Page(
        "views/data/page.py", url_path="data", title=gettext("Data"), icon=":material/database:"
    ),
    st.Page(
        "views/runs/page.py", url_path="runs", title=gettext("Runs"), icon=":material/inventory_2:"
    ),
]
page = st.navigation(pages, position="hidden")
if page == pages[0]:
    keep_settings()
with st.sidebar, st.container(key="pages", gap="xsmall"):
    for other in pages:
        carried = chosen_data.link_query(to_compare=other == pages[0])
        st.page_link(other, width="stretch", query_params=carried)
page.run()
with st.sidebar, st.container(key="language", gap=None):
    language.language_switch()
    language.tell_browser(chosen_data.kept_in_address())
session.settle()
