"""Probes: how well simple classifiers, trained on the embedding, tell classes of held-out frames.

Training rows labelled -1 are dropped. A probe returns the predicted class of every test frame,
or None where nothing can be learnt: no or one class in training, or a value that is not finite.
Those that are trained with torch are in `network_probes`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from emargin_core.evaluation.checks import Floats, Ints, check_points, labelled, unit_rows
from emargin_core.evaluation.logistic import fit_logistic
from emargin_core.evaluation.scores import accuracy

N_NEIGHBOURS = 20
FRACTIONS = (0.01, 0.05, 0.1, 0.5, 1.0)


def converged_probe(
    train_x: NDArray[np.floating], train_y: NDArray[np.integer], test_x: NDArray[np.floating]
) -> Ints | None:
    """Standardise, then multinomial logistic regression to convergence (`fit_logistic`, C = 1).

    What the embedding holds in linear form, whatever the scale of its directions. Deterministic.

    Args:
        train_x: (n, D); train_y: (n,); test_x: (m, D).

    Raises:
        ProbeNotConvergedError: the optimum was not reached.
    """
    task = usable_task(train_x, train_y, test_x)
    if task is None:
        return None
    train, test = standardised(task[0], test_x)
    model = fit_logistic(train, task[1], len(task[2]))
    return np.asarray(task[2][model.predict(test)])


def ridge_probe(
    train_x: NDArray[np.floating], train_y: NDArray[np.integer], test_x: NDArray[np.floating]
) -> Ints | None:
    """Standardise, then ridge regression on the classes (penalty 1), solved at once.

    An estimate of the converged probe for pictures of a training, in a hundredth of its time.
    Deterministic.
    """
    task = usable_task(train_x, train_y, test_x)
    if task is None:
        return None
    train, test = standardised(task[0], test_x)
    model = RidgeClassifier(alpha=1.0, solver="cholesky").fit(train, task[1])
    return np.asarray(task[2][model.predict(test)])


def knn_probe(
    train_x: NDArray[np.floating], train_y: NDArray[np.integer], test_x: NDArray[np.floating]
) -> Ints | None:
    """Majority of the 20 nearest training frames by cosine (fewer where fewer exist).

    The lowest class wins a tie. No training: what neighbourhoods alone say.
    """
    task = usable_task(train_x, train_y, test_x)
    if task is None:
        return None
    train, test = unit_rows(task[0]), unit_rows(test_x)
    if train is None or test is None:
        return None
    model = KNeighborsClassifier(min(N_NEIGHBOURS, len(train)), algorithm="brute")
    return np.asarray(model.fit(train, task[2][task[1]]).predict(test), dtype=np.int64)


def label_fraction_curve(
    train_x: NDArray[np.floating],
    train_y: NDArray[np.integer],
    test_x: NDArray[np.floating],
    test_y: NDArray[np.integer],
    fractions: Sequence[float] = FRACTIONS,
    seed: int = 0,
) -> dict[float, float | None]:
    """Accuracy of the converged probe on parts of the training labels, by fraction.

    Each part holds its share of every class, rounded up, so at least one frame of each; a larger
    fraction contains the smaller ones. None as for the probe, or without a labelled test frame.

    Raises:
        ValueError: a fraction outside (0, 1].
    """
    for fraction in fractions:
        if not 0.0 < fraction <= 1.0:
            raise ValueError(f"a fraction of the labels lies in (0, 1], got {fraction}")
    check_points(train_x, train_y)
    places = _shares_within_class(train_y, seed)
    curve: dict[float, float | None] = {}
    for fraction in fractions:
        part = labelled(train_y) & (places < fraction)
        found = converged_probe(train_x[part], train_y[part], test_x)
        curve[fraction] = None if found is None else accuracy(test_y, found)
    return curve


def _shares_within_class(labels: NDArray[np.integer], seed: int) -> Floats:
    """Shuffle each class; give each frame the share of its class that comes before it, (n,)."""
    rng = np.random.default_rng(seed)
    places = np.empty(len(labels))
    for code in np.unique(labels):
        members = np.flatnonzero(labels == code)
        places[rng.permutation(members)] = np.arange(len(members)) / len(members)
    return places


def usable_task(
    train_x: NDArray[np.floating], train_y: NDArray[np.integer], test_x: NDArray[np.floating]
) -> tuple[NDArray[np.floating], Ints, Ints] | None:
    """Labelled training rows, their classes renumbered from 0, and the classes' own numbers."""
    check_points(train_x, train_y)
    check_points(test_x)
    known = labelled(train_y)
    classes, codes = np.unique(train_y[known], return_inverse=True)
    if len(classes) < 2 or len(test_x) == 0:
        return None
    points = train_x[known]
    if not (np.isfinite(points).all() and np.isfinite(test_x).all()):
        return None
    return points, codes, classes.astype(np.int64)


def standardised(train: NDArray[np.floating], test: NDArray[np.floating]) -> tuple[Floats, Floats]:
    """Both (n, D) in float64, with mean 0 and deviation 1 in each direction of the first."""
    scaler = StandardScaler().fit(train.astype(np.float64))
    return scaler.transform(train.astype(np.float64)), scaler.transform(test.astype(np.float64))
