"""A chart with its words: a sentence for who cannot see it, and its numbers as a table."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from app.components.charts.figure_table import figure_table
from emargin_core.text.language import gettext as _

Charts = dict[str, tuple[str, Callable[[], pd.DataFrame]]]
"""Name of each chart -> what it says, and what makes its numbers."""
CONFIG = {"displayModeBar": False}


def chart(
    figure: go.Figure,
    key: str,
    says: str,
    table: pd.DataFrame | None = None,
    *,
    numbers: bool = True,
    **options: Any,
) -> Any:
    """Draw a Plotly figure, and under it a button that opens the same as words and numbers.

    Args:
        key: of the chart; the numbers have `KEY-numbers`.
        says: what the chart shows now, in one sentence of plain text, names of the user's data
            unescaped; screen readers read it in place of the picture.
        table: the numbers behind it; read from the figure where None.
        numbers: False where the same numbers stand in a table beside it.
        options: passed on to `st.plotly_chart`, such as `on_select`.

    Returns:
        What `st.plotly_chart` returns.
    """
    drawn = st.plotly_chart(figure, key=key, config=CONFIG, alt=says, **options)
    if numbers:
        numbers_button(key, says, lambda: figure_table(figure) if table is None else table)
    return drawn


def numbers_button(key: str, says: str, table: Callable[[], pd.DataFrame]) -> None:
    """The button that opens a picture's sentence and its numbers, also of one not by Plotly."""
    with _opener(f"{key}-numbers", "tertiary") as opened:
        if opened.open:
            st.text(says)
            st.dataframe(table(), hide_index=True, key=f"{key}-table")


def charts_numbers(charts: Charts, key: str) -> None:
    """One button for the numbers of several charts that have no button of their own."""
    with _opener(key, "secondary") as opened:
        if opened.open:
            name = st.selectbox(_("Chart"), list(charts), key=f"{key}-chart")
            says, table = charts[name]
            st.text(says)
            st.dataframe(table(), hide_index=True, key=f"{key}-table")


def _opener(key: str, look: Any) -> Any:
    """A button that opens a place whose content is made only once it is open."""
    return st.popover(_("Numbers"), type=look, icon=":material/table:", key=key, on_change="rerun")
