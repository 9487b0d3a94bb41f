"""What a gallery is made of, as a value: comparisons shown whole, a grid that chooses, maps.

The comparisons are tested on the test groups of every fold. The grid is scored on validation
groups, so that a setting is chosen without a look at the test groups.
"""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any

from emargin_core.config import ExperimentConfig, make_config

THRESHOLDS = (0.0, 0.4, 0.8)
SCALES = (0.5, 1.0, 2.0, 5.0)
UNIFORMITY_WEIGHTS = (0.0, 0.1)
FOLDS = (0, 1, 2, 3, 4)
MAP_FRAMES = 1_500

BASELINES: tuple[dict[str, Any], ...] = (
    {"method": "infonce", "temperature": 0.5},
    {"method": "infonce", "temperature": 1.0},
)
CANDIDATES: tuple[dict[str, Any], ...] = (
    {"method": "emargin", "threshold": 0.4, "scale": 5.0},
    {"method": "emargin", "threshold": 0.4, "scale": 1.0, "uniformity": 0.1},
    {"method": "emargin", "threshold": 0.6, "scale": 0.5, "uniformity": 0.1},
)

Pair = tuple[ExperimentConfig, ExperimentConfig]


@dataclass(frozen=True)
class GalleryPlan:
    """All that a gallery holds.

    pairs: (baseline, candidate) of one fold, kept whole and with the aligned map, so that the page
    can show them; grid: runs on validation groups, kept with their metrics; baseline: those of them
    that the other method's are judged against; scrubbed: runs whose maps are turned onto the map of
    `reference`; confirming: further runs on the test groups, kept whole; map_frames: how many
    frames the scrubbed maps show at most; command: what makes this gallery.
    """

    dataset: str
    pairs: tuple[Pair, ...]
    grid: tuple[ExperimentConfig, ...]
    baseline: tuple[ExperimentConfig, ...]
    scrubbed: tuple[ExperimentConfig, ...]
    reference: ExperimentConfig
    command: str
    map_frames: int = MAP_FRAMES
    confirming: tuple[ExperimentConfig, ...] = ()

    @property
    def runs(self) -> tuple[ExperimentConfig, ...]:
        """Every run, those that are kept whole first, each once."""
        return _once((*self.whole, self.reference, *self.grid, *self.scrubbed))

    @property
    def watched(self) -> tuple[ExperimentConfig, ...]:
        """The runs whose training is kept as pictures: the comparisons of the first fold."""
        first = self.pairs[0][0].fold
        return _once(config for pair in self.pairs for config in pair if config.fold == first)

    @property
    def whole(self) -> tuple[ExperimentConfig, ...]:
        """The runs that are kept whole."""
        paired = (config for pair in self.pairs for config in pair)
        return _once((*paired, *self.confirming))


def full_plan(dataset: str = "watch") -> GalleryPlan:
    """The gallery that comes with the program, default settings where none are named."""
    return make_plan(dataset, "python -m emargin_core gallery" + _named(dataset))


def small_plan(dataset: str = "watch") -> GalleryPlan:
    """A gallery of a few short runs, to see one being made."""
    return make_plan(
        dataset,
        "python -m emargin_core gallery --small" + _named(dataset),
        thresholds=(0.4,),
        scales=(1.0, 5.0),
        weights=(0.0,),
        candidates=CANDIDATES[:2],
        folds=(0,),
        iterations=50,
    )


def make_plan(
    dataset: str,
    command: str,
    *,
    thresholds: Iterable[float] = THRESHOLDS,
    scales: Iterable[float] = SCALES,
    weights: Iterable[float] = UNIFORMITY_WEIGHTS,
    baselines: Iterable[dict[str, Any]] = BASELINES,
    candidates: Iterable[dict[str, Any]] = CANDIDATES,
    folds: Iterable[int] = FOLDS,
    **shared: Any,
) -> GalleryPlan:
    """Lay out a gallery.

    The grid has eMargin at every threshold, scale and uniformity weight, and every baseline, on
    each fold. Every candidate is compared with every baseline, fold by fold. The scrubbed maps are
    those of the grid's first fold, on the map of the first baseline.

    Args:
        dataset: registered name or path; command: what makes this gallery.
        baselines, candidates: the settings of the comparisons; the last baseline is the grid's.
        shared: settings that all runs have in common.

    Raises:
        InputError: a setting is out of its bounds.
    """
    folds, baselines = tuple(folds), tuple(baselines)

    def config(**settings: Any) -> ExperimentConfig:
        return make_config(dataset=dataset, **shared, **settings)

    def scored(settings: dict[str, Any]) -> tuple[ExperimentConfig, ...]:
        return tuple(config(**settings, fold=fold, evaluate_on="validation") for fold in folds)

    margins = (
        {"method": "emargin", "threshold": threshold, "scale": scale, "uniformity": weight}
        for weight, threshold, scale in product(weights, thresholds, scales)
    )
    grid = tuple(run for settings in (*baselines, *margins) for run in scored(settings))
    return GalleryPlan(
        dataset=dataset,
        pairs=tuple(
            (config(**baseline, fold=fold), config(**candidate, fold=fold))
            for fold, candidate, baseline in product(folds, candidates, baselines)
        ),
        grid=grid,
        baseline=scored(baselines[-1]),
        scrubbed=tuple(run for run in grid if run.fold == folds[0]),
        reference=scored(baselines[0])[0],
        command=command,
    )


def _named(dataset: str) -> str:
    return "" if dataset == "watch" else f" --dataset {shlex.quote(dataset)}"


def _once(configs: Iterable[ExperimentConfig]) -> tuple[ExperimentConfig, ...]:
    return tuple(dict.fromkeys(configs))
