import threading
import time

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


@pytest.fixture
def catalogue(tmp_path, monkeypatch):
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    entries = {
        "{done:.0f} of {total} are done.": "{total} 件中 {done} 件が完了しました。",
        "It stopped because {reason}.": "{reason}ため、停止しました。",
        "the disk is full": "ディスクがいっぱいの",
        "{a}: {b}": "{a}：{b}",
        "Half a pair. They belong together.": "二つで一つです。",
        "'{name}' is in {place}; look there": "「{name}」は{place}にあります。",
    }
    (tmp_path / "ja").mkdir()
    text = "\n\n".join(f'msgid "{one}"\nmsgstr "{said}"' for one, said in entries.items())
    (tmp_path / "ja" / "part.po").write_text(head + text, encoding="utf-8")
    monkeypatch.setattr(language, "FOLDER", tmp_path)
    caches = (language._catalogue, language._patterns, language._retold)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


@pytest.mark.parametrize(
    ("english", "said"),
    [
        ("3 of 12 are done.", "12 件中 3 件が完了しました。"),
        ("It stopped because the disk is full.", "ディスクがいっぱいのため、停止しました。"),
        ("3 of 12 are done. the disk is full", "3 of 12 are done. the disk is full"),
        ("It stopped because the disk is full. 3 of 12 are done.",
         "ディスクがいっぱいのため、停止しました。12 件中 3 件が完了しました。"),
        ("the disk is full", "ディスクがいっぱいの"),
        ("My data: all of it", "My data: all of it"),
        ("1 of 2 are done. It was a user's word.",
         "2 件中 1 件が完了しました。It was a user's word."),
        ("A user's word. Half a pair. They belong together.",
         "A user's word.二つで一つです。"),
        ("Halted by no. 3 of us.", "Halted by no. 3 of us."),
        ("a.csv: the disk is full", "a.csv: ディスクがいっぱいの"),
        ("a.zip: b.csv: the disk is full", "a.zip: b.csv: ディスクがいっぱいの"),
        ("'the disk is full' is in the disk is full; look there",
         "「the disk is full」はディスクがいっぱいのにあります。"),
        ("", ""),
    ],
)  # fmt: skip
def test_finished_english_is_retold_by_its_message(catalogue, english, said):
    assert language.retell(english) == english
    with speaking("ja"):
        assert language.retell(english) == said


def test_a_long_text_that_is_no_message_is_left_alone_at_once():
    text = "row: 3 of 4, column: 'x'. Next " * 60
    began = time.monotonic()
    with speaking("ja"):
        assert language.retell(text) == text
    assert time.monotonic() - began < 5.0


def test_sentences_stand_apart_as_the_language_has_it():
    assert language.sentences("One.", "", "Two.") == "One. Two."
    with speaking("ja"):
        assert language.sentences("一。", "", "二。") == "一。二。"
        assert language.sentences("**一。**", "二。") == "**一。** 二。"
    assert language.sentences() == ""
