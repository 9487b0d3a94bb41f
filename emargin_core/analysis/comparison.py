"""Baseline against candidate: paired differences, their intervals and the verdict."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emargin_core.analysis.verdict import EQUAL_WITHIN, Judgement, Kind, judge
from emargin_core.analysis.verdict_words import Evidence, Verdict, word
from emargin_core.evaluation.metric_table import ACCURACY, DAVIES_BOULDIN, METRICS, SILHOUETTE
from emargin_core.evaluation.uncertainty import (
    UNBOUNDED,
    Estimate,
    HeldOut,
    Range,
    estimate,
    paired_difference,
)
from emargin_core.store.result import Result, metric_paths
from emargin_core.text.errors import InputError
from emargin_core.text.language import speaking


@dataclass(frozen=True, eq=False)
class Comparison:
    """Runs of two methods, paired by position (the same fold and seed on both sides)."""

    baseline: tuple[Result, ...]
    candidate: tuple[Result, ...]
    held_out: HeldOut
    differences: dict[str, Estimate | None]
    judgement: Judgement

    @property
    def kind(self) -> Kind:
        """The verdict in one word."""
        return self.judgement.kind

    @property
    def settled(self) -> bool:
        """Whether anything may be claimed."""
        return self.held_out.settled

    @property
    def evidence(self) -> Evidence:
        """What the judgement rests on, for its words."""
        runs = (*self.baseline, *self.candidate)
        reasons = [run.collapse_reason for run in self.candidate if run.collapse_reason is not None]
        folds = self.held_out.folds
        return Evidence(
            held_out=self.held_out,
            noun=self.candidate[0].unit.noun,
            n_units_in_all=self.candidate[0].unit.in_all,
            accuracies=(
                mean_metric(self.baseline, ACCURACY),
                mean_metric(self.candidate, ACCURACY),
            ),
            difference=self.differences.get(ACCURACY),
            collapse_reason=reasons[0] if reasons else None,
            n_seeds=max(folds.count(fold) for fold in folds),
            seconds=float(np.mean([run.timing["total_s"] for run in runs])),
        )

    @property
    def verdict(self) -> Verdict:
        """The verdict in the words of the current language."""
        return word(self.judgement, self.evidence)

    def to_json(self) -> dict[str, Any]:
        """Return the object that the command line prints, in English."""
        with speaking("en"):
            explanation = asdict(self.verdict)
        return {
            "baseline": side_json(self.baseline),
            "candidate": side_json(self.candidate),
            "difference": {
                path.split(".")[1]: None if difference is None else asdict(difference)
                for path, difference in self.differences.items()
            },
            "verdict": self.kind,
            "settled": self.settled,
            "unit": unit_json(self.candidate),
            "explanation": explanation,
        }


def compare(
    baseline: Sequence[Result], candidate: Sequence[Result], equal_within: float = EQUAL_WITHIN
) -> Comparison:
    """Compare runs on the same held-out units, pair by pair.

    equal_within: difference in accuracy that does not matter, as a share.

    Raises:
        InputError: no runs, or runs that do not pair: other data, folds, seeds or clusters.
    """
    if not baseline or len(baseline) != len(candidate):
        raise InputError(
            "{baseline} baseline and {candidate} candidate runs; the same number of each is "
            "needed, at least one",
            baseline=len(baseline),
            candidate=len(candidate),
        )
    _check_pairs(baseline, candidate)
    held_out = held_out_of(candidate)
    differences = {
        path: _difference(path, baseline, candidate, held_out)
        for path in metric_paths(baseline[0].metrics)
    }
    judgement = judge(
        differences,
        settled=held_out.settled,
        baseline_collapsed=any(run.collapsed for run in baseline),
        candidate_collapsed=any(run.collapsed for run in candidate),
        equal_within=equal_within,
    )
    return Comparison(tuple(baseline), tuple(candidate), held_out, differences, judgement)


def _check_pairs(baseline: Sequence[Result], candidate: Sequence[Result]) -> None:
    runs = (*baseline, *candidate)
    if len({(run.data["fingerprint"], run.n_folds) for run in runs}) > 1:
        raise InputError(
            "the runs were evaluated on different data, or by different protocols; choose runs "
            "with the same data"
        )
    for before, after in zip(baseline, candidate, strict=True):
        if before.fold != after.fold or before.data["recordings"] != after.data["recordings"]:
            raise InputError(
                "the runs were evaluated on different held-out groups; choose runs of the same "
                "folds"
            )
        if before.config["seed"] != after.config["seed"]:
            raise InputError(
                "the runs have different seeds ({baseline} and {candidate}); choose runs with the "
                "same seeds",
                baseline=before.config["seed"],
                candidate=after.config["seed"],
            )
    clusters = {run.config.get("clusters") for run in runs}
    if len(clusters) > 1:
        raise InputError(
            "the runs were grouped into different numbers of clusters, so their cluster scores "
            "cannot be compared; choose runs with the same number"
        )


def held_out_of(runs: Sequence[Result]) -> HeldOut:
    """What these runs of one side were measured on."""
    return HeldOut(
        folds=tuple(run.fold for run in runs),
        n_folds=runs[0].n_folds,
        n_units=sum(len(run.unit.names) for run in _one_a_fold(runs)),
    )


def _one_a_fold(runs: Sequence[Result]) -> list[Result]:
    return list({run.fold: run for run in runs}.values())


def mean_metric(runs: Sequence[Result], path: str) -> float | None:
    """Mean over folds of their trainings' means; None where any value is undefined."""
    found = metric_interval(runs, path)
    return None if found is None else found.mean


