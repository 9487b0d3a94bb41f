"""The Pareto front: points that no other point beats in one respect without losing in another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Training = tuple[int, int]
"""Fold and seed of a run: what two settings pair by."""


@dataclass(frozen=True)
class Measured:
    """What one run measured; None = undefined."""

    accuracy: float | None
    davies_bouldin: float | None
    silhouette: float | None
    effective_rank: float | None = None
    collapsed: bool = False


@dataclass(frozen=True)
class Point:
    """One run, or one setting over folds and seeds, as three numbers; None = undefined.

    key: what it is, such as a run_id; accuracy: share of right decisions, higher is better;
    davies_bouldin: lower is better; silhouette: higher is better; collapsed: whether any of its
    runs did; runs: what each of them measured, by fold and seed.
    """

    key: str
    accuracy: float | None
    davies_bouldin: float | None
    silhouette: float | None
    collapsed: bool = False
    runs: Mapping[Training, Measured] = field(default_factory=dict, compare=False, repr=False)

    @property
    def usable(self) -> bool:
        """Whether it may stand on a front: not collapsed, all three numbers defined."""
        return not self.collapsed and None not in (
            self.accuracy,
            self.davies_bouldin,
            self.silhouette,
        )


def point_of(key: str, runs: Mapping[Training, Measured]) -> Point:
    """A setting by the means of its runs; a number that any of them leaves undefined is None."""

    def mean(name: str) -> float | None:
        found = [getattr(run, name) for run in runs.values()]
        return None if None in found else float(np.mean(found))

    collapsed = any(run.collapsed for run in runs.values())
    return Point(key, mean("accuracy"), mean("davies_bouldin"), mean("silhouette"), collapsed, runs)


def pareto_front(points: Sequence[Point]) -> list[Point]:
    """Points that no usable point beats: as good in all three numbers and better in one.

    Equal points stay together; a key that comes twice counts once. Collapsed points and those with
    an undefined number are left out, and beat nothing. In the order given. Takes time in
    proportion to the number of points times the size of the front.
    """
    usable = list({point.key: point for point in points if point.usable}.values())
    gains = as_gains(usable)
    on_front = np.ones(len(usable), dtype=bool)
    for row in np.argsort(-gains.sum(axis=1), kind="stable"):
        if on_front[row]:
            behind = (gains <= gains[row]).all(axis=1) & (gains < gains[row]).any(axis=1)
            on_front &= ~behind
    return [point for point, kept in zip(usable, on_front, strict=True) if kept]


def as_gains(points: Sequence[Point]) -> NDArray[np.float64]:
    """Usable points as (n_points, 3), every column the higher the better."""
    return np.array(
        [(p.accuracy, -(p.davies_bouldin or 0.0), p.silhouette) for p in points], dtype=float
    ).reshape(-1, 3)
