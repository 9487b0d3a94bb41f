"""Which language words are said in, and the catalogue that says them (GNU gettext).

English stands in the code and is the key; `locale/LANGUAGE/LC_MESSAGES/messages.po` holds another
language's words, and `make words` brings it up to date and compiles it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import NullTranslations, translation
from pathlib import Path

LANGUAGES = {"en": "English", "ja": "日本語"}
"""Code -> the language's own name for itself."""

UNSPACED = ("ja",)
"""Languages that put no space between two sentences."""

LOCALE = Path(__file__).parent / "locale"

_chosen: ContextVar[str | None] = ContextVar("language", default=None)
_asked: list[Callable[[], str]] = []


def gettext(template: str, /, **values: object) -> str:
    """Return a message in the current language, with `values` put into its {fields}.

    Without values the message is taken as it is, braces and all. A message that the catalogue does
    not have is said in English.
    """
    said = _catalogue(current()).gettext(template) if template else ""
    return said.format(**values) if values else said


def ngettext(one: str, many: str, n: int, /, **values: object) -> str:
    """Return `one` or `many` as the current language asks for `n`; {n} is put in as well."""
    return _catalogue(current()).ngettext(one, many, n).format(n=n, **values)


def gettext_noop(template: str, /) -> str:
    """Note a message for the catalogue where the English itself is a key; `gettext` says it."""
    return template


def sentences(*parts: object) -> str:
    """Put sentences in a row, with the space between them that the current language has; skips ''.

    After Markdown's closing marks a space is kept in every language, or they would not close.
    """
    row = ""
    for part in filter(None, parts):
        spaced = current() not in UNSPACED or row.endswith(("*", "]", "`"))
        row = f"{row}{' ' if row and spaced else ''}{part}"
    return row


def current() -> str:
    """Return the code of the current language; English unless something else was asked for."""
    chosen = _chosen.get() or (_asked[-1]() if _asked else "en")
    return chosen if chosen in LANGUAGES else "en"


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say everything inside in this language."""
    token = _chosen.set(language)
    try:
        yield
    finally:
        _chosen.reset(token)


def follow(ask: Callable[[], str]) -> None:
    """Let `ask` decide the language wherever `speaking` does not; the page asks its session."""
    _asked[:] = [ask]


@cache
def _catalogue(language: str) -> NullTranslations:
    return translation("messages", LOCALE, [language], fallback=language == "en")
