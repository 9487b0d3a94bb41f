"""The parts of a report, to be written as HTML or Markdown."""

from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True)
class Paragraph:
    """One or more sentences."""

    text: str


@dataclass(frozen=True)
class Bullets:
    """Sentences one under the other; numbered where their order matters."""

    items: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of text under column titles; `numbers` are the positions of columns of numbers."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Figure:
    """A picture with its title.

    caption: how to read it, beside the picture; description: what it shows, for who cannot see it.
    """

    title: str
    caption: str
    description: str
    svg: Markup


@dataclass(frozen=True)
class Command:
    """What to type, one command a line."""

    text: str


Part = Paragraph | Bullets | Table | Figure | Command


@dataclass(frozen=True)
class Section:
    """A title and what stands under it."""

    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Report:
    """A whole report in one language.

    kind: of the verdict, or 'single' where there is nothing to compare with; label: the word over
    the headline; meeting: three sentences to say aloud.
    """

    language: str
    title: str
    subtitle: str
    kind: str
    label: str
    headline: str
    meaning: str
    meeting_title: str
    meeting: tuple[str, str, str]
    sections: tuple[Section, ...]
    footer: str
