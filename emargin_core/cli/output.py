"""Output of the command line: results to standard output or a file, progress to stderr."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn
from rich.progress import Progress as Bars

from emargin_core.datasets.drafts import write_file
from emargin_core.jobs.status import STAGES
from emargin_core.text.errors import InputError
from emargin_core.text.message import Message
from emargin_core.training.progress import Progress

console = Console()
to_stderr = Console(stderr=True)


def write_json(document: dict[str, Any], target: str) -> None:
    """Write one JSON object to standard output ('-') or to a file; messages become text."""
    text = json.dumps(document, allow_nan=False, default=Message.__str__)
    if target == "-":
        sys.stdout.write(text + "\n")
        return
    try:
        Path(target).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(
            "--json {target} cannot be written: {error}", target=target, error=error
        ) from None


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all.

    Raises:
        InputError: it cannot be written; what was there before stays.
    """
    try:
        path.parent.resolve(strict=True)  # a mistyped folder is an error, and not made
        write_file(path, text.encode(), mode=0o644)
    except OSError as error:
        raise InputError("{path} cannot be written: {error}", path=path, error=error) from None


class ProgressBars:
    """One progress bar per run on standard error; a context manager."""

    def __init__(self) -> None:
        self._bars = Bars(
            TextColumn("{task.description:<32}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[note]}"),
            console=to_stderr,
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "ProgressBars":
        return self

    def __exit__(self, *_: object) -> None:
        if self._tasks:
            self._bars.stop()

    def tell(self, name: str, progress: Progress) -> None:
        """Show the progress of the run `name`."""
        self._bars.start()
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=1.0, note="")
        left = progress.seconds_left
        note = str(STAGES.get(progress.stage, progress.stage)) + (
            "" if left is None else f", {left:.0f} s left"
        )
        self._bars.update(self._tasks[name], completed=progress.fraction, note=note)


class ProgressLine:
    """One progress line on standard error; without a terminal, a line every `EVERY_S` seconds."""

    EVERY_S = 10.0

    def __init__(self) -> None:
        self._last = (0.0, "")

    def __enter__(self) -> "ProgressLine":
        return self

    def __exit__(self, *_: object) -> None:
        if self._last[1] and to_stderr.is_terminal:
            to_stderr.print()

    def tell(self, words: str) -> None:
        """Replace the line by these words."""
        now = time.monotonic()
        due = to_stderr.is_terminal or now - self._last[0] >= self.EVERY_S
        if words == self._last[1] or not due:
            return
        self._last = (now, words)
        if to_stderr.is_terminal:
            to_stderr.print(f"\r{words:<72}", end="", highlight=False)
        else:
            to_stderr.print(words, highlight=False)
