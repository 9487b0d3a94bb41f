"""Make the gallery: whatever of its plan is not stored yet is computed, then all is packed.

The work goes through the background workers into the run store, so that an interrupted build goes
on where it was.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from emargin_core.config import ExperimentConfig
from emargin_core.datasets import load_dataset
from emargin_core.errors import ExplorerError
from emargin_core.gallery_files import gallery_files, read_run
from emargin_core.gallery_plan import GalleryPlan
from emargin_core.jobs import Jobs
from emargin_core.levels import read_levels
from emargin_core.store import RunStore
from emargin_core.zip_pack import write_pack

POLL_S = 0.2
MAX_SIZE = 5_000_000
"""Bytes that the gallery may have: it comes along with the code."""

OnStep = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""


def build_gallery(
    plan: GalleryPlan, path: Path, *, store: RunStore, jobs: Jobs, on_step: OnStep | None = None
) -> None:
    """Compute what is missing in the store, and write the gallery; same results, same bytes.

    Raises:
        ExplorerError: a run failed, or the runs were made by different versions.
        InputError: the data set cannot be used.
        StoreError: something cannot be written or read back, or the gallery would be larger than
            `MAX_SIZE`.
    """
    tell = on_step or (lambda what, done, total: None)
    store.check_writable()
    fingerprint = load_dataset(plan.dataset).fingerprint
    names = {config: config.run_id(fingerprint) for config in plan.runs}
    _compute_runs(plan, names, fingerprint, store, jobs, tell)
    _compute_maps(_maps(plan, names), store, jobs, tell)
    tell("Packing", 0, 1)
    write_pack(path, gallery_files(plan, names, store), max_bytes=MAX_SIZE)
    tell("Packing", 1, 1)


def _compute_runs(
    plan: GalleryPlan,
    names: Mapping[ExperimentConfig, str],
    fingerprint: str,
    store: RunStore,
    jobs: Jobs,
    tell: OnStep,
) -> None:
    waiting = [
        jobs.submit(config, run_id).key
        for config, run_id in names.items()
        if store.get(run_id) is None
    ]
    part = plan.reference.evaluate_on
    if read_levels(store.home, fingerprint, part) is None:
        waiting.append(jobs.submit_levels(plan.dataset, fingerprint, part).key)
    _await("Runs", waiting, len(names) + 1, jobs, tell)


def _maps(plan: GalleryPlan, names: Mapping[ExperimentConfig, str]) -> tuple[tuple[str, str], ...]:
    """(candidate, baseline) of every aligned map; the reference is not turned onto itself."""
    pairs = [(names[candidate], names[baseline]) for baseline, candidate in plan.pairs]
    reference = names[plan.reference]
    scrubbed = [(names[run], reference) for run in plan.scrubbed if names[run] != reference]
    return tuple(dict.fromkeys((*pairs, *scrubbed)))


def _compute_maps(
    maps: tuple[tuple[str, str], ...], store: RunStore, jobs: Jobs, tell: OnStep
) -> None:
    missing = [pair for pair in maps if store.get_map(*pair) is None]
    waiting = [jobs.submit_map(read_run(store, a), read_run(store, b)).key for a, b in missing]
    _await("Maps", waiting, len(maps), jobs, tell)


def _await(what: str, keys: list[str], total: int, jobs: Jobs, tell: OnStep) -> None:
    """Wait for jobs; those that ended stay in the store also when another one fails."""
    waiting = set(keys)
    tell(what, total - len(waiting), total)
    while waiting:
        time.sleep(POLL_S)
        for key in sorted(waiting):
            job = jobs.status(key)
            assert job is not None
            if job.state in ("failed", "cancelled"):
                raise ExplorerError(f"{key}: {job.message or 'it was cancelled'}")
            if job.state == "done":
                waiting.remove(key)
        tell(what, total - len(waiting), total)
