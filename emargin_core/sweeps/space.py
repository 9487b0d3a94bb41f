"""What a sweep covers: a grid of values or ranges to search, around one base configuration."""

import hashlib
import itertools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from emargin_core.config import METHODS, RESULT_VERSION, ExperimentConfig, make_config, slider_range
from emargin_core.evaluation.metric_table import ACCURACY, DAVIES_BOULDIN, METRICS, SILHOUETTE
from emargin_core.text.errors import InputError

MAX_TRIALS = 10_000
NUMERIC = ("threshold", "scale", "temperature", "uniformity")
TRAININGS = ("seed", "fold")
"""What tells the runs of one setting apart."""
VARIABLE = ("method", *NUMERIC, *TRAININGS)
"""What may take several values, in the order in which a grid is walked: the fold fastest."""
LOGARITHMIC = frozenset({"temperature"})
OBJECTIVES: dict[str, Literal["maximize", "minimize"]] = {
    path: "minimize" if METRICS[path].better == "lower" else "maximize"
    for path in (ACCURACY, DAVIES_BOULDIN, SILHOUETTE)
}
"""What a search improves, all three at once; no weights between them are invented."""
RUN, ERROR, ORIGIN = "run", "error", "origin"
"""Under which names a trial keeps what its run came to, why it failed, and where it comes from."""
HEAD_START = 0
"""How many trials of a search begin with settings of other data, unless it is said."""
DIGITS = 4
"""Significant digits of a searched value, so that it can be read, typed and repeated."""

Params = Mapping[str, Any]
Sampler = Literal["tpe", "nsga2"]


class SweepSpec(BaseModel):
    """Everything that defines a sweep; two equal specs on equal data are the same sweep.

    base: the settings that do not vary; baseline: what to beat, run with every fold and seed;
    values: parameter -> its values (a grid); ranges: parameter -> lowest and highest value (a
    search of `trials` trials). One of the two is empty. head_start: how many trials of a search at
    most begin with settings that did best on other data.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base: ExperimentConfig
    baseline: ExperimentConfig
    values: dict[str, tuple[float | int | str, ...]] = {}
    ranges: dict[str, tuple[float, float]] = {}
    trials: int
    sampler: Sampler = "tpe"
    sampler_seed: int = 0
    head_start: int = 0

    @property
    def is_search(self) -> bool:
        """Whether trials are proposed rather than enumerated."""
        return bool(self.ranges)

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seeds that trials and baseline run with."""
        return tuple(int(seed) for seed in self.values.get("seed", (self.base.seed,)))

    @property
    def folds(self) -> tuple[int, ...]:
        """Folds that trials and baseline run on."""
        return tuple(int(fold) for fold in self.values.get("fold", (self.base.fold,)))

    @property
    def varied(self) -> tuple[str, ...]:
        """Parameters that differ between trials."""
        return tuple(self.ranges if self.is_search else self.values)

    def cells(self) -> Iterator[dict[str, Any]]:
        """Yield the parameters of each trial of a grid, in order."""
        for combination in itertools.product(*self.values.values()):
            yield dict(zip(self.values, combination, strict=True))

    def config(self, params: Params) -> ExperimentConfig:
        """Return the configuration of a trial; searched values are rounded to `DIGITS` digits."""
        if not self.is_search:
            return make_config(**self.base.model_dump() | dict(params))
        rounded = {
            name: min(max(float(f"{params[name]:.{DIGITS}g}"), low), high)
            for name, (low, high) in self.ranges.items()
        }
        return make_config(**self.base.model_dump() | rounded)

    def baseline_configs(self) -> list[ExperimentConfig]:
        """Return the baseline's configurations, one for each seed and fold."""
        return [
            self.baseline.model_copy(update={"seed": seed, "fold": fold})
            for seed, fold in itertools.product(self.seeds, self.folds)
        ]

    def identity(self, fingerprint: str) -> dict[str, Any]:
        """What must be equal for two sweeps to be the same, as plain JSON."""
        identity = self.model_dump(mode="json")
        if not self.head_start:
            del identity["head_start"]  # as in sweeps made before there was one
        return identity | {"data": fingerprint, "result_version": RESULT_VERSION}

    def default_name(self, fingerprint: str) -> str:
        """Name the sweep by what it covers, so that the same command goes on with it.

        How many trials a search has is no part of the name: more of them extend it.
        """
        identity = self.identity(fingerprint)
        if self.is_search:
            del identity["trials"]
        text = json.dumps(identity, sort_keys=True)
        return f"{self.base.method}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"


