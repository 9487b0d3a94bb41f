"""`datasets`: what data there is."""

import typer
from rich.markup import escape
from rich.table import Table

from emargin_core.cli import fetch, options, own_data
from emargin_core.cli.output import console, write_json
from emargin_core.datasets import SOURCES, library

WORDS = ("name", "title", "description", "citation", "licence", "size", "origin")

commands = typer.Typer(invoke_without_command=True)
fetch.register(commands)
own_data.register(commands)


def register(app: typer.Typer) -> None:
    """Add the command, and those under it, to the application."""
    app.add_typer(commands, name="datasets")


@commands.callback()
def list_datasets(context: typer.Context, json: options.JsonTarget = None) -> None:
    """List the registered data sets, whether they are here, and those of your own."""
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
    table = Table("name", "title", "here", "size", "licence", "what it is")
    for source in SOURCES.values():
        here = "no" if missing[source.name] else "yes"
        table.add_row(
            source.name, source.title, here, source.size, source.licence, source.description
        )
    for entry in own:
        size = f"{entry.n_samples:,} samples"
        kind = f"{entry.n_recordings:,} recordings, {len(entry.class_names)} classes"
        table.add_row(entry.name, escape(entry.title), "yes", size, "the user's own", kind)
    console.print(table)
    for name, sentence in missing.items():
        if sentence is not None:
            console.print(f"{name}: {sentence}.", soft_wrap=True, highlight=False)
    console.print(
        "Or give --dataset archive:NAME for any problem of the UCR and UEA archives, or a path to "
        "a long-format CSV or Parquet file.",
        soft_wrap=True,
    )
