"""Every chart drawn with `chart` has words for who cannot see it, and its numbers as a table."""

from streamlit.testing.v1 import AppTest


def script(with_table):
    import pandas as pd
    import plotly.graph_objects as go

    from app.widgets.chart import chart

    figure = go.Figure(go.Scatter(x=[1, 2], y=[4, 3]))
    table = pd.DataFrame({"x": [1, 2], "y": [4, 3]}) if with_table else None
    chart(figure, "falling", "It falls from <4> to *3*.", table)


def test_chart_has_words_and_numbers():
    page = AppTest.from_function(script, args=(True,)).run()
    assert not page.exception
    assert page.get("plotly_chart")[0].proto.alt == "It falls from <4> to *3*."
    assert page.text[0].value == "It falls from <4> to *3*."
    assert page.dataframe[0].value["y"].tolist() == [4, 3]


def test_chart_beside_its_table_has_no_second_one():
    page = AppTest.from_function(script, args=(False,)).run()
    assert page.get("plotly_chart")[0].proto.alt
    assert not page.dataframe
    assert not page.get("popover")
