"""A message that is not said yet: its words as a template, and the values that belong into them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from string import Formatter
from typing import Any

from emargin_core.text.language import gettext

_FORMAT = re.compile(r",?(\.\d{1,2})?[defg%]?")
"""Number formats that a stored message may ask for; a width could ask for gigabytes."""

LONGEST = 1_000
"""Characters of a template, or of a text in it, that are read back."""


class Message:
    """A template of the catalogue and its values; `str` says it in the reader's language.

    Errors, notes and whatever else is stored, cached or sent by a worker hold messages, and become
    text where they are shown. Values are numbers, texts and messages; an error stands for the
    words that it brings, and whatever else for its text. Without values the template is taken as
    it is, braces and all. Never changed once it is made.
    """

    def __init__(self, template: str, /, **values: object) -> None:
        self.template = template
        self.values = {name: _value(value) for name, value in values.items()}

    def __str__(self) -> str:
        return gettext(self.template, **self.values)

    def __repr__(self) -> str:
        return f"Message({self.template!r}, {self.values!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Message):
            return NotImplemented
        return (self.template, self.values) == (other.template, other.values)

    def __hash__(self) -> int:
        return hash((self.template, *self.values.values()))

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __bool__(self) -> bool:
        return bool(self.template)

    def format(self, **values: object) -> Message:
        """Return the same message with these values too."""
        return Message(self.template, **self.values | values)

    def to_json(self) -> dict[str, object]:
        """Return what JSON can hold, and `from_json` reads."""
        values = {k: v.to_json() if isinstance(v, Message) else v for k, v in self.values.items()}
        return {"message": self.template, "values": values}

    @classmethod
    def from_json(cls, stored: object) -> Text:
        """Return the message that `to_json` wrote; a text, such as older versions wrote, as it is.

        Raises ValueError for anything else, or a template that asks for more than its values.
        """
        match stored:
            case str():
                return stored
            case {"message": str(template), "values": dict(values), **rest} if not rest:
                _check(template, values)
                read = cls(template, **{name: _from_json(value) for name, value in values.items()})
                if values:
                    _try_out(read)
                return read
        raise ValueError("neither a text nor a message")


Value = str | int | float | None | Message
Text = str | Message
"""What may be shown: a text of the user's or of others, or a message of ours."""

lazy_gettext = Message
"""The usual name where a constant is written down, to be said later."""


def stored(text: Text) -> str | dict[str, object]:
    """Return what JSON can hold of a text or a message, and `Message.from_json` reads."""
    return text.to_json() if isinstance(text, Message) else text


def restored(found: object) -> Text | None:
    """Return the text or message that was `stored`; None stays None.

    Raises ValueError for anything else.
    """
    return None if found is None else Message.from_json(found)


def as_text(document: Any) -> Any:
    """Return nested dicts and sequences with every message in them said, ready for JSON."""
    if isinstance(document, Message):
        return str(document)
    if isinstance(document, dict):
        return {name: as_text(value) for name, value in document.items()}
    if isinstance(document, list | tuple):
        return [as_text(value) for value in document]
    return document


def joined(parts: Iterable[object], separator: str = ", ") -> Message:
    """Return one message of several in a row."""
    values = {f"part{n}": part for n, part in enumerate(parts)}
    return Message(separator.join(f"{{{name}}}" for name in values), **values)


def _value(value: object) -> Value:
    if isinstance(value, Message):
        return value
    if isinstance(value, BaseException):
        said = value.args[0] if value.args else None
        words = getattr(value, "strerror", None) or str(value) or type(value).__name__
        return said if isinstance(said, Message) else Message(words)
    number: Any = getattr(value, "item", lambda: value)()  # NumPy's numbers are not Python's
    return number if type(number) in (str, int, float, bool, type(None)) else str(value)


def _from_json(value: object) -> Value:
    if isinstance(value, dict):
        read = Message.from_json(value)
        assert isinstance(read, Message)
        return read
    if isinstance(value, str | int | float | None):
        return value
    raise ValueError("a message holds numbers, texts and messages")


def _try_out(message: Message) -> None:
    try:
        message.template.format(**message.values)
    except TypeError:
        raise ValueError("a message asks for another kind of value") from None


def _check(template: str, values: dict[str, object]) -> None:
    """Refuse a template that could reach into its values: what is stored may be a stranger's."""
    texts = [template, *(value for value in values.values() if isinstance(value, str))]
    if any(len(text) > LONGEST for text in texts):
        raise ValueError("a message is too long")
    if values:
        for _, field, form, conversion in Formatter().parse(template):
            if field is not None and not (
                field in values and field.isidentifier() and _FORMAT.fullmatch(form or "")
            ):
                raise ValueError("a message asks for what it does not have")
            if conversion:
                raise ValueError("a message asks for another form of its values")
