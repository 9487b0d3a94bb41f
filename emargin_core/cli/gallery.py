"""`gallery`: make the file that lets a fresh installation show something at once."""

from pathlib import Path
from typing import Annotated

import typer

from emargin_core.cli import options
from emargin_core.cli.output import ProgressBars, console
from emargin_core.gallery import DEFAULT_PATH
from emargin_core.gallery_plan import full_plan, small_plan
from emargin_core.progress import Progress
from emargin_core.store import RunStore


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("gallery")(gallery)


def gallery(
    out: Annotated[Path, typer.Option(help="The zip file to write.")] = DEFAULT_PATH,
    dataset: options.DatasetName = options.DEFAULTS.dataset,
    small: Annotated[
        bool, typer.Option("--small", help="A few short runs, to try it out.")
    ] = False,
) -> None:
    """Compute the gallery, 186 runs on all cores; what is stored is used, so it can be resumed."""
    from emargin_core.gallery_build import build_gallery
    from emargin_core.jobs import Jobs

    plan = small_plan(dataset) if small else full_plan(dataset)
    store = RunStore()
    jobs = Jobs(store)
    try:
        with ProgressBars() as bars:

            def tell(what: str, done: int, total: int) -> None:
                bars.tell(what, Progress(f"{done} of {total}", done / total))

            build_gallery(plan, out, store=store, jobs=jobs, on_step=tell)
    finally:
        jobs.close(wait=False)
    console.print(
        f"{out}: {len(plan.runs)} runs, {out.stat().st_size:,} bytes.", markup=False, soft_wrap=True
    )
