"""Which words are not translated: `python -m emargin_core.language_check`, or `make words`."""

import sys
from pathlib import Path
from typing import cast

from babel.messages.catalog import Message
from babel.messages.pofile import normalize, read_po

from emargin_core.language import FOLDER, LANGUAGES
from emargin_core.language_source import (
    ROOT,
    Key,
    Place,
    fields_of,
    first_form,
    misuse,
    spoken_messages,
    unsaid,
)


def catalogues(language: str) -> dict[Path, list[Message]]:
    """Return the messages of each of a language's files."""
    parts = {}
    for path in sorted((FOLDER / language).glob("*.po")):
        with path.open("rb") as file:
            parts[path] = [message for message in read_po(file, locale=language) if message.id]
    return parts


def untranslated(language: str, root: Path = ROOT) -> dict[Key, list[Place]]:
    """Return the messages that the language has no words for, or only doubtful (fuzzy) ones."""
    known = {
        cast(Key, message.id)
        for part in catalogues(language).values()
        for message in part
        if _is_said(message) and not message.fuzzy
    }
    return {key: places for key, places in spoken_messages(root).items() if key not in known}


def faults(language: str, root: Path = ROOT) -> list[str]:
    """Return a sentence for each translation that nobody asks for, or that does not fit."""
    spoken = set(spoken_messages(root))
    problems, first = [], dict[Key, tuple[str, object]]()
    for path, part in catalogues(language).items():
        for message in part:
            key = cast(Key, message.id)
            shown = f"{path.name}: {first_form(key)!r}"
            if key not in spoken:
                problems.append(f"{shown} is said nowhere; take it out")
            if _is_said(message) and fields_of(message.id) != fields_of(message.string):
                problems.append(f"{shown} and its translation do not have the same {{fields}}")
            other, words = first.setdefault(key, (path.name, message.string))
            if words != message.string:
                problems.append(f"{shown} has other words in {other}")
    return problems


def main() -> int:
    """Print what is missing as entries that can be pasted into a catalogue, then what is wrong."""
    count = 0
    for language in LANGUAGES:
        if language == "en":
            continue
        missing = untranslated(language)
        for key, places in sorted(missing.items(), key=lambda item: str(item[1][0])):
            print(_entry(key, places))
        wrong = faults(language)
        print(*wrong, sep="\n", end="\n" if wrong else "")
        print(f"{LANGUAGES[language]}: {len(missing)} untranslated, {len(wrong)} faults")
        count += len(missing) + len(wrong)
    problems = [*misuse(), *unsaid()]
    print(*problems, sep="\n", end="\n" if problems else "")
    return 1 if count + len(problems) else 0


def _is_said(message: Message) -> bool:
    words = message.string if isinstance(message.string, list | tuple) else [message.string]
    return all(words) and bool(words)


def _entry(key: Key, places: list[Place]) -> str:
    where = "#: " + " ".join(map(str, places[:3]))
    if isinstance(key, str):
        return f'{where}\nmsgid {normalize(key)}\nmsgstr ""\n'
    one, many = key
    return f'{where}\nmsgid {normalize(one)}\nmsgid_plural {normalize(many)}\nmsgstr[0] ""\n'


if __name__ == "__main__":
    sys.exit(main())
