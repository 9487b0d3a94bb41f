"""What a gallery is made of, as a value: a grid of runs, comparisons shown whole, maps."""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any

from emargin_core.config import ExperimentConfig, make_config

THRESHOLDS = (0.0, 0.2, 0.4, 0.6, 0.8)
SCALES = (0.5, 1.0, 2.0, 5.0)
SPREADS = (0.0, 0.1, 0.3)
TEMPERATURES = (0.5, 1.0)
SEEDS = (0, 1, 2)
MAP_FRAMES = 1_500

BASELINES: tuple[dict[str, Any], ...] = (
    {"method": "infonce", "temperature": 0.5},
    {"method": "infonce", "temperature": 1.0},
)
CANDIDATES: tuple[dict[str, Any], ...] = (
    {"method": "emargin", "threshold": 0.4, "scale": 5.0},
    {"method": "emargin", "threshold": 0.4, "scale": 1.0, "uniformity": 0.1},
)

Pair = tuple[ExperimentConfig, ExperimentConfig]


@dataclass(frozen=True)
class GalleryPlan:
    """All that a gallery holds.

    grid: runs kept with their metrics; pairs: (baseline, candidate) of one seed, kept whole and
    with the aligned map, so that the page can show them; scrubbed: runs whose maps are turned onto
    the map of `reference`; map_frames: how many frames those maps show at most; command: what makes
    this gallery.
    """

    dataset: str
    grid: tuple[ExperimentConfig, ...]
    pairs: tuple[Pair, ...]
    scrubbed: tuple[ExperimentConfig, ...]
    reference: ExperimentConfig
    command: str
    map_frames: int = MAP_FRAMES

    @property
    def runs(self) -> tuple[ExperimentConfig, ...]:
        """Every run, those of the pairs first, each once."""
        paired = (config for pair in self.pairs for config in pair)
        return _once((*paired, self.reference, *self.grid, *self.scrubbed))

    @property
    def whole(self) -> tuple[ExperimentConfig, ...]:
        """The runs that are kept whole."""
        return _once(config for pair in self.pairs for config in pair)


def full_plan(dataset: str = "watch") -> GalleryPlan:
    """The gallery that comes with the program: 186 runs, default settings where none are named."""
    return make_plan(dataset, "python -m emargin_core gallery" + _named(dataset))


def small_plan(dataset: str = "watch") -> GalleryPlan:
    """A gallery of a few short runs, to see one being made."""
    return make_plan(
        dataset,
        "python -m emargin_core gallery --small" + _named(dataset),
        thresholds=(0.4,),
        scales=(1.0, 5.0),
        spreads=(0.0,),
        seeds=(0,),
        iterations=50,
    )


def make_plan(
    dataset: str,
    command: str,
    *,
    thresholds: Iterable[float] = THRESHOLDS,
    scales: Iterable[float] = SCALES,
    spreads: Iterable[float] = SPREADS,
    temperatures: Iterable[float] = TEMPERATURES,
    seeds: Iterable[int] = SEEDS,
    **shared: Any,
) -> GalleryPlan:
    """Lay out a gallery.

    The grid has eMargin at every threshold, scale and spread, and InfoNCE at every temperature.
    Every candidate is compared with every baseline, seed by seed. The maps are those of the first
    seed, on the map of the first baseline.

    Args:
        dataset: registered name or path; command: what makes this gallery.
        shared: settings that all runs have in common.

    Raises:
        InputError: a setting is out of its bounds.
    """
    seeds = tuple(seeds)
    margins = product(spreads, seeds, thresholds, scales)

    def config(**settings: Any) -> ExperimentConfig:
        return make_config(dataset=dataset, **shared, **settings)

    contrastive = tuple(
        config(method="infonce", temperature=temperature, seed=seed)
        for temperature, seed in product(temperatures, seeds)
    )
    margin = tuple(
        config(method="emargin", uniformity=spread, seed=seed, threshold=threshold, scale=scale)
        for spread, seed, threshold, scale in margins
    )
    grid = (*contrastive, *margin)
    return GalleryPlan(
        dataset=dataset,
        grid=grid,
        pairs=tuple(
            (config(**baseline, seed=seed), config(**candidate, seed=seed))
            for seed, candidate, baseline in product(seeds, CANDIDATES, BASELINES)
        ),
        scrubbed=tuple(run for run in grid if run.seed == seeds[0]),
        reference=config(**BASELINES[0], seed=seeds[0]),
        command=command,
    )


def _named(dataset: str) -> str:
    return "" if dataset == "watch" else f" --dataset {shlex.quote(dataset)}"


def _once(configs: Iterable[ExperimentConfig]) -> tuple[ExperimentConfig, ...]:
    return tuple(dict.fromkeys(configs))
