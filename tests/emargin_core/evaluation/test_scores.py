import numpy as np
import pytest
from sklearn import metrics

from emargin_core.evaluation.scores import (
    accuracy,
    balanced_accuracy,
    confusion,
    macro_f1,
    per_class_recall,
)

LABELS = np.array([0, 0, 1, 1, 1, 3, -1, 3])
FOUND = np.array([0, 1, 1, 1, 0, 3, 2, 4])
KNOWN = LABELS >= 0


@pytest.mark.parametrize(
    ("ours", "stock"),
    [
        (accuracy, metrics.accuracy_score),
        (balanced_accuracy, metrics.recall_score),
        (macro_f1, metrics.f1_score),
    ],
)
def test_scores_equal_scikit_learn_on_labelled_frames(ours, stock):
    options = {}
    if ours is balanced_accuracy:
        options = {"average": "macro", "labels": [0, 1, 3]}
    if ours is macro_f1:
        options = {"average": "macro"}
    expected = stock(LABELS[KNOWN], FOUND[KNOWN], **options)
    assert ours(LABELS, FOUND) == pytest.approx(expected)


@pytest.mark.parametrize("score", [accuracy, balanced_accuracy, macro_f1])
def test_no_labelled_frame_no_score(score):
    assert score(np.full(4, -1), np.arange(4)) is None
    assert score(np.array([], dtype=int), np.array([], dtype=int)) is None


def test_confusion_counts_true_by_predicted():
    expected = metrics.confusion_matrix(LABELS[KNOWN], FOUND[KNOWN], labels=range(5))
    np.testing.assert_array_equal(confusion(LABELS, FOUND, 5), expected)


def test_recall_of_a_class_that_does_not_occur_is_none():
    found = per_class_recall(LABELS, FOUND, 5)
    assert found == [0.5, pytest.approx(2 / 3), None, 0.5, None]
    assert per_class_recall(LABELS, FOUND)[:4] == found[:4]
