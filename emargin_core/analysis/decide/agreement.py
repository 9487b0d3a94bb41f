"""Agreement of classifiers with independent labels, and of these with the labels of the data."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emargin_core.analysis.decide.independent_labels import Matched
from emargin_core.datasets.base import UNLABELLED
from emargin_core.evaluation.replicates import mean_replicates
from emargin_core.evaluation.scores import confusion
from emargin_core.evaluation.uncertainty import (
    Estimate,
    HeldOut,
    Range,
    estimate,
    paired_difference,
    resampling_counts,
)
from emargin_core.store.result import Result

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
SHARE: Range = (0.0, 1.0)


@dataclass(frozen=True, eq=False)
class Agreement:
    """Share of matched labels that a classifier predicts, and Cohen's kappa.

    accuracy: mean over the folds with a matched label, and over trainings; kappa: of all matched
    labels together, mean over trainings; confusion: (n_classes, n_classes) of the first training,
    rows the independent labels.
    """

    accuracy: Estimate
    kappa: float | None
    confusion: Ints


@dataclass(frozen=True, eq=False)
class LabelCheck:
    """Agreement of both sides with the same independent labels.

    difference: candidate minus baseline, paired by fold, seed and unit. own_agreement, own_kappa:
    the data's own labels against the independent ones; None where the frames have none. held_out:
    the folds and the units with a matched label.
    """

    matched: Matched
    held_out: HeldOut
    baseline: Agreement
    candidate: Agreement
    difference: Estimate
    own_agreement: float | None
    own_kappa: float | None


def check_labels(
    matched: Matched, baseline: Sequence[Result], candidate: Sequence[Result]
) -> LabelCheck | None:
    """Compare runs on the same held-out frames with independent labels.

    A fold without a matched label counts for nothing, and so does a unit. Intervals are those of
    every other number, so there is none below five units with a matched label. None where a run has
    no classifier.
    """
    if any((run.frames["predicted"] == UNLABELLED).all() for run in (*baseline, *candidate)):
        return None
    before, after = (
        [run for run in side if run.fold in matched.by_fold] for side in (baseline, candidate)
    )
    held_out = _held_out(after, matched)
    difference = paired_difference(
        list(_shares(before, matched)),
        list(_shares(after, matched)),
        held_out,
        _drawn(before, matched),
        _drawn(after, matched),
        SHARE,
    )
    assert difference is not None  # every share is defined: at least one label is matched
    first = _trainings(after)[0]
    labels = _labels(first, matched)
    own = np.concatenate([_at(run, "label", matched) for run in first])
    known = own != UNLABELLED
    return LabelCheck(
        matched=matched,
        held_out=held_out,
        baseline=_agreement(before, matched, held_out),
        candidate=_agreement(after, matched, held_out),
        difference=difference,
        own_agreement=float((own == labels)[known].mean()) if known.any() else None,
        own_kappa=kappa(own[known], labels[known]),
    )


def kappa(one: Ints, other: Ints) -> float | None:
    """Cohen's kappa (Cohen 1960): agreement beyond chance, 1 = complete, 0 = as by chance.

    None where it is undefined: no labels, or both know one class only.
    """
    if len(one) == 0 or len(np.union1d(one, other)) < 2:
        return None
    from sklearn.metrics import cohen_kappa_score  # takes a second to import

    return float(cohen_kappa_score(one, other))


def _held_out(runs: Sequence[Result], matched: Matched) -> HeldOut:
    """The folds of these runs, and the units that have a matched label."""
    one_a_fold = {run.fold: run for run in runs}.values()
    return HeldOut(
        folds=tuple(run.fold for run in runs),
        n_folds=runs[0].n_folds,
        n_units=sum(len(np.unique(_units(run, matched))) for run in one_a_fold),
    )


def _shares(runs: Sequence[Result], matched: Matched) -> Floats:
    """Share of right decisions of each run."""
    return np.array([_hits(run, matched).mean() for run in runs])


def _drawn(runs: Sequence[Result], matched: Matched) -> Floats | None:
    """The same on resampled units with a matched label, where the held-out part is fixed."""
    if runs[0].n_folds != 1:
        return None
    names, place = np.unique(_units(runs[0], matched), return_inverse=True)
    counts = resampling_counts(len(names))
    return np.stack([mean_replicates(_hits(run, matched), place, counts) for run in runs])


def _agreement(runs: Sequence[Result], matched: Matched, held_out: HeldOut) -> Agreement:
    trainings = _trainings(runs)
    labels = [_labels(training, matched) for training in trainings]
    said = [
        np.concatenate([_at(run, "predicted", matched) for run in training])
        for training in trainings
    ]
    kappas = [kappa(*pair) for pair in zip(said, labels, strict=True)]
    defined = [value for value in kappas if value is not None]
    n_classes = len(runs[0].data["class_names"])
    return Agreement(
        accuracy=estimate(_shares(runs, matched), held_out, _drawn(runs, matched), SHARE),
        kappa=float(np.mean(defined)) if len(defined) == len(kappas) else None,
        confusion=confusion(labels[0], said[0], n_classes),
    )


def _trainings(runs: Sequence[Result]) -> list[list[Result]]:
    """The runs of each seed, one a fold."""
    seeds = dict.fromkeys(run.config["seed"] for run in runs)
    return [[run for run in runs if run.config["seed"] == seed] for seed in seeds]


def _labels(runs: Sequence[Result], matched: Matched) -> Ints:
    return np.concatenate([matched.by_fold[run.fold].labels for run in runs])


def _units(run: Result, matched: Matched) -> Ints:
    return run.unit_of_frame[matched.by_fold[run.fold].frames]


def _hits(run: Result, matched: Matched) -> Floats:
    """Whether each decision is right, 0 or 1."""
    labels = matched.by_fold[run.fold].labels
    return np.asarray(_at(run, "predicted", matched) == labels, dtype=np.float64)


def _at(run: Result, column: str, matched: Matched) -> Ints:
    """A column of the frames' table at the matched frames."""
    values: Ints = run.frames[column].to_numpy()
    return values[matched.by_fold[run.fold].frames]
