"""How good forecasts are: settings left out in turn, levels left out, and settings measured later.

With what is left, all is done as the page does it: fit, widen, shift, refuse. Runs are those of the
gallery and of EMARGIN_HOME; the forecasts stand on the gallery's where there is one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emargin_core.analysis.forecast.fit import fit_curve, fit_forecast, nearest, shifted
from emargin_core.analysis.forecast.forecast import Curve, intervals
from emargin_core.analysis.forecast.samples import Measured, Samples, gather, measured, question
from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.splits import count_folds
from emargin_core.evaluation.metric_table import HEADLINES
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.store.gallery.gallery import load_gallery
from emargin_core.store.run_list import list_runs
from emargin_core.store.run_store import RunStore
from emargin_core.text.errors import ExplorerError
from emargin_core.text.language import speaking

Rows = list[dict[str, Any]]
Ints = NDArray[np.int64]
COLUMNS = ("asked", "answered", "held", "narrow", "width", "error", "nearest", "mean")
SIZES = (9, 12, 15, 18, 21)
DRAWS = 10
CHECKS = (3, 5, 8, 12)
CHECK_DRAWS = 40


class Predicted(NamedTuple):
    """A value beside what was expected, None where it was refused, and two simpler guesses.

    narrow: what was expected, with the interval of the process as it is, not widened.
    """

    value: float
    expected: Estimate | None
    narrow: Estimate | None
    nearest: float
    mean: float


def bench_forecast() -> Rows:
    """Measure every data set and method with settings enough; a row a task and metric.

    asked, answered: values left out, and those of them with a forecast; of the answered, held:
    share inside the 90 % interval; narrow: share inside it had it not been widened; width: mean of
    the intervals; error, nearest, mean: mean absolute error of the forecast, of the nearest stored
    setting, and of the mean of all; None without any.
    """
    rows: Rows = []
    for name, samples, later in questions():
        every = range(len(samples.inputs))
        tasks = {
            "one setting left out": [np.array([row]) for row in every],
            "lowest or highest value left out": _ends(samples),
        } | {f"all but {size} settings": _all_but(len(every), size) for size in SIZES}
        for task, groups in tasks.items():
            for path in HEADLINES:
                found = [one for group in groups for one in _left_out(samples, path, group)]
                rows.append({"name": name, "task": task, "metric": path} | _summary(found))
        between = replace(
            samples, levels={name: (*v, v[-1]) if len(v) == 2 else v for name, v in _items(samples)}
        )
        curves = fit_forecast(samples).curves
        outside = [one for one in later if samples.place(one.settings) is None]
        inside = [one for one in later if one not in outside]
        for task, where, new in (
            ("measured later, test groups", samples, inside),
            ("the same, between two values", between, outside),
        ):
            for path in HEADLINES:
                found = list(_measured_later(where, path, curves.get(path), new))
                rows.append({"name": name, "task": task, "metric": path} | _summary(found))
        for size in CHECKS:
            for path in HEADLINES:
                found = _from_few_checks(samples, path, curves.get(path), inside, size)
                task = f"test groups, all but {size} settings"
                rows.append({"name": name, "task": task, "metric": path} | _summary(found))
    return [row for row in rows if row["asked"]]


def questions() -> Iterator[tuple[str, Samples, list[Measured]]]:
    """Data set with method, its samples, and what was measured on test groups beside them."""
    shipped = load_gallery()
    runs = list_runs(RunStore(), shipped)
    first = {(run.data["fingerprint"], question(run.config)): run for run in reversed(runs)}
    for (fingerprint, asked), run in first.items():
        try:
            data = load_dataset(run.config["dataset"])
        except ExplorerError:
            continue
        n_folds = {part: count_folds(data, part) for part in ("test", "validation")}
        ours = list(shipped.entries.values()) if shipped else []
        samples = gather(ours, asked, fingerprint, n_folds)
        if not samples.enough:
            samples = gather(runs, asked, fingerprint, n_folds)
        if not samples.enough:
            continue
        known = measured(ours, asked, fingerprint, "test", n_folds["test"])
        settings = [one.settings for one in known]
        later = measured(runs, asked, fingerprint, "test", n_folds["test"])
        with speaking("en"):
            name = f"{run.data['title']}, {run.config['method']}"
        yield name, samples, [one for one in later if one.settings not in settings]


def print_forecast(rows: Rows) -> None:
    """Print the rows of `bench_forecast` as a table in Markdown."""
    print("| data, method | left out | metric | " + " | ".join(COLUMNS) + " |")
    print("| --- " * 3 + "| ---: " * len(COLUMNS) + "|")
    for row in rows:
        words = (row["name"], row["task"], str(HEADLINES[row["metric"]].label))
        print("| " + " | ".join((*words, *(_cell(name, row[name]) for name in COLUMNS))) + " |")


def _cell(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    if isinstance(value, int):
        return str(value)
    return f"{100 * value:.0f} %" if name in ("held", "narrow") else f"{value:.3g}"


def _items(samples: Samples) -> Iterable[tuple[str, tuple[float, ...]]]:
    return samples.levels.items()


def _ends(samples: Samples) -> list[Ints]:
    """Rows at the lowest, and at the highest value of each setting that varies."""
    columns = np.array(samples.inputs).T
    return [np.flatnonzero(column == end) for column in columns for end in (0.0, 1.0)]


def _all_but(n_settings: int, size: int) -> list[Ints]:
    """Rows of all settings but so many, drawn a few times."""
    rng = np.random.default_rng(size)
    drawn = (rng.permutation(n_settings)[size:] for _ in range(DRAWS))
    return [rows for rows in drawn if len(rows)]


def _left_out(samples: Samples, path: str, rows: Ints) -> Iterator[Predicted]:
    """Leave rows out, and predict them on their own part of the data."""
    rest = samples.without(rows.tolist())
    curve = fit_curve(rest, path, least=1)
    inputs, values = np.array(samples.inputs), np.array(samples.values[path])
    kept = np.setdiff1d(np.arange(len(values)), rows)
    for row in rows:
        found = _expected(rest, path, curve, inputs[row], on_test=False)
        near = _nearest(inputs[kept], values[kept], inputs[row])
        yield Predicted(values[row], *found, near, values[kept].mean())


def _measured_later(
    samples: Samples, path: str, curve: Curve | None, new: Sequence[Measured]
) -> Iterator[Predicted]:
    """Predict on the test groups, from the samples, settings that are none of them."""
    inputs, values = np.array(samples.inputs), np.array(samples.values[path])
    there = values if samples.on_test else np.array(samples.check_values[path])
    for one in new:
        place = samples.place(one.settings)
        if place is not None:
            found = _expected(samples, path, curve, place, on_test=True)
            near = _nearest(inputs, values, place)
            yield Predicted(one.values[path], *found, near, there.mean())


def _from_few_checks(
    samples: Samples, path: str, curve: Curve | None, new: Sequence[Measured], size: int
) -> list[Predicted]:
    """Draw so many of all settings on the test groups, and predict the others there."""
    if curve is None or samples.on_test:
        return []
    added = [(samples.place(one.settings), one.values[path]) for one in new]
    known = zip(samples.checks, samples.check_values[path], strict=True)
    there = [*known, *((place, value) for place, value in added if place is not None)]
    inputs, values = np.array(samples.inputs), np.array(samples.values[path])
    rng = np.random.default_rng(size)
    found: list[Predicted] = []
    for _ in range(CHECK_DRAWS):
        order = rng.permutation(len(there))
        drawn = [there[n] for n in order[:size]]
        checks = replace(
            samples,
            checks=tuple(place for place, _ in drawn),
            check_values={path: tuple(value for _, value in drawn)},
        )
        moved = shifted(curve, checks, path)
        mean = float(np.mean([value for _, value in drawn]))
        for place, value in (there[n] for n in order[size:]):
            wide, narrow = _expected(samples, path, moved, place, on_test=True)
            found.append(Predicted(value, wide, narrow, _nearest(inputs, values, place), mean))
    return found


def _expected(
    samples: Samples, path: str, curve: Curve | None, place: Any, *, on_test: bool
) -> tuple[Estimate | None, Estimate | None]:
    """What is expected at a place, as the page would say it, and not widened."""
    if curve is None:
        return None, None
    both = (curve, replace(curve, widening=1.0))
    wide, narrow = (
        intervals(samples, path, one, np.array([place]), on_test=on_test)[0] for one in both
    )
    return wide, narrow if wide else None


def _nearest(inputs: NDArray[np.float64], values: NDArray[np.float64], place: Any) -> float:
    """Value of the stored setting nearest to a place."""
    return float(nearest(np.vstack([inputs, place]), np.append(values, 0.0))[-1])


def _summary(found: list[Predicted]) -> dict[str, Any]:
    answered = [one for one in found if one.expected is not None]
    row: dict[str, Any] = {"asked": len(found), "answered": len(answered)}
    if not answered:
        return row | dict.fromkeys(COLUMNS[2:])
    value, near, mean = (
        np.array([getattr(one, name) for one in answered]) for name in ("value", "nearest", "mean")
    )
    wide, narrow = (
        np.array([astuple(getattr(one, name)) for one in answered], dtype=float).T
        for name in ("expected", "narrow")
    )
    middle, low, high = wide
    return row | {
        "held": float(((low <= value) & (value <= high)).mean()),
        "narrow": float(((narrow[1] <= value) & (value <= narrow[2])).mean()),
        "width": float((high - low).mean()),
        "error": float(np.abs(middle - value).mean()),
        "nearest": float(np.abs(near - value).mean()),
        "mean": float(np.abs(mean - value).mean()),
    }
