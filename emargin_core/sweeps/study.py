"""A sweep as it is written down: an Optuna study whose trials are asked, taken up again and told.

The cells of a grid are prepared: known beforehand, each asked once. So is the head start of a
search, written down with the sweep, so that it stays as it was whatever is learnt meanwhile.

A trial that was asked and not told, because its process ended, stays RUNNING; whoever goes on with
the sweep takes it up under its own number, so that none is lost and none stands there twice.
"""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.samplers import BaseSampler, NSGAIISampler, RandomSampler, TPESampler
from optuna.storages import BaseStorage
from optuna.study import Study
from optuna.trial import FrozenTrial, Trial, TrialState
from pydantic import ValidationError

from emargin_core.config import RESULT_VERSION
from emargin_core.store.result import Metrics, Result
from emargin_core.sweeps.space import (
    ERROR,
    LOGARITHMIC,
    NUMERIC,
    OBJECTIVES,
    ORIGIN,
    RUN,
    SweepSpec,
)
from emargin_core.text.errors import InputError
from emargin_core.text.message import Message, Text, joined, stored

SPEC, FINGERPRINT, CELL, BASELINE_ERROR = "spec", "data", "cell", "baseline_error"
HEAD_START = "head_start"
VERSION = "result_version"
FIRST_VERSION = 1
"""Of sweeps that were written down without one."""
CONSTRAINT = "collapsed"


@dataclass(frozen=True)
class Asked:
    """A trial to be computed: its number and its parameters."""

    number: int
    params: dict[str, Any]


@dataclass(frozen=True)
class FirstTrial:
    """Settings that a search tries first, and the name of the data set where they did best."""

    settings: dict[str, float]
    origin: str


