"""`bench` and `warm`: how fast it is here, and what makes it fast."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any

import typer

from emargin_core.cli import options
from emargin_core.cli.output import console, to_stderr, write_json
from emargin_core.errors import InputError

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Part:
    """One benchmark: the module `emargin_core.bench.<name>` has bench_<name> and print_<name>.

    scalable: its data set and its training steps can be chosen.
    """

    name: str
    what: str
    repeatable: bool = True
    scalable: bool = False

    def function(self, verb: str) -> Callable[..., Any]:
        """Return `bench_<name>` or `print_<name>`."""
        found: Callable[..., Any] = getattr(
            import_module(f"emargin_core.bench.{self.name}"), f"{verb}_{self.name}"
        )
        return found


PARTS = {
    part.name: part
    for part in (
        Part("pipeline", "a whole comparison", scalable=True),
        Part("maps", "a map of 3,000 points"),
        Part("metrics", "cluster indices and probe"),
        Part("losses", "each loss", repeatable=False),
        Part("data", "a large file, in time and memory", repeatable=False),
        Part("page", "the page in a browser"),
        Part("load", "50 visitors at a time", repeatable=False, scalable=True),
        Part("sweep", "a grid of 20 cells with two workers and with one", scalable=True),
    )
}
DEFAULT_PARTS = ("pipeline", "maps", "page")


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("warm")(warm)
    app.command("bench")(bench)


def warm() -> None:
    """Compile the map's code once, into a cache that later processes read."""
    from emargin_core.projection import is_warm
    from emargin_core.projection import warm as compile_map

    if not is_warm():
        console.print("Compiling the map's code; this takes about half a minute, once.")
    console.print(f"The map is ready ({compile_map():.1f} s).")


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
    json: options.JsonTarget = None,
) -> None:
    """Time our routes against their stock counterparts, in turn, on this machine."""
    measured = []
    for chosen in _chosen(part):
        found = _measure(chosen, repeats, iterations=iterations, dataset=dataset)
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
        return list(PARTS.values())
    if part not in PARTS:
        raise InputError(f"'{part}' cannot be timed; use one of {', '.join(PARTS)}, all")
    return [PARTS[part]]


def _measure(part: Part, repeats: int | None, **size: int | str | None) -> dict[str, Any] | None:
    """Rows of one part with the load around it; None, and a line that says why, if skipped."""
    from emargin_core.bench.report import load_average

    if part.name == "page":
        from emargin_core.bench.page import why_not

        reason = why_not()
        if reason is not None:
            to_stderr.print(f"page: skipped, {reason}.")
            return None
    before = load_average()
    to_stderr.print(f"{part.name}: timing {part.what}; load average {_words(before)}.")
    settings: dict[str, Any] = {}
    if repeats is not None and part.repeatable:
        settings["repeats"] = repeats
    if part.scalable:
        settings |= {name: value for name, value in size.items() if value is not None}
    rows: Rows = part.function("bench")(**settings)
    after = load_average()
    to_stderr.print(f"{part.name}: done; load average {_words(after)}.")
    return {"part": part.name, "load_before": before, "load_after": after, "rows": rows}


def _words(load: list[float] | None) -> str:
    return "unknown" if load is None else ", ".join(f"{value:.1f}" for value in load)
