"""What the theme's settings cannot say: text that grows with the screen, ink on either theme."""

import streamlit as st

_SIZE = """<style>
:root:root{font-size:max(14px,min(.83vw,1.48vh))}
</style>"""
"""The theme's own size up to 1440 x 900 pixels, and 16 pixels at 1920 x 1080."""
_DARK_INK = """<style>
[data-testid=stBaseButton-primary]:not(:disabled),
[data-testid=stBaseButton-primary]:not(:disabled) p{color:#0b141c}
</style>"""


def look() -> None:
    """Have all text grow with the screen, and write dark on the dark theme's primary button.

    The theme's one primary colour must be light enough to be read on dark, and then white on it is
    too faint.
    """
    st.html(_SIZE)
    if st.context.theme.type == "dark":
        st.html(_DARK_INK)
