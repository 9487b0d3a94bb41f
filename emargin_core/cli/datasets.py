"""`datasets`: what data there is."""

import typer
from rich.table import Table

from emargin_core.cli import options
from emargin_core.cli.output import console, write_json
from emargin_core.datasets import SOURCES


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("datasets")(list_datasets)


def list_datasets(json: options.JsonTarget = None) -> None:
    """List the registered data sets with their origin and licence."""
    if json is not None:
        rows = [
            {key: value for key, value in vars(source).items() if key != "load"}
            for source in SOURCES.values()
        ]
        write_json({"datasets": rows}, json)
        return
    table = Table("name", "title", "size", "licence", "what it is")
    for source in SOURCES.values():
        table.add_row(source.name, source.title, source.size, source.licence, source.description)
    console.print(table)
    console.print("Or give --dataset a path to a long-format CSV or Parquet file.")
