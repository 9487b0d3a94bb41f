"""Classes that no held-out frame can be right about, or that are too rare to tell."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from emargin_core.datasets.base import UNLABELLED, Dataset
from emargin_core.datasets.splits import count_folds, held_out_groups
from emargin_core.text.message import Message, Text
from emargin_core.text.plain_text import listed, shown

FEW_FRAMES = 20
FEW_GROUPS = 2


def class_limits(dataset: Dataset) -> Iterator[Text]:
    """Yield a sentence for each class that is rare, or that some fold trains without.

    A classifier never names a class that it was not trained on: the share of such frames in the
    held-out part is what accuracy must fall short of 1.
    """
    names = dataset.class_names
    if len(names) < 2:
        return
    counts = {recording.group: np.zeros(len(names)) for recording in dataset.recordings}
    for recording in dataset.recordings:
        known = recording.labels[recording.labels > UNLABELLED]
        counts[recording.group] += (
            np.bincount(known, minlength=len(names)) / recording.sampling_rate
        )
    total = np.asarray(sum(counts.values()))
    for name, seconds in zip(names, total, strict=True):
        frames = seconds / dataset.framing.hop_seconds
        if frames < FEW_FRAMES:
            yield Message(
                "class '{name}' has about {n:.0f} frames in all, too few to learn or to judge",
                name=shown(name),
                n=frames,
            )
    yield from _unseen(dataset, counts)


def _unseen(dataset: Dataset, counts: dict[str, NDArray[np.float64]]) -> Iterator[Text]:
    """Folds whose held-out part has a class that their training part has not."""
    ceilings: dict[str, list[float]] = {}
    n_folds = count_folds(dataset)
    if len(counts) < 2:
        return
    for fold in range(n_folds):
        held = held_out_groups(dataset, fold)
        test = np.asarray(sum(counts[group] for group in held))
        train = np.asarray(sum(counts[group] for group in counts if group not in held))
        for place in np.flatnonzero((test > 0) & (train == 0)):
            share = float(test[place] / test.sum())
            ceilings.setdefault(dataset.class_names[place], []).append(1.0 - share)
    for place, name in enumerate(dataset.class_names):
        groups = [group for group in counts if counts[group][place]]
        found = ceilings.get(name, [])
        if not found:
            if len(groups) <= FEW_GROUPS and len(counts) > 2 * FEW_GROUPS:
                yield Message(
                    "class '{name}' occurs in {groups} only, of {n}: how well it is told rests "
                    "on them",
                    name=shown(name),
                    groups=listed(groups),
                    n=len(counts),
                )
            continue
        yield Message(
            "class '{name}' occurs in {groups} only: where they are held out it was never trained "
            "on, in {n} of {all} folds, so that accuracy there cannot exceed {ceiling:.0f} %",
            name=shown(name),
            groups=listed(groups),
            n=len(found),
            all=n_folds,
            ceiling=100 * min(found),
        )
