"""`report`: write a report on stored runs to one file."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from emargin_core.analysis.verdict import EQUAL_WITHIN
from emargin_core.cli import options
from emargin_core.cli.output import console, write_text
from emargin_core.report.formats import FORMATS, format_of, write
from emargin_core.report.subject import find_subject, names_of
from emargin_core.store.gallery.gallery import load_gallery
from emargin_core.store.run_store import RunStore
from emargin_core.text.errors import InputError
from emargin_core.text.language import LANGUAGES, speaking


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("report")(report)


def report(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN_ID...",
            help="One run; or a baseline and a candidate, the baseline first, each with the same "
            "folds and seeds.",
        ),
    ],
    out: Annotated[
        str, typer.Option(help="The file to write; - is standard output.")
    ] = "report.html",
    lang: Annotated[str, typer.Option(help=f"One of {', '.join(LANGUAGES)}.")] = "en",
    equal_within: options.EqualWithin = 100 * EQUAL_WITHIN,
    kind: Annotated[
        str | None,
        typer.Option(
            "--format", help=f"One of {', '.join(FORMATS)}; by default from the file's ending."
        ),
    ] = None,
) -> None:
    """Write a report: verdict, figures, all numbers, limits, and the command to reproduce it."""
    if lang not in LANGUAGES:
        raise InputError(
            "--lang is '{lang}'; use one of {languages}", lang=lang, languages=", ".join(LANGUAGES)
        )
    if kind is None:
        kind = "html" if out == "-" else format_of(Path(out))
    store = RunStore()
    subject = find_subject(runs, store, load_gallery(), equal_within / 100)
    with speaking(lang):
        text = write(subject, kind, names_of(subject.runs, store))
    if out == "-":
        sys.stdout.write(text)
        return
    write_text(Path(out), text)
    console.print(
        f"{out}: {len(runs)} runs, {len(text.encode()):,} bytes.", markup=False, soft_wrap=True
    )
