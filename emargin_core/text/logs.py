"""What is written down while it works: plain lines, or one JSON object a line (EMARGIN_LOG=json).

Lines about a run carry its run_id. Passwords in addresses and private keys are blotted out.
"""

import json
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from emargin_core.text.errors import InputError
from emargin_core.text.language import speaking

LOG_VARIABLE = "EMARGIN_LOG"
PLAIN_FORMAT = "%(levelname)s: %(message)s"
OURS = ("emargin_core", "app")

_run: ContextVar[str] = ContextVar("run", default="")
_SECRETS = (
    (re.compile(r"(\w://)[^/\s@'\"]*:[^\s@'\"]*@"), r"\1***@"),
    (re.compile(r"-----BEGIN [^-]*-----.*?(-----END [^-]*-----|\Z)", re.DOTALL), "***"),
)


@contextmanager
def about_run(run_id: str) -> Iterator[None]:
    """Let all that is logged inside carry this run_id."""
    token = _run.set(run_id)
    try:
        yield
    finally:
        _run.reset(token)


def set_up_logging() -> None:
    """Write to standard error as EMARGIN_LOG says; called again, it changes nothing.

    Plain lines are left to whoever set up logging before.
    Plain lines tell warnings; JSON lines also tell what each run did.

    Raises:
        InputError: the variable is neither 'plain' nor 'json'.
    """
    chosen = os.environ.get(LOG_VARIABLE) or "plain"
    if chosen not in ("plain", "json"):
        raise InputError(
            "{log_variable} is '{chosen}'; use plain or json",
            log_variable=LOG_VARIABLE,
            chosen=chosen,
        )
    root = logging.getLogger()
    if any(isinstance(handler.formatter, _Discreet) for handler in root.handlers):
        return
    if root.handlers and chosen == "plain":
        return
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if chosen == "json" else _Discreet(PLAIN_FORMAT))
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    if chosen == "json":
        for name in OURS:
            logging.getLogger(name).setLevel(logging.INFO)


def without_secrets(text: str) -> str:
    """Blot out the passwords of addresses, and private keys."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


class _Discreet(logging.Formatter):
    """A line without secrets, in English whatever the reader of a page speaks."""

    def format(self, record: logging.LogRecord) -> str:
        with speaking("en"):
            return without_secrets(super().format(record))


class JsonFormatter(_Discreet):
    """time (UTC), level, logger, process, message; run_id and error where there are any."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        with speaking("en"):
            return self._line(record)

    def _line(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": without_secrets(record.getMessage()),
        }
        run_id = getattr(record, "run_id", "") or _run.get()
        if run_id:
            line["run_id"] = run_id
        if record.exc_info:
            line["error"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)
