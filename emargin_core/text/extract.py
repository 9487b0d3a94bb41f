"""Extraction of messages for `pybabel extract`, from the syntax tree (see babel.cfg).

Babel's own reads tokens: it misses a message inside an f-string or deep in another's values, and
joins the two branches of a condition.
"""

import ast
from collections.abc import Collection, Iterator
from typing import IO

Found = tuple[int, str, str | tuple[str, ...], list[str]]


def python(
    file: IO[bytes], keywords: Collection[str], comments: object, options: object
) -> Iterator[Found]:
    """Yield line, function and texts of each call of a keyword, as Babel asks for them."""
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Call) and called(node) in keywords and node.args:
            plural = called(node) == "ngettext"
            for texts in zip(*map(constants, node.args[: 1 + plural]), strict=True):
                yield node.lineno, called(node), texts if plural else texts[0], []


def called(call: ast.Call) -> str:
    """Return the last name of what is called."""
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def constants(node: ast.expr) -> list[str]:
    """Return the text, or those of each branch of a condition; none for what only running tells."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        return [node.value]
    if isinstance(node, ast.IfExp):
        return constants(node.body) + constants(node.orelse)
    return []
