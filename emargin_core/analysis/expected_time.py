"""How long trainings are likely to take, from those that were timed before."""

from collections.abc import Sequence
from itertools import islice
from statistics import median

from emargin_core.config import METHODS, ExperimentConfig
from emargin_core.store.run_list import ListedRun

NEWEST = 9
"""How many timed runs count: a machine's load changes."""
GROWING_SHARE = 0.6
"""Share of a run's time that grows with its steps, at the usual 400."""


def expected_seconds(
    config: ExperimentConfig, runs: Sequence[ListedRun], first_look: bool = False
) -> float | None:
    """Seconds that a run takes a worker: the median of runs computed here that are nearest in kind.

    These are of the same data and frames, with the same method and number of steps, where there are
    any. Another number is scaled. What other computers took says nothing of this one.

    Args:
        runs: newest first, as `list_runs` gives them.
        first_look: until a verdict can rest on it, not until all is measured.
    Returns:
        None if no run of this data was computed here.
    """
    wanted = config.canonical()
    near = [run for run in runs if run.source == "here" and _alike(run.config, wanted)]
    near = [run for run in near if run.config["method"] == config.method] or near
    near = [run for run in near if run.config["iterations"] == config.iterations] or near
    scaled = [
        (run.first_look_seconds if first_look else run.seconds)
        * _growth(run.config, config.iterations)
        for run in islice(near, NEWEST)
    ]
    return median(scaled) if scaled else None


def expected_wait(
    configs: Sequence[ExperimentConfig],
    runs: Sequence[ListedRun],
    n_workers: int,
    first_look: bool = False,
) -> float | None:
    """Seconds until `n_workers` have computed all of these; None where one is unknown.

    first_look: as in `expected_seconds`.
    """
    alike: dict[tuple[object, ...], list[ExperimentConfig]] = {}
    for config in configs:  # a sweep has hundreds, of a kind or two
        kind = (config.dataset, config.frame, config.hop, config.method, config.iterations)
        alike.setdefault(kind, []).append(config)
    longest = total = 0.0
    for same in alike.values():
        seconds = expected_seconds(same[0], runs, first_look)
        if seconds is None:
            return None
        longest, total = max(longest, seconds), total + seconds * len(same)
    return max(longest, total / n_workers) if alike else None


def _alike(config: dict[str, object], wanted: dict[str, object]) -> bool:
    same_frames = all(config.get(name) == wanted.get(name) for name in ("dataset", "frame", "hop"))
    method = METHODS.get(str(config["method"]))
    trains = METHODS[str(wanted["method"])].trains
    return same_frames and method is not None and method.trains == trains


def _growth(config: dict[str, object], iterations: int) -> float:
    timed = config["iterations"]
    if not isinstance(timed, int) or not METHODS[str(config["method"])].trains:
        return 1.0
    return 1 - GROWING_SHARE + GROWING_SHARE * iterations / timed
