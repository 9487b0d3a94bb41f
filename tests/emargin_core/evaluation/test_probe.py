import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from emargin_core.evaluation import logistic
from emargin_core.evaluation.logistic import ProbeNotConvergedError, fit_logistic
from emargin_core.evaluation.network_probes import mlp_probe, paper_probe
from emargin_core.evaluation.probe import (
    converged_probe,
    knn_probe,
    label_fraction_curve,
    ridge_probe,
)
from emargin_core.evaluation.scores import accuracy

MAX_CLASSES = 12

PROBES = {
    "converged": converged_probe,
    "ridge": ridge_probe,
    "paper": lambda x, y, t: paper_probe(x, y, t, 0, MAX_CLASSES),
    "knn": knn_probe,
    "mlp": lambda x, y, t: mlp_probe(x, y, t, 0),
}


def _overlapping(n_points=400, size=10, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(3, size=n_points)
    strengths = 1.0 / np.arange(1, size + 1) ** 2  # a few strong directions, as after a margin
    points = (np.eye(3, size)[labels] + rng.normal(size=(n_points, size))) * strengths
    return points.astype(np.float32), labels


def test_logistic_regression_reaches_the_optimum_of_scikit_learn():
    points, labels = _overlapping()
    scaled = StandardScaler().fit_transform(points.astype(np.float64))
    ours = fit_logistic(scaled, labels, 3)
    stock = LogisticRegression(C=1.0, tol=1e-9, max_iter=10_000).fit(scaled, labels)
    np.testing.assert_allclose(ours.weights, stock.coef_.T, atol=2e-3)
    np.testing.assert_array_equal(ours.predict(scaled), stock.predict(scaled))


def test_a_probe_that_has_not_converged_says_so(monkeypatch):
    monkeypatch.setattr(logistic, "MAX_ITERATIONS", 2)
    points, labels = _overlapping()
    with pytest.raises(ProbeNotConvergedError, match="did not converge in 2 steps"):
        converged_probe(points, labels, points)


def test_converged_probe_reads_low_variance_directions_that_the_paper_probe_misses():
    rng = np.random.default_rng(0)
    labels = rng.integers(4, size=800)
    faint = 1e-3 * (4 * np.eye(4)[labels] + rng.normal(size=(800, 4)))
    points = np.column_stack([5 * rng.normal(size=(800, 2)), faint]).astype(np.float32)
    x, y, t, true = points[:600], labels[:600], points[600:], labels[600:]
    assert accuracy(true, converged_probe(x, y, t)) > 0.95
    assert accuracy(true, paper_probe(x, y, t, 0, 4)) < 0.5


def test_mlp_reads_what_is_bent_and_the_linear_probe_cannot():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(4000, 2))
    labels = (points[:, 0] * points[:, 1] > 0).astype(int)
    x, y, t, true = points[:3000], labels[:3000], points[3000:], labels[3000:]
    assert accuracy(true, converged_probe(x, y, t)) < 0.65
    assert accuracy(true, mlp_probe(x, y, t, 0)) > 0.9


def test_knn_takes_the_majority_by_direction_not_by_length():
    train = np.array([[1.0, 0.0], [9.0, 0.5], [0.0, 1.0], [0.5, 9.0]] * 30)
    labels = np.array([0, 0, 1, 1] * 30)
    assert knn_probe(train, labels, np.array([[0.01, 0.0], [0.0, 500.0]])).tolist() == [0, 1]


@pytest.mark.parametrize("name", PROBES)
def test_classes_keep_their_numbers_and_unlabelled_rows_are_dropped(name):
    points, labels = _overlapping()
    codes = np.array([3, 7, 11])[labels]
    hidden = np.where(np.arange(400) % 4 == 0, -1, codes)
    found = PROBES[name](points, hidden, points)
    assert found.dtype == np.int64
    assert set(found.tolist()) <= {3, 7, 11} or name == "paper"
    known = hidden >= 0
    np.testing.assert_array_equal(found, PROBES[name](points[known], hidden[known], points))


@pytest.mark.parametrize("name", PROBES)
def test_same_seed_same_predictions_and_no_trace_on_the_global_generator(name):
    import torch

    points, labels = _overlapping()
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    first = PROBES[name](points, labels, points)
    assert torch.equal(before, torch.random.get_rng_state())
    np.testing.assert_array_equal(first, PROBES[name](points, labels, points))


@pytest.mark.parametrize("name", PROBES)
def test_nothing_to_learn_gives_none(name):
    points, labels = _overlapping(60)
    probe = PROBES[name]
    assert probe(points, np.zeros(60, dtype=int), points) is None
    assert probe(points, np.full(60, -1), points) is None
    assert probe(points, labels, points[:0]) is None
    assert probe(points, labels, np.full((3, 10), np.nan)) is None


@pytest.mark.parametrize("name", PROBES)
def test_two_training_frames_of_two_classes_are_enough(name):
    found = PROBES[name](np.eye(2), np.array([0, 1]), 5 * np.eye(2))
    assert found.shape == (2,)


def test_label_fraction_curve_ends_at_the_probe_and_grows_on_average():
    points, labels = _overlapping(900)
    x, y, t, true = points[:600], labels[:600], points[600:], labels[600:]
    curve = label_fraction_curve(x, y, t, true, seed=3)
    assert list(curve) == [0.01, 0.05, 0.1, 0.5, 1.0]
    assert curve[1.0] == accuracy(true, converged_probe(x, y, t))
    assert curve[1.0] > curve[0.01]
    assert curve == label_fraction_curve(x, y, t, true, seed=3)


def test_every_fraction_holds_at_least_one_frame_of_each_class():
    points, labels = _overlapping(300)
    labels[:] = 0
    labels[:3], labels[3:5] = 1, 2
    curve = label_fraction_curve(points, labels, points, labels, fractions=(0.001,), seed=0)
    assert curve[0.001] is not None


def test_label_fraction_curve_without_a_second_class_or_test_labels_is_none():
    points, labels = _overlapping(60)
    one_class = label_fraction_curve(points, 0 * labels, points, labels)
    unlabelled = label_fraction_curve(points, labels, points, np.full(60, -1))
    assert set(one_class.values()) == set(unlabelled.values()) == {None}


@pytest.mark.parametrize("fraction", [0.0, 1.5, float("nan")])
def test_a_fraction_outside_its_range_is_refused(fraction):
    points, labels = _overlapping(60)
    with pytest.raises(ValueError, match="fraction of the labels"):
        label_fraction_curve(points, labels, points, labels, fractions=(fraction,))
