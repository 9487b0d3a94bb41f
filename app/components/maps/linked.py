"""Components that answer one another in the browser: maps, their legend and the strip in time."""

from pathlib import Path
from typing import Any

import streamlit as st

_SHARED = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")


def linked(file: str, html: str, css: str) -> Any:
    """Register the component whose script lies beside a Python file, under the same name.

    Those mounted with the same `view` are linked.
    """
    script = Path(file).with_suffix(".js")
    code = _SHARED + script.read_text(encoding="utf-8")
    return st.components.v2.component(script.stem, html=html, css=css, js=code)