class SweepStudy:
    """One sweep in its storage. Only one process may ask and tell; any may read."""

    def __init__(self, storage: BaseStorage, name: str, spec: SweepSpec, fingerprint: str) -> None:
        self.name = name
        self.spec = spec
        self.fingerprint = fingerprint
        self._storage = storage
        self._id = storage.get_study_id_from_name(name)
        self._study = optuna.load_study(
            study_name=name, storage=storage, sampler=RandomSampler(seed=spec.sampler_seed)
        )
        self._prepared: dict[int, tuple[dict[str, Any], dict[str, str]]] | None = None
        self._searched: Study | None = None

    @classmethod
    def create_or_load(
        cls,
        storage: BaseStorage,
        name: str,
        spec: SweepSpec,
        fingerprint: str,
        find_first: Callable[[], Sequence[FirstTrial]] = tuple,
    ) -> "SweepStudy":
        """Begin a sweep, or go on with the stored one of this name.

        A search may be given more trials than it had; anything else must be as stored.

        Args:
            find_first: gives the head start of a search; asked when one begins.

        Raises:
            InputError: the stored sweep has other settings or other data; the message names them.
        """
        try:
            study = optuna.create_study(
                storage=storage, study_name=name, directions=list(OBJECTIVES.values())
            )
            study.set_metric_names([path.split(".")[1] for path in OBJECTIVES])
            _begin(study, spec, fingerprint, find_first)
        except optuna.exceptions.DuplicatedStudyError:
            study = optuna.load_study(study_name=name, storage=storage)
            if SPEC not in study.user_attrs and not study.get_trials(deepcopy=False):
                _begin(study, spec, fingerprint, find_first)  # its process ended in between
            stored = cls.load(storage, name)
            if not stored.is_current:
                raise InputError(
                    "sweep '{name}' was made by an older version, whose numbers differ; it can be "
                    "read and not resumed: start a new one",
                    name=name,
                ) from None
            _check_same(name, stored, spec, fingerprint)
            if spec.trials > stored.spec.trials:
                _write_spec(study, spec, fingerprint)
        return cls(storage, name, spec, fingerprint)

    @classmethod
    def load(cls, storage: BaseStorage, name: str) -> "SweepStudy":
        """Read a stored sweep.

        Raises:
            InputError: there is none of this name, or it is no sweep of this program's.
        """
        try:
            study = optuna.load_study(study_name=name, storage=storage)
        except KeyError:
            known = ", ".join(sweep_names(storage)) or "none"
            raise InputError(
                "there is no sweep named '{name}'; stored sweeps: {known}", name=name, known=known
            ) from None
        attributes = study.user_attrs
        try:
            spec = SweepSpec.model_validate_json(attributes[SPEC])
            return cls(storage, name, spec, attributes[FINGERPRINT])
        except (KeyError, ValidationError):
            raise InputError(
                "'{name}' in this storage is not a sweep that this version can read; choose "
                "another --name",
                name=name,
            ) from None

    @property
    def is_current(self) -> bool:
        """Whether the same settings would give the same numbers today."""
        version = self._study.user_attrs.get(VERSION, FIRST_VERSION)
        return bool(version == RESULT_VERSION)

    def unfinished(self) -> list[Asked]:
        """Take up the trials that were asked and never told, with the parameters they had."""
        return [
            self._suggest(self._trial(trial.number)) for trial in self.trials(TrialState.RUNNING)
        ]

    def ask(self) -> Asked | None:
        """Return the next trial to compute; None when all have been asked."""
        prepared = self._next_prepared()
        if prepared is not None or not self.spec.is_search:
            return prepared
        if len(self.trials()) >= self.spec.trials:
            return None
        return self._suggest(self._sampling().ask())

    def tell(self, number: int, result: Result, cached: bool, seconds: float | None) -> None:
        """Write down the result of a trial.

        cached: it was found, not computed; seconds: how long computing took.

        The objectives of a collapsed embedding are the worst there are, and it breaks the
        constraint, so that no search is drawn to it.
        """
        run = {
            "run_id": result.run_id,
            "config": result.config,
            "metrics": result.metrics,
            "collapse_reason": result.collapse_reason and stored(result.collapse_reason),
            "held_out": {
                "n_folds": result.n_folds,
                "noun": result.unit.noun,
                "n_units": len(result.unit.names),
                "n_units_in_all": result.unit.in_all,
            },
            "cached": cached,
            "seconds": seconds,
        }
        self.tell_run(number, run, collapsed=result.collapsed)

    def tell_run(self, number: int, run: dict[str, Any], *, collapsed: bool) -> None:
        """Write down what a trial came to, as plain JSON; "metrics" has the objectives."""
        trial = self._trial(number)
        trial.set_user_attr(RUN, run)
        if CONSTRAINT not in trial.constraints:
            trial.set_constraint(CONSTRAINT, 1.0 if collapsed else 0.0)
        self._study.tell(number, _values(run["metrics"], collapsed))

    def tell_failure(self, number: int, error: Text) -> None:
        """Write down that a trial cannot be computed, and why."""
        self._trial(number).set_user_attr(ERROR, stored(error))
        self._study.tell(number, state=TrialState.FAIL)

    def note_baseline_failure(self, error: Text) -> None:
        """Write down that the baseline cannot be computed, and why."""
        self._study.set_user_attr(BASELINE_ERROR, stored(error))

    @property
    def baseline_error(self) -> Text | None:
        """Why the baseline could not be computed; None if that is not known to be so."""
        found = self._study.user_attrs.get(BASELINE_ERROR)
        return None if found is None else Message.from_json(found)

    def trials(self, *states: TrialState) -> list[FrozenTrial]:
        """Trials in these states (all if none is named), in order; not to be changed."""
        return self._study.get_trials(deepcopy=False, states=states or None)

    def _next_prepared(self) -> Asked | None:
        """The next cell of the grid, or of the head start, that no trial stands for."""
        study = self._sampling() if self.spec.is_search else self._study
        if self._prepared is None:
            if self.trials(TrialState.WAITING):  # put in line, and its process ended
                return self._suggest(study.ask())
            there = {trial.user_attrs.get(CELL) for trial in self.trials()}
            self._prepared = {n: c for n, c in enumerate(self._cells()) if n not in there}
        if not self._prepared:
            return None
        number = next(iter(self._prepared))
        params, attributes = self._prepared.pop(number)
        study.enqueue_trial(params, user_attrs={CELL: number} | attributes)
        return self._suggest(study.ask())

    def _cells(self) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
        """Parameters of each prepared trial, and what is noted with it."""
        if not self.spec.is_search:
            yield from ((cell, {}) for cell in self.spec.cells())
        for first in self._study.user_attrs.get(HEAD_START, ()):
            yield first["settings"], {ORIGIN: first["origin"]}

    def _sampling(self) -> Study:
        """The study with the sampler of the search."""
        if self._searched is None:
            n_drawn = sum(CELL not in trial.user_attrs for trial in self.trials())
            self._searched = optuna.load_study(
                study_name=self.name, storage=self._storage, sampler=_sampler(self.spec, n_drawn)
            )
        return self._searched

    def _suggest(self, trial: Trial) -> Asked:
        """Give a trial its parameters; those it already has stay as they are."""
        params = {
            name: _suggested(trial, name, distribution)
            for name, distribution in distributions(self.spec).items()
        }
        return Asked(trial.number, params)

    def _trial(self, number: int) -> Trial:
        """A trial that can be written to."""
        return Trial(
            self._study, self._storage.get_trial_id_from_study_id_trial_number(self._id, number)
        )


