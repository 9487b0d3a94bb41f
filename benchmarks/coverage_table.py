"""What share of intervals held the truth, by design, target, metric and way to make them."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks import intervals
from benchmarks.intervals import Bounds, Floats, Scale
from emargin_core.evaluation.uncertainty import MIN_UNITS, HeldOut, difference_range, estimate

SCALES: dict[str, Scale] = {
    "davies_bouldin": intervals.LOG,
    "silhouette": intervals.ATANH,
    "accuracy": intervals.LOGIT,
    "effective_rank": intervals.LOG,
}
METRICS = tuple(SCALES)
LIMITS = {
    "davies_bouldin": (0.0, math.inf),
    "silhouette": (-1.0, 1.0),
    "accuracy": (0.0, 1.0),
    "effective_rank": (1.0, math.inf),
}
DIFFERENCE_SCALES: dict[str, Scale] = {
    "silhouette": intervals.HALF_ATANH,
    "accuracy": intervals.ATANH,
}
"""Differences of the others have no bound, and stay on the plain scale."""
BY_MACHINE = ("silhouette", "accuracy")
"""Metrics whose value of a fold is the mean over its machines."""
Arms = tuple[tuple[str, str | None], ...]
TARGETS: dict[str, Arms] = {
    "single value": (("baseline", None), ("candidate", None)),
    "no difference": (("again", "baseline"),),
    "difference": (("candidate", "baseline"),),
}
"""What an interval is for: of an arm, or of an arm minus another, as `coverage.ARMS` names them."""
WAYS = (
    "product",
    "t",
    "corrected t",
    "bootstrap",
    "machine t",
    "t on its scale",
    "corrected on its scale",
)
"""Ways to make intervals; the product's own is `emargin_core.evaluation.uncertainty.estimate`."""

Line = dict[str, Any]
Rows = list[Line]


@dataclass(frozen=True)
class Series:
    """One target in every repetition of a design.

    folds: (n_repetitions, n_folds); machines: by repetition and fold, the values of its machines,
    or the fold's value alone; n_machines: of a repetition; limits: of the target's values, infinite
    where there are none; scale: what keeps bounds inside them, None where that is the plain one;
    cancels: whether the product takes it that what folds share cancels.
    """

    folds: Floats
    machines: list[list[Floats]]
    n_machines: int
    limits: tuple[float, float]
    scale: Scale | None
    cancels: bool

    def truths(self) -> Floats:
        """Mean of all other repetitions, which have machines and trainings of their own, (n,)."""
        means = self.folds.mean(axis=1)
        return np.asarray((means.sum() - means) / (len(means) - 1))


def summarise(lines: Sequence[Line]) -> list[Line]:
    """Rows of one design, target, metric and way each.

    n: repetitions; correlation: between folds; held: by repetition, 1 where the interval holds the
    truth; coverage: its mean; expected: coverage that the correlation gives normal folds; width:
    mean, relative to plain t; excludes_zero: share of intervals without 0, a wrong claim where
    nothing differs.
    """
    designs = sorted({(line["machines"], line["folds"]) for line in lines})
    rows = []
    for design in designs:
        own = [line for line in lines if (line["machines"], line["folds"]) == design]
        for target, arms in TARGETS.items():
            for metric in METRICS:
                defined = [line for line in own if _is_defined(line, metric, arms)]
                series = [_series(defined, metric, *pair) for pair in arms]
                where = {"machines": design[0], "folds": design[1], "target": target}
                rows += list(_rows(where | {"metric": metric}, series))
    return rows


def _is_defined(line: Line, metric: str, arms: Arms) -> bool:
    names = {name for pair in arms for name in pair if name is not None}
    return all(value is not None for name in names for value in line["values"][name][metric])


def _series(lines: Sequence[Line], metric: str, arm: str, other: str | None) -> Series:
    """A metric of an arm, or its difference to another."""
    folds, machines = [], []
    for line in lines:
        arms = [arm] if other is None else [arm, other]
        whole = [line["values"][name][metric] for name in arms]
        parts = [line["by_machine"][name].get(metric) for name in arms]
        if parts[0] is None:
            parts = [[[value] for value in values] for values in whole]
        folds.append(_minus([np.array(values) for values in whole]))
        machines.append([_minus([np.array(p) for p in fold]) for fold in zip(*parts, strict=True)])
    n_machines = lines[0]["machines"] if lines else 0
    limits, scale = LIMITS[metric], SCALES.get(metric)
    if other is not None:
        limits, scale = difference_range(limits), DIFFERENCE_SCALES.get(metric)
    cancels = other is not None and metric != "effective_rank"
    return Series(np.array(folds), machines, n_machines, limits, scale, cancels)


def _minus(values: Sequence[Floats]) -> Floats:
    return values[0] if len(values) == 1 else values[0] - values[1]


