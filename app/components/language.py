"""The language of the page: what the viewer chose, else the address, else the browser's."""

import json
from collections.abc import Mapping

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app.components.plain import plain
from emargin_core.text.language import LANGUAGES, follow
from emargin_core.text.language import gettext as _

FALLBACK = "en"
_CHOSEN = "language"
_SCRIPT = """<script>{{
document.documentElement.lang = {code}
const address = new URL(location.href)
for (const [name, value] of Object.entries({kept})) address.searchParams.set(name, value)
if (address.href !== location.href) history.replaceState(history.state, "", address)
for (const link of document.querySelectorAll("a[data-testid=stPageLink-NavLink]")) {{
  const there = link.getAttribute("href")
  if (there.startsWith("?")) link.setAttribute("href", "./" + there)
  if (new URL(link.href).pathname !== location.pathname) link.removeAttribute("aria-current")
  else link.setAttribute("aria-current", "page")
}}
/* {turn} */
}}</script>"""


def spoken() -> str:
    """Code of the language that this session reads; English outside a session.

    Asked for every word, also by a fragment's own rerun, which does not pass through main.py.
    """
    if get_script_run_ctx(suppress_warning=True) is None:
        return FALLBACK
    return str(st.session_state.get(_CHOSEN) or of_browser(st.context.locale))


def of_browser(locale: str | None) -> str:
    """Language for a browser's locale, such as ja or ja-JP; English for one that is not spoken."""
    code = (locale or "").replace("_", "-").partition("-")[0].lower()
    return code if code in LANGUAGES else FALLBACK


def settle_language() -> None:
    """Take the address's language at a session's first page; the session keeps it from then on.

    An unknown one gets a sentence, and English.
    """
    follow(spoken)
    asked = st.query_params.get("lang")
    if asked is None:
        return
    if _CHOSEN not in st.session_state:
        st.session_state[_CHOSEN] = asked if asked in LANGUAGES else FALLBACK
    if asked not in LANGUAGES:
        st.error(
            _(
                "In this page's address, lang: '{asked}' is not an available language; choose "
                "from {known}. English is used.",
                asked=plain(asked),
                known=", ".join(LANGUAGES),
            ),
            icon=":material/link_off:",
        )


def language_switch() -> None:
    """Draw the switch, each language under its own name."""
    st.session_state["language_box"] = spoken()
    st.segmented_control(
        "Language / 言語",
        list(LANGUAGES),
        format_func=LANGUAGES.__getitem__,
        required=True,
        key="language_box",
        on_change=_choose,
        label_visibility="collapsed",
        width="stretch",
    )


def in_address() -> dict[str, str]:
    """The language as the address has it: a chosen one; none while an unknown one is to be read."""
    known = st.query_params.get("lang", FALLBACK) in LANGUAGES
    return {"lang": spoken()} if known and _CHOSEN in st.session_state else {}


def tell_browser(kept: Mapping[str, str]) -> None:
    """Note the language in the document, for screen readers, and what to keep in the address.

    Going to another page drops what no widget of main.py is bound to, and a bound switch would
    write its title, not its code. The browser writes it itself: through `st.query_params` every
    page would add a step to its history. A link to the first page has no path of its own: from
    another page, a new tab would open that one.
    """
    turn = st.session_state["language_turn"] = 1 + st.session_state.get("language_turn", 0)
    carried = json.dumps(dict(kept)).replace("<", "\\u003c")  # so that no name ends the script
    script = _SCRIPT.format(code=json.dumps(spoken()), kept=carried, turn=turn)
    st.html(script, unsafe_allow_javascript=True)


def _choose() -> None:
    st.session_state[_CHOSEN] = st.query_params["lang"] = st.session_state["language_box"]
