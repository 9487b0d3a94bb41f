"""`datasets`: what data there is."""

import typer
from rich.table import Table

from emargin_core.cli import fetch, options
from emargin_core.cli.output import console, write_json
from emargin_core.datasets import SOURCES

WORDS = ("name", "title", "description", "citation", "licence", "size", "origin")

commands = typer.Typer(invoke_without_command=True)
fetch.register(commands)


def register(app: typer.Typer) -> None:
    """Add the command, and those under it, to the application."""
    app.add_typer(commands, name="datasets")


@commands.callback()
def list_datasets(context: typer.Context, json: options.JsonTarget = None) -> None:
    """List the registered data sets with their origin, licence, and whether they are here."""
    if context.invoked_subcommand is not None:
        return
    missing = {name: source.missing() for name, source in SOURCES.items()}
    if json is not None:
        rows = [
            {word: getattr(source, word) for word in WORDS}
            | {"available": missing[source.name] is None, "missing": missing[source.name]}
            for source in SOURCES.values()
        ]
        write_json({"datasets": rows}, json)
        return
    table = Table("name", "title", "here", "size", "licence", "what it is")
    for source in SOURCES.values():
        here = "no" if missing[source.name] else "yes"
        table.add_row(
            source.name, source.title, here, source.size, source.licence, source.description
        )
    console.print(table)
    for name, sentence in missing.items():
        if sentence is not None:
            console.print(f"{name}: {sentence}.", soft_wrap=True, highlight=False)
    console.print(
        "Or give --dataset archive:NAME for any problem of the UCR and UEA archives, or a path to "
        "a long-format CSV or Parquet file.",
        soft_wrap=True,
    )
