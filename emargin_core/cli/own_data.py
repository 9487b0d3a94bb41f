"""`datasets check`, `add` and `remove`: the user's own files."""

import csv
from collections.abc import Callable
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from emargin_core.cli import options
from emargin_core.cli.output import console, write_json
from emargin_core.datasets.tables import library
from emargin_core.datasets.tables.choices import (
    MISSING_CHOICES,
    ROW_CHOICES,
    SEPARATORS,
    TIME_UNITS,
    Choices,
)
from emargin_core.datasets.tables.inspection import FileReport, inspect_file, unreadable
from emargin_core.text.errors import InputError
from emargin_core.text.plain_text import listed, shown

SHOWN_RECORDINGS = 12

Files = Annotated[
    list[Path],
    typer.Argument(help="A table: text, Parquet or workbook. Several: one recording each."),
]
_found = "Found out if left out; '' for none; 'a + b' for two."
_text: dict[str, str] = {
    "separator": f"What parts the columns: {', '.join(SEPARATORS)}, or a sign.",
    "decimal": "Sign of the decimal point: . or ,",
    "encoding": "Encoding of the text, such as cp932.",
    "sheet": "Sheet of a workbook; the first with a signal if left out.",
    "recording": f"Column that tells recordings apart. {_found}",
    "group": f"Column of what must not be in both training and test, such as subject. {_found}",
    "time": f"Column of the time. {_found}",
    "label": f"Column of the class, or 'a + b + c' where each class has a 0/1 column. {_found}",
    "row_is": f"What a row is: {', '.join(ROW_CHOICES)}.",
    "time_unit": f"Unit of the time: {', '.join(TIME_UNITS)}.",
    "time_format": "dmy, mdy or ymd, or how the time is written, such as '%d.%m.%Y %H:%M:%S'.",
    "missing": f"What to do with missing values: {', '.join(MISSING_CHOICES)}.",
    "frame": "Length of a frame: seconds, or '128 samples'.",
    "hop": "From one frame to the next: seconds, or samples; half a frame if left out.",
}
_lists: dict[str, str] = {
    "channels": "Columns of the signal, as a,b; +a adds one to those that are found.",
    "leave_out": "Columns that are no channel, as a,b.",
    "na": "Words and numbers that stand for a missing value, as -9999,?.",
    "hold": "Channels whose last value counts until the next, as a,b.",
    "ignore_class": "Labels that are no class, as null,transient.",
    "rename_class": "Names for classes, as 0=rest,1=walk.",
}
_OPTIONS: dict[str, Any] = {
    **{name: Annotated[str | None, typer.Option(help=words)] for name, words in _text.items()},
    **{name: Annotated[str | None, typer.Option(help=words)] for name, words in _lists.items()},
    "header": Annotated[
        int | None, typer.Option(min=0, help="Line of the column names; 0 for none.")
    ],
    "rate": Annotated[
        float | None, typer.Option(help="Samples per second, if there is no time column.")
    ],
    "resample": Annotated[
        float | None, typer.Option(help="Bring all recordings to so many samples per second.")
    ],
    "sort": Annotated[bool, typer.Option("--sort", help="Sort the rows by time.")],
    "restarts": Annotated[
        bool, typer.Option("--restarts", help="A new recording begins where the time goes back.")
    ],
    "fill_labels": Annotated[
        bool | None,
        typer.Option("--fill-labels/--no-fill-labels", help="A label counts until the next one."),
    ],
    "labels": Annotated[
        Path | None,
        typer.Option(help="A second file with the labels: onset, duration or end, label."),
    ],
}
"""The options by which a file is read, each with its help: all fields of `Choices`."""


def register(commands: typer.Typer) -> None:
    """Add the commands."""
    commands.command("check")(_with_choices(check))
    commands.command("add")(_with_choices(add))
    commands.command("remove")(remove)


def check(file: Files, choices: Choices, json: options.JsonTarget = None) -> None:
    """Show the contents and the problems of a file; nothing is stored."""
    try:
        report = inspect_file(file, choices)
    except InputError as error:
        if json is not None:
            write_json(unreadable(error), json)
        raise
    if json is not None:
        write_json(report.to_json(), json)
    else:
        _print(report)
    if report.problems:
        name, more = shown(file[0].name), len(report.problems) - 1
        text, remedy = report.problems[0].what, report.problems[0].remedy
        if remedy is not None:
            text = f"{text} [try {remedy}]"
        raise (
            InputError("{name}: {text}; and {more} more", name=name, text=text, more=more)
            if more
            else InputError("{name}: {text}", name=name, text=text)
        )


