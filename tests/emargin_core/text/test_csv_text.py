"""What a spreadsheet would run is text after a download; numbers stay numbers."""

import io

import pandas as pd
import pytest

from emargin_core.text.csv_text import safe_csv


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-cmd", "@SUM(A1)", " =2", "\t=3", "\r=4"])
def test_formula_gets_an_apostrophe(cell):
    text = safe_csv(pd.DataFrame({cell: [cell, "walk"]}))
    back = pd.read_csv(io.StringIO(text, newline=""))
    shown = "'" + cell.replace("\r", "\n")
    assert back.columns[0] == shown
    assert back.iloc[:, 0].tolist() == [shown, "walk"]


def test_numbers_and_missing_values_stay():
    frame = pd.DataFrame({"a": [-1.5, None], "b": [-2, 3], "c": ["-x", None], "d": [True, False]})
    assert safe_csv(frame) == "a,b,c,d\n-1.5,-2,'-x,True\n,3,,False\n"


def test_named_index_is_text_as_well():
    frame = pd.DataFrame({"a": [1]}, index=pd.Index(["=x"], name="@n"))
    assert safe_csv(frame) == "'@n,a\n'=x,1\n"


def test_the_frame_itself_is_not_changed():
    frame = pd.DataFrame({"a": ["=x"]})
    safe_csv(frame)
    assert frame["a"][0] == "=x"
