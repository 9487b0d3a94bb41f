"""A report as Markdown: the same text and tables; figures as their captions."""

import re

from emargin_core.report.parts import Bullets, Command, Figure, Paragraph, Part, Report, Table
from emargin_core.text.language import gettext as _

_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#|~$&!])")
_LINE_START = re.compile(r"^(\s*(?:\d+(?=[.)](?:\s|$)))?)([-+=.)])(?!\d)")
"""A sign that begins an item of a list, bulleted or numbered, or underlines a title."""


def to_markdown(report: Report) -> str:
    """Write a report; no word of a user's becomes a link, an image or HTML."""
    blocks = [
        f"# {_plain(report.title)}",
        _plain(report.subtitle),
        f"**{_plain(report.label)}: {_plain(report.headline)}** {_plain(report.meaning)}".rstrip(),
        f"## {_plain(report.meeting_title)}",
        "\n".join(f"{n}. {_plain(sentence)}" for n, sentence in enumerate(report.meeting, 1)),
    ]
    for section in report.sections:
        blocks.append(f"## {_plain(section.title)}")
        blocks += [_part(part) for part in section.parts]
    return "\n\n".join([*blocks, _plain(report.footer)]) + "\n"


def _part(part: Part) -> str:
    match part:
        case Paragraph():
            return _plain(part.text)
        case Bullets():
            return "\n".join(f"- {_plain(item)}" for item in part.items)
        case Table():
            return _table(part)
        case Figure():
            title = _("{sentence}.", sentence=_plain(part.title))
            return f"**{title}** {_plain(part.caption)} {_plain(part.description)}"
        case Command():
            fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", part.text)), 3)
            return f"{fence}sh\n{part.text}\n{fence}"


def _table(table: Table) -> str:
    marks = ("---:" if n in table.numbers else "---" for n in range(len(table.columns)))
    lines = [table.columns, tuple(marks), *table.rows]
    cells = [
        "| " + " | ".join(cell if n == 1 else _plain(cell) for cell in line) + " |"
        for n, line in enumerate(lines)
    ]
    return "\n".join([f"**{_plain(table.caption)}**", "", *cells])


def _plain(text: str) -> str:
    """Words on one line, without anything that Markdown would read as markup."""
    escaped = _MARKUP.sub(r"\\\1", " ".join(text.split()))
    return _LINE_START.sub(r"\1\\\2", escaped)
