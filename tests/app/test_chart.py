"""Every chart drawn with `chart` has words for who cannot see it, and its numbers as a table."""

from streamlit.testing.v1 import AppTest


def script(numbers, with_table):
    import pandas as pd
    import plotly.graph_objects as go

    from app.components.charts.chart import chart

    figure = go.Figure(go.Scatter(x=[1, 2], y=[4, 3]))
    table = pd.DataFrame({"x": [1, 2], "y": [4, 3]}) if with_table else None
    chart(figure, "falling", "It falls from <4> to *3*.", table, numbers=numbers)


def opened(numbers, with_table):
    page = AppTest.from_function(script, args=(numbers, with_table)).run()
    page.session_state["falling-numbers"] = True
    return page.run()


def test_chart_has_words_at_once_and_its_numbers_when_asked_for():
    page = AppTest.from_function(script, args=(True, True)).run()
    assert page.get("plotly_chart")[0].proto.alt == "It falls from <4> to *3*."
    assert not page.dataframe
    page = opened(True, True)
    assert not page.exception
    assert page.text[0].value == "It falls from <4> to *3*."
    assert page.dataframe[0].value["y"].tolist() == [4, 3]


def test_numbers_come_from_the_figure_where_no_table_is_given():
    assert opened(True, False).dataframe[0].value.iloc[:, -1].tolist() == [4, 3]


def test_chart_beside_its_table_has_no_second_one():
    page = AppTest.from_function(script, args=(False, False)).run()
    assert page.get("plotly_chart")[0].proto.alt
    assert not page.get("popover")
