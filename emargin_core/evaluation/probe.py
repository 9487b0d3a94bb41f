"""Probes: how well simple classifiers, trained on the embedding, tell classes of held-out frames.

Training rows labelled -1 are dropped. A probe returns the predicted class of every test frame,
or None where nothing can be learnt: no or one class in training, or a value that is not finite.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from torch import nn

from emargin_core.evaluation.checks import Floats, Ints, check_points, labelled, unit_rows
from emargin_core.evaluation.logistic import fit_logistic
from emargin_core.evaluation.scores import accuracy

N_NEIGHBOURS = 20
PAPER_EPOCHS = 10
PAPER_RATE = 1e-3
PAPER_BATCH = 256
MLP_HIDDEN = 128
MLP_EPOCHS = 30
MLP_RATE = 1e-3
MLP_DECAY = 1e-2
MLP_BATCH = 256
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
    task = _task(train_x, train_y, test_x)
    if task is None:
        return None
    train, test = _standardised(task[0], test_x)
    model = fit_logistic(train, task[1], len(task[2]))
    return np.asarray(task[2][model.predict(test)])


def paper_probe(
    train_x: NDArray[np.floating],
    train_y: NDArray[np.integer],
    test_x: NDArray[np.floating],
    seed: int,
    n_classes: int,
) -> Ints | None:
    """Evaluate as the paper does: one linear layer on raw embeddings, Adam 1e-3, 10 epochs.

    Shuffled batches of 256. It is short and unscaled on purpose: directions of low variance are
    not read, which is part of the drop that the paper reports.

    Source: arXiv 2507.14828.
    """
    task = _task(train_x, train_y, test_x)
    if task is None:
        return None
    codes = task[2][task[1]]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layer = nn.Linear(train_x.shape[1], n_classes)
        optimiser = torch.optim.Adam(layer.parameters(), lr=PAPER_RATE)
        return _train_and_predict(
            layer, optimiser, task[0], codes, test_x, epochs=PAPER_EPOCHS, batch=PAPER_BATCH
        )


def mlp_probe(
    train_x: NDArray[np.floating],
    train_y: NDArray[np.integer],
    test_x: NDArray[np.floating],
    seed: int,
) -> Ints | None:
    """One hidden layer of 128 ReLU on standardised embeddings; AdamW 1e-3, 30 epochs,
    batches of 256.

    Where it reads what the converged probe cannot, the information is bent, not gone.
    """
    task = _task(train_x, train_y, test_x)
    if task is None:
        return None
    train, test = _standardised(task[0], test_x)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = nn.Sequential(
            nn.Linear(train.shape[1], MLP_HIDDEN), nn.ReLU(), nn.Linear(MLP_HIDDEN, len(task[2]))
        )
        optimiser = torch.optim.AdamW(network.parameters(), lr=MLP_RATE, weight_decay=MLP_DECAY)
        found = _train_and_predict(
            network, optimiser, train, task[1], test, epochs=MLP_EPOCHS, batch=MLP_BATCH
        )
    return np.asarray(task[2][found])


def knn_probe(
    train_x: NDArray[np.floating], train_y: NDArray[np.integer], test_x: NDArray[np.floating]
) -> Ints | None:
    """Majority of the 20 nearest training frames by cosine (fewer where fewer exist).

    The lowest class wins a tie. No training: what neighbourhoods alone say.
    """
    task = _task(train_x, train_y, test_x)
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


def _task(
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


def _standardised(train: NDArray[np.floating], test: NDArray[np.floating]) -> tuple[Floats, Floats]:
    scaler = StandardScaler().fit(train.astype(np.float64))
    return scaler.transform(train.astype(np.float64)), scaler.transform(test.astype(np.float64))


def _train_and_predict(
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    train_x: NDArray[np.floating],
    train_y: Ints,
    test_x: NDArray[np.floating],
    *,
    epochs: int,
    batch: int,
) -> Ints:
    """Minimise cross-entropy over shuffled batches; order and weights follow torch's own seed."""
    points = torch.from_numpy(train_x.astype(np.float32))
    codes = torch.from_numpy(train_y)
    for _ in range(epochs):
        for rows in torch.randperm(len(points)).split(batch):
            loss = nn.functional.cross_entropy(model(points[rows]), codes[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    with torch.no_grad():
        scores = model(torch.from_numpy(test_x.astype(np.float32)))
    return np.asarray(scores.argmax(dim=1).numpy())
