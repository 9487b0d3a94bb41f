"""Chosen here, confirmed there: the choice of a sweep, tested on groups that had no part in it.

Nested in the folds. For each test fold a setting is chosen from the runs that held out validation
groups with that fold's test groups put aside; it is trained on all other groups and tested on the
fold's test groups, beside the baseline. Where the test part is fixed, as published or the end of a
lone group, one setting is chosen from all validation runs and trained with several seeds.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emargin_core.analysis.comparison import Comparison, compare
from emargin_core.analysis.pareto import Point
from emargin_core.analysis.recommendation import choose_by_means
from emargin_core.analysis.verdict import EQUAL_WITHIN
from emargin_core.config import ExperimentConfig, make_config
from emargin_core.datasets.base import Dataset
from emargin_core.datasets.splits import count_folds
from emargin_core.evaluation.uncertainty import MIN_TRAININGS
from emargin_core.store.result import Result
from emargin_core.sweeps.findings import Findings, settings_of
from emargin_core.text.errors import InputError


@dataclass(frozen=True)
class Confirmation:
    """What confirming takes.

    chosen: test fold -> setting chosen for it, None where none passed and the baseline is kept;
    baseline, candidate: the runs on the test groups, paired by position.
    """

    chosen: dict[int, str | None]
    baseline: tuple[ExperimentConfig, ...]
    candidate: tuple[ExperimentConfig, ...]

    @property
    def runs(self) -> tuple[ExperimentConfig, ...]:
        """Every run, each once."""
        return tuple(dict.fromkeys((*self.baseline, *self.candidate)))

    @property
    def n_kept(self) -> int:
        """Folds in which no setting passed, so that the baseline was kept."""
        return sum(setting is None for setting in self.chosen.values())

    @property
    def n_agreeing(self) -> int:
        """Folds that chose the setting which most of them chose; 0 where none chose any."""
        settings = [setting for setting in self.chosen.values() if setting is not None]
        return max(Counter(settings).values(), default=0)


def plan_confirmation(
    found: Findings, dataset: Dataset, name: str, equal_within: float = EQUAL_WITHIN
) -> Confirmation:
    """Choose a setting for each test fold, and lay out the runs that confirm it.

    Args:
        found: a finished sweep; dataset: what it was run on; name: how configs call that.

    Raises:
        InputError: there is nothing to confirm, or it was chosen on the test groups themselves.
    """
    if found.recommendation.basis == "old-protocol":
        raise InputError(
            "this sweep was made by an older version, whose numbers differ; start a new one"
        )
    if found.baseline is None or not found.judged:
        raise InputError("the sweep has no finished setting beside its baseline to confirm")
    if found.baseline.config["evaluate_on"] != "validation":
        raise InputError(
            "this sweep was scored on the test groups, so none are left to confirm its choice on; "
            "sweep on the validation groups (--evaluate-on validation)"
        )
    n_folds = count_folds(dataset, "test")
    there = sorted({fold for fold, _ in found.baseline.point.runs})
    folds = [fold for fold in there if fold < n_folds] if n_folds > 1 else [0]
    seeds = sorted({seed for _, seed in found.baseline.point.runs})
    if n_folds == 1:
        seeds += [seeds[-1] + more + 1 for more in range(MIN_TRAININGS - len(seeds))]
    points = [judged.point for judged in found.judged]
    chosen = {
        fold: choose_by_means(
            _complete(points, found.baseline.point, fold if n_folds > 1 else None),
            found.baseline.point,
            equal_within,
            fold if n_folds > 1 else None,
        )
        for fold in folds
    }
    kept = found.baseline.point
    baseline, candidate = (
        runs_on_test(
            {fold: settings_of(side[fold] or kept) | {"dataset": name} for fold in folds}, seeds
        )
        for side in (dict.fromkeys(folds), chosen)
    )
    return Confirmation(
        {fold: None if point is None else point.key for fold, point in chosen.items()},
        baseline,
        candidate,
    )


def runs_on_test(
    settings: Mapping[int, Mapping[str, Any]], seeds: Sequence[int]
) -> tuple[ExperimentConfig, ...]:
    """The runs on the test groups: of each fold its own settings, once with every seed."""
    return tuple(
        make_config(**dict(found) | {"fold": fold, "seed": seed, "evaluate_on": "test"})
        for fold, found in settings.items()
        for seed in seeds
    )


def confirmed(
    confirmation: Confirmation,
    fingerprint: str,
    get: Callable[[str], Result | None],
    equal_within: float = EQUAL_WITHIN,
) -> Comparison | None:
    """The choice beside the baseline on the test groups; None until all runs are there.

    fingerprint: of the data; get: reads a run by its run_id, None if it is not there.
    """
    sides = [
        [get(config.run_id(fingerprint)) for config in side]
        for side in (confirmation.baseline, confirmation.candidate)
    ]
    baseline, candidate = ([run for run in side if run is not None] for side in sides)
    if len(baseline) < len(sides[0]) or len(candidate) < len(sides[1]):
        return None
    return compare(baseline, candidate, equal_within)


def _complete(points: Sequence[Point], baseline: Point, fold: int | None) -> list[Point]:
    """Points that have every run that the baseline has, of this fold or of all."""
    wanted = {pair for pair in baseline.runs if fold is None or pair[0] == fold}
    return [point for point in points if wanted <= set(point.runs)]
