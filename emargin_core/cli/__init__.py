"""The command line: prints a table or one JSON object; an error is one line."""

import sys
from collections.abc import Sequence

import typer

from emargin_core.cli import (
    datasets,
    doctor,
    experiments,
    gallery,
    report,
    runs,
    sweep,
    tuned_comparison,
)
from emargin_core.config import make_home
from emargin_core.text.errors import CancelledError, ExplorerError
from emargin_core.text.logs import set_up_logging

app = typer.Typer(
    help="Explore when prettier clusters stop meaning better decisions.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
experiments.register(app)
sweep.register(app)
tuned_comparison.register(app)
datasets.register(app)
gallery.register(app)
report.register(app)
runs.register(app)
doctor.register(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line of `python -m emargin_core`; returns the exit status."""
    return run_app(app, arguments)


def run_app(app: typer.Typer, arguments: Sequence[str] | None = None) -> int:
    """Run a command line; every expected error becomes one line on standard error.

    Returns the exit status:

    0 done, 1 something needs fixing (doctor only), 2 bad input, 130 interrupted.
    """
    make_home()
    try:
        set_up_logging()
        status = app(args=arguments, standalone_mode=False)
    except typer.TyperException as error:
        return _fail(_words(error))
    except (KeyboardInterrupt, typer.Abort, CancelledError):
        sys.stderr.write("stopped; nothing was stored\n")
        return 130
    except ExplorerError as error:
        return _fail(str(error))
    return status if isinstance(status, int) else 0


def _words(error: typer.TyperException) -> str:
    """The error of the command line, with the option."""
    words = getattr(error, "format_message", lambda: str(error))
    return str(words())


def _fail(message: str) -> int:
    sys.stderr.write("error: " + " ".join(message.split()) + "\n")
    return 2
