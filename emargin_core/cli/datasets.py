"""`datasets`: list the data sets."""

import typer
from rich.markup import escape
from rich.table import Table

from emargin_core.cli import fetch, options, own_data
from emargin_core.cli.output import console, write_json
from emargin_core.datasets.registry import SOURCES
from emargin_core.datasets.tables import library

WORDS = ("name", "title", "description", "citation", "licence", "size", "origin")

commands = typer.Typer(invoke_without_command=True)
fetch.register(commands)
own_data.register(commands)


def register(app: typer.Typer) -> None:
    """Add the command, and those under it, to the application."""
    app.add_typer(commands, name="datasets")


@commands.callback()
def list_datasets(context: typer.Context, json: options.JsonTarget = None) -> None:
    """List the data sets: built in, downloadable, and your own; check, add or remove your own."""
    if context.invoked_subcommand is not None:
        return
    missing = {name: source.missing() for name, source in SOURCES.items()}
    own = library.list_datasets()
    if json is not None:
        rows = [
            {word: getattr(source, word) for word in WORDS}
            | {"available": missing[source.name] is None, "missing": missing[source.name]}
            for source in SOURCES.values()
        ]
        added = [vars(entry) | {"name": entry.name} for entry in own]
        write_json({"datasets": rows, "own": added}, json)
        return
    table = Table("name", "title", "available", "size", "licence")
    for source in SOURCES.values():
        here = "no" if missing[source.name] else "yes"
        table.add_row(*map(str, (source.name, source.title, here, source.size, source.licence)))
    for entry in own:
        size = (
            f"{entry.n_samples:,} samples, {entry.n_recordings:,} recordings, "
            f"{len(entry.class_names)} classes"
        )
        table.add_row(entry.name, escape(entry.title), "yes", size, "your own")
    console.print(table)
    for source in SOURCES.values():
        console.print(f"{source.name}: {source.description}", soft_wrap=True, highlight=False)
    for name, sentence in missing.items():
        if sentence is not None:
            console.print(f"{name}: {sentence}.", soft_wrap=True, highlight=False)
    console.print(
        "--dataset also takes archive:NAME for any problem of the UCR and UEA archives, or the "
        "path of a long-format CSV or Parquet file.",
        soft_wrap=True,
    )
