import threading

import pytest

from emargin_core.text import language
from emargin_core.text.language import current, follow, gettext, ngettext, sentences, speaking

KEEP = "ベースラインのままにしてください。"


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    monkeypatch.setattr(language, "_asked", [])


def test_english_is_said_unless_asked():
    assert current() == "en"
    assert gettext("Keep the baseline.") == "Keep the baseline."


def test_catalogue_says_it_in_japanese():
    with speaking("ja"):
        assert gettext("Keep the baseline.") == KEEP
    assert gettext("Keep the baseline.") == "Keep the baseline."


def test_values_go_into_the_translation():
    with speaking("ja"):
        assert gettext("about {n} s", n=3) == "about 3 s"
    assert gettext("braces {stay}") == "braces {stay}"
    assert ngettext("{n} run", "{n} runs", 1) == "1 run"
    assert ngettext("{n} run", "{n} runs", 2) == "2 runs"
    with speaking("ja"):
        assert ngettext("{n} run", "{n} runs", 2) == "2 回の実行"


def test_nothing_is_said_as_nothing_and_not_as_the_catalogue_head():
    with speaking("ja"):
        assert gettext("") == ""


def test_session_is_asked_in_every_thread_and_unknown_languages_are_english():
    follow(lambda: "ja")
    heard = []
    thread = threading.Thread(target=lambda: heard.append(gettext("Keep the baseline.")))
    thread.start()
    thread.join()
    assert heard == [KEEP]
    follow(lambda: "xx")
    assert current() == "en"


def test_sentences_stand_apart_as_the_language_has_it():
    assert sentences("One.", "", "Two.") == "One. Two."
    with speaking("ja"):
        assert sentences("一。", "", "二。") == "一。二。"
        assert sentences("**一。**", "二。") == "**一。** 二。"
    assert sentences() == ""
