"""Which messages the core tells: the errors it raises and the texts it calls `told`.

Unlike what is said, they are finished texts when they are made, f-strings mostly, and retold where
they are shown. Their messages are read from the syntax tree: each field is named after what stands
in it, and each branch of a condition is a message of its own.
"""

import ast
import re
from collections.abc import Iterator
from itertools import product

from emargin_core import errors
from emargin_core.language import LEAST_LETTERS

LEFT_OUT = (
    "emargin_core/bench/",  # measures speed and size, for programmers
    "emargin_core/cli/",  # commands
    "emargin_core/contest.py",  # `contest`; pages read its record
    "emargin_core/doctor.py",  # `doctor`
    "emargin_core/language_check.py",  # `make words`
    "emargin_core/reproduce.py",  # what is to be typed there
    "emargin_core/gallery_build.py",  # `gallery`
    "emargin_core/gallery_files.py",  # `gallery`
    "emargin_core/datasets/download.py",  # `datasets fetch`; no page fetches
    "emargin_core/datasets/physionet.py",  # `datasets fetch`
    "emargin_core/datasets/unpack.py",  # `datasets fetch`
)
"""Rooms whose errors only a terminal shows, and the command that does."""

TOLD = "told"
HOLDERS = ("append", "Dataset", "Outcome", "Problem", "_problem", "Source")
"""Calls that take finished texts: lists of notes and warnings, faults, and data sets."""
HELD_AS = ("description", "error", "notes", "text", "title")
_WORDS = re.compile(r"[A-Za-z]{3,} [A-Za-z]{2,}")
_ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type)}

Part = str | ast.expr
"""Text, or what stands in a field."""


def told_messages(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Return every message that is told, and its line.

    Left out: what has a "where: what" with fields alone, as `retell` takes it apart.
    """
    for text in _told_texts(tree):
        for parts in _alternatives(text):
            if not _is_weak(parts):
                yield _message(parts), text.lineno


def told_misuse(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Return a complaint about each text that `retell` could not recognise, and its line.

    That is one with too few words of its own, and one that is kept to be shown but not told.
    """
    for text in _told_texts(tree):
        for parts in _alternatives(text):
            if _is_weak(parts) and not _says_where(parts):
                yield f"{_message(parts)!r} has too few words to be recognised by", text.lineno
    for node in ast.walk(tree):
        noted = _first_argument(node, {TOLD})
        if noted is not None and not _alternatives(noted):
            yield f"{TOLD} needs a text, an f-string or a condition between such", noted.lineno
        for text in _held(node):
            if any(_WORDS.search(_message(parts)) for parts in _alternatives(text)):
                yield f"{ast.unparse(text)[:60]} is neither told nor said", text.lineno


def _held(node: ast.AST) -> Iterator[ast.expr]:
    """Texts that are handed over to be kept, and shown later."""
    if isinstance(node, ast.Call) and _called(node) in HOLDERS:
        kept = [*node.args, *(word.value for word in node.keywords if word.arg in HELD_AS)]
        for value in kept:
            yield from value.elts if isinstance(value, ast.Tuple | ast.List) else [value]


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _told_texts(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        raised = node.exc if isinstance(node, ast.Raise) else None
        text = _first_argument(raised, _ERRORS) or _first_argument(node, {TOLD})
        if text is not None:
            yield text


def _first_argument(node: ast.AST | None, names: set[str]) -> ast.expr | None:
    """What a call of one of these names is given; None of anything else."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
        return node.args[0] if node.args else None
    return None


def _alternatives(node: ast.expr) -> list[list[Part]]:
    """Every text that an expression can be; none for what only running tells."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [[node.value]]
    if isinstance(node, ast.IfExp):
        return _alternatives(node.body) + _alternatives(node.orelse)
    if isinstance(node, ast.BoolOp):
        return [parts for value in node.values for parts in _alternatives(value)]
    if isinstance(node, ast.JoinedStr):
        return _joined(node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _joined([node.left, node.right]) if _is_text(node) else []
    return []


def _is_text(node: ast.expr) -> bool:
    """Whether a sum has a text in it, and so is one."""
    if isinstance(node, ast.BinOp):
        return _is_text(node.left) or _is_text(node.right)
    return bool(_alternatives(node))


def _branches(node: ast.expr) -> list[ast.expr]:
    """What an expression may turn out to be."""
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    return node.values if isinstance(node, ast.BoolOp) else [node]


def _joined(nodes: list[ast.expr]) -> list[list[Part]]:
    """Texts in a row; what is no text is a field."""
    choices: list[list[list[Part]]] = []
    for node in nodes:
        inner = node.value if isinstance(node, ast.FormattedValue) else node
        texts = [_alternatives(branch) or [[branch]] for branch in _branches(inner)]
        written = any(_alternatives(branch) for branch in _branches(inner))
        choices.append([parts for each in texts for parts in each] if written else [[node]])
    return [[part for piece in row for part in piece] for row in product(*choices)]


def _message(parts: list[Part]) -> str:
    """The text with a named field for each value; the same value has the same name."""
    names: dict[str, str] = {}
    message = ""
    for part in parts:
        if isinstance(part, str):
            message += part
            continue
        shape = ast.dump(part)
        if shape not in names:
            base, number = _field_name(part), 1
            while f"{base}{number if number > 1 else ''}" in names.values():
                number += 1
            names[shape] = f"{base}{number if number > 1 else ''}"
        message += f"{{{names[shape]}}}"
    return message


def _field_name(node: ast.AST) -> str:
    """The identifier that a value is known by, or its last attribute."""
    if isinstance(node, ast.Name):
        return node.id.strip("_").lower()
    if isinstance(node, ast.Attribute):
        return node.attr.strip("_").lower()
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        key = str(node.slice.value)
        return key.strip("_") if key.isidentifier() else _field_name(node.value)
    inner: tuple[str, ...] = {
        ast.FormattedValue: ("value",), ast.Subscript: ("value",), ast.BoolOp: ("values",),
        ast.BinOp: ("left", "right"), ast.Call: ("args", "func"), ast.IfExp: ("body",),
        ast.GeneratorExp: ("generators",), ast.comprehension: ("iter",), ast.UnaryOp: ("operand",),
    }.get(type(node), ())  # fmt: skip
    for field in inner:
        for child in _listed(getattr(node, field)):
            if (name := _field_name(child)) != "value":
                return name
    return "value"


def _listed(value: object) -> list[ast.AST]:
    found = value if isinstance(value, list) else [value]
    return [child for child in found if isinstance(child, ast.AST)]


def _is_weak(parts: list[Part]) -> bool:
    """Whether it has fields, and too few letters beside them to be told from other texts."""
    words = "".join(part for part in parts if isinstance(part, str))
    return any(not isinstance(part, str) for part in parts) and (
        sum(letter.isalpha() for letter in words) < LEAST_LETTERS
    )


def _says_where(parts: list[Part]) -> bool:
    words = "".join(part if isinstance(part, str) else "{}" for part in parts)
    return re.fullmatch(r"\W*\{\}\S*(: \W*\{\}\S*)+", words) is not None
