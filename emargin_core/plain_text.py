"""Words from a user's file, made fit to stand in a sentence of ours."""

import unicodedata
from collections.abc import Iterable

SHOWN_CHARACTERS = 40


def shown(text: object, limit: int = SHOWN_CHARACTERS) -> str:
    """Return the text on one line, without control or direction marks, at most `limit` long."""
    words = " ".join(str(text)[: 20 * limit].split())
    kept = "".join(sign for sign in words if unicodedata.category(sign)[0] != "C")
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def listed(names: Iterable[object], limit: int = 6) -> str:
    """Join the first few names with commas; the rest is counted."""
    items = [shown(name) for name in names]
    more = f" and {len(items) - limit:,} more" if len(items) > limit else ""
    return ", ".join(items[:limit]) + more
