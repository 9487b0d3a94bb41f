"""How many runs one browser tab may have waiting or under way, so that nobody fills the line."""

import os

from emargin_core.errors import InputError, LimitError
from emargin_core.language import say

LIMIT_VARIABLE = "EMARGIN_MAX_RUNS"
DEFAULT_MOST = 24
"""Twice what the largest button of a page asks for."""


def most_runs() -> int:
    """The limit of this server: EMARGIN_MAX_RUNS, else 24.

    Raises:
        InputError: the variable is no whole number of at least 1.
    """
    text = os.environ.get(LIMIT_VARIABLE) or str(DEFAULT_MOST)
    if not text.isdecimal() or int(text) < 1:
        raise InputError(f"{LIMIT_VARIABLE} is '{text}'; use a whole number of at least 1")
    return int(text)


def check_room(wanted: int, most: int) -> None:
    """Refuse to have more than `most` runs.

    Raises:
        LimitError: one sentence with both numbers.
    """
    if wanted > most:
        raise LimitError(
            say(
                "With these you would have {wanted} runs waiting or under way; at most {most} are "
                "allowed for one browser tab. Let some finish, or cancel them.",
                wanted=wanted,
                most=most,
            )
        )
