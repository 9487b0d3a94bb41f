"""A choice whose name, not whose title, stands in the URL.

A bound select box writes what it shows; titles change with wording and language, names do not, and
links must go on working.
"""

from collections.abc import Container, Mapping

import streamlit as st


def choice(label: str, name: str, titles: Mapping[str, str], default: str) -> str:
    """Draw a select box of titles; its name stands in the URL unless it is the default."""
    key = f"{name}_choice"
    st.session_state.setdefault(key, chosen(name, titles, default))
    return str(
        st.selectbox(
            label,
            list(titles),
            format_func=titles.__getitem__,
            key=key,
            on_change=_write,
            args=(name, default),
            persist_state="session",
        )
    )


def chosen(name: str, known: Container[str], default: str) -> str:
    """What the URL or the viewer has chosen so far; the default where that is not known."""
    value = st.session_state.get(f"{name}_choice", st.query_params.get(name, default))
    return value if value in known else default


def _write(name: str, default: str) -> None:
    value = st.session_state[f"{name}_choice"]
    if value == default:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = value
