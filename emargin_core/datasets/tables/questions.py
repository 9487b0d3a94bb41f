"""What stands between a file and its use, and the decision that would do away with it."""

import shlex
from dataclasses import dataclass, fields, replace
from typing import Any

from emargin_core.datasets.tables.choices import Choices
from emargin_core.text.errors import InputError
from emargin_core.text.message import Message, Text
from emargin_core.text.plain_text import shown

Change = tuple[tuple[str, Any], ...]
"""Fields of `Choices` with the value that each would get."""


@dataclass(frozen=True)
class Problem:
    """what: one sentence; where: the column, row or file that it is about; remedies: decisions
    each of which makes the file go on, the most likely first; asks: the field of `Choices` that is
    in question.
    """

    what: Text
    where: Text | None = None
    remedies: tuple[Change, ...] = ()
    asks: str | None = None

    @property
    def remedy(self) -> str | None:
        """The first remedy as options of the command line."""
        return as_options(self.remedies[0]) if self.remedies else None

    def to_json(self) -> dict[str, Any]:
        """Return what `datasets check --json` prints of it."""
        return {"what": self.what, "where": self.where, "remedy": self.remedy}


class TableError(InputError):
    """A file that cannot be read as a table; the problem says why, and has the remedy."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.what)
        self.problem = problem


def ask(
    template: str,
    /,
    *remedies: Change,
    asks: str | None = None,
    where: Text | None = None,
    **values: Any,
) -> Problem:
    """Return a problem by its sentence, a template and values as an `InputError` takes them.

    Of the values, `column`, `recording` and `row` (a line of the file) also say where it is.
    """
    for name in ("column", "recording"):
        if name in values:
            values[name] = shown(values[name])
    if where is None:
        places = {
            ("column", "row"): Message("column '{column}', row {row:,}"),
            ("column",): Message("column '{column}'"),
            ("recording", "row"): Message("recording '{recording}', row {row:,}"),
            ("recording",): Message("recording '{recording}'"),
            ("row",): Message("row {row:,}"),
        }
        known = {name: values[name] for name in ("column", "recording", "row") if name in values}
        where = places[tuple(known)].format(**known) if known else None
    return Problem(Message(template, **values), where, remedies, asks)


def change(**fields_of_choices: Any) -> Change:
    """Return a remedy: the decisions that it makes."""
    return tuple(fields_of_choices.items())


def apply(choices: Choices, remedy: Change) -> Choices:
    """Return the choices with a remedy made; what may be several is added to what is there."""
    values: dict[str, Any] = {}
    for name, value in remedy:
        before = getattr(choices, name)
        adds = isinstance(value, tuple) and isinstance(before, tuple)
        values[name] = tuple(dict.fromkeys((*before, *value))) if adds else value
    return replace(choices, **values)


def as_options(remedy: Change) -> str:
    """Write a remedy as options of `datasets check`."""
    known = {field.name for field in fields(Choices)}
    words = []
    for name, value in remedy:
        assert name in known, name
        option = "--" + {"ignore_classes": "ignore-class"}.get(name, name.replace("_", "-"))
        if value is True:
            words.append(option)
        elif isinstance(value, tuple):
            words.append(f"{option}={shlex.quote(joined(value))}")
        else:
            text = f"{value:.10g}" if isinstance(value, float) else str(value)
            words.append(f"{option}={shlex.quote(text)}")
    return " ".join(words)


def joined(values: tuple[str, ...]) -> str:
    """Write names in one option: parted by commas, quoted where they have some."""
    return ",".join(f'"{value}"' if "," in value else value for value in values)
