"""`runs`: list, name, delete, restore, export and import stored runs."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Column, Table

from emargin_core.cli import options
from emargin_core.cli.output import console, write_json
from emargin_core.store.annotations import make_annotation, read_annotation, write_annotation
from emargin_core.store.archive.run_archive import export_runs, import_runs
from emargin_core.store.gallery.gallery import load_gallery
from emargin_core.store.mlflow_log import EXPERIMENT, log_runs, tracking_address
from emargin_core.store.run_list import ListedRun, list_runs, matching
from emargin_core.store.run_store import RunStore
from emargin_core.store.trash import Trash
from emargin_core.text.errors import InputError
from emargin_core.text.numbers import percent
from emargin_core.text.plain_text import shown

Runs = Annotated[list[str], typer.Argument(metavar="RUN_ID...", help="Ids from `runs list`.")]

commands = typer.Typer(help="Stored runs: list, name, delete, restore, export, import.")


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.add_typer(commands, name="runs")


@commands.command("list")
def list_command(
    search: Annotated[
        str, typer.Option(help="Show only runs with these words in name, note, settings or data.")
    ] = "",
    stored: Annotated[
        bool, typer.Option("--stored", help="Leave out the runs that come with the program.")
    ] = False,
    json: options.JsonTarget = None,
) -> None:
    """List all runs; those that come with the program are last."""
    store = RunStore()
    runs = matching(list_runs(store, None if stored else load_gallery()), search)
    if json is not None:
        write_json({"runs": [run.to_json() for run in runs]}, json)
        return
    table = Table(
        Column("run", no_wrap=True, min_width=16),
        "name",
        "method",
        "seed",
        "data",
        "accuracy",
        "source",
    )
    for run in runs:
        table.add_row(*_cells(run))
    console.print(table)


@commands.command("export")
def export_command(
    runs: Runs,
    out: Annotated[Path, typer.Option(help="The zip file to write.")] = Path("runs.zip"),
    json: options.JsonTarget = None,
) -> None:
    """Write runs, with their names and notes, to a zip file."""
    export_runs(runs, out, RunStore(), load_gallery())
    size = out.stat().st_size
    _tell(
        {"file": str(out), "runs": len(set(runs)), "bytes": size},
        json,
        f"{out}: {len(set(runs))} runs, {size:,} bytes.",
    )


@commands.command("import")
def import_command(
    archive: Annotated[Path, typer.Argument(help="A zip file from `runs export`.")],
    json: options.JsonTarget = None,
) -> None:
    """Check an archive and store its runs; runs that are stored already do not change."""
    found = import_runs(archive, RunStore())
    _tell(
        {"added": list(found.added), "present": list(found.present)},
        json,
        f"{len(found.added)} runs added, {len(found.present)} were stored already.",
    )


@commands.command("name")
def name_command(
    run: Annotated[str, typer.Argument(metavar="RUN_ID", help="An id from `runs list`.")],
    name: Annotated[str, typer.Argument(help="The new name; empty for no name.")],
    note: Annotated[
        str | None, typer.Option(help="A note; by default the old one is kept.")
    ] = None,
    json: options.JsonTarget = None,
) -> None:
    """Give a run a name and a note."""
    store = RunStore()
    if run not in {known.run_id for known in list_runs(store, load_gallery())}:
        raise InputError(
            "run {run} not found; `runs list` lists the available runs", run=shown(run)
        )
    old = read_annotation(store.home, run)
    annotation = make_annotation(name, old.note if note is None else note)
    write_annotation(store.home, run, annotation)
    _tell(
        {"run_id": run, "name": annotation.name, "note": annotation.note},
        json,
        f"{run}: {annotation.name or 'no name'}.",
    )


@commands.command("log")
def log_command(
    runs: Runs,
    address: Annotated[
        str | None,
        typer.Option("--tracking-uri", help="By default MLFLOW_TRACKING_URI, else a local folder."),
    ] = None,
    experiment: Annotated[str, typer.Option(help="The MLflow experiment.")] = EXPERIMENT,
    json: options.JsonTarget = None,
) -> None:
    """Log runs to MLflow, each once: settings, metrics and provenance."""
    store = RunStore()
    listed = {run.run_id: run for run in list_runs(store, load_gallery())}
    for name in runs:
        if name not in listed:
            raise InputError(
                "run {name} not found; `runs list` lists the available runs", name=shown(name)
            )
    place = address or tracking_address(store.home)
    found = log_runs([listed[name] for name in dict.fromkeys(runs)], place, experiment)
    _tell(
        {"added": list(found.added), "present": list(found.present), "tracking_uri": place},
        json,
        f"{len(found.added)} runs logged to {place}, {len(found.present)} had been logged before.",
    )


@commands.command("delete")
def delete_command(runs: Runs, json: options.JsonTarget = None) -> None:
    """Move runs to the trash; they can be restored for 30 days."""
    store = RunStore()
    _all_stored(runs, store)
    trash = Trash(store.home)
    moved = trash.put(runs)
    trash.expire()
    _tell({"deleted": moved}, json, f"{len(moved)} runs deleted; `runs restore` restores them.")


@commands.command("restore")
def restore_command(runs: Runs, json: options.JsonTarget = None) -> None:
    """Restore deleted runs from the trash."""
    trash = Trash(RunStore().home)
    there = trash.restore(runs)
    lost = [run for run in runs if run not in there]
    if lost:
        raise InputError(
            "run {lost} is not in the trash; `runs trash` lists the deleted runs",
            lost=shown(lost[0]),
        )
    _tell({"restored": there}, json, f"{len(there)} runs restored.")


@commands.command("trash")
def trash_command(
    empty: Annotated[bool, typer.Option("--empty", help="Delete them permanently.")] = False,
    json: options.JsonTarget = None,
) -> None:
    """List deleted runs, or delete them permanently."""
    trash = Trash(RunStore().home)
    entries = trash.entries()
    if empty:
        gone = trash.empty()
        _tell({"removed": gone}, json, f"{gone} runs deleted permanently.")
        return
    found = [(e.run_id, e.deleted.isoformat(timespec="seconds")) for e in entries]
    words = "\n".join(f"{run_id}  deleted {deleted}" for run_id, deleted in found)
    document = {"trash": [{"run_id": run_id, "deleted": deleted} for run_id, deleted in found]}
    _tell(document, json, words or "The trash is empty.")


def _all_stored(runs: list[str], store: RunStore) -> None:
    """Raise InputError unless all runs are stored here."""
    known = set(store.ids())
    shipped = load_gallery()
    for run in runs:
        if run not in known:
            raise (
                InputError("run {run} comes with the program and cannot be deleted", run=run)
                if shipped and run in shipped.entries
                else InputError(
                    "run {run} not found; `runs list --stored` lists the stored runs",
                    run=shown(run),
                )
            )


def _tell(document: dict[str, Any], json: str | None, words: str) -> None:
    if json is not None:
        write_json(document, json)
    else:
        console.print(words, markup=False, soft_wrap=True)


def _cells(run: ListedRun) -> list[str]:
    from rich.markup import escape

    accuracy = run.metric("probe.accuracy")
    return [
        run.run_id,
        escape(shown(run.name, 30)),
        run.config["method"],
        str(run.config["seed"]),
        escape(shown(run.data["title"], 30)),
        "n/a" if accuracy is None else percent(accuracy, 1),
        run.source,
    ]
