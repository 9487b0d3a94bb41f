"""`datasets check`, `add` and `remove`: the user's own files."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from emargin_core.cli import options
from emargin_core.cli.output import console, write_json
from emargin_core.datasets import library
from emargin_core.datasets.inspection import FileReport, inspect_file
from emargin_core.datasets.long_format import check_missing, look
from emargin_core.datasets.mapping import ColumnMapping
from emargin_core.datasets.table_scan import MISSING_CHOICES, Missing
from emargin_core.datasets.tables import user_path
from emargin_core.errors import InputError
from emargin_core.plain_text import listed, shown

SHOWN_RECORDINGS = 12

File = Annotated[Path, typer.Argument(help="A long-format .csv, .tsv, .txt or .parquet file.")]
_none = "Guessed if left out; '' for none."
RecordingColumn = Annotated[
    str | None, typer.Option("--recording", help=f"Column that tells recordings apart. {_none}")
]
GroupColumn = Annotated[
    str | None,
    typer.Option("--group", help=f"Column of what must not be split, such as subject. {_none}"),
]
TimeColumn = Annotated[str | None, typer.Option("--time", help=f"Column of the time. {_none}")]
LabelColumn = Annotated[str | None, typer.Option("--label", help=f"Column of the class. {_none}")]
Channels = Annotated[
    str | None, typer.Option(help="Columns of the signal, as a,b; guessed if left out.")
]
Rate = Annotated[float | None, typer.Option(help="Samples a second, where there is no time.")]
MissingValues = Annotated[
    str, typer.Option(help=f"What to do with missing values: {', '.join(MISSING_CHOICES)}.")
]


def register(commands: typer.Typer) -> None:
    """Add the commands."""
    commands.command("check")(check)
    commands.command("add")(add)
    commands.command("remove")(remove)


def check(
    file: File,
    recording: RecordingColumn = None,
    group: GroupColumn = None,
    time: TimeColumn = None,
    label: LabelColumn = None,
    channels: Channels = None,
    rate: Rate = None,
    missing: MissingValues = "refuse",
    json: options.JsonTarget = None,
) -> None:
    """Say what a file holds and what is wrong with it; nothing is kept."""
    mapping = _mapping(file, recording, group, time, label, channels, rate)
    report = inspect_file(file, mapping, _choice(missing))
    if json is not None:
        write_json(report.to_json(), json)
    else:
        _print(report)
    if report.problems:
        more = len(report.problems) - 1
        also = f"; and {more} more" if more else ""
        raise InputError(report.problems[0].text + also)


def add(
    file: File,
    name: Annotated[str, typer.Option(help="What to call it; my:NAME stands for it from then on.")],
    recording: RecordingColumn = None,
    group: GroupColumn = None,
    time: TimeColumn = None,
    label: LabelColumn = None,
    channels: Channels = None,
    rate: Rate = None,
    missing: MissingValues = "refuse",
) -> None:
    """Keep a file as a data set of your own; the file itself is only read."""
    mapping = _mapping(file, recording, group, time, label, channels, rate)
    added = library.add_dataset(file, name, mapping, _choice(missing))
    console.print(f"Added; use it as --dataset {added.name}", highlight=False)


def remove(name: Annotated[str, typer.Argument(help="my:NAME or NAME.")]) -> None:
    """Delete a data set of your own; the file it came from stays."""
    library.remove_dataset(name)
    console.print(f"Removed {escape(shown(name))}.", highlight=False)


def _choice(missing: str) -> Missing:
    check_missing(missing)
    return next(choice for choice in MISSING_CHOICES if choice == missing)


def _mapping(
    file: Path,
    recording: str | None,
    group: str | None,
    time: str | None,
    label: str | None,
    channels: str | None,
    rate: float | None,
) -> ColumnMapping:
    """The guess, with what was given in its place."""
    _, guessed = look(user_path(file))
    given = {"recording": recording, "group": group, "time": time, "label": label}
    parts = {
        part: getattr(guessed, part) if column is None else column or None
        for part, column in given.items()
    }
    if channels is not None:
        wanted = tuple(name.strip() for name in channels.split(",") if name.strip())
    else:
        wanted = tuple(name for name in guessed.channels if name not in parts.values())
    return ColumnMapping(channels=wanted, rate=rate, **parts)


def _print(report: FileReport) -> None:
    columns = Table("column", "part", "type", "examples", "missing")
    for column in report.columns:
        lost = column.missing + column.infinite
        columns.add_row(
            *(escape(shown(cell)) for cell in (column.name, column.role, column.kind)),
            escape(listed(column.examples)),
            f"{lost:,}, first in row {column.first_missing_row:,}"
            if column.first_missing_row is not None
            else "",
        )
    console.print(columns)
    recordings = Table("recording", "group", "samples", "length", "rate", "gaps")
    for found in report.recordings[:SHOWN_RECORDINGS]:
        recordings.add_row(
            escape(shown(found.id)),
            escape(shown(found.group)),
            f"{found.samples:,}",
            "n/a" if found.seconds is None else f"{found.seconds:,.1f} s",
            "n/a" if found.rate is None else f"{found.rate:g} Hz",
            "n/a" if found.gaps is None else f"{found.gaps:,}",
        )
    console.print(recordings)
    if len(report.recordings) > SHOWN_RECORDINGS:
        console.print(f"and {len(report.recordings) - SHOWN_RECORDINGS:,} recordings more")
    if report.classes:
        classes = Table("class", "samples", "length")
        for kind in report.classes:
            length = "n/a" if kind.seconds is None else f"{kind.seconds:,.1f} s"
            classes.add_row(escape(shown(kind.name)), f"{kind.samples:,}", length)
        console.print(classes)
    for words in dict.fromkeys([*report.notes, *report.warnings]):
        console.print(f"- {escape(words)}", highlight=False, soft_wrap=True)
    if report.usable:
        console.print("The file can be used.")
