"""What the core tells in English is recognised again, whatever values stand in it."""

import ast
import re

import pytest

from emargin_core import language
from emargin_core.language import LANGUAGES, retell, speaking
from emargin_core.language_check import untranslated
from emargin_core.language_source import fields_of, told_in
from emargin_core.language_told import LEFT_OUT, told_messages, told_misuse

TOLD = sorted({message for path, _ in told_in() for message, _ in told_messages(path)})
OTHERS = [code for code in LANGUAGES if code != "en"]


@pytest.mark.parametrize("language_code", OTHERS)
@pytest.mark.parametrize("value", ["word{n}", "Half a sentence (no. {n}) & more"])
def test_told_message_is_retold_as_its_own_translation(language_code, value):
    wrong = []
    with speaking(language_code):
        for message in TOLD:
            names = sorted(fields_of(message))
            values = {name: value.format(n=n) for n, name in enumerate(names)}
            said = language._filled(language._catalogue(language_code).gettext(message), values)
            if retell(message.format(**values) if values else message) != said:
                wrong.append(message)
    assert len(TOLD) > 250
    assert wrong == []


def test_every_told_message_is_in_another_script_in_japanese():
    with speaking("ja"):
        bare = [m for m in TOLD if not re.search("[぀-ヿ㐀-鿿]", language.say(m))]
    assert bare == []


def told(code):
    return [message for message, _ in told_messages(ast.parse(code))]


@pytest.mark.parametrize(
    ("code", "messages"),
    [
        ('raise InputError("the file is empty")', ["the file is empty"]),
        ('raise StoreError(f"{path.name} has {n:,} rows")', ["{name} has {n} rows"]),
        ('raise InputError(f"{a.name} beside {b.name}")', ["{name} beside {name2}"]),
        ('raise InputError(f"{name} lacks {name}_x.ts")', ["{name} lacks {name}_x.ts"]),
        ('raise InputError(f"row {step + 1} of {MAX // 2} rows")', ["row {step} of {max} rows"]),
        ('raise InputError(f"use one of {SEP.join(KNOWN)}")', ["use one of {known}"]),
        ('raise InputError("none is here" + (f"; take {n}" if n else ""))',
         ["none is here; take {n}", "none is here"]),
        ("raise InputError(f\"{'loss' if x else 'rate'} is lost\")",
         ["loss is lost", "rate is lost"]),
        ("raise InputError(f\"not over {read or 'nothing'}\")",
         ["not over {read}", "not over nothing"]),
        ('note = told("gaps" if gaps else "dates")', ["gaps", "dates"]),
        ('raise ValueError("for programmers alone")', []),
        ('raise InputError(say("said already"))', []),
        ('raise InputError(f"{file}: {fault}")', []),
    ],
)  # fmt: skip
def test_messages_are_read_from_what_is_raised_and_told(code, messages):
    assert told(code) == messages


def test_what_could_not_be_recognised_is_named():
    codes = ('raise InputError(f"{a} {b}")', "told(words)", 'told(f"{file}: {fault}")')
    first, second, third = (list(told_misuse(ast.parse(code))) for code in codes)
    assert "too few words" in first[0][0]
    assert "needs a text" in second[0][0]
    assert third == []


@pytest.mark.parametrize(
    "code",
    ['notes.append(f"{n} samples are missing")', 'Problem("the file is empty", ())',
     'Dataset(title=name, notes=("read as dates",))',
     'Outcome(error="too big" if x else "of no use")'],
)  # fmt: skip
def test_a_note_that_is_kept_and_not_told_is_named(code):
    ((problem, line),) = told_misuse(ast.parse(code))
    assert "neither told nor said" in problem
    assert line == 1
    assert list(told_misuse(ast.parse('notes.append(told(f"{n} samples are missing"))'))) == []


def test_a_new_error_without_japanese_is_found(tmp_path):
    for room in ("emargin_core", "emargin_core/cli"):
        (tmp_path / room).mkdir()
        code = 'raise InputError(f"the newest fault of {thing}")'
        (tmp_path / room / "page.py").write_text(code, encoding="utf-8")
    missing = untranslated("ja", tmp_path)
    assert {key: list(map(str, places)) for key, places in missing.items()} == {
        "the newest fault of {thing}": ["emargin_core/page.py:1"]
    }


def test_rooms_that_are_left_out_exist():
    from emargin_core.language_source import ROOT

    assert [room for room in LEFT_OUT if not (ROOT / room).exists()] == []
