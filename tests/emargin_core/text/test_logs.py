"""Log lines: JSON with the run they are about, nothing secret in them."""

import json
import logging
import subprocess
import sys

import pytest

from emargin_core.text.errors import InputError
from emargin_core.text.logs import JsonFormatter, about_run, set_up_logging, without_secrets


def line(message, *arguments, **more):
    record = logging.LogRecord("emargin_core.x", 30, "x.py", 1, message, arguments, None)
    vars(record).update(more)
    return json.loads(JsonFormatter().format(record))


def test_line_is_one_json_object_with_its_run():
    with about_run("feed"):
        told = line("two\nlines of %s", "words")
    assert (told["level"], told["message"], told["run_id"]) == (
        "warning",
        "two\nlines of words",
        "feed",
    )
    assert told["time"].endswith("+00:00")
    assert "run_id" not in line("of no run")
    assert line("of another", run_id="beef")["run_id"] == "beef"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("postgresql://me:s3cret@host/x failed", "postgresql://***@host/x failed"),
        ("see https://example.org/a:b@c", "see https://example.org/a:b@c"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", "***"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE, cut off", "***"),
    ],
)
def test_secrets_are_blotted_out(text, said):
    assert without_secrets(text) == said
    assert line("%s", text)["message"] == said


def test_wrong_choice_is_named(monkeypatch):
    monkeypatch.setenv("EMARGIN_LOG", "xml")
    with pytest.raises(InputError, match="EMARGIN_LOG is 'xml'; use plain or json"):
        set_up_logging()


def test_command_warns_in_json_when_asked(home):
    folder = home / "runs" / ("a" * 16)
    folder.mkdir(parents=True)
    (folder / "result.json").write_text("{")
    program = (
        "from emargin_core.text.logs import set_up_logging; set_up_logging(); set_up_logging()\n"
        "from emargin_core.store.run_store import RunStore; RunStore().get('a' * 16)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"EMARGIN_HOME": str(home), "EMARGIN_LOG": "json", "PATH": ""},
    )
    (told,) = done.stderr.strip().splitlines()
    assert json.loads(told)["logger"] == "emargin_core.store.run_store"
    assert "unreadable" in json.loads(told)["message"]
