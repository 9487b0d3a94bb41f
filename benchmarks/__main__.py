"""`python -m benchmarks`: how fast it is here, beside stock counterparts, and how sure."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from emargin_core.cli import options, run_app
from emargin_core.cli.output import to_stderr, write_json
from emargin_core.text.errors import InputError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Part:
    """One benchmark: the module `benchmarks.<name>` has bench_<name> and print_<name>.

    scalable: its data set and its training steps can be chosen; kept: it takes hours, keeps what
    it has done in a folder, and is no part of `all`.
    """

    name: str
    what: str
    repeatable: bool = True
    scalable: bool = False
    kept: bool = False

    def function(self, verb: str) -> Callable[..., Any]:
        """Return `bench_<name>` or `print_<name>`."""
        name = self.name.replace("-", "_")
        found: Callable[..., Any] = getattr(import_module(f"benchmarks.{name}"), f"{verb}_{name}")
        return found


PARTS = {
    part.name: part
    for part in (
        Part("pipeline", "a whole comparison", scalable=True),
        Part("maps", "a map of 3,000 points"),
        Part("metrics", "cluster indices and probe"),
        Part("watching", "a training, watched and not", scalable=True),
        Part("losses", "each loss", repeatable=False),
        Part("data", "a large file, in time and memory", repeatable=False),
        Part("page", "the page in a browser"),
        Part("load", "50 visitors at a time", repeatable=False, scalable=True),
        Part("sweep", "a grid of 20 cells with two workers and with one", scalable=True),
        Part("forecast", "expected values, each setting left out in turn", repeatable=False),
        Part("head-start", "searches with and without settings of other data", False, kept=True),
        Part("rounding", "what another processor changes, beside another seed", scalable=True),
        Part("coverage", "how often intervals hold the truth", kept=True),
    )
}
DEFAULT_PARTS = ("pipeline", "maps", "page")


@app.command()
def bench(
    part: Annotated[
        str | None,
        typer.Argument(
            help=f"One of {', '.join(PARTS)}, all; {', '.join(DEFAULT_PARTS)} if left out.",
            show_default=False,
        ),
    ] = None,
    repeats: Annotated[
        int | None,
        typer.Option(min=1, help="How often each figure is taken; each part has its own default."),
    ] = None,
    iterations: Annotated[
        int | None, typer.Option(min=1, help="Training steps of a run, where a part trains.")
    ] = None,
    dataset: Annotated[
        str | None, typer.Option(help="Data set or path, where a part can take any.")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(help="Where a part that takes hours keeps what it did, to go on later."),
    ] = None,
    json: options.JsonTarget = None,
) -> None:
    """Time our routes against their stock counterparts, in turn, on this machine."""
    measured = []
    size = {"iterations": iterations, "dataset": dataset}
    for chosen in _chosen(part):
        found = _measure(chosen, repeats, folder=folder, **size)
        if found is not None:
            measured.append(found)
            if json is None:
                chosen.function("print")(found["rows"])
    if json is not None:
        write_json({"parts": measured}, json)


def _chosen(part: str | None) -> list[Part]:
    if part is None:
        return [PARTS[name] for name in DEFAULT_PARTS]
    if part == "all":
        return [known for known in PARTS.values() if not known.kept]
    if part not in PARTS:
        raise InputError(
            "'{part}' cannot be timed; use one of {parts}, all", part=part, parts=", ".join(PARTS)
        )
    return [PARTS[part]]


def _measure(
    part: Part, repeats: int | None, folder: Path | None = None, **size: int | str | None
) -> dict[str, Any] | None:
    """Rows of one part with the load around it; None, and a line that says why, if skipped."""
    from benchmarks.report import load_average

    if part.name == "page":
        from benchmarks.page import why_not

        reason = why_not()
        if reason is not None:
            to_stderr.print(f"page: skipped, {reason}.")
            return None
    if part.kept and folder is None:
        raise InputError("{part} needs --folder, where what it did is kept", part=part.name)
    before = load_average()
    to_stderr.print(f"{part.name}: timing {part.what}; load average {_words(before)}.")
    settings: dict[str, Any] = {}
    if repeats is not None and part.repeatable:
        settings["repeats"] = repeats
    if part.kept:
        settings["folder"] = folder
    if part.scalable:
        settings |= {name: value for name, value in size.items() if value is not None}
    rows: Rows = part.function("bench")(**settings)
    after = load_average()
    to_stderr.print(f"{part.name}: done; load average {_words(after)}.")
    return {"part": part.name, "load_before": before, "load_after": after, "rows": rows}


def _words(load: list[float] | None) -> str:
    return "unknown" if load is None else ", ".join(f"{value:.1f}" for value in load)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks' command line; returns the exit status."""
    return run_app(app, arguments)


if __name__ == "__main__":
    sys.exit(main())
