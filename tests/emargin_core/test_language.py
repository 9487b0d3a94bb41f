import threading

import pytest

from emargin_core import language
from emargin_core.language import current, follow, mark, say, say_many, speaking


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    monkeypatch.setattr(language, "_asked", [])


def test_english_is_said_unless_asked():
    assert current() == "en"
    assert say("No clear difference.") == "No clear difference."


def test_catalogue_says_it_in_japanese():
    with speaking("ja"):
        assert say(mark("No clear difference.")) == "はっきりした差はありません。"
    assert say("No clear difference.") == "No clear difference."


def test_values_go_into_the_translation():
    with speaking("ja"):
        assert say("about {n} s", n=3) == "about 3 s"
    assert say("braces {stay}") == "braces {stay}"
    assert say_many("{n} run", "{n} runs", 1) == "1 run"
    assert say_many("{n} run", "{n} runs", 2) == "2 runs"


def test_nothing_is_said_as_nothing_and_not_as_the_catalogue_head():
    with speaking("ja"):
        assert say("") == ""


def test_session_is_asked_in_every_thread_and_unknown_languages_are_english():
    follow(lambda: "ja")
    heard = []
    thread = threading.Thread(target=lambda: heard.append(say("No clear difference.")))
    thread.start()
    thread.join()
    assert heard == ["はっきりした差はありません。"]
    follow(lambda: "xx")
    assert current() == "en"
