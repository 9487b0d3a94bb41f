"""Where the command line's words go: results to standard output or a file, progress to stderr."""

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn
from rich.progress import Progress as Bars

from emargin_core.errors import InputError
from emargin_core.progress import Progress

console = Console()
to_stderr = Console(stderr=True)


def write_json(document: dict[str, Any], target: str) -> None:
    """Write one JSON object to standard output ('-') or to a file."""
    text = json.dumps(document, allow_nan=False, indent=None if target == "-" else 2)
    if target == "-":
        sys.stdout.write(text + "\n")
        return
    try:
        Path(target).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"--json {target} cannot be written: {error.strerror}") from None


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all: to a temporary file that is then renamed.

    Raises:
        InputError: it cannot be written; what was there before stays.
    """
    try:
        descriptor, draft = tempfile.mkstemp(prefix=".writing-", dir=path.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            os.chmod(draft, 0o644)
            os.replace(draft, path)
        finally:
            Path(draft).unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}") from None


class ProgressBars:
    """One bar a run, on standard error; a context manager that shows nothing until told."""

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
        """Show how far the run called `name` is."""
        self._bars.start()
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=1.0, note="")
        left = progress.seconds_left
        note = progress.stage + ("" if left is None else f", {left:.0f} s left")
        self._bars.update(self._tasks[name], completed=progress.fraction, note=note)


class ProgressLine:
    """One line on standard error that changes in place; a line now and then if not a terminal."""

    EVERY_S = 10.0

    def __init__(self) -> None:
        self._last = (0.0, "")

    def __enter__(self) -> "ProgressLine":
        return self

    def __exit__(self, *_: object) -> None:
        if self._last[1] and to_stderr.is_terminal:
            to_stderr.print()

    def tell(self, words: str) -> None:
        """Show these words in place of the last ones."""
        now = time.monotonic()
        due = to_stderr.is_terminal or now - self._last[0] >= self.EVERY_S
        if words == self._last[1] or not due:
            return
        self._last = (now, words)
        if to_stderr.is_terminal:
            to_stderr.print(f"\r{words:<72}", end="", highlight=False)
        else:
            to_stderr.print(words, highlight=False)
