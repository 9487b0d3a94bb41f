"""The report says what is in a file and what is wrong, and comes also when nothing fits."""

import json

import numpy as np
import pandas as pd
import pytest

from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.inspection import inspect_file
from emargin_core.text.errors import InputError
from tests.emargin_core.datasets.tables.made import RATE, signals, text


def table(n=60):
    return pd.DataFrame(
        {
            "recording": ["a"] * n + ["b"] * n,
            "time": np.tile(np.arange(n) / 25.0, 2),
            "x": (np.arange(2 * n) ** 2 % 101) * 0.5,
            "still": 1.0,
            "remark": "<script>=1",
            "label": (["rest"] * (n // 2) + ["run"] * (n // 2)) * 2,
        }
    )


@pytest.fixture
def write(tmp_path):
    def write(frame):
        path = tmp_path / "d.csv"
        frame.to_csv(path, index=False)
        return path

    return write


def test_columns_recordings_and_classes_are_counted(write):
    frame = table()
    frame.loc[40:59, "time"] += 3.0
    frame.loc[70:75, "label"] = None
    report = inspect_file(write(frame))
    assert report.usable
    assert [(c.name, c.kind, c.role) for c in report.columns] == [
        ("recording", "text", "recording"),
        ("time", "number", "time"),
        ("x", "number", "channel"),
        ("still", "number", "left out"),
        ("remark", "text", "left out"),
        ("label", "text", "label"),
    ]
    assert report.columns[2].examples == ("0.0", "0.5", "2.0")
    first, second = report.recordings
    assert (first.samples, first.rate, first.gaps) == (60, 25.0, 1)
    assert first.longest_gap == pytest.approx(3.04)
    assert second.gaps == 0
    assert [(c.name, c.samples, c.seconds) for c in report.classes] == [
        ("rest", 54, 54 / 25),
        ("run", 60, 60 / 25),
    ]
    words = " ".join(map(str, report.warnings))
    words += " ".join(map(str, report.notes))
    for word in ("left out: still, remark", "6 of 120 samples have no label", "1 gaps in time"):
        assert word in words
    assert report.dataset.channel_names == ("x",)


def test_missing_values_are_counted_by_column_with_what_would_mend_them(write):
    frame = table()
    frame.loc[[5, 6, 9], "x"] = [np.nan, np.nan, np.inf]
    path = write(frame)
    report = inspect_file(path)
    assert not report.usable
    column = report.columns[2]
    assert (column.missing, column.infinite, column.first_missing_row) == (2, 1, 7)
    (problem,) = report.problems
    assert problem.remedy == "--missing=interpolate"
    assert str(problem.where) == "column 'x', row 7"
    assert "2 missing and 1 infinite values, the first in row 7" in str(problem.what)
    for missing in ("drop", "interpolate"):
        mended = inspect_file(path, Choices(missing=missing))
        assert mended.usable
        assert mended.columns[2].missing == 2


def test_all_problems_are_listed_not_only_the_first(write):
    frame = table().astype({"x": object}).assign(y=lambda f: f.x.astype(float) ** 2).astype(object)
    frame.loc[3, "x"] = "three"
    frame.loc[4, "y"] = "four"
    report = inspect_file(write(frame))
    assert [str(problem.where) for problem in report.problems] == [
        "column 'x', row 5",
        "column 'y', row 6",
    ]


def test_choice_that_does_not_fit_is_reported_with_the_columns_to_choose_from(write):
    report = inspect_file(write(table()), Choices(channels=("nothing",)))
    assert not report.usable
    assert report.problems[0].asks == "channels"
    assert [column.name for column in report.columns] == list(table().columns)
    assert len(report.preview) == 100
    assert report.preview["remark"][0] == "<script>=1"


def test_fault_that_shows_only_on_loading_is_a_problem_as_well(write):
    report = inspect_file(write(table(20)))
    assert "no recording has 1 s" in str(report.problems[0].what)
    assert report.dataset is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.drop(columns="label"), "no column 'label': clusters and geometry only"),
        (lambda f: f.assign(label="one"), "one class only ('one')"),
        (lambda f: f.assign(recording="a", time=np.arange(120) / 25), "one group only"),
        (lambda f: f.iloc[:70], "1 recordings without 1 s in one stretch"),
    ],
)
def test_what_limits_the_data_is_a_warning(write, change, words):
    report = inspect_file(write(change(table())))
    assert report.usable
    assert any(words in str(said) for said in (*report.warnings, *report.notes))


def test_report_is_json_without_nan(write):
    frame = table()
    frame.loc[5, "x"] = np.nan
    for missing in ("refuse", "drop"):
        document = inspect_file(write(frame), Choices(missing=missing)).to_json()
        assert json.loads(json.dumps(document, allow_nan=False, default=str))["usable"] is (
            missing == "drop"
        )


@pytest.mark.parametrize(("name", "words"), [("d.doc", "is not a table"), ("d.csv", "not found")])
def test_what_is_no_table_is_an_input_error(tmp_path, name, words):
    with pytest.raises(InputError, match=words):
        inspect_file(tmp_path / name)


def test_check_prints_what_the_contract_says(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text(text(signals()))
    document = inspect_file(path).to_json()
    assert set(document) == {
        *("usable", "rows", "mapping", "row_is", "left_out", "problems", "notes")
    }
    assert document["mapping"] == {
        "channels": ["x", "y"],
        "recording": None,
        "group": "group",
        "time": "t",
        "label": "label",
        "rate": RATE,
    }
