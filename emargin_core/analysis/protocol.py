"""Which runs a comparison takes: every fold, and several seeds where the held-out part is fixed."""

from emargin_core.config import ExperimentConfig
from emargin_core.evaluation.uncertainty import MIN_TRAININGS


def default_seeds(n_folds: int) -> list[int]:
    """Seeds that settle a comparison: one with folds, three where the held-out part is fixed."""
    return [0] if n_folds > 1 else list(range(MIN_TRAININGS))


def settling(
    config: ExperimentConfig, n_folds: int, n_seeds: int = 1
) -> tuple[ExperimentConfig, ...]:
    """The runs that settle a comparison; those of the first look come first.

    All folds, each with `n_seeds` consecutive seeds; at least three where the held-out part is
    fixed.
    """
    n_seeds = max(n_seeds, len(default_seeds(n_folds)))
    return tuple(
        config.model_copy(update={"fold": fold, "seed": config.seed + repeat})
        for fold in range(n_folds)
        for repeat in range(n_seeds)
    )


def first_look(config: ExperimentConfig, n_seeds: int = 1) -> tuple[ExperimentConfig, ...]:
    """The runs of the first fold."""
    return tuple(
        config.model_copy(update={"fold": 0, "seed": config.seed + repeat})
        for repeat in range(n_seeds)
    )
