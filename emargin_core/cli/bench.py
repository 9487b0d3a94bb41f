"""`bench` and `warm`: how fast it is here, and what makes it fast."""

import typer

from emargin_core.cli.output import console


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("warm")(warm)


def warm() -> None:
    """Compile the map's code once, into a cache that later processes read."""
    from emargin_core.projection import is_warm
    from emargin_core.projection import warm as compile_map

    if not is_warm():
        console.print("Compiling the map's code; this takes about half a minute, once.")
    console.print(f"The map is ready ({compile_map():.1f} s).")
