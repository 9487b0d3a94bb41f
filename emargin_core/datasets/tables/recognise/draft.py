"""What is known of a table's columns so far, while they are being recognised."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from emargin_core.datasets.tables.choices import Choices
from emargin_core.datasets.tables.mapping import AND, PARTS, members
from emargin_core.datasets.tables.questions import Problem
from emargin_core.datasets.tables.read.table import FILE_COLUMN
from emargin_core.datasets.tables.recognise.sample import Column, Ints, Sample
from emargin_core.datasets.tables.words import SYNONYMS, UNNAMED, fit
from emargin_core.text.message import Message, Text
from emargin_core.text.plain_text import shown

NAMED = Message("recognised by its name and content")
CONTENT = Message("recognised by its content")
GIVEN = Message("given")


@dataclass
class Draft:
    """parts: part to its columns, as a name or 'a + b'; why: part to the reason; aside: columns
    that are a second one for a part, with the reason; problems: what is in doubt.
    """

    sample: Sample
    choices: Choices
    parts: dict[str, str | None] = field(default_factory=lambda: dict.fromkeys(PARTS))
    why: dict[str, Text] = field(default_factory=dict)
    aside: dict[str, Text] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.names = self.sample.table.columns
        for part in PARTS:
            chosen = getattr(self.choices, part)
            if chosen is not None:
                self.take(part, members(chosen, self.names), GIVEN)

    def take(self, part: str, columns: Iterable[str], why: Text) -> None:
        """Make columns a part."""
        self.parts[part], self.why[part] = AND.join(columns) or None, why

    def of(self, *parts: str) -> list[str]:
        """Return the columns that make up some parts."""
        return [name for part in parts for name in members(self.parts[part], self.names)]

    def is_open(self, part: str) -> bool:
        """Whether a part is neither found nor given."""
        return self.parts[part] is None and getattr(self.choices, part) is None

    def free(self, among: Iterable[str] | None = None) -> list[str]:
        """Return the columns, of all or some, that are not taken, not given, and have a name."""
        taken = {*self.of(*PARTS), *self.given()}
        names = self.names if among is None else among
        return [name for name in names if name not in taken and not UNNAMED.fullmatch(name)]

    def left(self, among: Iterable[str]) -> list[str]:
        """Return the free columns that are no second one for a part either."""
        return [name for name in self.free(among) if name not in self.aside]

    def given(self) -> list[str]:
        """Return the columns that are given as channels."""
        return [name.removeprefix("+") for name in self.choices.channels or ()]

    def blocks(self) -> Ints:
        """Return the number of the recording of each sampled row, as far as it is known."""
        return self.sample.blocks(self.of("group", "recording"))

    def ranked(self, part: str, free: Iterable[str]) -> list[tuple[int, str]]:
        """Return the columns whose names fit a part, the best first, with their rank."""
        found = [(rank, name) for name in free if (rank := fit(part, name)) is not None]
        return sorted(found, key=lambda pair: (pair[0], self.names.index(pair[1])))

    def find_by_name(self, part: str, free: Iterable[str], fits: Callable[[Column], bool]) -> None:
        """Take the best column whose name and content fit; others of such names are put aside."""
        ranked = self.ranked(part, self.free(free))
        good = [
            (rank, name)
            for rank, name in ranked
            if fits(self.sample[name]) and not self._is_rather_a_label(part, rank, name)
        ]
        if ranked and not good and ranked[0][0] == 0 and part == "label":
            good = ranked[:1]  # called exactly so: taken, and what is wrong is said
        if part == "recording" and FILE_COLUMN in self.names and len(self.sample.table.paths) > 1:
            good = [(0, self.names[-1]), *good]
        if not good:
            return
        self.take(part, [good[0][1]], NAMED)
        for rank, name in good[1:]:
            if rank <= len(SYNONYMS[part]):
                self.aside[name] = Message(
                    "a second column for {part}, beside '{column}'",
                    part=part,
                    column=shown(good[0][1]),
                )

    def _is_rather_a_label(self, part: str, rank: int, name: str) -> bool:
        """Whether a name such as 'machine status' is that of a class, whose values come back."""
        if part == "label" or rank <= len(SYNONYMS[part]) or fit("label", name) is None:
            return False
        return self.sample[name].runs > self.sample[name].distinct