def sweep_names(storage: BaseStorage) -> list[str]:
    """Names of the sweeps in a storage, newest first."""
    summaries = optuna.get_all_study_summaries(storage, include_best_trial=False)
    ours = [summary for summary in summaries if SPEC in summary.user_attrs]
    return [summary.study_name for summary in reversed(ours)]


def distributions(spec: SweepSpec) -> dict[str, BaseDistribution]:
    """How Optuna sees each parameter that varies."""
    if spec.is_search:
        return {
            name: FloatDistribution(low, high, log=name in LOGARITHMIC)
            for name, (low, high) in spec.ranges.items()
        }
    return {
        name: FloatDistribution(float(min(values)), float(max(values)))
        if name in NUMERIC
        else CategoricalDistribution(values)
        for name, values in spec.values.items()
    }


def _suggested(trial: Trial, name: str, distribution: BaseDistribution) -> Any:
    if isinstance(distribution, CategoricalDistribution):
        return trial.suggest_categorical(name, distribution.choices)
    assert isinstance(distribution, FloatDistribution)
    return trial.suggest_float(name, distribution.low, distribution.high, log=distribution.log)


def _sampler(spec: SweepSpec, n_before: int) -> BaseSampler:
    """The sampler of a search; going on with one must not repeat its first random draws."""
    seed = (spec.sampler_seed * 1_000_003 + n_before) % 2**32
    if spec.sampler == "nsga2":
        return NSGAIISampler(seed=seed, population_size=max(4, min(50, spec.trials // 4)))
    return TPESampler(seed=seed)


def _values(metrics: Metrics, collapsed: bool) -> list[float]:
    found = []
    for path, direction in OBJECTIVES.items():
        group, name = path.split(".")
        value = metrics[group][name]
        if value is None or (collapsed and group == "clustering"):
            value = -math.inf if direction == "maximize" else math.inf
        found.append(value)
    return found


def _begin(
    study: Study, spec: SweepSpec, fingerprint: str, find_first: Callable[[], Sequence[FirstTrial]]
) -> None:
    """Write the sweep down, its specification last: what has one has all."""
    if spec.head_start:
        study.set_user_attr(HEAD_START, [asdict(first) for first in find_first()])
    _write_spec(study, spec, fingerprint)


def _write_spec(study: Study, spec: SweepSpec, fingerprint: str) -> None:
    study.set_user_attr(VERSION, RESULT_VERSION)
    study.set_user_attr(FINGERPRINT, fingerprint)
    study.set_user_attr(SPEC, spec.model_dump_json())


def _check_same(name: str, stored: SweepStudy, spec: SweepSpec, fingerprint: str) -> None:
    before, now = stored.spec.identity(stored.fingerprint), spec.identity(fingerprint)
    if spec.is_search and spec.trials > stored.spec.trials:
        del before["trials"], now["trials"]
    differences = joined(_differences(before, now), "; ")
    if differences:
        raise InputError(
            "sweep '{name}' is stored with other settings ({differences}); use those to "
            "resume it, or choose another --name",
            name=name,
            differences=differences,
        )


def _differences(before: Any, now: Any, place: str = "") -> Iterator[Text]:
    """Each place where two JSON values differ, in words."""
    if isinstance(before, dict) and isinstance(now, dict):
        for key in before | now:
            inner = f"{place} {key}".strip()
            yield from _differences(before.get(key), now.get(key), inner)
    elif before != now:
        yield Message(
            "{place} was {before}, is {now}",
            place=place,
            before=json.dumps(before),
            now=json.dumps(now),
        )
