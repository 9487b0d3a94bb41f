"""A stranger's words stay words."""

import pytest

from app.components.plain import plain

JOINER = "\u2060"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("subject 01 right", "subject 01 right"),
        ("a: b", "a: b"),
        ("http://evil.invalid", f"http:{JOINER}//evil.invalid"),
        ("WWW.evil.invalid", f"WWW{JOINER}.evil.invalid"),
        ("me@evil.invalid", f"me{JOINER}@evil.invalid"),
        (":material/delete:", f":{JOINER}material/delete:"),
        (":smile:", f":{JOINER}smile:"),
        ("**bold** [x](y)", r"\*\*bold\*\* \[x\]\(y\)"),
    ],
)
def test_no_link_icon_or_formatting_comes_to_life(text, expected):
    assert plain(text) == expected
