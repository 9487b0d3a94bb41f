"""A report as one HTML file: no script, nothing loaded from elsewhere, made for A4 as well."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from emargin_core.report.parts import Part, Report
from emargin_core.text.language import gettext as _

FOLDER = Path(__file__).parent
LONG_WORD = 24
_PERCENT = re.compile(r"(?<=\d) %")
STYLE = (FOLDER / "page.css").read_text(encoding="utf-8")


def to_html(report: Report) -> str:
    """Write a report; every word in it is escaped, and the page's own policy forbids scripts."""
    return _template().render(
        report=report,
        style=Markup(STYLE),
        policy=policy(),
        kind=_kind,
        is_long=_is_long,
        sentence=lambda text: _("{sentence}.", sentence=text),
    )


def policy() -> str:
    """What the page may do: show itself with this very style sheet, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        finalize=_tied,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html")


def _tied(value: object) -> object:
    """Keep a number and its percent sign on one line."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return _PERCENT.sub("\u00a0%", value)
    return value


def _is_long(cell: str) -> bool:
    """Whether a cell holds a word that would stretch its column."""
    return any(len(word) > LONG_WORD for word in cell.split())


def _kind(part: Part) -> str:
    return type(part).__name__
