"""Which words the code says, and which it shows without saying them, read from its syntax tree.

Babel's own extraction joins the two branches of a condition and misses a message inside another's
values.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter

from emargin_core.language_told import LEFT_OUT, told_messages, told_misuse

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("app", "emargin_core")
CALLS = ("say", "say_many", "mark")

_CHARTS_OWN = re.compile(r"%\{[^}]*\}")
"""What Plotly fills in, such as %{x:.2f}."""

_STYLE = re.compile(r"<style|[a-z-]+:[^ ;]+;|=>|const |var\(")
SILENT = ("ValueError", "KeyError", "TypeError", "component", "getLogger")
SHOWN = (
    "button", "caption", "checkbox", "choice", "download_button", "error", "expander", "Gauge",
    "file_uploader", "header", "info", "link_button", "markdown", "metric", "multiselect",
    "number_input", "page_link", "Page", "pills", "popover", "progress", "radio",
    "segmented_control", "select_slider", "selectbox", "slider", "spinner", "subheader", "success",
    "tabs", "text", "text_area", "text_input", "title", "toast", "toggle", "views", "warning",
    "write",
)  # fmt: skip
SHOWN_AS = ("help", "label", "placeholder", "text", "title")
_WORD = re.compile(r"[A-Za-z]{3,}")
_PATH = re.compile(r"[\w/]+([./][\w/]+)+")
NO_WORDS = frozenset({
    "eMargin Explorer",
    "MLflow",
    "Language / 言語",  # for whom reads neither yet
    "bottom center",  # Plotly's names of places
    "n/a",
})  # fmt: skip
"""Texts of app/ that look like words to be said, and are not."""

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


def told_in(root: Path = ROOT) -> Iterator[tuple[ast.Module, str]]:
    """Syntax tree and name of each file whose errors and notes a page may show."""
    for path in sources(root):
        name = path.relative_to(root).as_posix()
        if not name.startswith(LEFT_OUT):
            yield _tree(path), name


def spoken_messages(root: Path = ROOT) -> dict[Key, list[Place]]:
    """Return every message that stands in the code, and where."""
    found: dict[Key, list[Place]] = {}
    for path in sources(root):
        for call, place in _calls(path, root):
            for key in _keys(call):
                found.setdefault(key, []).append(place)
    for tree, name in told_in(root):
        for message, line in told_messages(tree):
            found.setdefault(message, []).append(Place(name, line))
    return found


def misuse(root: Path = ROOT) -> list[str]:
    """Return a sentence for each message that cannot be looked up, or lacks a value."""
    problems = []
    for path in sources(root):
        for call, place in _calls(path, root):
            problems += [f"{place}: {problem}" for problem in _misuse(call)]
    for tree, name in told_in(root):
        problems += [f"{name}:{line}: {problem}" for problem, line in told_misuse(tree)]
    return problems


def unsaid(root: Path = ROOT) -> list[str]:
    """Return a sentence for each text of app/ that would be seen in English by every reader.

    Told by its looks: two English words side by side, or any word that is handed to what shows it.
    Left out: docstrings, what only programmers read, comparisons, names of messages, styles,
    scripts and `NO_WORDS`.
    """
    problems = []
    messages = {form for key in spoken_messages(root) for form in _forms(key)} | NO_WORDS
    for path in sorted((root / "app").rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if name.startswith("app/bench/"):
            continue
        tree = _tree(path)
        found = {
            (line, text)
            for line, text in _texts_outside(tree)
            if _looks_like_words(text) and text.strip() not in messages
        } | {
            (line, text)
            for line, text in _handed_over(tree)
            if _WORD.search(text) and text.strip() not in NO_WORDS and not _PATH.fullmatch(text)
        }
        problems += [f"{name}:{line}: {text.strip()[:60]!r} is not said" for line, text in found]
        problems += [
            f"{name}:{line}: an error is shown and not retold" for line in _as_raised(tree)
        ]
    return problems


def _texts_outside(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and text of what is no message, no docstring and in no call that shows nothing."""
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or name == "annotation":
                continue
            if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                continue
            if isinstance(child, ast.Assert | ast.Raise | ast.Compare):
                continue
            if isinstance(child, ast.Call) and _name(child) in CALLS:
                yield from (text for word in child.keywords for text in _texts_outside(word))
            elif isinstance(child, ast.Call) and _name(child) in SILENT:
                continue
            elif isinstance(child, ast.Constant) and isinstance(child.value, str):
                yield child.lineno, child.value
            else:
                yield from _texts_outside(child)


def _handed_over(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and text of whatever is handed as it stands to a call that shows it."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and _name(call) in SHOWN:
            shown = [*call.args[:1], *(w.value for w in call.keywords if w.arg in SHOWN_AS)]
            for part in shown:
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.lineno, part.value


def _as_raised(tree: ast.AST) -> Iterator[int]:
    """Line of each error whose English is shown as it stands: plain(str(error))."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and _name(call) in (*SHOWN, "plain") and call.args:
            first = call.args[0]
            if isinstance(first, ast.Call) and _name(first) == "str" and "error" in ast.dump(first):
                yield call.lineno


def _forms(key: Key) -> tuple[str, ...]:
    return (key,) if isinstance(key, str) else key


def _looks_like_words(text: str) -> bool:
    """Whether two English words stand side by side, outside tags, styles and code."""
    bare = re.sub(r"<[^>]*>?|`[^`]*`|:\w+\[|\{[^}]*\}", " ", text)
    return not _STYLE.search(text) and bool(re.search(r"[A-Za-z]{3,} [A-Za-z]{2,}", bare))


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _calls(path: Path, root: Path) -> Iterator[tuple[ast.Call, Place]]:
    name = path.relative_to(root).as_posix()
    for node in ast.walk(_tree(path)):
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
        wanted = fields_of(key) if given or name == "say_many" or _plain_fields(key) else set()
        if wanted - given:
            yield f"{first_form(key)!r} lacks a value for {', '.join(sorted(wanted - given))}"
        if given - wanted - {"n"}:
            yield f"{first_form(key)!r} has no field {', '.join(sorted(map(str, given - wanted)))}"


def _plain_fields(key: Key) -> bool:
    """Whether the braces look like fields: names, no more; a style sheet's do not."""
    try:
        return all(field.isidentifier() for field in fields_of(key)) and bool(fields_of(key))
    except ValueError:
        return False


def fields_of(text: object) -> set[str]:
    """Return the names of the fields of a message, in all its forms."""
    parts = text if isinstance(text, list | tuple) else [text]
    return {
        field.partition(".")[0].partition("[")[0]
        for part in parts
        for _, field, _, _ in Formatter().parse(_CHARTS_OWN.sub("", str(part)))
        if field is not None
    }


def first_form(key: Key) -> str:
    """Return the message, or its form for one."""
    return key if isinstance(key, str) else key[0]
