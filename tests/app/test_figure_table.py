"""A chart's numbers are read from the chart, so a wrong one would be wrong in both."""

import numpy as np
import plotly.graph_objects as go
from streamlit.testing.v1 import AppTest

from app.components.charts.figure_table import figure_table


def test_points_are_told_with_their_series_and_axis_titles():
    figure = go.Figure()
    figure.add_scatter(x=[1, 2, 3], y=[0.5, np.nan, 0.25], name="a <b>name</b> &lt;x&gt;")
    figure.update_layout(xaxis={"title": "step"}, yaxis={"title": "loss"})
    table = figure_table(figure)
    assert table.columns.tolist() == ["series", "step", "loss"]
    assert table["step"].tolist() == [1, 3]
    assert table["loss"].tolist() == [0.5, 0.25]
    assert table["series"].unique().tolist() == ["a  name  <x>"]


def test_bars_in_time_are_told_by_begin_and_end():
    figure = go.Figure(go.Bar(x=[2.0, 1.0], base=[0.0, 5.0], y=["row", "row"], orientation="h"))
    table = figure_table(figure)
    assert table["from"].tolist() == [0.0, 5.0]
    assert table["to"].tolist() == [2.0, 6.0]


def test_tiles_are_told_by_the_numbers_written_on_them():
    figure = go.Figure(go.Heatmap(x=["0"], y=["1"], z=[7]))
    figure.add_scatter(x=["0"], y=["1"], text=["<b>0.69</b>"], mode="text")
    table = figure_table(figure)
    assert table["value"].tolist() == ["0.69"]
    assert len(table) == 1


def test_parallel_lines_are_told_by_their_dimensions():
    figure = go.Figure(go.Parcoords(dimensions=[{"label": "scale", "values": [1, 5]}]))
    assert figure_table(figure)["scale"].tolist() == [1, 5]


def several():
    import plotly.graph_objects as go

    from app.components.charts.chart import charts_numbers
    from app.components.charts.figure_table import figure_table

    figure = go.Figure(go.Bar(x=["a"], y=[3]))
    charts_numbers({"First": ("It rises.", lambda: figure_table(figure))}, "all")


def test_numbers_of_several_charts_are_made_once_the_button_is_pressed():
    page = AppTest.from_function(several).run()
    assert not page.dataframe
    page.session_state["all"] = True
    page.run()
    assert page.text[0].value == "It rises."
    assert page.dataframe[0].value.iloc[0].tolist()[-1] == 3
