"""A stranger's words in a sentence of ours stay on one line and short."""

import pytest

from emargin_core.text.plain_text import listed, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("walk", "walk"),
        ("a\nb\tc", "a b c"),
        ("\x1b[31mred\x00", "[31mred"),
        ("\u202eevil\u2066", "evil"),
        ("x" * 50, "x" * 39 + "…"),
        ("日本", "日本"),
        (7, "7"),
    ],
)
def test_control_signs_go_and_the_length_is_kept(text, expected):
    assert shown(text) == expected


def test_megabytes_are_cut_at_once():
    assert len(shown("y" * 10_000_000)) == 40


def test_long_lists_are_counted():
    assert listed("abc") == "a, b, c"
    assert str(listed(range(9), limit=2)) == "0, 1 and 7 more"
