"""What the theme's settings cannot say: ink on the primary button that is read on either theme."""

import streamlit as st

_DARK_INK = """<style>
[data-testid=stBaseButton-primary]:not(:disabled),
[data-testid=stBaseButton-primary]:not(:disabled) p{color:#0b141c}
</style>"""


def ink() -> None:
    """Write dark on the primary button in the dark theme.

    The theme's one primary colour must be light enough to be read on dark, and then white on it is
    too faint.
    """
    if st.context.theme.type == "dark":
        st.html(_DARK_INK)
