"""Probes that torch trains: the paper's, and one with a hidden layer; see `probe`."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from emargin_core.evaluation.checks import Ints
from emargin_core.evaluation.probe import standardised, usable_task
from emargin_core.training.adamw import FlatAdamW

PAPER_EPOCHS = 10
PAPER_RATE = 1e-3
PAPER_BATCH = 256
MLP_HIDDEN = 128
MLP_EPOCHS = 30
MLP_RATE = 1e-3
MLP_DECAY = 1e-2
MLP_BATCH = 256


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
    task = usable_task(train_x, train_y, test_x)
    if task is None:
        return None
    codes = task[2][task[1]]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layer = nn.Linear(train_x.shape[1], n_classes)
        optimiser = FlatAdamW(layer, PAPER_RATE, decay=0.0)  # which is Adam
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
    task = usable_task(train_x, train_y, test_x)
    if task is None:
        return None
    train, test = standardised(task[0], test_x)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = nn.Sequential(
            nn.Linear(train.shape[1], MLP_HIDDEN), nn.ReLU(), nn.Linear(MLP_HIDDEN, len(task[2]))
        )
        optimiser = FlatAdamW(network, MLP_RATE, MLP_DECAY)
        found = _train_and_predict(
            network, optimiser, train, task[1], test, epochs=MLP_EPOCHS, batch=MLP_BATCH
        )
    return np.asarray(task[2][found])


def _train_and_predict(
    model: nn.Module,
    optimiser: FlatAdamW,
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
