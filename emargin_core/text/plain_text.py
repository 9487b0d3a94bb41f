"""Words from a user's file, made fit to stand in a sentence of ours."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from emargin_core.text.message import Message, Text

SHOWN_CHARACTERS = 40
_SIGNED_IN = re.compile(r"^([^/@]*//)?.*@", re.DOTALL)
_SECRET_FIELD = re.compile(r"([?&][^=&#]*(?:pass|token|secret|key)[^=&#]*=)[^&#]*", re.IGNORECASE)


def shown(text: object, limit: int = SHOWN_CHARACTERS) -> str:
    """Return the text on one line, without control or direction marks, at most `limit` long."""
    words = " ".join(str(text)[: 20 * limit].split())
    kept = "".join(sign for sign in words if unicodedata.category(sign)[0] != "C")
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def quoted(error: BaseException, limit: int = 120) -> Message:
    """Return what an error says: its own message, or somebody else's words made fit to be shown."""
    said = error.args[0] if error.args else None
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return said if isinstance(said, Message) else Message(shown(words, limit))


def refusal(problem: Mapping[str, Any]) -> Message:
    """Return why pydantic refuses a part: what our check says of it, or pydantic's own words."""
    if problem["type"] == "value_error":
        return quoted(problem["ctx"]["error"])
    return Message(shown(problem["msg"], 120))


def listed(names: Iterable[object], limit: int = 6) -> Text:
    """Join the first few names with commas; the rest is counted."""
    items = [shown(name) for name in names]
    few = ", ".join(items[:limit])
    return (
        Message("{few} and {items:,} more", few=few, items=len(items) - limit)
        if len(items) > limit
        else few
    )


def without_secrets(address: str) -> str:
    """Return an address as it may be shown: who signs in, and with what, is left out.

    Works on what is no proper address too: people mistype, and the word is secret all the same.
    """
    return _SECRET_FIELD.sub(r"\1***", _SIGNED_IN.sub(r"\1***@", address))


def hide_secrets(text: str, address: str) -> str:
    """Return somebody else's words about an address without the secrets that stand in it."""
    signed_in = _SIGNED_IN.match(address)
    words = re.split(r"[:@/]", signed_in[0])[1:] if signed_in else []
    words += [field[0].partition("=")[2] for field in _SECRET_FIELD.finditer(address)]
    for word in filter(None, words):
        text = text.replace(word, "***")
    return text
