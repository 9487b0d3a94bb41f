"""Every message has its words in every language, and all of them fit."""

import ast
import io
import re
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from emargin_core.text import errors
from emargin_core.text.extract import called, constants, python
from emargin_core.text.language import LANGUAGES, LOCALE

ROOT = Path(__file__).parents[3]
OTHERS = [code for code in LANGUAGES if code != "en"]
ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type)}
SAYING = {"_", "gettext", "ngettext", "gettext_noop", "lazy_gettext", *ERRORS} - {"Text"}
SOURCES = sorted(p for room in ("app", "emargin_core") for p in (ROOT / room).rglob("*.py"))


def catalogue(language):
    with (LOCALE / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def extracted():
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    return {found[2] for found in extract_from_dir(ROOT, methods, options)}


def fields(text):
    """Names and number formats in braces; Plotly fills in its own, such as %{x:.2f}."""
    own = re.sub(r"%\{[^}]*\}", "", text)
    return {(name, form) for _, name, form, _ in Formatter().parse(own) if name is not None}


def forms(words):
    return list(words) if isinstance(words, list | tuple) else [words]


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_is_translated_and_none_is_fuzzy_or_obsolete(language):
    found = catalogue(language)
    said = {m.id for m in found if m.id and all(forms(m.string)) and not m.fuzzy}
    assert said == extracted()
    assert not found.obsolete


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_fields_of_its_message(language):
    wrong = [
        message.id
        for message in catalogue(language)
        if message.id and "<style" not in str(message.id)
        for form in forms(message.string)
        if fields(form) != fields(forms(message.id)[-1])
    ]
    assert wrong == []


@pytest.mark.parametrize("language", OTHERS)
def test_the_compiled_catalogue_is_up_to_date(language):
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(language))
    stored = LOCALE / language / "LC_MESSAGES" / "messages.mo"
    assert stored.read_bytes() == compiled.getvalue(), "run `make words`"


def calls():
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_no_message_is_put_together_where_it_is_said():
    wrong = [
        place
        for place, call in calls()
        if called(call) in SAYING | {"Message", "ask"}
        and isinstance(call.args[0], ast.JoinedStr | ast.BinOp)
    ]
    assert wrong == []


def test_every_field_of_a_message_is_given_its_value():
    wrong = []
    for place, call in calls():
        given = {word.arg for word in call.keywords}
        if called(call) not in SAYING | {"Message", "ask"} or None in given or not given:
            continue
        plural = called(call) == "ngettext"
        texts = [text for part in call.args[: 1 + plural] for text in constants(part)]
        wanted = {name for text in texts for name, _ in fields(text)} - ({"n"} if plural else set())
        if called(call) == "ask":  # what else it takes, and where the fault is
            given -= {"asks", "where", "column", "recording", "row"} - wanted
        if texts and wanted != given:
            wrong.append(f"{place}: {sorted(wanted ^ given)}")
    assert wrong == []


def test_messages_are_found_inside_conditions_values_and_other_texts():
    code = b"""
_("one" if x else "two")
f"{_('three')} and {_('four {n}', n=f(ngettext('{n} run', '{n} runs', 2)))}"
raise InputError("joined "
                 "text")
"""
    found = {
        text for _, _, text, _ in python(io.BytesIO(code), {"_", "ngettext", "InputError"}, [], {})
    }
    assert found == {"one", "two", "three", "four {n}", ("{n} run", "{n} runs"), "joined text"}
