"""`runs`: what is stored; names, deleting and restoring, archives."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Column, Table

from emargin_core.annotations import make_annotation, read_annotation, write_annotation
from emargin_core.cli import options
from emargin_core.cli.output import console, write_json
from emargin_core.errors import InputError
from emargin_core.gallery import load_gallery
from emargin_core.mlflow_log import EXPERIMENT, log_runs, tracking_address
from emargin_core.plain_text import shown
from emargin_core.run_archive import export_runs, import_runs
from emargin_core.run_list import ListedRun, list_runs, matching
from emargin_core.store import RunStore
from emargin_core.trash import Trash

Runs = Annotated[list[str], typer.Argument(metavar="RUN_ID...", help="Names from `runs list`.")]

commands = typer.Typer(help="Stored runs: list, name, delete, restore, export, import.")


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.add_typer(commands, name="runs")


@commands.command("list")
def list_command(
    search: Annotated[str, typer.Option(help="Words that must occur.")] = "",
    stored: Annotated[
        bool, typer.Option("--stored", help="Leave out what comes with the program.")
    ] = False,
    json: options.JsonTarget = None,
) -> None:
    """List all runs, those that come with the program last."""
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
    _tell({"file": str(out), "runs": len(set(runs)), "bytes": size}, json,
          f"{out}: {len(set(runs))} runs, {size:,} bytes.")  # fmt: skip


@commands.command("import")
def import_command(
    archive: Annotated[Path, typer.Argument(help="A zip file from `runs export`.")],
    json: options.JsonTarget = None,
) -> None:
    """Check an archive and keep its runs; those that are here already stay as they are."""
    found = import_runs(archive, RunStore())
    _tell({"added": list(found.added), "present": list(found.present)}, json,
          f"{len(found.added)} runs added, {len(found.present)} were here already.")  # fmt: skip


@commands.command("name")
def name_command(
    run: Annotated[str, typer.Argument(metavar="RUN_ID", help="A name from `runs list`.")],
    name: Annotated[str, typer.Argument(help="What it is to be called; empty for no name.")],
    note: Annotated[str | None, typer.Option(help="A note; if not given, the old one.")] = None,
    json: options.JsonTarget = None,
) -> None:
    """Give a run a name of your own, and a note."""
    store = RunStore()
    if run not in {known.run_id for known in list_runs(store, load_gallery())}:
        raise InputError(f"there is no run {shown(run)} here; `runs list` names those that are")
    old = read_annotation(store.home, run)
    annotation = make_annotation(name, old.note if note is None else note)
    write_annotation(store.home, run, annotation)
    _tell({"run_id": run, "name": annotation.name, "note": annotation.note}, json,
          f"{run}: {annotation.name or 'no name'}.")  # fmt: skip


@commands.command("log")
def log_command(
    runs: Runs,
    address: Annotated[
        str | None,
        typer.Option("--tracking-uri", help="By default MLFLOW_TRACKING_URI, else a folder here."),
    ] = None,
    experiment: Annotated[str, typer.Option(help="The MLflow experiment.")] = EXPERIMENT,
    json: options.JsonTarget = None,
) -> None:
    """Log runs to MLflow, each once: settings, metrics and origin."""
    store = RunStore()
    listed = {run.run_id: run for run in list_runs(store, load_gallery())}
    for name in runs:
        if name not in listed:
            raise InputError(
                f"there is no run {shown(name)} here; `runs list` names those that are"
            )
    place = address or tracking_address(store.home)
    found = log_runs([listed[name] for name in dict.fromkeys(runs)], place, experiment)
    _tell(
        {"added": list(found.added), "present": list(found.present), "tracking_uri": place},
        json,
        f"{len(found.added)} runs logged to {place}, {len(found.present)} were there already.",
    )


@commands.command("delete")
def delete_command(runs: Runs, json: options.JsonTarget = None) -> None:
    """Move runs to the trash; they can be restored for 30 days."""
    store = RunStore()
    _all_stored(runs, store)
    trash = Trash(store.home)
    moved = trash.put(runs)
    trash.expire()
    _tell({"deleted": moved}, json, f"{len(moved)} runs deleted; `runs restore` undoes it.")


@commands.command("restore")
def restore_command(runs: Runs, json: options.JsonTarget = None) -> None:
    """Take deleted runs out of the trash."""
    trash = Trash(RunStore().home)
    there = trash.restore(runs)
    lost = [run for run in runs if run not in there]
    if lost:
        raise InputError(f"run {shown(lost[0])} is not in the trash; `runs trash` lists what is")
    _tell({"restored": there}, json, f"{len(there)} runs restored.")


@commands.command("trash")
def trash_command(
    empty: Annotated[bool, typer.Option("--empty", help="Remove them for good.")] = False,
    json: options.JsonTarget = None,
) -> None:
    """List deleted runs, or remove them for good."""
    trash = Trash(RunStore().home)
    entries = trash.entries()
    if empty:
        gone = trash.empty()
        _tell({"removed": gone}, json, f"{gone} deleted runs removed for good.")
        return
    found = [(e.run_id, e.deleted.isoformat(timespec="seconds")) for e in entries]
    words = "\n".join(f"{run_id}  deleted {deleted}" for run_id, deleted in found)
    document = {"trash": [{"run_id": run_id, "deleted": deleted} for run_id, deleted in found]}
    _tell(document, json, words or "It is empty.")


def _all_stored(runs: list[str], store: RunStore) -> None:
    """Refuse before anything is moved."""
    known = set(store.ids())
    shipped = load_gallery()
    for run in runs:
        if run not in known:
            raise InputError(
                f"run {run} comes with the program and cannot be deleted"
                if shipped and run in shipped.entries
                else f"there is no run {shown(run)} here; `runs list --stored` names those that are"
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
        "n/a" if accuracy is None else f"{100 * accuracy:.1f} %",
        run.source,
    ]