def make_grid(
    base: ExperimentConfig,
    values: Mapping[str, Sequence[Any]],
    baseline: ExperimentConfig | None = None,
) -> SweepSpec:
    """Cover every combination of the values.

    A parameter with one value is fixed. The baseline is `default_baseline` unless given.

    Raises:
        InputError: an empty list, a value twice or out of bounds, or more than MAX_TRIALS cells.
    """
    for name, given in values.items():
        if name not in VARIABLE:
            raise InputError(
                "{name} cannot vary in a sweep; use one of {variable}",
                name=name,
                variable=", ".join(VARIABLE),
            )
        if not given:
            raise InputError("{name} has no value to try; give at least one", name=name)
        if len(set(given)) < len(given):
            raise InputError("{name} has a value twice; give each value once", name=name)
    count = math.prod(len(given) for given in values.values())
    if count > MAX_TRIALS:
        raise InputError(
            "the grid has {count:,} cells; at most {max_trials:,} are allowed: give fewer values, "
            "or search instead",
            count=count,
            max_trials=MAX_TRIALS,
        )
    for name, given in values.items():
        for value in given:
            make_config(**{name: value})
    fixed = {name: given[0] for name, given in values.items() if len(given) == 1}
    varied = {name: tuple(values[name]) for name in VARIABLE if len(values.get(name, ())) > 1}
    settled = make_config(**base.model_dump() | fixed)
    return SweepSpec(
        base=settled,
        baseline=baseline or default_baseline(settled, varied),
        values=varied,
        trials=count,
    )


def make_search(
    base: ExperimentConfig,
    trials: int,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    fixed: Sequence[str] = (),
    baseline: ExperimentConfig | None = None,
    sampler: Sampler = "tpe",
    sampler_seed: int = 0,
    head_start: int = 0,
) -> SweepSpec:
    """Look for good settings of one method within ranges.

    Searched is every parameter that the method reads, apart from those in `fixed`, which keep the
    base's value; ranges not given are those of the sliders.

    Raises:
        InputError: too many or too few trials, a head start longer than the search, a range that is
            empty, out of bounds or of a parameter that the method does not read, or nothing to
            search.
    """
    if not 1 <= trials <= MAX_TRIALS:
        raise InputError(
            "the search has {trials:,} trials; use 1 to {max_trials:,}",
            trials=trials,
            max_trials=MAX_TRIALS,
        )
    if not 0 <= head_start <= trials:
        raise InputError(
            "the head start has {n} trials; use 0 to {trials}, the trials of the search",
            n=head_start,
            trials=trials,
        )
    read = searchable(base.method)
    given = dict(ranges or {})
    for name, (low, high) in given.items():
        if name not in read:
            raise (
                InputError(
                    "method '{method}' does not use {name}; it can be searched over {read}",
                    method=base.method,
                    name=name,
                    read=", ".join(read),
                )
                if ", ".join(read)
                else InputError(
                    "method '{method}' does not use {name}; it has no setting to search",
                    method=base.method,
                    name=name,
                )
            )
        make_config(**{name: low})
        make_config(**{name: high})
        if not low < high:
            raise InputError(
                "the range of {name} is {low:g} to {high:g}; use LOW,HIGH",
                name=name,
                low=low,
                high=high,
            )
    chosen = {
        name: given.get(name) or slider_range(name)[:2]
        for name in read
        if name in given or name not in fixed
    }
    if not chosen:
        raise (
            InputError(
                "method '{method}' has no setting left to search; leave one of {read} free",
                method=base.method,
                read=", ".join(read),
            )
            if read
            else InputError("method '{method}' has no setting left to search", method=base.method)
        )
    return SweepSpec(
        base=base,
        baseline=baseline or default_baseline(base, chosen),
        ranges={name: (float(low), float(high)) for name, (low, high) in chosen.items()},
        trials=trials,
        sampler=sampler,
        sampler_seed=sampler_seed,
        head_start=head_start,
    )


def searchable(method: str) -> tuple[str, ...]:
    """Numeric settings that a method reads."""
    found = METHODS[method]
    weight = ("uniformity",) if found.trains else ()
    return tuple(name for name in NUMERIC if name in found.settings or name in weight)


def default_baseline(base: ExperimentConfig, varied: Params) -> ExperimentConfig:
    """`infonce` on the same data, with a uniformity weight of 0.

    It has the sweep's temperature where that is fixed, else the default one.
    """
    usual = make_config()
    temperature = usual.temperature if "temperature" in varied else base.temperature
    changes = {
        "method": "infonce",
        "temperature": temperature,
        "uniformity": 0.0,
        "variance_covariance": 0.0,
    }
    return base.model_copy(update=changes)
