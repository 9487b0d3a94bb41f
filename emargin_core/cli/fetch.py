"""`datasets fetch`: download public data into the data folder."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TransferSpeedColumn,
)

from emargin_core.cli.output import to_stderr
from emargin_core.datasets.fetch.folder import data_root
from emargin_core.datasets.registry import fetch_dataset
from emargin_core.text.errors import InputError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("fetch")(fetch)


def fetch(
    name: Annotated[str, typer.Argument(help="harth, sleep-edf, afdb or archive:NAME.")],
    path: Annotated[
        Path | None,
        typer.Option(help="Folder for data sets, instead of EMARGIN_DATA or EMARGIN_HOME/data."),
    ] = None,
    subjects: Annotated[
        int | None, typer.Option(min=1, help="Fetch only the first N subjects (sleep-edf, afdb).")
    ] = None,
) -> None:
    """Download a public data set; an interrupted download is resumed."""
    root = (path or data_root()).expanduser().resolve()
    if root.exists() and not root.is_dir():
        raise InputError("{root} is a file; give a folder for the data", root=root)
    try:
        with _Bytes() as bars:
            done = fetch_dataset(name, root, subjects, bars.tell)
    except KeyboardInterrupt:
        sys.stderr.write("stopped; run the same command again to resume\n")
        raise typer.Exit(130) from None
    sys.stderr.write(f"{name}: {done}, in {root}\n")
    if root != data_root().expanduser().resolve():
        sys.stderr.write(f"to use it, set EMARGIN_DATA={root}\n")


class _Bytes:
    """Progress bar of the current download, on standard error."""

    def __init__(self) -> None:
        self._bars = Progress(
            TextColumn("{task.description:<28}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            console=to_stderr,
            transient=True,
        )
        self._name: str | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> "_Bytes":
        return self

    def __exit__(self, *_: object) -> None:
        if self._task is not None:
            self._bars.stop()

    def tell(self, name: str, done: int, total: int | None) -> None:
        """Show how many bytes of the file `name` have arrived."""
        self._bars.start()
        if self._task is None or name != self._name:
            if self._task is not None:
                self._bars.remove_task(self._task)
            self._name, self._task = name, self._bars.add_task(name, total=total)
        self._bars.update(self._task, completed=done, total=total)
