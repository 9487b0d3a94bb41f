"""A chart with its words: a sentence for who cannot see it, and its numbers as a table."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from emargin_core.language import say

CONFIG = {"displayModeBar": False}


def chart(
    figure: go.Figure, key: str, says: str, table: pd.DataFrame | None = None, **options: Any
) -> Any:
    """Draw a Plotly figure, and under it a button that opens the same as words and numbers.

    Args:
        key: of the chart; the numbers have `KEY-numbers`.
        says: what the chart shows now, in one sentence of plain text, names of the user's data
            unescaped; screen readers read it in place of the picture.
        table: the numbers behind it; None where a table stands beside the chart already.
        options: passed on to `st.plotly_chart`, such as `on_select`.

    Returns:
        What `st.plotly_chart` returns.
    """
    drawn = st.plotly_chart(figure, key=key, config=CONFIG, alt=says, **options)
    if table is not None:
        with st.popover(
            say("Numbers"), type="tertiary", icon=":material/table:", key=f"{key}-numbers"
        ):
            st.text(says)
            st.dataframe(table, hide_index=True, key=f"{key}-table")
    return drawn
