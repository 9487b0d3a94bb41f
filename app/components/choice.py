"""A choice whose name, not whose title, stands in the URL.

A bound select box writes what it shows; titles change with wording and language, names do not, and
links must go on working.
"""

from collections.abc import Container, Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from emargin_core.text.language import gettext as _

RENAMED = {"Fair contest": "Tuned comparison"}
"""What a view is called in older links -> its name."""


def choice(label: str, name: str, titles: Mapping[str, str], default: str) -> str:
    """Draw a select box of titles; its name stands in the URL unless it is the default.

    What was chosen is kept for the session, also on pages that do not draw the box.
    """
    box = f"{name}_box"
    st.session_state[box] = chosen(name, titles, default)  # a box of another page is forgotten
    value = str(
        st.selectbox(
            label,
            list(titles),
            format_func=titles.__getitem__,
            key=box,
            on_change=_write,
            args=(name, box, default),
        )
    )
    st.session_state[f"{name}_chosen"] = value
    return value


def views(label: str, name: str, messages: Sequence[str], **looks: Any) -> str:
    """Draw messages side by side, said in the reader's language; the first is the default.

    The English message stands in the URL, unless it is the default; the session state has it under
    `name`. looks: passed on to `st.segmented_control`.
    """
    asked = st.session_state.get(name, st.query_params.get(name))
    asked = RENAMED.get(str(asked), asked)
    st.session_state[name] = asked if asked in messages else messages[0]
    st.segmented_control(
        label,
        messages,
        format_func=_,
        required=True,
        key=name,
        on_change=_write,
        args=(name, name, messages[0]),
        **looks,
    )
    return str(st.session_state[name])


def chosen(name: str, known: Container[str], default: str) -> str:
    """What the URL, or else the session, has chosen; the default where that is not known.

    The URL comes first: a choice on the page is written into it, and so it differs from the
    session's only after a link or a step back in the browser's history. After such a step the URL
    decides alone, so that one without a choice shows the default as when it was first opened.
    """
    if name in st.query_params:
        value = st.query_params[name]
    elif by_history():
        st.session_state[f"{name}_chosen"] = value = default
    else:
        places = (f"{name}_box", f"{name}_chosen")
        found = [st.session_state[place] for place in places if place in st.session_state]
        value = found[0] if found else default
    return value if value in known else default


def by_history() -> bool:
    """Whether the browser's Back or Forward asked for this run."""
    ctx = get_script_run_ctx()
    return ctx is not None and ctx.is_history_navigation


def choose(name: str, value: str) -> None:
    """Make a choice for the viewer, as if it had been made in the box."""
    st.session_state.pop(f"{name}_box", None)
    st.session_state[f"{name}_chosen"] = value
    st.query_params[name] = value


def _write(name: str, place: str, default: str) -> None:
    value = st.session_state[place]
    if value == default:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = value
