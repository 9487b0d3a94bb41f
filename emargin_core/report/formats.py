"""The formats that a report can have, and how each is written."""

from collections.abc import Mapping
from pathlib import Path

from emargin_core.report.subject import Subject
from emargin_core.text.errors import InputError
from emargin_core.text.plain_text import shown

FORMATS = ("html", "md", "csv")
MIME = {"html": "text/html", "md": "text/markdown", "csv": "text/csv"}
_ENDINGS = {".html": "html", ".htm": "html", ".md": "md", ".markdown": "md", ".csv": "csv"}


def write(subject: Subject, kind: str, names: Mapping[str, str] | None = None) -> str:
    """The report in one of `FORMATS`, in the current language; names: run_id -> the user's name.

    Raises:
        InputError: an unknown format, or sides that cannot be compared.
    """
    from emargin_core.report.content import build_report
    from emargin_core.report.html import to_html
    from emargin_core.report.markdown import to_markdown
    from emargin_core.report.table import to_csv

    if kind not in FORMATS:
        raise InputError(
            "the format '{kind}' is not known; use {formats}",
            kind=shown(kind),
            formats=", ".join(FORMATS),
        )
    if kind == "csv":
        return to_csv(subject)
    report = build_report(subject, names or {})
    return to_html(report) if kind == "html" else to_markdown(report)


def format_of(path: Path) -> str:
    """The format that a file's ending asks for.

    Raises:
        InputError: an ending that says nothing.
    """
    kind = _ENDINGS.get(path.suffix.lower())
    if kind is None:
        raise InputError(
            "{path} does not end in .html, .md or .csv; use one of these, or give --format",
            path=path,
        )
    return kind