def metric_interval(runs: Sequence[Result], path: str) -> Estimate | None:
    """Mean over folds and trainings with its interval; None where the metric is undefined."""
    values = [run.metric(path) for run in runs]
    if any(value is None for value in values):
        return None
    return estimate(
        np.array(values, dtype=float),
        held_out_of(runs),
        _replicates(runs, path),
        metric_range(path),
    )


def metric_range(path: str) -> Range:
    """Lowest and highest possible value of a metric."""
    metric = METRICS.get(path)
    return UNBOUNDED if metric is None else (metric.low, metric.high)


def _difference(
    path: str, baseline: Sequence[Result], candidate: Sequence[Result], held_out: HeldOut
) -> Estimate | None:
    return paired_difference(
        [run.metric(path) for run in baseline],
        [run.metric(path) for run in candidate],
        held_out,
        _replicates(baseline, path),
        _replicates(candidate, path),
        metric_range(path),
        cancels=path in (ACCURACY, DAVIES_BOULDIN, SILHOUETTE),
    )


def _replicates(runs: Sequence[Result], path: str) -> NDArray[np.float64] | None:
    if any(path not in run.replicates for run in runs):
        return None
    return np.stack([run.replicates[path] for run in runs])


def side_json(runs: Sequence[Result]) -> dict[str, Any]:
    """The shape of one run, each number as mean, standard deviation and values over the runs."""
    documents = [run.to_json() for run in runs]
    merged = {name: _merged([document[name] for document in documents]) for name in documents[0]}
    return merged | {
        "run_id": [run.run_id for run in runs],
        "config": documents[0]["config"]
        | {name: [run.config.get(name) for run in runs] for name in ("fold", "seed")},
        "unit": unit_json(runs),
        "collapsed": any(run.collapsed for run in runs),
        "collapse_reason": [run.collapse_reason for run in runs],
        "cached": all(run.cached for run in runs),
    }


def unit_json(runs: Sequence[Result]) -> dict[str, Any]:
    """What was held out by these runs together."""
    names = [name for run in _one_a_fold(runs) for name in run.unit.names]
    return {"noun": runs[0].unit.noun, "n": len(names), "names": names}


def _merged(values: list[Any]) -> Any:
    """Merge equal structures: numbers over runs, the rest as it is in the first."""
    first = values[0]
    if isinstance(first, dict):
        return {name: _merged([value[name] for value in values]) for name in first}
    if _is_number(values):
        numbers = [value for value in values if value is not None]
        whole = len(numbers) == len(values)
        return {
            "mean": float(np.mean(numbers)) if whole else None,
            "sd": float(np.std(numbers, ddof=1)) if whole and len(numbers) > 1 else None,
            "values": values,
        }
    return first


def _is_number(values: list[Any]) -> bool:
    return all(
        value is None or (isinstance(value, int | float) and not isinstance(value, bool))
        for value in values
    )
