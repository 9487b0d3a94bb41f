"""Which language words are said in, and the catalogue that says them (GNU gettext, Babel).

English stands in the code and is the key. `emargin_core/locale/LANGUAGE/*.po` hold the others, one
file a part of the product; they are read as they are, so no compiled catalogue can be out of date.
"""

import gettext
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = {"en": "English", "ja": "日本語"}
"""Code -> the language's own name for itself."""

FOLDER = Path(__file__).parent / "locale"

_chosen: ContextVar[str | None] = ContextVar("language", default=None)
_asked: list[Callable[[], str]] = []


def say(message: str, /, **values: object) -> str:
    """Return a message in the current language, with `values` put into its {fields}.

    Without values the message is taken as it is, braces and all. A message that the catalogue does
    not have is said in English.
    """
    said = _catalogue(current()).gettext(message) if message else ""
    return said.format(**values) if values else said


def say_many(one: str, many: str, n: int, /, **values: object) -> str:
    """Return `one` or `many` as the current language asks for `n`; {n} is put in as well."""
    return _catalogue(current()).ngettext(one, many, n).format(n=n, **values)


def mark(message: str) -> str:
    """Note a message for the catalogue where it is written; `say` it where it is shown."""
    return message


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
def _catalogue(language: str) -> gettext.NullTranslations:
    """Read all of a language's files; the first that knows a message says it."""
    whole = gettext.NullTranslations()
    for path in sorted((FOLDER / language).glob("*.po")):
        with path.open("rb") as file:
            compiled = io.BytesIO()
            write_mo(compiled, read_po(file, locale=language))
        part = gettext.GNUTranslations(io.BytesIO(compiled.getvalue()))
        part.add_fallback(whole)
        whole = part
    return whole
