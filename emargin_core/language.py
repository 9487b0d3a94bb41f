"""Which language words are said in, and the catalogue that says them (GNU gettext, Babel).

English stands in the code and is the key. `emargin_core/locale/LANGUAGE/*.po` hold the others, one
file a part of the product; they are read as they are, so no compiled catalogue can be out of date.
"""

import gettext
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from pathlib import Path

LANGUAGES = {"en": "English", "ja": "日本語"}
"""Code -> the language's own name for itself."""

UNSPACED = ("ja",)
"""Languages that put no space between two sentences."""

FOLDER = Path(__file__).parent / "locale"

LEAST_LETTERS = 5
"""A message with fewer letters outside its fields is too weak a mark to be recognised by."""

LONGEST_RUN = 5
"""Sentences that may be one message together."""

_FIELD = re.compile(r"(?<!%)\{(\w+)(?:![rsa])?(?::[^{}]*)?\}")
_SENTENCES = re.compile(r"(?<=[.!?]) (?=[A-Z0-9])")

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
    """Note a message for the catalogue where it is written; `say` it where it is shown.

    What is stored, cached or sent by a worker is made in English, `mark("{n} h").format(n=2)`, and
    retold where it is shown.
    """
    return message


def told(text: str) -> str:
    """Note a finished text for the catalogue where it is made, as an f-string; `retell` it where
    it is shown.

    `raise InputError(f"...")` and its like need no such note.
    """
    return text


def retell(english: str) -> str:
    """Say a finished English text in the current language, as a message with its values.

    The text is recognised by the words between the fields; a value that is a message itself is
    said too, unless it stands in quotes, as names do. Several sentences are retold one by one, or
    together where they are one message. Of "where: what" the second part may be a message
    alone. What is not recognised stays as it is.
    """
    language = current()
    return english if language == "en" or not english else _retold(english, language)


@lru_cache(maxsize=4096)
def _retold(english: str, language: str) -> str:
    if not english:
        return ""
    parts = _SENTENCES.split(english)
    each = [_recognised(part, language) for part in parts]
    if None not in each:
        return sentences(*filter(None, each))
    whole = _recognised(english, language)
    if whole is not None:
        return whole
    runs = list(_runs(parts, each, language))
    return sentences(*runs) if len(runs) < len(parts) or any(each) else english


def _runs(parts: list[str], each: list[str | None], language: str) -> Iterator[str]:
    """Say sentences of which not all are messages: runs of them may be one message together."""
    place = 0
    while place < len(parts):
        said, end = each[place], place + 1
        if said is None:
            for last in range(min(len(parts), place + LONGEST_RUN), end, -1):
                together = _recognised(" ".join(parts[place:last]), language)
                if together is not None:
                    said, end = together, last
                    break
        yield said or parts[place]
        place = end


def sentences(*parts: str) -> str:
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


def _recognised(english: str, language: str) -> str | None:
    said = _catalogue(language).gettext(english)
    if said != english:
        return said
    for pattern, translation in _patterns(language):
        found = pattern.fullmatch(english)
        if found:
            values = {
                name: value if _is_quoted(found, name) else _retold(value, language)
                for name, value in found.groupdict().items()
            }
            return _filled(translation, values)
    return _with_place(english, language)


def _with_place(english: str, language: str) -> str | None:
    """A text that begins with where something is: "data.csv: column 'x' is empty in row 2"."""
    where, colon, rest = english.partition(": ")
    what = _recognised(rest, language) if colon else None
    return None if what is None else f"{_retold(where, language)}: {what}"


def _is_quoted(found: re.Match[str], name: str) -> bool:
    return found.start(name) > 0 and found.string[found.start(name) - 1] in "'“`"


def _filled(translation: str, values: dict[str, str]) -> str:
    """Put texts into the fields, whatever number format the fields ask for."""
    return _FIELD.sub(lambda field: values[field[1]], translation)


@cache
def _patterns(language: str) -> list[tuple[re.Pattern[str], str]]:
    """Messages with fields, as patterns of what they look like when said; the wordiest first."""
    from babel.messages.pofile import read_po

    found = []
    for path in sorted((FOLDER / language).glob("*.po")):
        with path.open("rb") as file:
            messages = [m for m in read_po(file, locale=language) if m.id and not m.fuzzy]
        for message in messages:
            said = _forms(message.string)[-1]
            for words in _forms(message.id):
                between = _FIELD.split(words)[::2]
                letters = sum(letter.isalpha() for part in between for letter in part)
                if said and len(between) > 1 and letters >= LEAST_LETTERS:
                    found.append((letters, re.compile(_as_pattern(words), re.DOTALL), said))
    found.sort(key=lambda entry: -entry[0])
    return [(pattern, said) for _, pattern, said in found]


def _forms(words: object) -> list[str]:
    """A message, or its forms for one and for many."""
    return [str(form) for form in words] if isinstance(words, list | tuple) else [str(words)]


def _as_pattern(message: str) -> str:
    """A regular expression with a group for each field; one that comes twice has the same text."""
    parts, seen = [], set[str]()
    for number, part in enumerate(_FIELD.split(message)):
        if number % 2 == 0:
            parts.append(re.escape(part))
        else:
            parts.append(f"(?P={part})" if part in seen else f"(?P<{part}>.*?)")
            seen.add(part)
    return "".join(parts)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    """Read all of a language's files; the first that knows a message says it."""
    from babel.messages.mofile import write_mo  # English needs no Babel, and starts sooner
    from babel.messages.pofile import read_po

    whole = gettext.NullTranslations()
    for path in sorted((FOLDER / language).glob("*.po")):
        with path.open("rb") as file:
            compiled = io.BytesIO()
            write_mo(compiled, read_po(file, locale=language))
        part = gettext.GNUTranslations(io.BytesIO(compiled.getvalue()))
        part.add_fallback(whole)
        whole = part
    return whole
