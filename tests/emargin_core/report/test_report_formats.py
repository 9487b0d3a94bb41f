"""Markdown and CSV: nothing of a stranger's comes to life; numbers are whole."""

import csv
import io
import re

import pytest

from emargin_core.evaluation.metric_table import METRICS
from emargin_core.report.formats import format_of, write
from emargin_core.report.markdown import _plain
from emargin_core.report.subject import subject
from emargin_core.text.errors import InputError
from tests.run_doubles import HOSTILE, make_run, make_side


@pytest.fixture
def hostile(store):
    sides = [make_side(m, words=("=1+1", *HOSTILE)) for m in ("infonce", "emargin")]
    return subject(*sides, store, None)


def test_markdown_has_no_live_link_image_or_tag(hostile):
    text = write(hostile, "md")
    prose = text[: text.index("```")]
    for alive in ("<script", "<img", "](", "![", "<b>"):
        assert alive not in prose.replace("\\<", "").replace("\\]", "").replace("\\!", "")


def test_markdown_tables_keep_their_columns(hostile):
    lines = [line for line in write(hostile, "md").splitlines() if line.startswith("| ")]
    bars = [line.replace("\\|", "").count("|") for line in lines]
    heads = [number for number, line in enumerate(lines) if line.startswith("| ---")]
    assert len(heads) >= 6
    for head in heads:
        assert bars[head - 1] == bars[head]
    assert set(bars) <= {bars[head] for head in heads}


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("# title", "\\# title"),
        ("- item", "\\- item"),
        ("1. item", "1\\. item"),
        ("12) item", "12\\) item"),
        ("3.", "3\\."),
        ("---", "\\---"),
        ("34.3 % (28.1 to 40.2)", "34.3 % \\(28.1 to 40.2\\)"),
        ("-0.45", "-0.45"),
        ("3.11.7", "3.11.7"),
        ("a\n\n<b>", "a \\<b\\>"),
        ("plain words", "plain words"),
    ],
)
def test_markup_is_escaped(words, shown):
    assert _plain(words) == shown


def test_markdown_shows_no_backslash(hostile):
    """One before a letter or a digit escapes nothing, and would be seen."""
    prose = re.sub(r"```.*?```", "", write(hostile, "md"), flags=re.DOTALL)
    assert re.findall(r"(?<!\\)(?:\\\\)*\\[\w\s].{9}", prose) == []


def test_csv_has_every_metric_unrounded_and_no_formula(hostile):
    rows = list(csv.DictReader(io.StringIO(write(hostile, "csv"))))
    assert [row["metric"] for row in rows] == list(METRICS)
    accuracy = next(row for row in rows if row["metric"] == "probe.accuracy")
    values = [run.metric("probe.accuracy") for run in hostile.candidate]
    assert float(accuracy["candidate"]) == pytest.approx(sum(values) / 5)
    assert (accuracy["settled"], accuracy["units"], accuracy["folds"]) == ("True", "10", "5")
    assert float(accuracy["difference low"]) < float(accuracy["difference"])
    assert accuracy["data"].startswith("'=1+1")


def test_first_look_has_no_bounds_in_the_table(store):
    sides = (make_side("infonce", folds=[0]), make_side("emargin", folds=[0]))
    rows = list(csv.DictReader(io.StringIO(write(subject(*sides, store, None), "csv"))))
    assert {row["settled"] for row in rows} == {"False"}
    assert {row["difference low"] for row in rows} == {""}


def test_undefined_value_is_an_empty_cell(store):
    run = make_run(labelled=False)
    rows = list(csv.DictReader(io.StringIO(write(subject((), (run,), store, None), "csv"))))
    assert next(row for row in rows if row["metric"] == "probe.accuracy")["candidate"] == ""


def test_ending_names_the_format(tmp_path):
    assert [format_of(tmp_path / name) for name in ("a.HTML", "a.md", "a.csv")] == [
        "html",
        "md",
        "csv",
    ]
    with pytest.raises(InputError, match=r"does not end in \.html, \.md or \.csv"):
        format_of(tmp_path / "a.pdf")