def add(
    file: Files,
    choices: Choices,
    name: Annotated[str, typer.Option(help="Name of the data set; use it as my:NAME.")],
) -> None:
    """Add a file as a data set of your own; the file itself does not change."""
    added = library.add_dataset(file, name, choices)
    console.print(f"Added; use it as --dataset {added.name}", highlight=False)


def remove(name: Annotated[str, typer.Argument(help="my:NAME or NAME.")]) -> None:
    """Delete a data set of your own; the original file stays."""
    library.remove_dataset(name)
    console.print(f"Removed {escape(shown(name))}.", highlight=False)


def choices_of(values: dict[str, Any]) -> Choices:
    """Return the choices that options make.

    Raises:
        InputError: one of them cannot be.
    """
    given = {name: value for name, value in values.items() if value is not None}
    for name in _lists:
        if name in given:
            given[name] = _names(given[name])
    if "ignore_class" in given:
        given["ignore_classes"] = given.pop("ignore_class")
    if "rename_class" in given:
        pairs = [pair.partition("=") for pair in given.pop("rename_class")]
        if not all(new for _, _, new in pairs):
            raise InputError("--rename-class takes pairs such as 0=rest,1=walk")
        given["class_names"] = tuple((old.strip(), new.strip()) for old, _, new in pairs)
    found = Choices(**given)
    found.check()
    return found


def _with_choices(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command that takes `choices` an option for each of them."""
    own = signature(command).parameters

    def run(**values: Any) -> None:
        made = choices_of({name: values.pop(name) for name in _OPTIONS})
        command(choices=made, **values)

    parameters = [
        parameter.replace(kind=Parameter.KEYWORD_ONLY)
        for name, parameter in own.items()
        if name != "choices"
    ]
    for name, annotation in _OPTIONS.items():
        default: Any = {"missing": "refuse", "sort": False, "restarts": False}.get(name)
        parameters.append(
            Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        )
    run.__signature__ = signature(command).replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__doc__ = command.__doc__
    run.__name__ = command.__name__
    return run


def _names(text: str) -> tuple[str, ...]:
    """Read 'a,"b, c"'."""
    found = next(csv.reader([text], skipinitialspace=True), [])
    return tuple(name.strip() for name in found if name.strip())


def _print(report: FileReport) -> None:
    columns = Table("column", "role", "type", "examples", "why", "missing")
    for column in report.columns:
        lost = column.missing + column.infinite
        columns.add_row(
            *(escape(shown(cell)) for cell in (column.name, column.role, column.kind)),
            escape(str(listed(column.examples))),
            escape(str(column.why)),
            f"{lost:,}, first in row {column.first_missing_row:,}"
            if column.first_missing_row is not None
            else "",
        )
    console.print(columns)
    if report.recordings:
        recordings = Table("recording", "group", "samples", "length", "rate", "gaps")
        for found in report.recordings[:SHOWN_RECORDINGS]:
            recordings.add_row(
                escape(shown(found.id)),
                escape(shown(found.group)),
                f"{found.samples:,}",
                f"{found.seconds:,.1f} s",
                f"{found.rate:g} Hz",
                f"{found.gaps:,}",
            )
        console.print(recordings)
    if len(report.recordings) > SHOWN_RECORDINGS:
        console.print(f"and {len(report.recordings) - SHOWN_RECORDINGS:,} more recordings")
    if report.classes:
        classes = Table("class", "samples", "length")
        for kind in report.classes:
            length = "n/a" if kind.seconds is None else f"{kind.seconds:,.1f} s"
            classes.add_row(escape(shown(kind.name)), f"{kind.samples:,}", length)
        console.print(classes)
    for words in dict.fromkeys([*report.notes, *report.warnings]):
        console.print(f"- {escape(str(words))}", highlight=False, soft_wrap=True)
    for problem in report.problems:
        console.print(f"? {escape(str(problem.what))}", highlight=False, soft_wrap=True)
        if problem.remedy is not None:
            console.print(f"  try {escape(problem.remedy)}", highlight=False, soft_wrap=True)
    if report.usable:
        console.print("The file can be used.")
