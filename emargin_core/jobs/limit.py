"""How many runs one browser tab may have waiting or under way, so that nobody fills the queue."""

import os

from emargin_core.text.errors import InputError, LimitError

LIMIT_VARIABLE = "EMARGIN_MAX_RUNS"
DEFAULT_MAX_RUNS = 24
"""Twice what the largest button of a page asks for."""


def max_runs() -> int:
    """The limit of this server: EMARGIN_MAX_RUNS, else 24.

    Raises:
        InputError: the variable is no whole number of at least 1.
    """
    text = os.environ.get(LIMIT_VARIABLE) or str(DEFAULT_MAX_RUNS)
    if not text.isdecimal() or int(text) < 1:
        raise InputError(
            "{limit_variable} is '{text}'; use a whole number of at least 1",
            limit_variable=LIMIT_VARIABLE,
            text=text,
        )
    return int(text)


def check_limit(wanted: int, most: int) -> None:
    """Refuse more than `most` runs.

    Raises:
        LimitError: one sentence with both numbers.
    """
    if wanted > most:
        raise LimitError(
            "With these you would have {wanted} runs waiting or running; at most "
            "{most} are allowed for one browser tab. Wait until some finish, or "
            "cancel them.",
            wanted=wanted,
            most=most,
        )
