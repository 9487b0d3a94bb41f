"""What the user calls a run, and notes on it: beside the runs, and no part of any result."""

import json
import logging
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from emargin_core.datasets.drafts import write_file
from emargin_core.text.errors import InputError, StoreError
from emargin_core.text.message import Message

MAX_NAME = 80
MAX_NOTE = 2_000
FOLDER = "annotations"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Annotation:
    """A name on one line and a note on several; both may be empty."""

    name: str = ""
    note: str = ""


def make_annotation(name: str, note: str) -> Annotation:
    """Tidy the words: no control or direction marks, no space at the ends.

    Raises:
        InputError: one of them is too long.
    """
    name = " ".join(_plain(name).split())
    note = "\n".join(line.rstrip() for line in _plain(note).splitlines()).strip()
    for what, words, limit in (
        (Message("name"), name, MAX_NAME),
        (Message("note"), note, MAX_NOTE),
    ):
        if len(words) > limit:
            raise InputError(
                "the {what} has {words:,} characters; at most {limit:,} are allowed",
                what=what,
                words=len(words),
                limit=limit,
            )
    return Annotation(name, note)


def read_annotation(home: Path, run_id: str) -> Annotation:
    """What is noted of a run; nothing, and a warning, where the file is malformed or foreign."""
    path = _path(home, run_id)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return make_annotation(document["name"], document["note"])
    except FileNotFoundError:
        return Annotation()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        log.warning("the name and note of run %s cannot be read: %s", run_id, error)
        return Annotation()


def write_annotation(home: Path, run_id: str, annotation: Annotation) -> None:
    """Keep a name and note; an empty one is forgotten.

    Raises:
        StoreError: it could not be written; what was there before stays.
    """
    path = _path(home, run_id)
    try:
        if annotation == Annotation():
            path.unlink(missing_ok=True)
            return
        words = {"name": annotation.name, "note": annotation.note}
        write_file(path, json.dumps(words).encode())
    except OSError as error:
        raise StoreError(
            "the name of run {run_id} could not be written to {parent}: {error}; free some space "
            "or set EMARGIN_HOME to a folder that can be written",
            run_id=run_id,
            parent=path.parent,
            error=error,
        ) from error


def _path(home: Path, run_id: str) -> Path:
    return home / FOLDER / f"{run_id}.json"


def _plain(words: str) -> str:
    """Without signs that steer a display instead of being shown; line ends stay."""
    text = words.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(sign for sign in text if sign == "\n" or unicodedata.category(sign)[0] != "C")
