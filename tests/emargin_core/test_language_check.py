"""Every message has its words in every language, and every text that is shown is a message."""

import pytest

from emargin_core import language_check, language_source
from emargin_core.language import LANGUAGES
from emargin_core.language_source import misuse, spoken_messages, unsaid

OTHERS = [code for code in LANGUAGES if code != "en"]


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_is_translated(language):
    missing = language_check.untranslated(language)
    assert not missing, "\n".join(f"{places[0]}: {key!r}" for key, places in missing.items())


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_orphaned_contradicted_or_lacks_a_field(language):
    assert language_check.faults(language) == []


def test_no_message_is_put_together_or_lacks_a_value():
    assert misuse() == []


def test_no_page_shows_english_that_is_not_said():
    assert unsaid() == []


def repository(tmp_path, code, folder="app"):
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "page.py").write_text(code, encoding="utf-8")
    return tmp_path


def test_messages_are_found_inside_conditions_values_and_other_texts(tmp_path):
    code = """
say("one" if x else "two")
f"{say('three')} and {say('four {n}', n=say_many('{n} run', '{n} runs', 2))}"
TITLE = mark("joined "
             "text")
say(TITLE)
"""
    found = spoken_messages(repository(tmp_path, code))
    assert set(found) == {"one", "two", "three", "four {n}", ("{n} run", "{n} runs"), "joined text"}
    assert str(found["joined text"][0]) == "app/page.py:4"


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ('say(f"{n} runs")', "not one put together"),
        ('say("a" + b)', "not one put together"),
        ('say("{n} runs".format(n=1))', "not one put together"),
        ("mark(name)", "not one put together"),
        ('say("{n} of {all}", n=1)', "lacks a value for all"),
        ('say("{n} runs")', "lacks a value for n"),
        ('say("runs", n=1, all=2)', "has no field"),
    ],
)
def test_a_message_that_cannot_be_looked_up_is_named(tmp_path, code, complaint):
    (problem,) = misuse(repository(tmp_path, code))
    assert problem.startswith("app/page.py:1: ")
    assert complaint in problem


@pytest.mark.parametrize(
    "code",
    ['say("one")', "say(name)", 'say("%{x:.2f} s")', 'say("{n} of {all}", **values)',
     'mark("{n} of {all}").format(n=1, all=2)', 'say_many("{n} run", "{n} runs", 2)'],
)  # fmt: skip
def test_proper_messages_pass(tmp_path, code):
    assert misuse(repository(tmp_path, code)) == []


@pytest.mark.parametrize(
    "code",
    ['st.info("No runs yet.")', 'st.button("Start")', 'words = f"{n} runs of {all} seeds"',
     'st.slider("Margin", help=say("How strong"))', 'figure.add_scatter(name="on the front")',
     "st.error(plain(str(error)))", 'st.markdown(say("Fine.") + " and some more")',
     'say("{x}", x="not said here")'],
)  # fmt: skip
def test_english_that_is_not_said_is_named(tmp_path, code):
    assert len(unsaid(repository(tmp_path, code))) == 1


@pytest.mark.parametrize(
    "code",
    ['"""A docstring with words."""', 'st.button(say("Go"))', 'raise ValueError("bad things here")',
     'key = "map-candidate"', 'st.html("<style>.a{color:red;font:small caps}</style>")',
     "st.error(plain(retell(str(error))))",
     'x == "Move the slider"', 'st.button(icon=":material/add:")'],
)  # fmt: skip
def test_what_nobody_reads_may_stay(tmp_path, code):
    assert unsaid(repository(tmp_path, code)) == []


def test_faults_of_a_catalogue_are_named(tmp_path, monkeypatch):
    root = repository(tmp_path, 'say("{n} of {all}", n=1, all=2)\nsay("both")\nsay("doubtful")')
    (tmp_path / "ja").mkdir()
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    entries = {
        "a.po": 'msgid "{n} of {all}"\nmsgstr "{n}"\n\nmsgid "both"\nmsgstr "x"\n',
        "b.po": 'msgid "both"\nmsgstr "y"\n\nmsgid "old"\nmsgstr "z"\n\n#, fuzzy\n'
        'msgid "doubtful"\nmsgstr "?"\n',
    }
    for name, text in entries.items():
        (tmp_path / "ja" / name).write_text(head + text, encoding="utf-8")
    monkeypatch.setattr(language_check, "FOLDER", tmp_path)
    faults = "\n".join(language_check.faults("ja", root))
    assert "a.po: '{n} of {all}' and its translation do not have the same {fields}" in faults
    assert "b.po: 'both' has other words in a.po" in faults
    assert "b.po: 'old' is said nowhere; take it out" in faults
    assert list(language_check.untranslated("ja", root)) == ["doubtful"]


def test_empty_message_is_no_message(tmp_path):
    assert spoken_messages(repository(tmp_path, 'say("")')) == {}
    assert language_source.first_form(("a", "b")) == "a"
