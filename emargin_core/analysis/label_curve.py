"""Where an embedding earns its keep: accuracy by share of the labels, beside raw frames."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from emargin_core.analysis.comparison import Comparison
from emargin_core.evaluation.uncertainty import Estimate, HeldOut, estimate
from emargin_core.store.reference_scores import ReferenceScores
from emargin_core.store.result import Result
from emargin_core.text.language import gettext as _
from emargin_core.text.language import sentences
from emargin_core.text.numbers import percent

Curve = dict[float, Estimate | None]


@dataclass(frozen=True)
class LabelCurves:
    """Accuracy of the linear probe by share of the training labels, 0 to 1.

    baseline, candidate, raw: mean with interval, None where undefined; raw: the spectral frames
    themselves, empty where they were not measured. ahead: candidate minus raw, paired by fold.
    """

    baseline: Curve
    candidate: Curve
    raw: Curve
    ahead: Curve


def label_curves(comparison: Comparison, reference_scores: ReferenceScores | None) -> LabelCurves:
    """Average the curves over folds and trainings."""
    baseline, candidate = (
        _by_share(run.details["label_fractions"] for run in side)
        for side in (comparison.baseline, comparison.candidate)
    )
    raw = _raw_by_share(comparison.candidate, reference_scores)
    held_out = comparison.held_out
    return LabelCurves(
        baseline=_estimates(baseline, held_out),
        candidate=_estimates(candidate, held_out),
        raw=_estimates(raw, held_out),
        ahead=_estimates(
            {
                share: _differences(candidate[share], raw[share])
                for share in candidate
                if share in raw
            },
            held_out,
            (-1.0, 1.0),
        ),
    )


def label_curve_words(curves: LabelCurves) -> str:
    """At which shares the embedding, or the plain spectra, are ahead beyond doubt; else ''."""
    found = {share: value for share, value in curves.ahead.items() if value is not None}
    ahead = [share for share, value in found.items() if value.sign > 0]
    behind = [share for share, value in found.items() if value.sign < 0]
    words = []
    if ahead:
        share = min(ahead)
        words.append(
            _(
                "With {share} of the labels the candidate's embedding is right {after} of the "
                "time, the plain spectra {before}.",
                **_rates(curves, share),
            )
        )
    if behind:
        share = max(behind)
        words.append(
            _(
                "With {share} of the labels the plain spectra are ahead: {before}, the "
                "candidate's embedding {after}.",
                **_rates(curves, share),
            )
        )
    return sentences(*words)


def _rates(curves: LabelCurves, share: float) -> dict[str, str]:
    after, before = curves.candidate[share], curves.raw[share]
    assert after is not None
    assert before is not None
    return {
        "share": f"{100 * share:g} %",
        "after": percent(after.mean),
        "before": percent(before.mean),
    }


Values = dict[float, list[float | None]]


def _by_share(curves: Iterable[Iterable[tuple[float, float | None]]]) -> Values:
    values: Values = {}
    for curve in curves:
        for share, accuracy in curve:
            values.setdefault(float(share), []).append(accuracy)
    return values


def _raw_by_share(runs: Sequence[Result], scores: ReferenceScores | None) -> Values:
    """The raw frames' curve of each run's fold, in the order of the runs."""
    found = [score for score in scores.scores if score.name == "stft"] if scores else []
    if not found or any(run.fold >= len(found[0].label_curves) for run in runs):
        return {}
    return _by_share([found[0].label_curves[run.fold] for run in runs])


def _differences(one: list[float | None], other: list[float | None]) -> list[float | None]:
    pairs = zip(one, other, strict=True)
    return [None if a is None or b is None else a - b for a, b in pairs]


def _estimates(
    values: Values, held_out: HeldOut, bounds: tuple[float, float] = (0.0, 1.0)
) -> Curve:
    return {
        share: None
        if any(value is None for value in found)
        else estimate(np.array(found, dtype=float), held_out, bounds=bounds)
        for share, found in sorted(values.items())
    }
