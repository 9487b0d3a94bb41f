"""Words that may hold a user's text, shown as text: no link, image or formatting comes to life."""

import html
import re

LONGEST = 60
_JOINER = "\u2060"
_COMES_ALIVE = re.compile(r"(?<=:)(?=//|[\w+/-]+:)|(?<=www)(?=\.)|(?=@)", re.IGNORECASE)
"""Where addresses and icons' names are broken by an unseen sign: escapes do not keep them plain."""
_MARKUP = re.compile(r"([\\`*\[\](){}<>!|$~#])")


def plain(text: object) -> str:
    """Escape what Markdown would read as markup, in a text or a message."""
    return _MARKUP.sub(r"\\\1", _COMES_ALIVE.sub(_JOINER, str(text)))


def chart_text(text: str) -> str:
    """Escape what Plotly would read as HTML in names and hover labels, and cut what is too long."""
    short = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    return html.escape(short)
