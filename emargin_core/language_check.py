"""Which words are not translated: `python -m emargin_core.language_check`, or `make words`.

Messages are read from the syntax tree of app/ and emargin_core/: Babel's own extraction joins the
two branches of a condition and misses a message inside another's values.
"""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import cast

from babel.messages.catalog import Message
from babel.messages.pofile import normalize, read_po

from emargin_core.language import FOLDER, LANGUAGES

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("app", "emargin_core")
CALLS = ("say", "say_many", "mark")

_CHARTS_OWN = re.compile(r"%\{[^}]*\}")
"""What Plotly fills in, such as %{x:.2f}."""

Key = str | tuple[str, str]
"""A message, or a message for one and one for many."""


@dataclass(frozen=True)
class Place:
    """Where something stands: a file inside the repository, and its line."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def sources(root: Path = ROOT) -> Iterator[Path]:
    """Return every file whose words a person may see, in order."""
    for room in ROOMS:
        yield from sorted((root / room).rglob("*.py"))


def spoken_messages(root: Path = ROOT) -> dict[Key, list[Place]]:
    """Return every message that stands in the code, and where."""
    found: dict[Key, list[Place]] = {}
    for path in sources(root):
        for call, place in _calls(path, root):
            for key in _keys(call):
                found.setdefault(key, []).append(place)
    return found


def misuse(root: Path = ROOT) -> list[str]:
    """Return a sentence for each message that cannot be looked up, or lacks a value."""
    problems = []
    for path in sources(root):
        for call, place in _calls(path, root):
            problems += [f"{place}: {problem}" for problem in _misuse(call)]
    return problems


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
            shown = f"{path.name}: {_one(key)!r}"
            if key not in spoken:
                problems.append(f"{shown} is said nowhere; take it out")
            if _is_said(message) and _fields(message.id) != _fields(message.string):
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
    problems = misuse()
    print(*problems, sep="\n", end="\n" if problems else "")
    return 1 if count + len(problems) else 0


def _calls(path: Path, root: Path) -> Iterator[tuple[ast.Call, Place]]:
    name = path.relative_to(root).as_posix()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and _name(node) in CALLS and node.args:
            yield node, Place(name, node.lineno)


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _keys(call: ast.Call) -> list[Key]:
    first = _texts(call.args[0])
    if _name(call) == "say_many":
        return list(zip(first, _texts(call.args[1]), strict=False)) if len(call.args) > 1 else []
    return list(first)


def _texts(node: ast.expr) -> list[str]:
    """Text, or both texts of a condition; empty for what only running tells."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value] if node.value else []
    if isinstance(node, ast.IfExp):
        return _texts(node.body) + _texts(node.orelse)
    return []


def _misuse(call: ast.Call) -> Iterator[str]:
    name, first = _name(call), call.args[0]
    composed = isinstance(first, ast.JoinedStr | ast.BinOp) or (
        isinstance(first, ast.Call) and _name(first) in ("format", "join")
    )
    if composed or (name != "say" and not _texts(first)):
        yield f"{name} needs a message as it stands in the catalogue, not one put together"
    if name == "mark" or any(word.arg is None for word in call.keywords):
        return
    given = {word.arg for word in call.keywords} | ({"n"} if name == "say_many" else set())
    for key in _keys(call):
        wanted = _fields(key) if given or name == "say_many" or _plain_fields(key) else set()
        if wanted - given:
            yield f"{_one(key)!r} lacks a value for {', '.join(sorted(wanted - given))}"
        if given - wanted - {"n"}:
            yield f"{_one(key)!r} has no field {', '.join(sorted(map(str, given - wanted)))}"


def _plain_fields(key: Key) -> bool:
    """Whether the braces look like fields: names, no more; a style sheet's do not."""
    try:
        return all(field.isidentifier() for field in _fields(key)) and bool(_fields(key))
    except ValueError:
        return False


def _fields(text: object) -> set[str]:
    parts = text if isinstance(text, list | tuple) else [text]
    return {
        field.partition(".")[0].partition("[")[0]
        for part in parts
        for _, field, _, _ in Formatter().parse(_CHARTS_OWN.sub("", str(part)))
        if field is not None
    }


def _is_said(message: Message) -> bool:
    words = message.string if isinstance(message.string, list | tuple) else [message.string]
    return all(words) and bool(words)


def _one(key: Key) -> str:
    return key if isinstance(key, str) else key[0]


def _entry(key: Key, places: list[Place]) -> str:
    where = "#: " + " ".join(map(str, places[:3]))
    if isinstance(key, str):
        return f'{where}\nmsgid {normalize(key)}\nmsgstr ""\n'
    one, many = key
    return f'{where}\nmsgid {normalize(one)}\nmsgid_plural {normalize(many)}\nmsgstr[0] ""\n'


if __name__ == "__main__":
    sys.exit(main())
