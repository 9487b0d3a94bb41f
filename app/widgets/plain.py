"""Words that may hold a user's text, shown as text: no link, image or formatting comes to life."""

import re

_MARKUP = re.compile(r"([\\`*\[\](){}<>!|$~#])")


def plain(text: str) -> str:
    """Escape what Markdown would read as markup."""
    return _MARKUP.sub(r"\\\1", text)
