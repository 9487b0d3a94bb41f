"""What stored runs measured, one row a setting: the ground that a forecast stands on."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emargin_core.config import ExperimentConfig
from emargin_core.evaluation.metric_table import HEADLINES
from emargin_core.store.runs_table import MeasuredRun, runs_table

Floats = NDArray[np.float64]
Place = tuple[float, ...]

VERSION = 1
"""Raised whenever the same runs would give another forecast."""
MIN_SETTINGS = 15
"""With 9 or 12, fewer intervals held than they claim (docs/forecast.md)."""
MIN_CHECKS = 3
"""Settings measured on the test groups that tell how these differ from the validation groups."""
MAX_SETTINGS = 300
"""So that a fit takes seconds; of more, as many are drawn."""
OFFSETS = {
    "threshold": None,
    "scale": 0.1,
    "temperature": 0.0,
    "uniformity": 0.01,
    "variance_covariance": 0.01,
}
"""Settings that may vary: what is added before the logarithm is taken, None = taken as it is."""
APART = {*OFFSETS, "dataset", "evaluate_on", "fold", "seed"}
"""All other settings of the runs are those of the question."""


@dataclass(frozen=True)
class Measured:
    """One setting on one part of the data.

    settings: those of `OFFSETS` that the method reads; values: path of a headline metric -> mean
    over the folds, NaN = undefined; collapsed: in any fold; runs: their names.
    """

    settings: dict[str, float]
    values: dict[str, float]
    collapsed: bool
    runs: tuple[str, ...]


@dataclass(frozen=True)
class Samples:
    """Settings that were measured on every fold, of one data set and method.

    key: names the runs; n_runs: how many there are; levels: setting -> its values, ascending.
    inputs: (n, n_varied), each setting that varies from 0 to 1 along its axis; values: path of a
    headline metric -> (n,); collapsed: (n,). They are of the test groups (`on_test`) if enough
    settings were measured there, else of the validation groups. Then `checks` and `check_values`
    have, in the same form, what was measured on the test groups.
    """

    key: str
    n_runs: int
    on_test: bool
    levels: dict[str, tuple[float, ...]]
    inputs: tuple[Place, ...]
    values: dict[str, tuple[float, ...]]
    collapsed: tuple[bool, ...]
    checks: tuple[Place, ...]
    check_values: dict[str, tuple[float, ...]]

    @property
    def enough(self) -> bool:
        """Whether there are settings enough for a forecast on the test groups."""
        checked = self.on_test or len(self.checks) >= MIN_CHECKS
        return checked and len(self.inputs) >= MIN_SETTINGS

    def place(self, settings: Mapping[str, float]) -> Place | None:
        """Where settings lie, (n_varied,).

        None beyond the values that were measured, and between two that are all there are: how the
        metric bends between them is unknown.
        """
        return _place(settings, self.levels)

    def without(self, rows: Collection[int]) -> "Samples":
        """The same without these rows of `inputs`; for measuring how good forecasts are."""
        kept = [row for row in range(len(self.inputs)) if row not in rows]
        return replace(
            self,
            inputs=tuple(self.inputs[row] for row in kept),
            values={
                path: tuple(values[row] for row in kept) for path, values in self.values.items()
            },
            collapsed=tuple(self.collapsed[row] for row in kept),
        )

    def to_json(self) -> dict[str, Any]:
        """Plain lists and numbers, None = undefined."""
        return asdict(self) | {
            name: {
                path: [None if np.isnan(value) else value for value in row]
                for path, row in values.items()
            }
            for name, values in (("values", self.values), ("check_values", self.check_values))
        }


def samples_from_json(document: dict[str, Any]) -> Samples:
    """Read back what `Samples.to_json` gave.

    Raises:
        KeyError, TypeError, ValueError: it is something else.
    """

    def numbers(row: Iterable[float | None]) -> tuple[float, ...]:
        return tuple(np.nan if value is None else float(value) for value in row)

    def columns(name: str) -> dict[str, tuple[float, ...]]:
        return {path: numbers(row) for path, row in document[name].items()}

    return Samples(
        key=str(document["key"]),
        n_runs=int(document["n_runs"]),
        on_test=bool(document["on_test"]),
        levels=columns("levels"),
        inputs=tuple(map(numbers, document["inputs"])),
        values=columns("values"),
        collapsed=tuple(map(bool, document["collapsed"])),
        checks=tuple(map(numbers, document["checks"])),
        check_values=columns("check_values"),
    )


def question(config: Mapping[str, Any]) -> str:
    """Name what a canonical config shares with the runs that a forecast for it stands on."""
    shared = {name: v for name, v in config.items() if v is not None and name not in APART}
    return json.dumps(shared, sort_keys=True)


def measured(
    runs: Iterable[MeasuredRun], asked: str, fingerprint: str, part: str, n_folds: int
) -> list[Measured]:
    """Settings of a `question` on one part of a data set, in the order of their settings.

    Averaged are the folds, each over its seeds; a setting that lacks a fold is left out.
    """
    alike = (run for run in runs if question(run.config) == asked)
    table = runs_table(alike, dataset=fingerprint, evaluate_on=part, with_label_readers=True)
    found = []
    for key, group in table.groupby("config_key", sort=True):
        if group["fold"].nunique() == n_folds:
            by_fold = group.groupby("fold")[list(HEADLINES)].mean(skipna=False)
            settings = json.loads(str(key))
            found.append(
                Measured(
                    {name: float(settings[name]) for name in OFFSETS if name in settings},
                    {path: float(by_fold[path].mean(skipna=False)) for path in HEADLINES},
                    bool(group["collapsed"].any()),
                    tuple(group["run_id"]),
                )
            )
    return found


def gather(
    runs: Iterable[MeasuredRun], asked: str, fingerprint: str, n_folds: Mapping[str, int]
) -> Samples:
    """Collect what answers a `question` on a data set.

    Args:
        runs: stored ones and those of the gallery; n_folds: of the parts 'test' and 'validation'.
    """
    runs = list(runs)
    tested, validated = (
        measured(runs, asked, fingerprint, part, n_folds[part]) for part in ("test", "validation")
    )
    on_test = len(tested) >= MIN_SETTINGS or len(tested) >= len(validated)
    rows = _drawn(tested if on_test else validated)
    names = rows[0].settings if rows else {}
    levels = {name: tuple(sorted({row.settings[name] for row in rows})) for name in names}
    checks = [] if on_test else [row for row in tested if _place(row.settings, levels) is not None]
    run_ids = sorted(run_id for row in rows + checks for run_id in row.runs)
    inputs, values = _columns(rows, levels)
    check_inputs, check_values = _columns(checks, levels)
    return Samples(
        key=hashlib.sha256(f"{VERSION}:{','.join(run_ids)}".encode()).hexdigest()[:16],
        n_runs=len(run_ids),
        on_test=on_test,
        levels=levels,
        inputs=inputs,
        values=values,
        collapsed=tuple(row.collapsed for row in rows),
        checks=check_inputs,
        check_values=check_values,
    )


def _drawn(rows: list[Measured]) -> list[Measured]:
    if len(rows) <= MAX_SETTINGS:
        return rows
    drawn = np.random.default_rng(0).choice(len(rows), MAX_SETTINGS, replace=False)
    return [rows[row] for row in sorted(drawn)]


def _columns(
    rows: list[Measured], levels: Mapping[str, tuple[float, ...]]
) -> tuple[tuple[Place, ...], dict[str, tuple[float, ...]]]:
    """Places and values of rows that lie among the levels."""
    places = (_place(row.settings, levels) for row in rows)
    values = {path: tuple(row.values[path] for row in rows) for path in HEADLINES}
    return tuple(place for place in places if place is not None), values


def _place(settings: Mapping[str, float], levels: Mapping[str, tuple[float, ...]]) -> Place | None:
    found = []
    for name, known in levels.items():
        value = settings[name]
        if not (known[0] <= value <= known[-1] if len(known) > 2 else value in known):
            return None
        if len(known) > 1:
            found.append(_along(name, value, known))
    return tuple(found)


def _along(name: str, value: float, levels: tuple[float, ...]) -> float:
    """Where a value lies between the lowest and the highest level, 0 to 1 along its axis."""
    offset = OFFSETS[name]
    ends = np.array([value, levels[0], levels[-1]], dtype=np.float64)
    at, first, last = ends if offset is None else np.log(ends + offset)
    return float((at - first) / (last - first))


def settings_of(config: ExperimentConfig) -> dict[str, float]:
    """The settings of `OFFSETS` that a config's method reads."""
    canonical = config.canonical()
    return {name: float(canonical[name]) for name in OFFSETS if canonical[name] is not None}
