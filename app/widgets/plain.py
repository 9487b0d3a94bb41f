"""Words that may hold a user's text, shown as text: no link, image or formatting comes to life."""

import html
import re

LONGEST = 60
_MARKUP = re.compile(r"([\\`*\[\](){}<>!|$~#])")


def plain(text: str) -> str:
    """Escape what Markdown would read as markup."""
    return _MARKUP.sub(r"\\\1", text)


def chart_text(text: str) -> str:
    """Escape what Plotly would read as HTML in names and hover labels, and cut what is too long."""
    short = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    return html.escape(short)
