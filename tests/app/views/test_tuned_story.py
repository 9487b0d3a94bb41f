"""The tuned comparison on Sensitivity: judged by the one rule, recommended only where it holds."""

import json

import pytest

from app import session
from app.views.sensitivity.tuned_story import (
    choices,
    overall_words,
    overview,
    recommended,
    score_table,
    trials_figure,
    trials_table,
)
from emargin_core.sweeps.tuned.record import SHOWN, read_tuned_record
from tests.app.opened import text
from tests.app.views.test_sensitivity_page import finished, open_page  # noqa: F401
from tests.emargin_core.analysis.test_one_rule import CELLS, Case, by_case, comparison_of
from tests.emargin_core.sweeps.tuned.tuned_doubles import tuned_document

HOLDS, LOSES = Case("better", "better", "equal"), Case("better", "better", "worse")


@pytest.fixture
def record(tmp_path):
    """A tuned comparison of which the case is true."""

    def make(case, dataset="small"):
        path = tmp_path / "tuned.json"
        path.write_text(json.dumps(tuned_document(comparison_of(case), dataset)))
        return read_tuned_record(path).model_copy(update={"title": f"The {dataset} <b>set</b>"})

    return make


@pytest.fixture
def shipped(monkeypatch):
    def ship(*records):
        monkeypatch.setattr(session, "tuned_records", lambda: records)

    return ship


@by_case
def test_page_says_what_compare_says(case, record):
    told, comparison = record(case), comparison_of(case)
    assert overview([told])["Verdict"].tolist() == [comparison.verdict.headline]
    said = score_table(told)["Verdict"].tolist()
    if case.collapsed:
        assert said[:2] == ["collapsed: not meaningful"] * 2
    elif not case.settled:
        assert said == ["first look"] * 3
    else:
        assert said == [CELLS[c] for c in (case.davies_bouldin, case.silhouette, case.accuracy)]
    holds = comparison.judgement.better_on_both
    assert (recommended([told], "small") is told) == holds
    assert overall_words([told]).startswith("**On none") != holds


def test_table_gives_differences_with_their_intervals(record):
    table = score_table(record(HOLDS)).set_index("Score")
    assert table["Difference"].iloc[0].replace("\xa0", " ") == "−0.2 (−0.209 to −0.191)"
    assert table["Baseline"].tolist() == ["0.9", "0.4", "70.0 %"]


def test_only_a_comparison_that_holds_on_this_data_recommends(record):
    won, lost, other = record(HOLDS), record(LOSES), record(HOLDS, "other")
    assert recommended([lost, won], "small") is won
    assert recommended([lost, other], "small") is None


def test_what_holds_is_counted_over_data_sets(record):
    words = overall_words([record(HOLDS), record(LOSES), record(HOLDS)])
    assert "on 2 of 3 data sets" in words
    assert "Silhouette better on 3, accuracy equal within 2 points or better on 2." in words
    assert "On none of these data" in overall_words([record(LOSES)])


def test_each_fold_has_its_own_choice(record):
    told = record(HOLDS)
    table = choices(told)
    assert table["Fold"].tolist() == [1, 2, 3, 4, 5]
    column = table["InfoNCE, no margin"]
    assert column[0] == column[2] != column[1]
    assert f"temperature {told.baseline.settings[1]['temperature']:g}" in column[1]


def test_collapsed_trials_are_not_drawn_and_have_no_scores(record):
    told = record(HOLDS)
    figure = trials_figure(told)
    assert [(trace.marker.symbol, len(trace.x)) for trace in figure.data] == [
        ("circle", 1),
        ("star", 2),
        ("diamond", 1),
        ("star", 2),
    ]
    table = trials_table(told)
    assert table["Silhouette"].isna().tolist() == [False, False, False, True] * 2
    assert table["folds that chose it"].tolist() == [0, 1, 4, 0] * 2


@pytest.mark.parametrize("view", ["Tuned comparison", "Fair contest"])  # the second in older links
def test_view_shows_every_comparison_with_its_command(finished, shipped, record, view):  # noqa: F811
    shipped(record(LOSES, "other"), record(HOLDS))
    page = open_page(sens_view=view)
    assert not page.exception
    words = text(page)
    assert words.index("The small") < words.index("The other")  # the chosen data first
    assert "Tidier clusters, equally accurate." in words
    assert "Prettier clusters, worse decisions." in words
    assert "python -m emargin_core tuned-comparison --dataset small" in words
    assert "<b>set" not in words.replace("\\<b\\>", "")
    assert "on 1 of 2 data sets" in words
    assert len(page.dataframe[0].value) == 2


def test_without_tuned_comparisons_there_is_no_such_view(finished, shipped):  # noqa: F811
    shipped()
    page = open_page()
    views = next(group for group in page.segmented_control if group.key == "sens_view")
    assert "Tuned comparison" not in views.options


def test_every_shown_score_has_a_row(record):
    assert len(score_table(record(HOLDS))) == len(SHOWN)
