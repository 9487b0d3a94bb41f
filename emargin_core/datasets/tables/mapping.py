"""Which column is what."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from emargin_core.datasets.tables.words import noun_of
from emargin_core.text.message import Message, Text
from emargin_core.text.plain_text import listed, shown

AND = " + "
PARTS = ("recording", "group", "time", "label")


@dataclass(frozen=True)
class ColumnMapping:
    """Names of columns; several for one part stand as "a + b".

    recording: None makes each group one recording, or all rows one; group: None makes each
    recording its own group; time: None takes `rate` (Hz); label: None leaves all samples without.
    """

    channels: tuple[str, ...]
    recording: str | None = None
    group: str | None = None
    time: str | None = None
    label: str | None = None
    rate: float | None = None

    @property
    def unit(self) -> str:
        """What a group is, by the name of its column; see `emargin_core.text.units`."""
        return noun_of(self.group)

    def members(self, part: str, columns: Sequence[str]) -> tuple[str, ...]:
        """Return the columns that make up a part."""
        return members(getattr(self, part), columns)

    def to_json(self, columns: Sequence[str]) -> dict[str, Any]:
        """Return what JSON holds of it: a list where several columns make up a part."""
        named = {}
        for part in PARTS:
            found = self.members(part, columns)
            named[part] = list(found) if len(found) > 1 else (found[0] if found else None)
        return {"channels": list(self.channels)} | named | {"rate": self.rate}


def members(name: str | None, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that a name stands for: itself, or several joined by '+'."""
    if not name:
        return ()
    if name in columns:
        return (name,)
    several = tuple(word.strip() for word in name.split("+"))
    return several if len(several) > 1 and set(several) <= set(columns) else (name,)


def check_columns(named: Sequence[tuple[str, str]], columns: Sequence[str]) -> list[Text]:
    """Say which of the (part, column) pairs name none of the columns, or one that is taken."""
    faults: list[Text] = []
    used: dict[str, str] = {}
    for part, whole in named:
        for column in members(whole, columns):
            if column not in columns:
                faults.append(
                    Message(
                        "column '{column}' ({part}) is not in the table; it has {columns}",
                        column=shown(column),
                        part=part,
                        columns=listed(columns),
                    )
                )
            elif used.setdefault(column, part) != part:
                faults.append(
                    Message(
                        "column '{column}' is used twice; give it one part only",
                        column=shown(column),
                    )
                )
    return faults