def _rows(where: Line, several: Sequence[Series]) -> Iterator[Line]:
    if min(len(one.folds) for one in several) < 2:
        return
    correlation = float(np.mean([intervals.fold_correlation(one.folds) for one in several]))
    truths = [_truths(one, where["target"]) for one in several]
    plain = [_bounds(one, "t") for one in several]
    for way in WAYS:
        if not _has(way, where):
            continue
        found = [_bounds(one, way) for one in several]
        held = np.concatenate(
            [(b[:, 0] <= t) & (t <= b[:, 1]) for b, t in zip(found, truths, strict=True)]
        )
        widths = [_mean_width(b) / _mean_width(p) for b, p in zip(found, plain, strict=True)]
        excluding = [(b[:, 0] > 0) | (b[:, 1] < 0) for b in found]
        n = len(several[0].folds)
        yield where | {
            "way": way,
            "n": n,
            "correlation": correlation,
            "coverage": float(held.mean()),
            "expected": _expected(where["folds"], correlation, way),
            "held": held.reshape(len(several), n).mean(axis=0).tolist(),
            "width": float(np.mean(widths)),
            "excludes_zero": float(np.concatenate(excluding).mean()),
        }


def _truths(series: Series, target: str) -> Floats:
    return np.zeros(len(series.folds)) if target == "no difference" else series.truths()


def _has(way: str, where: Line) -> bool:
    if way == "product":
        return bool(where["machines"] >= MIN_UNITS)
    return way != "machine t" or where["metric"] in BY_MACHINE


def _bounds(series: Series, way: str) -> Floats:
    """Bounds of each repetition, (n_repetitions, 2)."""
    n_folds = series.folds.shape[1]
    held_out = HeldOut(tuple(range(n_folds)), n_folds, series.n_machines)

    def product(folds: Floats, _: list[Floats]) -> Bounds:
        found = estimate(folds, held_out, bounds=series.limits, paired=series.cancels)
        if found.low is None or found.high is None:
            return Bounds(-math.inf, math.inf)
        return Bounds(found.low, found.high)

    make: dict[str, Callable[[Floats, list[Floats]], Bounds]] = {
        "product": product,
        "t": lambda folds, _: intervals.fold_t(folds),
        "corrected t": lambda folds, _: intervals.corrected_t(folds),
        "bootstrap": lambda _, machines: intervals.hierarchical_bootstrap(machines),
        "machine t": lambda _, machines: intervals.fold_t(np.concatenate(machines)),
        "t on its scale": lambda folds, _: intervals.fold_t(folds, series.scale),
        "corrected on its scale": lambda folds, _: intervals.corrected_t(folds, series.scale),
    }
    pairs = zip(series.folds, series.machines, strict=True)
    return np.array([make[way](*pair) for pair in pairs])


def _mean_width(bounds: Floats) -> float:
    return float((bounds[:, 1] - bounds[:, 0]).mean())


def _expected(n_folds: int, correlation: float, way: str) -> float | None:
    if way not in {"t", "corrected t"}:
        return None
    corrected = way == "corrected t"
    return intervals.expected_coverage(n_folds, correlation, corrected=corrected)


def tables(rows: Sequence[Line]) -> str:
    """Markdown: coverage by design, on average over the metrics, and by metric, over the designs.

    Cells hold the share of intervals that held the truth with its standard error, in percent.
    """
    if not rows:
        return ""
    enough = [row for row in rows if row["machines"] >= MIN_UNITS]
    by_design = _table(rows, ("machines", "folds", "target"), _measured)
    by_metric = _table(enough, ("folds", "target", "metric"), _with_width)
    return f"{by_design}\n\n{by_metric}"


def _table(rows: Sequence[Line], keys: tuple[str, ...], cell: Callable[[Rows], str]) -> str:
    lines = [[*keys, "n", "correlation", *WAYS], ["---"] * (len(keys) + 2 + len(WAYS))]
    for key in dict.fromkeys(tuple(row[name] for name in keys) for row in rows):
        own = [row for row in rows if tuple(row[name] for name in keys) == key]
        by_way = {way: [row for row in own if row["way"] == way] for way in WAYS}
        n = min(row["n"] for row in own)
        correlation = np.mean([row["correlation"] for row in by_way["t"]])
        cells = (
            cell(found) if len(found) == len(by_way["t"]) else "-" for found in by_way.values()
        )
        words = (str(part).replace("_", " ") for part in key)
        lines.append([*words, str(n), f"{correlation:.2f}", *cells])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _measured(rows: Rows) -> str:
    """Mean coverage of rows, and its error: rows of one design share their repetitions."""
    by_design: dict[tuple[int, int], Rows] = {}
    for row in rows:
        by_design.setdefault((row["machines"], row["folds"]), []).append(row)
    variances = []
    for shared in by_design.values():
        n = min(row["n"] for row in shared)
        held = np.mean([row["held"][:n] for row in shared], axis=0)
        variances.append(np.append(held, 0.5).var() / n)  # never quite zero
    error = float(np.sqrt(np.sum(variances))) / len(variances)
    coverage = float(np.mean([row["coverage"] for row in rows]))
    return f"{100 * coverage:.0f} ± {100 * error:.0f}"


def _with_width(rows: Rows) -> str:
    """Coverage, in brackets what the correlation lets expect, and the width beside plain t's."""
    width = float(np.mean([row["width"] for row in rows]))
    expected = [row["expected"] for row in rows if row["expected"] is not None]
    brackets = f" ({100 * float(np.mean(expected)):.0f})" if expected else ""
    return f"{_measured(rows)}{brackets}, x {width:.2f}"
