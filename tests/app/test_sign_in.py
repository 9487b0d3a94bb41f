"""Where sign-in is required, nobody sees a page without it."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.components.sign_in import is_required

PROVIDER = {
    "redirect_uri": "http://localhost:8501/oauth2callback",
    "cookie_secret": "x" * 32,
    "client_id": "explorer",
    "client_secret": "hush-hush",
    "server_metadata_url": "https://accounts.example.org/.well-known/openid-configuration",
}

PAGE = str(Path(__file__).resolve().parents[2] / "app" / "main.py")


def page(secrets=None):
    test = AppTest.from_file(PAGE, default_timeout=60)
    if secrets is not None:
        test.secrets["auth"] = secrets
    return test.run()


def words(test):
    return " ".join(element.value for element in (*test.markdown, *test.error))


@pytest.mark.parametrize(
    ("asked", "required"),
    [("", False), ("0", False), ("off", False), ("1", True), ("yes", True), ("ture", True)],
)
def test_a_typing_error_keeps_the_door_shut(monkeypatch, asked, required):
    monkeypatch.setenv("EMARGIN_REQUIRE_LOGIN", asked)
    assert is_required() is required


def test_a_stranger_sees_the_sign_in_and_nothing_else(monkeypatch):
    monkeypatch.setenv("EMARGIN_REQUIRE_LOGIN", "1")
    seen = page(PROVIDER)
    assert not seen.exception
    assert [button.label for button in seen.button] == ["Sign in"]
    assert not seen.slider
    assert "hush-hush" not in words(seen)


def test_sign_in_that_was_not_set_up_lets_nobody_in(monkeypatch):
    monkeypatch.setenv("EMARGIN_REQUIRE_LOGIN", "1")
    seen = page()
    assert not seen.exception
    assert "has not been set up" in words(seen)
    assert not seen.button
    assert not seen.slider
