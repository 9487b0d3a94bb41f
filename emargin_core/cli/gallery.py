"""`gallery`: compute the precomputed runs that come with the program.

Runs of the plan that are not stored yet are computed by the background workers, then the file is
written. An interrupted build can be resumed.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emargin_core.cli import options
from emargin_core.cli.output import ProgressBars, console
from emargin_core.config import ExperimentConfig
from emargin_core.datasets.registry import load_dataset
from emargin_core.store.gallery.files import gallery_files, make_entry, read_run
from emargin_core.store.gallery.gallery import DEFAULT_PATH, grid_table
from emargin_core.store.gallery.plan import GalleryPlan, full_plan, small_plan
from emargin_core.store.reference_scores import read_reference_scores
from emargin_core.store.result import Result
from emargin_core.store.run_store import RunStore
from emargin_core.store.zip_pack import write_pack
from emargin_core.sweeps.findings import findings
from emargin_core.training.progress import Progress

if TYPE_CHECKING:
    from emargin_core.jobs.facade import Jobs
    from emargin_core.jobs.status import JobStatus

MAX_SIZE = 5_000_000
"""Bytes that the gallery may have: it comes along with the code."""

OnStep = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("gallery")(gallery)


def gallery(
    out: Annotated[Path, typer.Option(help="The zip file to write.")] = DEFAULT_PATH,
    dataset: options.DatasetName = options.DEFAULTS.dataset,
    small: Annotated[
        bool, typer.Option("--small", help="A few short runs, to try the command.")
    ] = False,
) -> None:
    """Compute the precomputed runs; stored runs are used, so it can be resumed."""
    from emargin_core.jobs.facade import Jobs

    plan = small_plan(dataset) if small else full_plan(dataset)
    store = RunStore()
    jobs = Jobs(store)
    try:
        with ProgressBars() as bars:

            def tell(what: str, done: int, total: int) -> None:
                bars.tell(what, Progress(f"{done} of {total}", done / total))

            plan = build_gallery(plan, out, store=store, jobs=jobs, on_step=tell)
    finally:
        jobs.close(wait=False)
    console.print(
        f"{out}: {len(plan.runs)} runs, {out.stat().st_size:,} bytes.", markup=False, soft_wrap=True
    )


def build_gallery(
    plan: GalleryPlan, path: Path, *, store: RunStore, jobs: "Jobs", on_step: OnStep | None = None
) -> GalleryPlan:
    """Compute what is missing in the store, and write the gallery; same results, same bytes.

    Returns the plan with the runs that confirm what its grid chose.

    Raises:
        ExplorerError: a run failed, or the runs were made by different versions.
        InputError: the data set cannot be used.
        StoreError: something cannot be written or read back, or the gallery would be larger than
            `MAX_SIZE`.
    """
    tell = on_step or (lambda what, done, total: None)
    store.check_writable()
    fingerprint = load_dataset(plan.dataset).fingerprint
    _compute_runs(plan, _names(plan, fingerprint), fingerprint, store, jobs, tell)
    plan = replace(plan, confirming=_confirming(plan, fingerprint, store))
    names = _names(plan, fingerprint)
    _compute_runs(plan, names, fingerprint, store, jobs, tell)
    _compute_maps(_maps(plan, names), store, jobs, tell)
    tell("Packing", 0, 1)
    write_pack(path, gallery_files(plan, names, store), max_bytes=MAX_SIZE)
    tell("Packing", 1, 1)
    return plan


def _names(plan: GalleryPlan, fingerprint: str) -> dict[ExperimentConfig, str]:
    return {config: config.run_id(fingerprint) for config in plan.runs}


def _confirming(
    plan: GalleryPlan, fingerprint: str, store: RunStore
) -> tuple[ExperimentConfig, ...]:
    """The runs on the test groups that confirm what the grid chose."""
    from emargin_core.sweeps.confirmation import plan_confirmation

    def runs(configs: Iterable[ExperimentConfig]) -> list[Result]:
        return [read_run(store, config.run_id(fingerprint)) for config in configs]

    grid = [config for config in plan.grid if config.method != plan.baseline[0].method]
    found = findings(grid_table(map(make_entry, runs(grid))), runs(plan.baseline))
    return plan_confirmation(found, load_dataset(plan.dataset), plan.dataset).runs


def _compute_runs(
    plan: GalleryPlan,
    names: Mapping[ExperimentConfig, str],
    fingerprint: str,
    store: RunStore,
    jobs: "Jobs",
    tell: OnStep,
) -> None:
    waiting = [
        jobs.submit(config, run_id, watched=config in plan.watched).key
        for config, run_id in names.items()
        if store.get(run_id) is None
    ]
    if read_reference_scores(store.home, fingerprint, "test") is None:
        waiting.append(jobs.submit_reference_scores(plan.dataset, fingerprint, "test").key)
    _await("Runs", waiting, len(names) + 1, jobs, tell)


def _maps(plan: GalleryPlan, names: Mapping[ExperimentConfig, str]) -> tuple[tuple[str, str], ...]:
    """(candidate, baseline) of every aligned map; the reference is not turned onto itself."""
    pairs = [(names[candidate], names[baseline]) for baseline, candidate in plan.pairs]
    reference = names[plan.reference]
    scrubbed = [(names[run], reference) for run in plan.scrubbed if names[run] != reference]
    return tuple(dict.fromkeys((*pairs, *scrubbed)))


def _compute_maps(
    maps: tuple[tuple[str, str], ...], store: RunStore, jobs: "Jobs", tell: OnStep
) -> None:
    missing = [pair for pair in maps if store.get_map(*pair) is None]
    waiting = [jobs.submit_map(read_run(store, a), read_run(store, b)).key for a, b in missing]
    _await("Maps", waiting, len(maps), jobs, tell)


def _await(what: str, keys: list[str], total: int, jobs: "Jobs", tell: OnStep) -> None:
    """Wait for jobs; those that ended stay in the store also when another one fails."""
    from emargin_core.jobs.wait import wait_for

    def count(looked: Collection["JobStatus"]) -> None:
        tell(what, total - sum(status.state != "done" for status in looked), total)

    wait_for(jobs, keys, count)
