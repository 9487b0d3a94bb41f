"""`report`: stored runs as one file to read, print or send."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from emargin_core.cli.output import console, write_text
from emargin_core.errors import InputError
from emargin_core.gallery import load_gallery
from emargin_core.language import LANGUAGES, speaking
from emargin_core.report.formats import FORMATS, format_of, write
from emargin_core.report.subject import find_subject, names_of
from emargin_core.store import RunStore


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("report")(report)


def report(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN_ID...",
            help="One run; or a baseline and a candidate, each with the same seeds, the baseline "
            "first.",
        ),
    ],
    out: Annotated[
        str, typer.Option(help="The file to write; - is standard output.")
    ] = "report.html",
    lang: Annotated[str, typer.Option(help=f"One of {', '.join(LANGUAGES)}.")] = "en",
    kind: Annotated[
        str | None,
        typer.Option("--format", help=f"One of {', '.join(FORMATS)}; by default the ending's."),
    ] = None,
) -> None:
    """Write a report: verdict, figures, all numbers, limits, and the command behind them."""
    if lang not in LANGUAGES:
        raise InputError(f"--lang is '{lang}'; use one of {', '.join(LANGUAGES)}")
    if kind is None:
        kind = "html" if out == "-" else format_of(Path(out))
    store = RunStore()
    subject = find_subject(runs, store, load_gallery())
    with speaking(lang):
        text = write(subject, kind, names_of(subject.runs, store))
    if out == "-":
        sys.stdout.write(text)
        return
    write_text(Path(out), text)
    console.print(f"{out}: {len(runs)} runs, {len(text.encode()):,} bytes.", markup=False,
                  soft_wrap=True)  # fmt: skip
