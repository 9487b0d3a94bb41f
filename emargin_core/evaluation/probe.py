"""Probes: how well simple classifiers, trained on the embedding, tell classes of held-out frames.

Training rows labelled -1 are dropped. A probe returns the predicted class of every test frame,
or None where nothing can be learnt: no or one class in training, or a value that is not finite.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from torch import nn

from emargin_core.evaluation.checks import Floats, Ints, check_points, labelled, unit_rows
from emargin_core.evaluation.logistic import fit_logistic
from emargin_core.evaluation.scores import (
    accuracy,
    balanced_accuracy,
    confusion,
    macro_f1,
    per_class_recall,
)

__all__ = [
    "accuracy",
    "balanced_accuracy",
    "confusion",
    "converged_probe",
    "knn_probe",
    "macro_f1",
    "mlp_probe",
    "paper_probe",
    "per_class_recall",
]

N_NEIGHBOURS = 20
PAPER_EPOCHS = 10
PAPER_RATE = 1e-3
PAPER_BATCH = 256
MLP_HIDDEN = 128
MLP_EPOCHS = 30
MLP_RATE = 1e-3
MLP_DECAY = 1e-2
MLP_BATCH = 128


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
    """One hidden layer of 128 ReLU on standardised embeddings; AdamW 1e-3, 30 epochs of 128.

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
