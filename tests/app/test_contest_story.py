"""The fair contest on the Sensitivity page: told as it came out, recommended only if it was won."""

import pytest
from test_compare_page import text, workers  # noqa: F401 - the fixture is used by name
from test_sensitivity_page import finished, open_page  # noqa: F401

from app import background
from app.widgets.contest_story import outcome_words, recommended, score_table, trials_figure
from emargin_core.contest_record import ContestRecord
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.verdict import ACCURACY, DAVIES_BOULDIN, SILHOUETTE


def trial(accuracy, silhouette, collapsed=False, **settings):
    return {"state": "done", "collapsed": collapsed, "settings": settings, "accuracy": accuracy,
            "davies_bouldin": 0.9, "silhouette": silhouette}  # fmt: skip


def side(method, accuracy, **settings):
    tried = (trial(accuracy, 0.4, **settings), trial(0.3, 0.99, collapsed=True, **settings))
    return {
        "method": method,
        "config": {"method": method, "dataset": "small"} | settings,
        "settings": settings,
        "validation": {"accuracy": accuracy, "silhouette": 0.4, "davies_bouldin": 0.9},
        "tried": tried,
        "values": {DAVIES_BOULDIN: (0.9, 0.7), SILHOUETTE: (0.4, 0.5), ACCURACY: (accuracy, None)},
    }


def record(dataset="small", better=True, kept=True, accuracy=(0.01, -0.02, 0.04)):
    return ContestRecord(
        dataset=dataset,
        title=f"The {dataset} <b>set</b>",
        trials=2,
        seeds=(0, 1),
        n_recordings=3,
        baseline=side("infonce", 0.7, temperature=0.5),
        candidate=side("emargin", 0.71, threshold=0.4, scale=1.5),
        differences={
            DAVIES_BOULDIN: Estimate(-0.2, -0.3, -0.1),
            SILHOUETTE: Estimate(0.1, -0.01, 0.2),
            ACCURACY: Estimate(*accuracy),
        },
        clusters_better=better,
        accuracy_kept=kept,
        label="Precomputed with eMargin Explorer 0.1.0 on 2026-01-01",
        command="python -m emargin_core contest --dataset small",
    )


@pytest.fixture
def shipped(monkeypatch):
    def ship(*records):
        monkeypatch.setattr(background, "contests", lambda: records)

    return ship


def test_table_says_difference_interval_and_reading():
    table = score_table(record(accuracy=(-0.05, -0.08, -0.021)))
    rows = table.set_index("Score")
    assert rows["Difference"].tolist() == [
        "−0.20 (−0.30 to −0.10)", "+0.10 (−0.01 to +0.20)", "−5.0 (−8.0 to −2.1)",
    ]  # fmt: skip
    assert rows["Reading"].tolist() == ["better", "within chance", "worse"]
    assert rows["Baseline"].iloc[:2].tolist() == ["0.80", "0.45"]
    assert rows["Baseline"].iloc[2] == "n/a"  # one seed has no accuracy


def test_undefined_difference_is_not_read_as_chance():
    told = record()
    void = told.model_copy(update={"differences": told.differences | {SILHOUETTE: None}})
    assert score_table(void)["Reading"].tolist() == ["better", "undefined", "within chance"]


@pytest.mark.parametrize(
    ("better", "kept", "words"),
    [
        (True, True, "Here it holds"),
        (True, False, "but accuracy is clearly worse"),
        (False, True, "Accuracy is not clearly worse, but the clusters are not better"),
        (False, False, "and accuracy is clearly worse"),
    ],
)
def test_outcome_says_what_is_missing(better, kept, words):
    assert words in outcome_words(record(better=better, kept=kept))


def test_collapsed_baseline_is_called_collapsed_not_a_better_score():
    told = record(better=False)
    void = told.model_copy(
        update={"baseline": told.baseline.model_copy(update={"collapsed": True})}
    )
    assert "the baseline's choice collapsed" in outcome_words(void)


def test_only_a_contest_that_was_won_on_this_data_recommends():
    won, lost = record(), record(kept=False)
    assert recommended([lost, won], "small") is won
    assert recommended([lost], "small") is None
    assert recommended([record("other")], "small") is None


def test_collapsed_trials_are_not_drawn():
    figure = trials_figure(record())
    assert [len(trace.x) for trace in figure.data] == [1, 1, 1, 1]


def test_view_tells_every_contest_with_its_command(finished, shipped):  # noqa: F811
    shipped(record("other", better=False), record())
    page = open_page(sens_view="Fair contest")
    assert not page.exception
    words = text(page)
    assert words.index("The small") < words.index("The other")  # the chosen data first
    assert "it holds" in words
    assert "it does not hold" in words
    assert "python -m emargin_core contest --dataset small" in words
    assert "<b>set" not in words.replace("\\<b\\>", "")
    assert page.dataframe[0].value["Difference"].iloc[0] == "−0.20 (−0.30 to −0.10)"


def test_without_contests_there_is_no_such_view(finished, shipped):  # noqa: F811
    shipped()
    page = open_page()
    views = next(group for group in page.segmented_control if group.key == "sens_view")
    assert "Fair contest" not in views.options


def test_advice_says_where_a_fair_contest_was_lost_on_this_data(finished, shipped):  # noqa: F811
    shipped(record(better=False))
    assert "did not hold on this data" in text(open_page())
    shipped(record("other", better=False))
    words = text(open_page())
    assert "did not hold on this data" not in words
    assert "contest` choose on others" in words
