"""How good predicted classes are. Frames whose true label is -1 are left out."""

import numpy as np
from numpy.typing import NDArray

from emargin_core.evaluation.checks import Floats, Ints, labelled


def confusion(
    labels: NDArray[np.integer], predictions: NDArray[np.integer], n_classes: int
) -> Ints:
    """Count frames by true class (rows) and predicted class (columns), (n_classes, n_classes)."""
    known = labelled(labels)
    cells = labels[known].astype(np.int64) * n_classes + predictions[known]
    counts = np.bincount(cells, minlength=n_classes * n_classes)
    return np.asarray(counts.reshape(n_classes, n_classes))


def accuracy(labels: NDArray[np.integer], predictions: NDArray[np.integer]) -> float | None:
    """Share of frames whose class is right, 0 to 1; None without labelled frames."""
    known = labelled(labels)
    return float((labels[known] == predictions[known]).mean()) if known.any() else None


def balanced_accuracy(
    labels: NDArray[np.integer], predictions: NDArray[np.integer]
) -> float | None:
    """Mean recall of the classes that occur, 0 to 1; None without labelled frames."""
    recalls = [recall for recall in per_class_recall(labels, predictions) if recall is not None]
    return float(np.mean(recalls)) if recalls else None


def macro_f1(labels: NDArray[np.integer], predictions: NDArray[np.integer]) -> float | None:
    """Mean F1 of the classes that occur or are predicted, 0 to 1; None without labelled frames."""
    counts = _counts(labels, predictions)
    totals = counts.sum(axis=0) + counts.sum(axis=1)
    named = totals > 0
    if not named.any():
        return None
    return float((2 * counts.diagonal()[named] / totals[named]).mean())


def per_class_recall(
    labels: NDArray[np.integer], predictions: NDArray[np.integer], n_classes: int | None = None
) -> list[float | None]:
    """Share of each class's frames that is found, by class; None for a class without frames.

    Without n_classes the list ends with the highest class that occurs.
    """
    counts = (
        _counts(labels, predictions)
        if n_classes is None
        else confusion(labels, predictions, n_classes)
    )
    sizes = counts.sum(axis=1)
    return [
        float(hits / size) if size else None
        for hits, size in zip(counts.diagonal(), sizes, strict=True)
    ]


def _counts(labels: NDArray[np.integer], predictions: NDArray[np.integer]) -> Floats | Ints:
    known = labelled(labels)
    highest = max(labels[known].max(initial=-1), predictions[known].max(initial=-1))
    return confusion(labels, predictions, int(highest) + 1)
