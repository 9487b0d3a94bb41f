"""A choice whose name, not whose title, stands in the URL.

A bound select box writes what it shows; titles change with wording and language, names do not, and
links must go on working.
"""

from collections.abc import Container, Mapping

import streamlit as st


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
            args=(name, default),
        )
    )
    st.session_state[f"{name}_chosen"] = value
    return value


def chosen(name: str, known: Container[str], default: str) -> str:
    """What the viewer, or else the URL, has chosen; the default where that is not known."""
    places = (f"{name}_box", f"{name}_chosen")
    found = [st.session_state[place] for place in places if place in st.session_state]
    value = found[0] if found else st.query_params.get(name, default)
    return value if value in known else default


def choose(name: str, value: str) -> None:
    """Make a choice for the viewer, as if it had been made in the box."""
    st.session_state.pop(f"{name}_box", None)
    st.session_state[f"{name}_chosen"] = value
    st.query_params[name] = value


def _write(name: str, default: str) -> None:
    value = st.session_state[f"{name}_box"]
    if value == default:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = value
