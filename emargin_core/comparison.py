"""Baseline against candidate: paired differences, their intervals and the verdict."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emargin_core.errors import InputError
from emargin_core.evaluation.uncertainty import Estimate, estimate, paired_difference
from emargin_core.language import mark, speaking
from emargin_core.result import Result, metric_paths
from emargin_core.verdict import ACCURACY, Kind, Verdict, judge, word


@dataclass(frozen=True, eq=False)
class Comparison:
    """Runs of two methods, paired by position (the same seed on both sides)."""

    baseline: tuple[Result, ...]
    candidate: tuple[Result, ...]
    differences: dict[str, Estimate | None]
    kind: Kind

    @property
    def verdict(self) -> Verdict:
        """The verdict in the words of the current language."""
        reasons = [run.collapse_reason for run in self.candidate if run.collapse_reason is not None]
        return word(
            self.kind,
            self.differences,
            baseline_accuracy=mean_metric(self.baseline, ACCURACY),
            candidate_accuracy=mean_metric(self.candidate, ACCURACY),
            collapse_reason=reasons[0] if reasons else None,
            n_seeds=len(self.candidate),
            n_recordings=self.candidate[0].n_recordings,
        )

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
            "explanation": explanation,
        }


def compare(baseline: Sequence[Result], candidate: Sequence[Result]) -> Comparison:
    """Compare runs on the same held-out recordings, pair by pair.

    Raises:
        InputError: no runs, unequal numbers of them, or different held-out data.
    """
    if not baseline or len(baseline) != len(candidate):
        raise InputError(
            mark(
                "{baseline} baseline and {candidate} candidate runs; as many of each, at least "
                "one, are needed"
            ).format(baseline=len(baseline), candidate=len(candidate))
        )
    held_out = {
        (run.data["fingerprint"], tuple(run.data["recordings"]))
        for run in (*baseline, *candidate)
    }  # fmt: skip
    if len(held_out) > 1:
        raise InputError(mark("the runs were evaluated on different data; compare like with like"))
    differences = {
        path: _difference(path, baseline, candidate) for path in metric_paths(baseline[0].metrics)
    }
    kind = judge(
        differences,
        baseline_collapsed=any(run.collapsed for run in baseline),
        candidate_collapsed=any(run.collapsed for run in candidate),
    )
    return Comparison(tuple(baseline), tuple(candidate), differences, kind)


def mean_metric(runs: Sequence[Result], path: str) -> float | None:
    """Mean over seeds; None where any of them is undefined."""
    values = [run.metric(path) for run in runs]
    return None if any(v is None for v in values) else float(np.mean(np.array(values, float)))


def metric_interval(runs: Sequence[Result], path: str) -> Estimate | None:
    """Mean over seeds with its interval; None where the metric is undefined."""
    values = [run.metric(path) for run in runs]
    if any(value is None for value in values):
        return None
    replicates = _replicates(runs, path)
    if replicates is None:
        return Estimate(float(np.mean(np.array(values, float))), None, None)
    return estimate(np.array(values, dtype=float), replicates, runs[0].n_recordings)


def _difference(
    path: str, baseline: Sequence[Result], candidate: Sequence[Result]
) -> Estimate | None:
    before, after = [r.metric(path) for r in baseline], [r.metric(path) for r in candidate]
    ours, theirs = _replicates(baseline, path), _replicates(candidate, path)
    if ours is None or theirs is None:
        if any(value is None for value in (*before, *after)):
            return None
        change = np.array(after, dtype=float) - np.array(before, dtype=float)
        return Estimate(float(change.mean()), None, None)
    return paired_difference(before, after, ours, theirs, baseline[0].n_recordings)


def _replicates(runs: Sequence[Result], path: str) -> NDArray[np.float64] | None:
    if any(path not in run.replicates for run in runs):
        return None
    return np.stack([run.replicates[path] for run in runs])


def side_json(runs: Sequence[Result]) -> dict[str, Any]:
    """The shape of one run, each number as mean, standard deviation and values over seeds."""
    documents = [run.to_json() for run in runs]
    merged = {name: _merged([document[name] for document in documents]) for name in documents[0]}
    return merged | {
        "run_id": [run.run_id for run in runs],
        "config": documents[0]["config"] | {"seed": [run.config["seed"] for run in runs]},
        "collapsed": any(run.collapsed for run in runs),
        "collapse_reason": [run.collapse_reason for run in runs],
        "cached": all(run.cached for run in runs),
    }


def _merged(values: list[Any]) -> Any:
    """Merge equal structures: numbers over seeds, the rest as it is in the first."""
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
