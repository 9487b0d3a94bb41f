"""The language of the page: from the browser, the address or the switch; kept on every page."""

import pytest

from app.components.language import of_browser
from tests.app.opened import open_view


def open_app(locale=None, **address):
    return open_view("learn", locale=locale, **address)


def language_of(app):
    return app.segmented_control(key="language_box").value


@pytest.mark.parametrize(
    ("locale", "code"),
    [
        ("ja", "ja"),
        ("ja-JP", "ja"),
        ("ja_JP", "ja"),
        ("en-US", "en"),
        (None, "en"),
        ("fr", "en"),
        ("", "en"),
    ],
)
def test_browser_decides_where_nobody_chose(locale, code):
    assert of_browser(locale) == code


@pytest.mark.parametrize(("locale", "code"), [("ja-JP", "ja"), ("fr-FR", "en"), (None, "en")])
def test_page_opens_in_the_browsers_language(workers, locale, code):
    app = open_app(locale)
    assert not app.exception
    assert language_of(app) == code


def test_address_comes_before_the_browser_and_stays_on_every_page(workers):
    app = open_app("en-US", lang="ja")
    assert language_of(app) == "ja"
    del app.query_params["lang"]  # as the browser does on its way to another page
    app.switch_page("views/trust/page.py").run()
    assert language_of(app) == "ja"


def test_switch_comes_before_both(workers):
    app = open_app("ja-JP", lang="ja")
    app.segmented_control(key="language_box").set_value("en").run()
    assert language_of(app) == "en"
    assert app.query_params["lang"] == "en"
    app.switch_page("views/trust/page.py").run()
    assert language_of(app) == "en"


def test_unknown_language_gets_a_sentence_and_english(workers):
    app = open_app("ja-JP", lang="<b>xx")
    assert not app.exception
    assert language_of(app) == "en"
    (problem,) = [error.value for error in app.error]
    assert "is not an available language; choose from en, ja" in problem
    assert "<b>" not in problem
    app.segmented_control(key="language_box").set_value("ja").run()
    assert not app.error
