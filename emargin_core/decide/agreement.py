"""How well classifiers agree with labels from the field, and these with the data's own labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score

from emargin_core.datasets.base import UNLABELLED
from emargin_core.decide.field_labels import Matched
from emargin_core.evaluation.replicates import mean_replicates
from emargin_core.evaluation.scores import confusion
from emargin_core.evaluation.uncertainty import (
    Estimate,
    estimate,
    paired_difference,
    resampling_counts,
)
from emargin_core.result import Result

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Agreement:
    """Share of matched labels that a classifier names alike, and Cohen's kappa beyond chance.

    confusion: (n_classes, n_classes) of the first seed, rows the field's labels.
    """

    accuracy: Estimate
    kappa: float | None
    confusion: Ints


@dataclass(frozen=True, eq=False)
class FieldCheck:
    """Both sides against the same labels from the field.

    difference: candidate minus baseline, paired by seed and recording. own_agreement, own_kappa:
    the data's own labels against those of the field; None where the frames have none.
    recordings: how many recordings have a matched label.
    """

    matched: Matched
    recordings: int
    baseline: Agreement
    candidate: Agreement
    difference: Estimate
    own_agreement: float | None
    own_kappa: float | None


def field_check(
    matched: Matched, baseline: Sequence[Result], candidate: Sequence[Result]
) -> FieldCheck | None:
    """Compare runs on the same held-out frames with labels from the field.

    Intervals resample the recordings that have a matched label. None where a run has no
    classifier.
    """
    runs = (*baseline, *candidate)
    if any((run.frames["predicted"] == UNLABELLED).all() for run in runs):
        return None
    recording = baseline[0].frames["recording"].to_numpy()[matched.frames]
    names, place = np.unique(recording, return_inverse=True)
    before, after = (_hits(side, matched, place, len(names)) for side in (baseline, candidate))
    difference = paired_difference(list(before[0]), list(after[0]), before[1], after[1], len(names))
    assert difference is not None  # every share is defined: at least one label is matched
    own = candidate[0].frames["label"].to_numpy()[matched.frames]
    known = own != UNLABELLED
    return FieldCheck(
        matched=matched,
        recordings=len(names),
        baseline=_agreement(baseline, matched, *before, len(names)),
        candidate=_agreement(candidate, matched, *after, len(names)),
        difference=difference,
        own_agreement=float((own == matched.labels)[known].mean()) if known.any() else None,
        own_kappa=kappa(own[known], matched.labels[known]),
    )


def kappa(one: Ints, other: Ints) -> float | None:
    """Cohen's kappa (Cohen 1960): agreement beyond chance, 1 = complete, 0 = as by chance.

    None where it is undefined: no labels, or both know one class only.
    """
    if len(one) == 0 or len(np.union1d(one, other)) < 2:
        return None
    return float(cohen_kappa_score(one, other))


def _hits(
    runs: Sequence[Result], matched: Matched, place: Ints, n_recordings: int
) -> tuple[Floats, Floats]:
    """Share of right decisions by seed, and on resampled recordings."""
    counts = resampling_counts(n_recordings)
    hits = np.stack([_said(run, matched) == matched.labels for run in runs]).astype(np.float64)
    return hits.mean(axis=1), np.stack([mean_replicates(each, place, counts) for each in hits])


def _agreement(
    runs: Sequence[Result], matched: Matched, values: Floats, drawn: Floats, n_recordings: int
) -> Agreement:
    kappas = [kappa(_said(run, matched), matched.labels) for run in runs]
    defined = [value for value in kappas if value is not None]
    n_classes = len(runs[0].data["class_names"])
    return Agreement(
        accuracy=estimate(values, drawn, n_recordings),
        kappa=float(np.mean(defined)) if len(defined) == len(kappas) else None,
        confusion=confusion(matched.labels, _said(runs[0], matched), n_classes),
    )


def _said(run: Result, matched: Matched) -> Ints:
    return run.frames["predicted"].to_numpy()[matched.frames]
