"""Components that answer one another in the browser: maps, their legend and the strip in time."""

from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent
_SHARED = (_HERE / "linked.js").read_text(encoding="utf-8")


def linked(name: str, html: str, css: str) -> Any:
    """Register the component of `NAME.js`; those mounted with the same `view` are linked."""
    script = (_HERE / f"{name}.js").read_text(encoding="utf-8")
    return st.components.v2.component(name, html=html, css=css, js=_SHARED + script)
